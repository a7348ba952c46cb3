from django.core.files.base import ContentFile
from django.db import models
from django.urls import reverse
from django.utils import timezone

from certificates.codes import new_code, normalise
from certificates.drawing import draw_certificate


class CertificateQuerySet(models.QuerySet):
    def with_code(self, code: str):
        """Finds the certificate for a code as a visitor typed it; None when there is none."""
        return self.filter(code=normalise(code)).first()


class Certificate(models.Model):
    """Never changed once issued: a mistake is revoked (deleted) and issued again."""

    code = models.CharField("código", max_length=11, unique=True, default=new_code, editable=False)
    holder = models.CharField("titular", max_length=120)
    course = models.CharField("curso", max_length=160)
    issued_on = models.DateField("fecha de emisión", default=timezone.localdate)
    image = models.ImageField("imagen", upload_to="certificates/", editable=False)

    objects = CertificateQuerySet.as_manager()

    class Meta:
        verbose_name = "certificado"
        ordering = ["-id"]

    def __str__(self):
        return f"{self.code} · {self.holder}"

    def save(self, *args, **kwargs):
        if not self.image:
            self.image.save(f"{self.code}.png", ContentFile(draw_certificate(self)), save=False)
        super().save(*args, **kwargs)

    def get_absolute_url(self):
        return reverse("verify-code", args=[self.code])


class Verification(models.Model):
    """One question asked through the API, whether or not the code turned out to be valid."""

    certificate = models.ForeignKey(
        Certificate,
        verbose_name="certificado",
        related_name="verifications",
        on_delete=models.SET_NULL,
        null=True,
    )
    code = models.CharField("código", max_length=32)
    created = models.DateTimeField("fecha", auto_now_add=True)

    class Meta:
        verbose_name = "verificación"
        verbose_name_plural = "verificaciones"
        ordering = ["-id"]

    def __str__(self):
        return self.code
