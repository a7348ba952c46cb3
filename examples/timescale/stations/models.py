import secrets

from django.db import models
from django.urls import reverse
from django.utils import timezone


def new_key() -> str:
    return secrets.token_urlsafe(24)


class Station(models.Model):
    name = models.CharField("nombre", max_length=80)
    slug = models.SlugField("identificador", unique=True)
    key = models.CharField("clave", max_length=64, default=new_key, editable=False)

    class Meta:
        verbose_name = "estación"
        verbose_name_plural = "estaciones"
        ordering = ["name"]

    def __str__(self):
        return self.name

    def get_absolute_url(self):
        return reverse("station", args=[self.slug])

    def accepts(self, key: str) -> bool:
        return secrets.compare_digest(self.key.encode(), key.encode())


class Reading(models.Model):
    """
    One measurement. The table is a hypertable: TimescaleDB keeps it in chunks of a week. Its primary key is
    (id, time), because every unique index of a hypertable has to hold the time; Django need only know of the id.
    """

    station = models.ForeignKey(
        Station, verbose_name="estación", related_name="readings", on_delete=models.CASCADE
    )
    time = models.DateTimeField("momento", default=timezone.now)
    temperature = models.FloatField("temperatura, °C")
    humidity = models.FloatField("humedad, %", null=True, blank=True)

    class Meta:
        verbose_name = "medida"
        ordering = ["-time"]
        indexes = [models.Index(fields=["station", "-time"], name="reading_by_station")]

    def __str__(self):
        return f"{self.station} · {self.time:%Y-%m-%d %H:%M}"
