"""For `manage.py test`: SQLite, unless the environment names a database (as it does in a container)."""

import os

os.environ.setdefault("SECRET_KEY", "only-for-tests-0123456789-abcdefghijklmnopqrstuvwxyz")

from .settings import *  # noqa: E402, F403
from .settings import DATABASES, LOGGING  # noqa: E402

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
CORS_ALLOWED_ORIGINS = ["https://wisebet.example"]

if "DB_HOST" not in os.environ:
    DATABASES["default"] = {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}

# Most tests provoke errors; their log lines would bury a real failure.
LOGGING["handlers"]["stdout"]["level"] = "CRITICAL"
