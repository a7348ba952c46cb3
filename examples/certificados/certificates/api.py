import json

from django.http import JsonResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from certificates.forms import VerifyForm
from certificates.models import Certificate, Verification


@csrf_exempt  # Called by other programs, and no cookie gives a caller any right here.
@require_POST
def create_verification(request):
    """Records that a code was checked: `{"code": "…"}` in, `{"id": …, "valid": …}` out."""
    try:
        body = json.loads(request.body)
    except ValueError:
        return JsonResponse({"error": "The body is not JSON."}, status=400)
    form = VerifyForm(body if isinstance(body, dict) else {})
    if not form.is_valid():
        return JsonResponse({"error": "Send a code of letters, digits and hyphens."}, status=400)
    code = form.cleaned_data["code"]
    certificate = Certificate.objects.with_code(code)
    verification = Verification.objects.create(certificate=certificate, code=code)
    return JsonResponse({"id": verification.id, "valid": certificate is not None}, status=201)
