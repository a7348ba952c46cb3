import certificates.codes
import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="Certificate",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "code",
                    models.CharField(
                        default=certificates.codes.new_code,
                        editable=False,
                        max_length=11,
                        unique=True,
                        verbose_name="código",
                    ),
                ),
                ("holder", models.CharField(max_length=120, verbose_name="titular")),
                ("course", models.CharField(max_length=160, verbose_name="curso")),
                (
                    "issued_on",
                    models.DateField(
                        default=django.utils.timezone.localdate, verbose_name="fecha de emisión"
                    ),
                ),
                (
                    "image",
                    models.ImageField(editable=False, upload_to="certificates/", verbose_name="imagen"),
                ),
            ],
            options={
                "verbose_name": "certificado",
                "ordering": ["-id"],
            },
        ),
        migrations.CreateModel(
            name="Verification",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("code", models.CharField(max_length=32, verbose_name="código")),
                ("created", models.DateTimeField(auto_now_add=True, verbose_name="fecha")),
                (
                    "certificate",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="verifications",
                        to="certificates.certificate",
                        verbose_name="certificado",
                    ),
                ),
            ],
            options={
                "verbose_name": "verificación",
                "verbose_name_plural": "verificaciones",
                "ordering": ["-id"],
            },
        ),
    ]
