from datetime import timedelta
from unittest.mock import patch

from django.test import TestCase
from django.utils import timezone
from kombu.exceptions import OperationalError

from problems.models import Problem
from problems.tasks import requeue_waiting, solve_problem

ITEMS = [{"name": "tienda", "weight": 5, "value": 10}, {"name": "saco", "weight": 3, "value": 7}]
URL = "/api/problems/"


class ProblemApiTests(TestCase):
    def post(self, body):
        with self.captureOnCommitCallbacks(execute=True):
            return self.client.post(URL, body, content_type="application/json")

    def test_a_problem_is_queued_and_solved(self):
        response = self.post({"capacity": 5, "items": ITEMS})
        self.assertEqual((response.status_code, response.json()["status"]), (202, "waiting"))
        answer = self.client.get(response.json()["url"]).json()
        self.assertEqual((answer["status"], answer["value"], answer["chosen"]), ("solved", 10, ["tienda"]))

    def test_nonsense_is_refused(self):
        item = ITEMS[0]
        for items in (None, "x", [1], [{}], [{**item, "weight": 0}], [{**item, "value": True}], [item] * 101):
            with self.subTest(items):
                self.assertEqual(self.post({"capacity": 5, "items": items}).status_code, 400)
        for body in ("{", "[]", {"items": ITEMS}, {"capacity": 0, "items": ITEMS}, {"capacity": 10**9, "items": ITEMS}):
            with self.subTest(body):
                self.assertEqual(self.post(body).status_code, 400)
        self.assertFalse(Problem.objects.exists())

    def test_text_of_every_kind_is_kept(self):
        response = self.post({"capacity": 5, "items": [{"name": "saco 🏕️ ñandú", "weight": 1, "value": 1}]})
        self.assertEqual(self.client.get(response.json()["url"]).json()["chosen"], ["saco 🏕️ ñandú"])

    def test_an_unknown_problem_is_a_404(self):
        self.assertEqual(self.client.get(f"{URL}00000000-0000-4000-8000-000000000000/").status_code, 404)

    def test_what_there_is(self):
        self.assertEqual(self.client.get("/api/").json(), {"problems": URL})


class QueueTests(TestCase):
    def waiting(self, age):
        problem = Problem.objects.create(capacity=5, items=ITEMS)
        Problem.objects.filter(pk=problem.pk).update(created=timezone.now() - age)
        return problem

    def test_a_lost_message_is_queued_again(self):
        lost, fresh = self.waiting(timedelta(minutes=5)), self.waiting(timedelta())
        self.assertEqual(requeue_waiting(), 1)
        lost.refresh_from_db()
        fresh.refresh_from_db()
        self.assertEqual((lost.status, fresh.status), ("solved", "waiting"))

    def test_a_problem_is_kept_when_the_broker_is_down(self):
        with patch.object(solve_problem, "delay", side_effect=OperationalError):
            with self.captureOnCommitCallbacks(execute=True):
                response = self.client.post(URL, {"capacity": 5, "items": ITEMS}, content_type="application/json")
        self.assertEqual(response.status_code, 202)
        self.assertTrue(Problem.objects.filter(status="waiting").exists())

    def test_solving_twice_changes_nothing(self):
        problem = self.waiting(timedelta())
        solve_problem(str(problem.pk))
        problem.refresh_from_db()
        first = problem.solved
        solve_problem(str(problem.pk))
        problem.refresh_from_db()
        self.assertEqual(problem.solved, first)


class HealthTests(TestCase):
    def test_health_by_the_name_that_nginx_sends(self):
        response = self.client.get("/health/", headers={"Host": "django"})
        self.assertEqual(response.json(), {"status": "ok", "database": "ok", "cache": "ok"})
