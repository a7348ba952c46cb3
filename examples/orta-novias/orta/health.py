import logging

from django.core.cache import cache
from django.db import connection
from django.http import JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

logger = logging.getLogger(__name__)


@never_cache
@require_safe
def health(request):
    """Answers 200 while the database and the cache both work, otherwise 503."""
    checks = {"database": _outcome("database", _query_database), "cache": _outcome("cache", _use_cache)}
    healthy = all(outcome == "ok" for outcome in checks.values())
    return JsonResponse(
        {"status": "ok" if healthy else "error", **checks},
        status=200 if healthy else 503,
    )


def _outcome(name: str, check) -> str:
    try:
        check()
    except Exception:  # Whatever the driver raises, the answer is the same: not healthy.
        logger.exception("health check failed", extra={"fields": {"check": name}})
        return "error"
    return "ok"


def _query_database() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")


def _use_cache() -> None:
    # Every replica writes the same value: with one of its own, each would now and then read another's.
    cache.set("health", "ok", timeout=10)
    if cache.get("health") != "ok":
        raise RuntimeError("the cache did not return what was written to it")
