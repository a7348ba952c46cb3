from datetime import timedelta
from smtplib import SMTPServerDisconnected
from unittest.mock import patch

from django.core import mail
from django.core.cache import cache
from django.test import TestCase
from django.utils import timezone

from shop.catalogue import KEY, refresh
from shop.models import Appointment, Dress
from shop.tasks import confirm_appointment, remind_appointments


class ShopTestCase(TestCase):
    def setUp(self):
        self.dress = Dress.objects.create(name="Azahar", slug="azahar", price="1290.00")
        cache.delete(KEY)
        self.addCleanup(cache.delete, KEY)


class CatalogueTests(ShopTestCase):
    def listed(self):
        return [dress["name"] for dress in self.client.get("/api/dresses/").json()["dresses"]]

    def test_it_is_made_when_there_is_none_and_then_comes_from_the_cache(self):
        self.assertEqual(self.listed(), ["Azahar"])
        with self.assertNumQueries(0):
            self.assertEqual(self.listed(), ["Azahar"])

    def test_a_refresh_shows_what_has_changed(self):
        self.listed()
        Dress.objects.create(name="Brisa", slug="brisa", price="990")
        Dress.objects.filter(slug="azahar").update(is_listed=False)
        refresh()
        self.assertEqual(self.listed(), ["Brisa"])


class AppointmentTests(ShopTestCase):
    def post(self, **changes):
        tomorrow = timezone.localdate() + timedelta(days=1)
        body = {"dress": "azahar", "name": "Lucía", "email": "lucia@example.com", "date": tomorrow.isoformat()}
        with self.captureOnCommitCallbacks(execute=True):
            return self.client.post("/api/appointments/", {**body, **changes}, content_type="application/json")

    def test_it_is_confirmed_by_mail(self):
        response = self.post()
        self.assertEqual((response.status_code, response.json()["confirmed"]), (201, None))
        self.assertEqual(mail.outbox[0].to, ["lucia@example.com"])
        shown = self.client.get(f"/api/appointments/{response.json()['id']}/").json()
        self.assertIsNotNone(shown["confirmed"])

    def test_it_is_confirmed_once(self):
        pk = self.post().json()["id"]
        confirm_appointment(pk)
        self.assertEqual(len(mail.outbox), 1)

    def test_it_stays_unconfirmed_when_no_mail_can_be_sent(self):
        appointment = Appointment.objects.create(
            dress=self.dress, name="Lucía", email="lucia@example.com", date=timezone.localdate()
        )
        with patch("shop.tasks.send_mail", side_effect=SMTPServerDisconnected):
            with self.assertRaises(SMTPServerDisconnected):
                confirm_appointment(str(appointment.pk))
        appointment.refresh_from_db()
        self.assertIsNone(appointment.confirmed)

    def test_nonsense_is_refused(self):
        today = timezone.localdate().isoformat()
        for changes in ({"dress": "otro"}, {"email": "lucia"}, {"date": today}, {"date": "mañana"}, {"name": ""}):
            with self.subTest(changes):
                self.assertEqual(self.post(**changes).status_code, 400)
        self.assertFalse(Appointment.objects.exists())

    def test_appointments_are_not_listed(self):
        self.assertEqual(self.client.get("/api/appointments/").status_code, 405)

    def test_those_of_tomorrow_are_reminded(self):
        self.post()
        mail.outbox.clear()
        self.assertEqual(remind_appointments(), 1)
        self.assertIn("Mañana", mail.outbox[0].subject)


class HealthTests(TestCase):
    def test_health(self):
        response = self.client.get("/health/")
        self.assertEqual(response.json(), {"status": "ok", "database": "ok", "cache": "ok"})
