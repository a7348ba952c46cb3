from django.db import transaction
from rest_framework import mixins, viewsets
from rest_framework.decorators import api_view
from rest_framework.response import Response

from shop.catalogue import catalogue
from shop.models import Appointment
from shop.serializers import AppointmentSerializer
from shop.tasks import confirm_appointment


@api_view()
def dresses(request):
    return Response(catalogue())


class AppointmentViewSet(mixins.CreateModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet):
    queryset = Appointment.objects.select_related("dress")
    serializer_class = AppointmentSerializer

    def perform_create(self, serializer):
        appointment = serializer.save()
        transaction.on_commit(lambda: confirm_appointment.delay(str(appointment.pk)))
