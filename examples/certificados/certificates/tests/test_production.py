"""The production settings, loaded in a process of their own because settings load only once."""

import os
import subprocess
import sys

from django.conf import settings
from django.test import SimpleTestCase


def manage(*args, **environment):
    return subprocess.run(
        [sys.executable, "manage.py", *args],
        cwd=settings.BASE_DIR,
        env={
            "PATH": os.environ["PATH"],
            "DJANGO_SETTINGS_MODULE": "config.settings.production",
            **environment,
        },
        capture_output=True,
        text=True,
        timeout=60,
    )


class ProductionSettingsTests(SimpleTestCase):
    environment = {
        "SECRET_KEY": "correct-horse-battery-staple-" * 3,
        "ALLOWED_HOSTS": "example.com,.example.org",
    }

    def test_the_deployment_check_finds_nothing(self):
        result = manage("check", "--deploy", "--fail-level", "WARNING", **self.environment)
        self.assertEqual(result.returncode, 0, result.stderr)

    def test_a_secret_key_is_required(self):
        result = manage("check", ALLOWED_HOSTS="example.com")
        self.assertNotEqual(result.returncode, 0)
        self.assertIn("SECRET_KEY is not set", result.stderr)

    def test_forms_are_trusted_on_the_public_names_only(self):
        result = manage(
            "shell",
            "-c",
            "from django.conf import settings; print(settings.CSRF_TRUSTED_ORIGINS)",
            **self.environment,
        )
        self.assertEqual(result.stdout.splitlines()[-1], "['https://example.com', 'https://*.example.org']")
