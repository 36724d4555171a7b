"""What is thrown away, and from when on: nothing that anybody could miss. The ledger and history
are not among it, and no other code deletes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

from django.contrib.sessions.models import Session
from django.db.models import QuerySet

from leaderboards.models import StoredRecap
from studiomode.beats.models import Device, Spent

from .models import Delivery, DigestRun, Notice

DELIVERIES_KEPT = timedelta(days=90)  # once they have ended
BATCH = 2_000  # rows: no lock is held for long, and an interruption undoes little

Doomed = Callable[[DigestRun], QuerySet[Any, Any]]


def ended_sessions(run: DigestRun) -> QuerySet[Any, Any]:
    return Session.objects.filter(expire_date__lt=run.at)


def unasked_recaps(run: DigestRun) -> QuerySet[Any, Any]:
    """Stored recaps that nobody has asked for since the day before."""
    return StoredRecap.objects.filter(at__lt=run.at - timedelta(days=1))


def ended_devices(run: DigestRun) -> QuerySet[Any, Any]:
    return Device.objects.filter(expiry__lt=run.at)


def full_budgets(run: DigestRun) -> QuerySet[Any, Any]:
    """What was spent of budgets that are full again."""
    return Spent.objects.filter(resets_at__lt=int(run.at.timestamp()))


def old_notices(run: DigestRun) -> QuerySet[Any, Any]:
    return Notice.objects.filter(date__lt=run.first_notices_kept)


def ended_deliveries(run: DigestRun) -> QuerySet[Any, Any]:
    return Delivery.objects.ended_before(run.at - DELIVERIES_KEPT)


def clear(doomed: Doomed, run: DigestRun) -> int:
    """Delete them in batches; how many."""
    rows, deleted, of = doomed(run).order_by("pk"), 0, doomed(run).count()
    while batch := list(rows.values_list("pk", flat=True)[:BATCH]):
        deleted += rows.order_by().filter(pk__in=batch).delete()[0]
        run.go_on(deleted, of)
    return deleted


def preview_clear(doomed: Doomed, run: DigestRun) -> Iterator[str]:
    yield f"{doomed(run).count():,} would be deleted"
