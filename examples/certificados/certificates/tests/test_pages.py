from datetime import date
from io import BytesIO

from django.contrib.auth.models import User
from django.test import TestCase
from django.urls import reverse
from PIL import Image

from certificates.models import Certificate
from certificates.recent import forget_recent_certificates


def issue(holder="José Núñez", course="Soldadura submarina"):
    return Certificate.objects.create(holder=holder, course=course, issued_on=date(2025, 3, 14))


class IssueTests(TestCase):
    def setUp(self):
        self.staff = User.objects.create_user("ana", is_staff=True)
        self.fields = {"holder": "Iñaki Peña", "course": "Buceo", "issued_on": "2025-03-14"}

    def test_visitors_are_sent_to_the_login(self):
        response = self.client.post(reverse("issue"), self.fields)
        self.assertRedirects(response, f"{reverse('admin:login')}?next={reverse('issue')}")
        self.assertFalse(Certificate.objects.exists())

    def test_staff_issue_a_certificate_and_see_it(self):
        self.client.force_login(self.staff)
        response = self.client.post(reverse("issue"), self.fields, follow=True)
        certificate = Certificate.objects.get()
        self.assertEqual(response.redirect_chain, [(certificate.get_absolute_url(), 302)])
        self.assertContains(response, "Iñaki Peña")
        self.assertContains(response, certificate.image.url)

    def test_an_incomplete_form_issues_nothing(self):
        self.client.force_login(self.staff)
        response = self.client.post(reverse("issue"), {**self.fields, "holder": ""})
        self.assertEqual(response.status_code, 200)
        self.assertIn("holder", response.context["form"].errors)
        self.assertFalse(Certificate.objects.exists())

    def test_the_admin_lists_certificates_but_does_not_change_them(self):
        self.client.force_login(User.objects.create_superuser("root"))
        certificate = issue()
        self.assertContains(
            self.client.get(reverse("admin:certificates_certificate_changelist")), certificate.code
        )
        page = reverse("admin:certificates_certificate_change", args=[certificate.pk])
        self.assertEqual(self.client.post(page, self.fields).status_code, 403)


class ImageTests(TestCase):
    def test_the_image_is_a_png_named_after_the_code(self):
        certificate = issue(holder="Un nombre larguísimo " * 5)
        with certificate.image.open() as file:
            self.assertEqual(Image.open(BytesIO(file.read())).format, "PNG")
        self.assertEqual(certificate.image.name, f"certificates/{certificate.code}.png")

    def test_revoking_a_certificate_removes_its_image(self):
        certificate = issue()
        name, storage = certificate.image.name, certificate.image.storage
        with self.captureOnCommitCallbacks(execute=True):
            Certificate.objects.all().delete()
        self.assertFalse(storage.exists(name))


class ListTests(TestCase):
    def setUp(self):
        forget_recent_certificates()
        self.addCleanup(forget_recent_certificates)

    def test_the_list_comes_from_the_cache(self):
        issue()
        self.assertContains(self.client.get("/"), "José Núñez")
        with self.assertNumQueries(0):
            self.client.get("/")

    def test_a_new_certificate_is_listed_at_once(self):
        self.assertContains(self.client.get("/"), "Todavía no")
        with self.captureOnCommitCallbacks(execute=True):
            issue()
        self.assertContains(self.client.get("/"), "José Núñez")


class VerifyTests(TestCase):
    def test_the_form_leads_to_the_page_of_the_code(self):
        response = self.client.get(reverse("verify"), {"code": " abc-123 "})
        self.assertRedirects(response, "/verify/abc-123/", target_status_code=404)

    def test_a_code_with_other_characters_is_explained(self):
        response = self.client.get(reverse("verify"), {"code": "¿qué?\x00"})
        self.assertContains(response, "letras, números y guiones")

    def test_a_valid_code_shows_the_certificate_however_it_is_typed(self):
        certificate = issue()
        for code in (certificate.code, certificate.code.lower()):
            with self.subTest(code):
                self.assertContains(self.client.get(f"/verify/{code}/"), "Certificado auténtico")

    def test_an_unknown_code_is_a_404_that_says_so(self):
        response = self.client.get("/verify/NO-EXISTE/")
        self.assertContains(response, "Código desconocido", status_code=404)


class VersionTests(TestCase):
    def test_every_answer_names_the_version(self):
        for path in ("/", "/health/", "/no-such-page/"):
            with self.subTest(path), self.settings(APP_VERSION="7"):
                self.assertEqual(self.client.get(path).headers["X-App-Version"], "7")

    def test_pages_name_it_too(self):
        with self.settings(APP_VERSION="7"):
            self.assertContains(self.client.get("/"), '<meta name="app-version" content="7">', html=True)
