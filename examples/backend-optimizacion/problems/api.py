import json

from django.db import transaction
from django.http import JsonResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST, require_safe
from kombu.exceptions import OperationalError

from problems.forms import ProblemForm
from problems.models import Problem
from problems.tasks import solve_problem


@require_safe
def index(request):
    return JsonResponse({"problems": reverse("create-problem")})


@csrf_exempt  # Called by other programs, and no cookie gives a caller any right here.
@require_POST
def create_problem(request):
    """`{"capacity": 10, "items": [{"name": "…", "weight": 3, "value": 7}]}` in; where to ask for the answer out."""
    try:
        body = json.loads(request.body)
    except ValueError:
        return JsonResponse({"error": "The body is not JSON."}, status=400)
    fields = body if isinstance(body, dict) else {}
    # A form field takes JSON as text.
    form = ProblemForm({"capacity": fields.get("capacity"), "items": json.dumps(fields.get("items"))})
    if not form.is_valid():
        return JsonResponse({"errors": form.errors}, status=400)
    problem = form.save()
    transaction.on_commit(lambda: queue(problem))
    return JsonResponse(describe(problem), status=202)


@require_safe
def show_problem(request, pk):
    return JsonResponse(describe(get_object_or_404(Problem, pk=pk)))


def queue(problem: Problem) -> None:
    try:
        solve_problem.delay(str(problem.pk))
    except OperationalError:
        pass  # The broker is down. The problem is kept, and requeue_waiting will find it.


def describe(problem: Problem) -> dict:
    return {
        "id": str(problem.pk),
        "url": reverse("show-problem", args=[problem.pk]),
        "status": problem.status,
        "value": problem.value,
        "chosen": problem.chosen,
    }
