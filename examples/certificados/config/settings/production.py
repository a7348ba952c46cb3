from config import env

from .base import *  # noqa: F403
from .base import DEBUG

SECRET_KEY = env.required("SECRET_KEY")

_public_hosts = env.items("ALLOWED_HOSTS")
# The container's own health check asks for localhost, whatever the public names are.
ALLOWED_HOSTS = [*_public_hosts, "localhost"]
CSRF_TRUSTED_ORIGINS = [f"https://{'*' if host.startswith('.') else ''}{host}" for host in _public_hosts]

# TLS ends at the gateway, which sets this header itself and never passes on a visitor's.
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_HSTS_SECONDS = 365 * 24 * 60 * 60
SECURE_HSTS_INCLUDE_SUBDOMAINS = True

# Without DEBUG nothing is sent over plain http; with it, someone is at http://localhost on a laptop.
SESSION_COOKIE_SECURE = not DEBUG
CSRF_COOKIE_SECURE = not DEBUG

SILENCED_SYSTEM_CHECKS = [
    "security.W008",  # SECURE_SSL_REDIRECT: the gateway redirects to https.
    "security.W021",  # SECURE_HSTS_PRELOAD: a promise for the whole domain, for its owner to make.
]

# A name that changes with the content lets the gateway have browsers keep these files for a year.
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.ManifestStaticFilesStorage"},
}
