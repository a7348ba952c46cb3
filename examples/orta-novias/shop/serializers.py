from django.utils import timezone
from rest_framework import serializers

from shop.models import Appointment, Dress


class AppointmentSerializer(serializers.ModelSerializer):
    dress = serializers.SlugRelatedField(slug_field="slug", queryset=Dress.objects.filter(is_listed=True))

    class Meta:
        model = Appointment
        fields = ["id", "dress", "name", "email", "date", "confirmed"]
        read_only_fields = ["confirmed"]

    def validate_date(self, date):
        if date <= timezone.localdate():
            raise serializers.ValidationError("Elija un día a partir de mañana.")
        return date
