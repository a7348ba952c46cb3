from django.test import Client, TestCase

from certificates.models import Verification
from certificates.tests.test_pages import issue

URL = "/api/verifications/"


class VerificationApiTests(TestCase):
    def post(self, body):
        return self.client.post(URL, body, content_type="application/json")

    def test_a_valid_code_is_recorded(self):
        certificate = issue()
        response = self.post({"code": certificate.code.lower()})
        self.assertEqual(response.status_code, 201)
        verification = certificate.verifications.get()
        self.assertEqual(response.json(), {"id": verification.id, "valid": True})

    def test_an_unknown_code_is_recorded_as_well(self):
        response = self.post({"code": "NO-EXISTE"})
        self.assertEqual(response.status_code, 201)
        self.assertFalse(response.json()["valid"])
        self.assertIsNone(Verification.objects.get(code="NO-EXISTE").certificate)

    def test_a_malformed_request_is_refused(self):
        for body in ("{", "[]", b"\xff", {}, {"code": ""}, {"code": "A" * 33}, {"code": "A\x00"}):
            with self.subTest(body):
                self.assertEqual(self.post(body).status_code, 400)
        self.assertFalse(Verification.objects.exists())

    def test_it_needs_no_csrf_token(self):
        client = Client(enforce_csrf_checks=True)
        response = client.post(URL, {"code": "X"}, content_type="application/json")
        self.assertEqual(response.status_code, 201)

    def test_only_post_is_allowed(self):
        self.assertEqual(self.client.get(URL).status_code, 405)
