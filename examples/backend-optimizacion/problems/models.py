import uuid

from django.db import models

from problems.knapsack import Item


class Problem(models.Model):
    """A knapsack to be packed, and how, once a worker has found out."""

    class Status(models.TextChoices):
        WAITING = "waiting", "en espera"
        SOLVED = "solved", "resuelto"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    capacity = models.PositiveIntegerField("capacidad")
    items = models.JSONField("objetos")
    status = models.CharField("estado", max_length=8, choices=Status.choices, default=Status.WAITING)
    value = models.PositiveIntegerField("valor", null=True, blank=True)
    chosen = models.JSONField("elegidos", null=True, blank=True)
    created = models.DateTimeField("creado", auto_now_add=True, db_index=True)
    solved = models.DateTimeField("resuelto", null=True, blank=True)

    class Meta:
        verbose_name = "problema"
        ordering = ["-created"]

    def __str__(self):
        return str(self.id)

    def knapsack_items(self) -> list[Item]:
        return [Item(**item) for item in self.items]
