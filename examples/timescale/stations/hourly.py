"""Hourly means, computed by TimescaleDB and kept in the cache for a moment."""

from datetime import datetime, timedelta

from django.core.cache import cache
from django.db import connection
from django.utils import timezone

TIMEOUT_S = 30

QUERY = """
    SELECT time_bucket('1 hour', time) AS hour, avg(temperature), avg(humidity), count(*)
    FROM stations_reading
    WHERE station_id = %s AND time >= %s
    GROUP BY hour
    ORDER BY hour
"""


def hourly_means(station_id: int, hours: int) -> list[dict]:
    return cache.get_or_set(_key(station_id, hours), lambda: _compute(station_id, hours), TIMEOUT_S)


def forget_hourly_means(station_id: int, hours: int) -> None:
    cache.delete(_key(station_id, hours))


def _key(station_id: int, hours: int) -> str:
    return f"hourly-{station_id}-{hours}"


def _compute(station_id: int, hours: int) -> list[dict]:
    with connection.cursor() as cursor:
        cursor.execute(QUERY, [station_id, timezone.now() - timedelta(hours=hours)])
        return [_row(*values) for values in cursor.fetchall()]


def _row(hour: datetime, temperature: float, humidity: float | None, count: int) -> dict:
    # Plain values: during a switch two releases read each other's entries.
    return {
        "hour": hour.isoformat(),
        "temperature": round(temperature, 2),
        "humidity": None if humidity is None else round(humidity, 2),
        "readings": count,
    }
