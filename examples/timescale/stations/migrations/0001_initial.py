import django.db.models.deletion
import django.utils.timezone
import stations.models
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="Station",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(max_length=80, verbose_name="nombre")),
                ("slug", models.SlugField(unique=True, verbose_name="identificador")),
                (
                    "key",
                    models.CharField(
                        default=stations.models.new_key, editable=False, max_length=64, verbose_name="clave"
                    ),
                ),
            ],
            options={
                "verbose_name": "estación",
                "verbose_name_plural": "estaciones",
                "ordering": ["name"],
            },
        ),
        migrations.CreateModel(
            name="Reading",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("time", models.DateTimeField(default=django.utils.timezone.now, verbose_name="momento")),
                ("temperature", models.FloatField(verbose_name="temperatura, °C")),
                ("humidity", models.FloatField(blank=True, null=True, verbose_name="humedad, %")),
                (
                    "station",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="readings",
                        to="stations.station",
                        verbose_name="estación",
                    ),
                ),
            ],
            options={
                "verbose_name": "medida",
                "ordering": ["-time"],
                "indexes": [models.Index(fields=["station", "-time"], name="reading_by_station")],
            },
        ),
    ]
