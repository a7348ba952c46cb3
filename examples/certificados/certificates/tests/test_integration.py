"""The real services: run where DB_HOST and REDIS_URL name them, as in a container of compose.yaml."""

import os
from unittest import skipUnless

from django.contrib.auth.models import User
from django.core.cache import caches
from django.core.cache.backends.redis import RedisCache
from django.db import connection
from django.test import TestCase


@skipUnless({"DB_HOST", "REDIS_URL"} <= os.environ.keys(), "needs PostgreSQL and Redis")
class IntegrationTests(TestCase):
    def test_the_database_is_postgresql(self):
        self.assertEqual(connection.vendor, "postgresql")

    def test_a_session_lives_in_redis(self):
        self.client.force_login(User.objects.create_user("ana", is_staff=True))
        self.addCleanup(self.client.session.flush)
        self.assertIsInstance(caches["default"], RedisCache)
        self.assertIn(self.client.session.cache_key, caches["default"])

    def test_the_application_is_healthy(self):
        self.assertEqual(self.client.get("/health/").status_code, 200)
