"""The catalogue as the front end shows it, kept in the cache and made anew by a task."""

from django.core.cache import cache
from django.utils import timezone

from shop.models import Dress

KEY = "catalogue"


def catalogue() -> dict:
    return cache.get(KEY) or refresh()


def refresh() -> dict:
    # Plain values, not model instances: during a switch two releases read each other's entries.
    dresses = [
        {
            "slug": dress.slug,
            "name": dress.name,
            "description": dress.description,
            "price": str(dress.price),
            "photo": dress.photo.url if dress.photo else None,
        }
        for dress in Dress.objects.filter(is_listed=True)
    ]
    found = {"refreshed": timezone.now().isoformat(), "dresses": dresses}
    # Without an end: when no task comes by, an old catalogue is better than none.
    cache.set(KEY, found, timeout=None)
    return found
