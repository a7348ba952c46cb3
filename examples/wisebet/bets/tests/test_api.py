from datetime import timedelta
from decimal import Decimal

from django.contrib.auth.models import User
from django.test import TestCase
from django.utils import timezone
from rest_framework.test import APIClient

from bets.models import Bet, Event


def match(hours=24, **fields):
    odds = {"odds_home": "1.80", "odds_draw": "3.40", "odds_away": "4.50"}
    starts_at = timezone.now() + timedelta(hours=hours)
    event = Event.objects.create(home="Betis", away="Sevilla", starts_at=starts_at, **{**odds, **fields})
    event.refresh_from_db()
    return event


class Caller(TestCase):
    def setUp(self):
        self.api = APIClient()
        self.user = User.objects.create_user("ana", password="una-clave-larga")

    def log_in(self):
        response = self.api.post("/api/token/", {"username": "ana", "password": "una-clave-larga"})
        self.api.credentials(HTTP_AUTHORIZATION=f"Bearer {response.json()['access']}")
        return response.json()


class TokenTests(Caller):
    def test_a_token_opens_the_api(self):
        self.assertEqual(self.api.get("/api/bets/").status_code, 401)
        self.log_in()
        self.assertEqual(self.api.get("/api/bets/").status_code, 200)

    def test_it_is_renewed(self):
        tokens = self.log_in()
        response = self.api.post("/api/token/refresh/", {"refresh": tokens["refresh"]})
        self.assertIn("access", response.json())

    def test_a_wrong_password_and_a_made_up_token_are_refused(self):
        response = self.api.post("/api/token/", {"username": "ana", "password": "otra"})
        self.assertEqual(response.status_code, 401)
        self.api.credentials(HTTP_AUTHORIZATION="Bearer x.y.z")
        self.assertEqual(self.api.get("/api/bets/").status_code, 401)


class BetTests(Caller):
    def bet(self, event, pick="X", stake="10.00"):
        return self.api.post("/api/bets/", {"event": event.pk, "pick": pick, "stake": stake})

    def setUp(self):
        super().setUp()
        self.log_in()

    def test_a_bet_keeps_the_odds_of_its_moment(self):
        event = match()
        response = self.bet(event)
        self.assertEqual(response.status_code, 201)
        self.assertEqual(response.json()["odds"], "3.40")
        Event.objects.update(odds_draw="9.99")
        self.assertEqual(Bet.objects.get().odds, Decimal("3.40"))

    def test_it_pays_when_the_match_is_decided(self):
        event = match()
        won, lost = self.bet(event, "1").json()["id"], self.bet(event, "2").json()["id"]
        Event.objects.update(result="1")
        self.assertEqual(self.api.get(f"/api/bets/{won}/").json()["payout"], "18.00")
        self.assertEqual(self.api.get(f"/api/bets/{lost}/").json()["payout"], "0.00")

    def test_a_match_that_has_begun_takes_no_bets(self):
        self.assertEqual(self.bet(match(hours=-1)).status_code, 400)
        self.assertEqual(self.bet(match(result="X")).status_code, 400)

    def test_nonsense_is_refused(self):
        event = match()
        for pick, stake in (("3", "10"), ("1", "0.50"), ("1", "-5"), ("1", "1e9"), ("", "10")):
            with self.subTest(pick=pick, stake=stake):
                self.assertEqual(self.bet(event, pick, stake).status_code, 400)
        self.assertFalse(Bet.objects.exists())

    def test_nobody_sees_the_bets_of_others(self):
        other = User.objects.create_user("iker")
        bet = Bet.objects.create(user=other, event=match(), pick="1", stake="5", odds="1.80")
        self.assertEqual(self.api.get("/api/bets/").json()["results"], [])
        self.assertEqual(self.api.get(f"/api/bets/{bet.pk}/").status_code, 404)

    def test_a_bet_is_not_taken_back(self):
        pk = self.bet(match()).json()["id"]
        self.assertEqual(self.api.delete(f"/api/bets/{pk}/").status_code, 405)


class PublicTests(TestCase):
    def test_anybody_sees_what_can_be_bet_on(self):
        match()
        match(hours=-1)
        self.assertEqual(self.client.get("/api/events/").json()["count"], 1)

    def test_the_schema_lists_the_api(self):
        paths = self.client.get("/api/schema/").json()["paths"]
        self.assertLessEqual({"/api/bets/", "/api/events/", "/api/token/"}, paths.keys())

    def test_browsers_may_call_from_the_listed_origin_only(self):
        for origin, allowed in (("https://wisebet.example", True), ("https://elsewhere.example", False)):
            with self.subTest(origin):
                response = self.client.get("/api/events/", headers={"Origin": origin})
                self.assertEqual("Access-Control-Allow-Origin" in response.headers, allowed)

    def test_health(self):
        self.assertEqual(self.client.get("/api/health/").json(), {"status": "ok", "database": "ok"})
