from django import forms

from stations.models import Reading


class ReadingForm(forms.ModelForm):
    """What a station sends. Without a time, the reading is of now."""

    time = forms.DateTimeField(required=False)
    temperature = forms.FloatField(min_value=-90, max_value=60)
    humidity = forms.FloatField(required=False, min_value=0, max_value=100)

    class Meta:
        model = Reading
        fields = ["time", "temperature", "humidity"]

    def save_for(self, station) -> Reading:
        self.instance.station = station
        return self.save()
