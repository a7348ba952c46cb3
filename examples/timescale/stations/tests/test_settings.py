"""The rules for the environment, each in a process of its own because settings load only once."""

import os
import subprocess
import sys

from django.conf import settings
from django.test import SimpleTestCase

GOOD = {"SECRET_KEY": "correct-horse-battery-staple-" * 2, "ALLOWED_HOSTS": "misitio.com,192.168.1.50"}


def check(**environment):
    return subprocess.run(
        [sys.executable, "manage.py", "check", "--deploy", "--fail-level", "WARNING"],
        cwd=settings.BASE_DIR,
        env={"PATH": os.environ["PATH"], **environment},
        capture_output=True,
        text=True,
        timeout=60,
    )


class EnvironmentTests(SimpleTestCase):
    def refuses(self, word, **changes):
        result = check(**{**GOOD, **changes})
        self.assertNotEqual(result.returncode, 0)
        self.assertIn(word, result.stderr)

    def test_a_good_one_passes_the_deployment_check(self):
        result = check(**GOOD)
        self.assertEqual(result.returncode, 0, result.stderr)

    def test_debug_is_refused_but_for_development(self):
        self.refuses("DEBUG must be False", DEBUG="True")

    def test_a_weak_key_is_refused(self):
        self.refuses("SECRET_KEY is not set", SECRET_KEY="")
        self.refuses("SECRET_KEY is too short", SECRET_KEY="changeme")
        self.refuses("SECRET_KEY is too short", SECRET_KEY="a" * 60)

    def test_the_names_of_the_site_must_be_listed(self):
        self.refuses("ALLOWED_HOSTS", ALLOWED_HOSTS="")
        self.refuses("ALLOWED_HOSTS", ALLOWED_HOSTS="*")
