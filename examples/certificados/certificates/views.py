import logging

from django.contrib.admin.views.decorators import staff_member_required
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from certificates.forms import IssueForm, VerifyForm
from certificates.models import Certificate
from certificates.recent import recent_certificates

logger = logging.getLogger(__name__)


@require_safe
def index(request):
    return render(request, "certificates/index.html", {"certificates": recent_certificates()})


@staff_member_required
@require_http_methods(["GET", "HEAD", "POST"])
def issue(request):
    form = IssueForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        certificate = form.save()
        logger.info(
            "certificate issued",
            extra={"fields": {"code": certificate.code, "issued_by": request.user.get_username()}},
        )
        return redirect(certificate)
    return render(request, "certificates/issue.html", {"form": form})


@require_safe
def verify(request):
    form = VerifyForm(request.GET or None)
    if form.is_valid():
        return redirect("verify-code", form.cleaned_data["code"])
    return render(request, "certificates/verify.html", {"form": form})


@require_safe
def verify_code(request, code):
    certificate = Certificate.objects.with_code(code)
    return render(
        request,
        "certificates/verify_code.html",
        {"certificate": certificate, "code": code},
        status=200 if certificate else 404,
    )
