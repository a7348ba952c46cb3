import json

from django.http import JsonResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST, require_safe

from stations.forms import ReadingForm
from stations.hourly import hourly_means
from stations.models import Station

MAX_HOURS = 24 * 31


@csrf_exempt  # Called by stations, and no cookie gives a caller any right here.
@require_POST
def create_reading(request, slug):
    """Records a reading: `{"temperature": 21.5, "humidity": 40}` in, `{"id": …}` out. Needs the station's key."""
    station = Station.objects.filter(slug=slug).first()
    # An unknown station and a wrong key get the same answer.
    if station is None or not station.accepts(request.headers.get("X-Station-Key", "")):
        return JsonResponse({"error": "Send the key of the station as X-Station-Key."}, status=401)
    try:
        body = json.loads(request.body)
    except ValueError:
        return JsonResponse({"error": "The body is not JSON."}, status=400)
    form = ReadingForm(body if isinstance(body, dict) else {})
    if not form.is_valid():
        return JsonResponse({"errors": form.errors}, status=400)
    return JsonResponse({"id": form.save_for(station).id}, status=201)


@require_safe
def hourly(request, slug):
    """Hourly means of the last `?hours=24`."""
    station = get_object_or_404(Station, slug=slug)
    hours = request.GET.get("hours", "24")
    # isdecimal alone lets through digits of other scripts, and int reads those.
    if not hours.isdecimal() or not 1 <= int(hours) <= MAX_HOURS:
        return JsonResponse({"error": f"hours is a number from 1 to {MAX_HOURS}."}, status=400)
    return JsonResponse({"station": station.slug, "hours": hourly_means(station.id, int(hours))})
