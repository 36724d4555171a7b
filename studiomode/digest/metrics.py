"""What /metrics tells: asked of the database when scraped, so it is the same from any process."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from django.db import connection
from django.db.models import Count, Max
from prometheus_client import CollectorRegistry
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from history.archives import ARCHIVES
from studiomode.beats.models import SavedBeat

from .channels import CHANNELS
from .chores import DAILY
from .models import Delivery, DigestRun
from .outbox import FAILED, State

PREFIX = "studiomode_"
# PostgreSQL's own count, as of the last time it looked the table over; -1 before the first.
ESTIMATE = "SELECT reltuples::bigint FROM pg_class WHERE oid = '{table}'::regclass"


def gauge(name: str, says: str, *labels: str) -> GaugeMetricFamily:
    return GaugeMetricFamily(f"{PREFIX}{name}", says, labels=labels)


def last_success() -> Iterator[Metric]:
    family = gauge("digest_last_success_timestamp_seconds", "When a daily run was last complete.")
    newest = DigestRun.objects.complete().aggregate(newest=Max("completed_at"))["newest"]
    if newest:
        family.add_metric([], newest.timestamp())
    yield family


def last_run() -> Iterator[Metric]:
    """How long it took, the rows it kept, the chores that failed."""
    took = gauge("digest_last_duration_seconds", "How long the last run that has ended took.")
    rows = gauge("digest_rows", "Rows that the last run kept.", "archive")
    failed = gauge("digest_chore_failed", "Whether the chore failed in the last run.", "chore")
    run = DigestRun.objects.exclude(ended_at=None).newest()
    if run and run.took:
        took.add_metric([], run.took.total_seconds())
        for name in ARCHIVES:
            rows.add_metric([name], sum(run.snapshots.get(name, {}).values()))
        for chore in DAILY:
            failed.add_metric([chore.name], chore.name in run.failed_chores)
    yield from (took, rows, failed)


def outbox() -> Iterator[Metric]:
    """By channel: what has to go out still, and what never will."""
    pending = gauge("digest_notices_pending", "Digests that wait to be sent.", "channel")
    failed = gauge("digest_notices_failed", "Digests refused or given up, as kept.", "channel")
    for family, states in ((pending, [State.WAITING]), (failed, FAILED)):
        rows = Delivery.objects.filter(state__in=states).order_by().values_list("channel")
        counts = dict(rows.annotate(number=Count("pk")))
        for name in CHANNELS:
            family.add_metric([name], counts.get(name, 0))
    yield from (pending, failed)


def saves() -> Iterator[Metric]:
    family = gauge("saves", "Rows in the ledger, estimated.")
    family.add_metric([], estimated_saves())
    yield family


def estimated_saves() -> int:
    """Counting would read the whole ledger; the newest key is no less than the count."""
    newest = SavedBeat.objects.aggregate(newest=Max("pk"))["newest"] or 0
    return estimated_by_postgresql() or newest if connection.vendor == "postgresql" else newest


def estimated_by_postgresql() -> int:
    with connection.cursor() as cursor:
        cursor.execute(ESTIMATE.format(table=SavedBeat._meta.db_table))
        return max(0, cursor.fetchone()[0])


SOURCES: tuple[Callable[[], Iterator[Metric]], ...] = (last_success, last_run, outbox, saves)


class FromDatabase(Collector):
    """Every family of SOURCES; another source is one more generator."""

    def describe(self) -> list[Metric]:
        return []  # or registering would ask the database

    def collect(self) -> Iterator[Metric]:
        for source in SOURCES:
            yield from source()


# Our own: the library's default one tells of the process that happens to answer.
REGISTRY = CollectorRegistry()
REGISTRY.register(FromDatabase())
