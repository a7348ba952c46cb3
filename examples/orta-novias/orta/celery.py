import logging.config
import os

from celery import Celery
from celery.signals import setup_logging

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "orta.settings")

app = Celery("orta")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@setup_logging.connect
def log_as_django_does(**_):
    """Workers and beat write the same JSON lines as the backend."""
    from django.conf import settings

    logging.config.dictConfig(settings.LOGGING)
