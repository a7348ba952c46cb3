import logging
from datetime import timedelta
from smtplib import SMTPException

from celery import shared_task
from django.core.mail import send_mail
from django.utils import timezone

from shop.catalogue import refresh
from shop.models import Appointment

logger = logging.getLogger(__name__)


@shared_task(autoretry_for=(SMTPException, OSError), retry_backoff=True, max_retries=8)
def confirm_appointment(appointment_id: str) -> None:
    """May run twice for one appointment: the second time nothing is sent."""
    appointment = Appointment.objects.select_related("dress").filter(pk=appointment_id, confirmed=None).first()
    if appointment is None:
        return
    text = f"{appointment.name}, le esperamos el {appointment.date:%d/%m/%Y} para probarse {appointment.dress}."
    send_mail("Su cita en Orta Novias", text, None, [appointment.email])
    appointment.confirm()
    logger.info("appointment confirmed", extra={"fields": {"appointment": appointment_id}})


@shared_task
def remind_appointments() -> int:
    tomorrow = timezone.localdate() + timedelta(days=1)
    appointments = list(Appointment.objects.filter(date=tomorrow).exclude(confirmed=None))
    for appointment in appointments:
        send_mail("Mañana tiene cita en Orta Novias", f"{appointment.name}, le esperamos.", None, [appointment.email])
    return len(appointments)


@shared_task
def refresh_catalogue() -> None:
    refresh()
