from decimal import Decimal

from django.conf import settings
from django.core.validators import MinValueValidator
from django.db import models
from django.utils import timezone


class Pick(models.TextChoices):
    HOME = "1", "local"
    DRAW = "X", "empate"
    AWAY = "2", "visitante"


class EventQuerySet(models.QuerySet):
    def open(self):
        return self.filter(starts_at__gt=timezone.now(), result="")


class Event(models.Model):
    home = models.CharField("local", max_length=80)
    away = models.CharField("visitante", max_length=80)
    starts_at = models.DateTimeField("comienzo", db_index=True)
    odds_home = models.DecimalField("cuota 1", max_digits=6, decimal_places=2)
    odds_draw = models.DecimalField("cuota X", max_digits=6, decimal_places=2)
    odds_away = models.DecimalField("cuota 2", max_digits=6, decimal_places=2)
    result = models.CharField("resultado", max_length=1, choices=Pick.choices, blank=True)

    objects = EventQuerySet.as_manager()

    class Meta:
        verbose_name = "partido"
        ordering = ["starts_at"]

    def __str__(self):
        return f"{self.home} – {self.away}"

    def odds(self, pick: str) -> Decimal:
        return {Pick.HOME: self.odds_home, Pick.DRAW: self.odds_draw, Pick.AWAY: self.odds_away}[Pick(pick)]


class Bet(models.Model):
    """The odds are those of the moment in which it was placed; later changes do not touch it."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, verbose_name="usuario", on_delete=models.CASCADE)
    event = models.ForeignKey(Event, verbose_name="partido", related_name="bets", on_delete=models.PROTECT)
    pick = models.CharField("pronóstico", max_length=1, choices=Pick.choices)
    stake = models.DecimalField(
        "importe", max_digits=8, decimal_places=2, validators=[MinValueValidator(Decimal("1"))]
    )
    odds = models.DecimalField("cuota", max_digits=6, decimal_places=2, editable=False)
    created = models.DateTimeField("fecha", auto_now_add=True)

    class Meta:
        verbose_name = "apuesta"
        ordering = ["-id"]

    def __str__(self):
        return f"{self.event}: {self.pick}"

    @property
    def payout(self) -> Decimal | None:
        """What it pays; None while the match is undecided."""
        if not self.event.result:
            return None
        won = self.event.result == self.pick
        return (self.stake * self.odds).quantize(Decimal("0.01")) if won else Decimal("0.00")
