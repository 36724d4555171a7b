"""Did the daily run do its work? Asked of every day in reach, not only of the newest."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Count

from history.archives import ARCHIVES, Archive
from history.snapshots import expected_days
from studiomode.beats.inputs import zulu
from studiomode.beats.windows import last_snapshot_day, snapshot_instant

from .models import DigestRun

GRACE = timedelta(minutes=30)  # after 14:00 UTC, for the tick to come and the run to end

COMPLETE, LATE, MISSING, THIN = "complete", "late", "missing", "thin"
BAD = (MISSING, THIN)


@dataclass(frozen=True)
class Day:
    """A day that should be in every archive: its worst state, and what to know about it."""

    date: date
    state: str
    details: tuple[str, ...] = ()


def days(at: datetime) -> list[Day]:
    """The days expected by `at`, oldest first."""
    expected = expected_days(at)
    if not expected:
        return []
    findings: dict[date, list[tuple[str, str]]] = defaultdict(list)
    for archive in ARCHIVES.values():
        for day, state, detail in inspect(archive, expected):
            findings[day].append((state, f"{archive.name}: {detail}"))
    for run in DigestRun.objects.filter(date__in=expected, completed_at=None):
        findings[run.date].append((COMPLETE, f"run: {run.told}"))
    return [summed_up(day, findings[day]) for day in expected]


def summed_up(day: date, findings: list[tuple[str, str]]) -> Day:
    states = [state for state, _ in findings]
    worst = next((state for state in (MISSING, THIN, LATE) if state in states), COMPLETE)
    return Day(day, worst, tuple(detail for _, detail in findings))


def counted(found: list[Day]) -> str:
    """In one sentence."""
    if not found:
        return "No day is due: there are no saves in reach."
    states = Counter(day.state for day in found)
    return f"{len(found)} days: {', '.join(f'{n} {state}' for state, n in states.items())}."


def told(name: str, outcome: dict[str, Any]) -> str:
    """A chore's outcome, for people."""
    if not outcome["ended_at"]:
        return f"{name}: begun {outcome['started_at']}, not ended"
    error = f", FAILED: {outcome['error']}" if outcome["error"] else ""
    return f"{name}: {outcome['number']:,} in {outcome['milliseconds']:,} ms{error}"


def inspect(archive: Archive, expected: list[date]) -> list[tuple[date, str, str]]:
    """What is wrong with the archive's days: (day, state, detail)."""
    rows = archive.model.objects.filter(snapshot_date__in=expected)
    counts = dict(rows.values_list("snapshot_date").annotate(rows=Count("pk")))
    late = set(rows.late().values_list("snapshot_date", flat=True))
    recorded = recorded_rows(archive, expected[0])
    found = []
    for day in expected:
        count, should = counts.get(day, 0), recorded.get(day, 0)
        if not count:
            found.append((day, MISSING, "no rows"))
        elif count < should:
            found.append((day, THIN, f"{count} rows of {should}"))
        elif day in late:
            found.append((day, LATE, "taken late"))
    return found


def recorded_rows(archive: Archive, first: date) -> dict[date, int]:
    """Rows by day, as the runs that kept them recorded them."""
    runs = DigestRun.objects.filter(date__gte=first).values_list("snapshots", flat=True)
    return {
        date.fromisoformat(day): rows
        for snapshots in runs
        for day, rows in snapshots.get(archive.name, {}).items()
    }


def complaints(now: datetime) -> list[str]:
    """Why an operator should look; nothing when all is well."""
    found = [
        f"{day.date} is {day.state} ({'; '.join(day.details)})"
        for day in days(now - GRACE)
        if day.state in BAD
    ]
    due = last_snapshot_day(now - GRACE)
    since = DigestRun.objects.filter(date__gte=due)
    if not since.complete().exists():
        why = "".join(f"; that of {run.date} {run.told}" for run in since[:1])
        found.insert(
            0, f"no complete daily run since {snapshot_instant(due):%Y-%m-%d %H:%M} UTC{why}"
        )
    return found


def as_json(at: datetime, found: list[Day], run: DigestRun | None) -> dict[str, Any]:
    """What digest_status says, for machines."""
    return {
        "at": zulu(at),
        "ok": not any(day.state in BAD for day in found),
        "days": [
            {"date": day.date.isoformat(), "state": day.state, "details": day.details}
            for day in found
        ],
        "last_run": run and run_as_json(run),
    }


def run_as_json(run: DigestRun) -> dict[str, Any]:
    instants = ("at", "started_at", "heartbeat_at", "ended_at", "completed_at")
    plain = ("attempts", "before", "interrupted_by", "host", "pid", "failures", "snapshots")
    return {
        "run": str(run.token),
        "date": run.date.isoformat(),
        "state": run.state,
        "story": run.story,
        **{name: moment and zulu(moment) for name in instants for moment in [getattr(run, name)]},
        **{name: getattr(run, name) for name in plain},
        "chores": [{"chore": name, **outcome} for name, outcome in run.outcomes],
    }
