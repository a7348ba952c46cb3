"""Follows every way a certificate comes and goes: the form, the admin and its bulk actions."""

from functools import partial

from django.db import transaction
from django.db.models.signals import post_delete, post_save
from django.dispatch import receiver

from certificates.models import Certificate
from certificates.recent import forget_recent_certificates


@receiver([post_save, post_delete], sender=Certificate)
def refresh_list(**_):
    transaction.on_commit(forget_recent_certificates)


@receiver(post_delete, sender=Certificate)
def remove_image(instance, **_):
    transaction.on_commit(partial(instance.image.delete, save=False))
