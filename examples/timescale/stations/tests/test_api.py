from django.test import TestCase

from stations.models import Reading, Station


class ReadingApiTests(TestCase):
    def setUp(self):
        self.station = Station.objects.create(name="Puerto", slug="puerto")

    def post(self, body, key=None, slug="puerto"):
        headers = {"X-Station-Key": self.station.key if key is None else key}
        url = f"/api/stations/{slug}/readings/"
        return self.client.post(url, body, content_type="application/json", headers=headers)

    def test_a_reading_is_recorded(self):
        response = self.post({"temperature": 21.5, "humidity": 40, "time": "2026-03-01T12:30:00Z"})
        self.assertEqual(response.status_code, 201)
        reading = Reading.objects.get(pk=response.json()["id"])
        self.assertEqual((reading.temperature, reading.humidity, reading.time.minute), (21.5, 40, 30))

    def test_without_a_time_it_is_of_now(self):
        self.assertEqual(self.post({"temperature": 3}).status_code, 201)
        self.assertIsNotNone(Reading.objects.get().time)

    def test_the_key_must_be_that_of_the_station(self):
        for key, slug in (("", "puerto"), ("ñ", "puerto"), (None, "otra")):
            with self.subTest(key=key, slug=slug):
                self.assertEqual(self.post({"temperature": 3}, key=key, slug=slug).status_code, 401)
        self.assertFalse(Reading.objects.exists())

    def test_nonsense_is_refused(self):
        for body in ("{", "[]", {}, {"temperature": "mild"}, {"temperature": 400}, {"temperature": 1, "humidity": -1}):
            with self.subTest(body):
                self.assertEqual(self.post(body).status_code, 400)
        self.assertFalse(Reading.objects.exists())


class PageTests(TestCase):
    def setUp(self):
        self.station = Station.objects.create(name="Puerto", slug="puerto")

    def test_the_list_shows_the_latest_reading(self):
        Reading.objects.create(station=self.station, temperature=17.25)
        self.assertContains(self.client.get("/"), "17,3 °C")

    def test_the_page_of_a_station(self):
        Reading.objects.create(station=self.station, temperature=17.25)
        self.assertContains(self.client.get(self.station.get_absolute_url()), "Puerto")

    def test_hours_are_a_number_in_bounds(self):
        for hours, status in (("24", 200), ("0", 400), ("x", 400), ("²", 400), ("9999", 400)):
            with self.subTest(hours):
                response = self.client.get("/api/stations/puerto/hourly/", {"hours": hours})
                self.assertEqual(response.status_code, status)

    def test_an_unknown_station_is_a_404(self):
        self.assertEqual(self.client.get("/stations/otra/").status_code, 404)
        self.assertEqual(self.client.get("/api/stations/otra/hourly/").status_code, 404)

    def test_health(self):
        response = self.client.get("/health/")
        self.assertEqual(response.json(), {"status": "ok", "database": "ok", "cache": "ok"})
