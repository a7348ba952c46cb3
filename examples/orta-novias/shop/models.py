import uuid

from django.db import models
from django.utils import timezone


class Dress(models.Model):
    name = models.CharField("nombre", max_length=80)
    slug = models.SlugField("identificador", unique=True)
    description = models.TextField("descripción", blank=True)
    price = models.DecimalField("precio", max_digits=8, decimal_places=2)
    photo = models.ImageField("foto", upload_to="dresses/", blank=True)
    is_listed = models.BooleanField("en el catálogo", default=True)

    class Meta:
        verbose_name = "vestido"
        ordering = ["name"]

    def __str__(self):
        return self.name


class Appointment(models.Model):
    """A fitting. Whoever has the id sees it: it is in the link of the confirmation."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    dress = models.ForeignKey(Dress, verbose_name="vestido", related_name="appointments", on_delete=models.PROTECT)
    name = models.CharField("nombre", max_length=80)
    email = models.EmailField("correo")
    date = models.DateField("fecha")
    created = models.DateTimeField("solicitada", auto_now_add=True)
    confirmed = models.DateTimeField("confirmada", null=True, blank=True)

    class Meta:
        verbose_name = "cita"
        ordering = ["date", "created"]

    def __str__(self):
        return f"{self.name}, {self.date}"

    def confirm(self) -> None:
        self.confirmed = timezone.now()
        self.save(update_fields=["confirmed"])
