from django.db.models import OuterRef, Subquery
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from stations import chart
from stations.hourly import hourly_means
from stations.models import Reading, Station


@require_safe
def index(request):
    latest = Reading.objects.filter(station=OuterRef("pk")).order_by("-time")
    stations = Station.objects.annotate(
        latest_time=Subquery(latest.values("time")[:1]),
        latest_temperature=Subquery(latest.values("temperature")[:1]),
    )
    return render(request, "stations/index.html", {"stations": stations})


@require_safe
def station(request, slug):
    station = get_object_or_404(Station, slug=slug)
    means = hourly_means(station.id, 48)
    points = chart.points([mean["temperature"] for mean in means])
    context = {"station": station, "means": means[::-1][:24], "points": points, "chart": chart}
    return render(request, "stations/station.html", context)
