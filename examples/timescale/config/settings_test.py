"""For `manage.py test`, which needs a real TimescaleDB: a hypertable is what the project is about."""

import os

os.environ.setdefault("SECRET_KEY", "only-for-tests-0123456789-abcdefghijklmnopqrstuvwxyz")
os.environ.setdefault("ALLOWED_HOSTS", "testserver")

from .settings import *  # noqa: E402, F403
from .settings import CACHES, LOGGING  # noqa: E402

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}

# The tests share this Redis with whatever uses it already, so they keep to their own keys.
CACHES["default"]["KEY_PREFIX"] = "test"

# Most tests provoke errors; their log lines would bury a real failure.
LOGGING["handlers"]["stdout"]["level"] = "CRITICAL"
