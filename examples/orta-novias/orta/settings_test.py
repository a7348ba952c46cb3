"""For `manage.py test`: SQLite and memory, unless the environment names real services (as it does in a container)."""

import os
import tempfile

os.environ.setdefault("SECRET_KEY", "only-for-tests-0123456789-abcdefghijklmnopqrstuvwxyz")

from .settings import *  # noqa: E402, F403
from .settings import CACHES, DATABASES, LOGGING  # noqa: E402

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
MEDIA_ROOT = tempfile.mkdtemp(prefix="orta-test-media-")
# Tasks run at once, in the test's own process.
CELERY_TASK_ALWAYS_EAGER = True

if "POSTGRES_HOST" not in os.environ:
    DATABASES["default"] = {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}

if "REDIS_URL" in os.environ:
    # The tests share this Redis with whatever uses it already, so they keep to their own keys.
    CACHES["default"]["KEY_PREFIX"] = "test"
else:
    CACHES["default"] = {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}

# Most tests provoke errors; their log lines would bury a real failure.
LOGGING["handlers"]["stdout"]["level"] = "CRITICAL"
