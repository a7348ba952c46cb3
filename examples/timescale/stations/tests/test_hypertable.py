from datetime import timedelta

from django.db import connection
from django.test import TestCase
from django.utils import timezone

from stations.hourly import forget_hourly_means, hourly_means
from stations.models import Reading, Station


def ask(sql: str, *values):
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return cursor.fetchone()[0]


class HypertableTests(TestCase):
    def setUp(self):
        self.station = Station.objects.create(name="Puerto", slug="puerto")

    def test_the_table_is_a_hypertable(self):
        count = "SELECT count(*) FROM timescaledb_information.hypertables WHERE hypertable_name = %s"
        self.assertEqual(ask(count, "stations_reading"), 1)

    def test_readings_go_into_chunks_by_week(self):
        now = timezone.now()
        for weeks in range(4):
            Reading.objects.create(station=self.station, time=now - timedelta(weeks=weeks), temperature=20)
        self.assertEqual(ask("SELECT count(*) FROM show_chunks('stations_reading')"), 4)

    def test_hourly_means(self):
        hour = timezone.now().replace(minute=0, second=0, microsecond=0) - timedelta(hours=2)
        for minute, temperature in ((5, 20), (35, 22), (65, 30)):
            time = hour + timedelta(minutes=minute)
            Reading.objects.create(station=self.station, time=time, temperature=temperature)
        forget_hourly_means(self.station.id, 24)
        self.addCleanup(forget_hourly_means, self.station.id, 24)
        means = [(mean["temperature"], mean["readings"]) for mean in hourly_means(self.station.id, 24)]
        self.assertEqual(means, [(21.0, 2), (30.0, 1)])

    def test_they_are_computed_once_and_then_come_from_the_cache(self):
        forget_hourly_means(self.station.id, 24)
        self.addCleanup(forget_hourly_means, self.station.id, 24)
        with self.assertNumQueries(1):
            hourly_means(self.station.id, 24)
            hourly_means(self.station.id, 24)
