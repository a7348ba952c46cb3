"""SQLite and an in-memory cache, unless the environment names real services (as it does in a container)."""

import os
import tempfile

from .base import *  # noqa: F403
from .base import CACHES, DATABASES, LOGGING

SECRET_KEY = "only-for-tests"
DEBUG = False
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
MEDIA_ROOT = tempfile.mkdtemp(prefix="certificados-test-media-")

if "DB_HOST" not in os.environ:
    DATABASES["default"] = {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}

if "REDIS_URL" in os.environ:
    # The tests share this Redis with whatever uses it already, so they keep to their own keys.
    CACHES["default"]["KEY_PREFIX"] = "test"
else:
    CACHES["default"] = {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}

# Most tests provoke errors; their log lines would bury a real failure.
LOGGING["handlers"]["stdout"]["level"] = "CRITICAL"
