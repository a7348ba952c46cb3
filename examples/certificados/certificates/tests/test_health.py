from unittest.mock import patch

from django.core.cache import cache
from django.db import DatabaseError, connection
from django.test import TestCase


class HealthTests(TestCase):
    def test_all_is_well(self):
        response = self.client.get("/health/")
        self.assertEqual(response.status_code, 200)
        self.assertEqual(response.json(), {"status": "ok", "database": "ok", "cache": "ok"})
        self.assertIn("no-store", response.headers["Cache-Control"])

    def test_no_database(self):
        with patch.object(connection, "cursor", side_effect=DatabaseError):
            response = self.client.get("/health/")
        self.assertEqual(response.status_code, 503)
        self.assertEqual(response.json(), {"status": "error", "database": "error", "cache": "ok"})

    def test_no_cache(self):
        with patch.object(cache, "set", side_effect=ConnectionError):
            response = self.client.get("/health/")
        self.assertEqual(response.status_code, 503)
        self.assertEqual(response.json(), {"status": "error", "database": "ok", "cache": "error"})

    def test_a_cache_that_forgets(self):
        with patch.object(cache, "get", return_value=None):
            self.assertEqual(self.client.get("/health/").json()["cache"], "error")
