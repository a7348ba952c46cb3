import logging
from datetime import timedelta

from celery import shared_task
from django.utils import timezone

from problems.knapsack import solve
from problems.models import Problem

logger = logging.getLogger(__name__)

# Longer than a message waits in a queue that moves.
LOST_AFTER = timedelta(seconds=30)


@shared_task
def solve_problem(problem_id: str) -> None:
    """May run twice for one problem: the answer is the same."""
    problem = Problem.objects.filter(pk=problem_id, status=Problem.Status.WAITING).first()
    if problem is None:
        return
    solution = solve(problem.capacity, problem.knapsack_items())
    problem.value, problem.chosen = solution
    problem.status, problem.solved = Problem.Status.SOLVED, timezone.now()
    problem.save()
    logger.info("problem %s solved, worth %s", problem.pk, problem.value)


@shared_task
def requeue_waiting() -> int:
    """Queues again what has waited too long, because the broker was down or lost its memory."""
    waiting = Problem.objects.filter(status=Problem.Status.WAITING, created__lt=timezone.now() - LOST_AFTER)
    lost = list(waiting.values_list("pk", flat=True))
    for problem_id in lost:
        solve_problem.delay(str(problem_id))
    return len(lost)
