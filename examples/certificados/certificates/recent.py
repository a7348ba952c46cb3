"""The list on the front page, kept in the cache so that visitors do not cost a query each."""

from django.core.cache import cache

from certificates.models import Certificate

KEY = "recent-certificates"
COUNT = 12
TIMEOUT_S = 60


def recent_certificates() -> list[dict]:
    # Plain values, not model instances: during a switch two releases read each other's entries.
    def load():
        return list(Certificate.objects.values("code", "holder", "course", "issued_on")[:COUNT])

    return cache.get_or_set(KEY, load, TIMEOUT_S)


def forget_recent_certificates() -> None:
    cache.delete(KEY)
