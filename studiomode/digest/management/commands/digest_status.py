from __future__ import annotations

import json
from argparse import ArgumentParser
from datetime import date
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from studiomode.beats.commands import past_day
from studiomode.beats.windows import snapshot_instant
from studiomode.digest.models import DigestRun
from studiomode.digest.status import BAD, GRACE, MISSING, THIN, Day, as_json, counted, days, told

REMEDIES = {
    MISSING: "A run of daily_digest takes what is missing.",
    THIN: "What is thin was whole once: no run changes a day, so look for its rows in a backup.",
}


class Command(BaseCommand):
    help = (
        "The days of the archives up to a date: complete, late, missing or thin (fewer rows than "
        "the run recorded); then the last run, chore by chore. Exits 1 when any day is missing or "
        "thin."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--date", type=past_day, metavar="YYYY-MM-DD", help="the last day to look at"
        )
        parser.add_argument("--json", action="store_true", help="the same for machines")

    def handle(
        self, *args: Any, date: date | None, json: bool = False, **options: Any
    ) -> str | None:
        at = snapshot_instant(date) if date else timezone.now() - GRACE
        found, run = days(at), DigestRun.objects.newest()
        sentence = counted(found)
        self.stdout.write(in_json(as_json(at, found, run)) if json else in_words(found, run))
        if any(day.state in BAD for day in found):
            raise CommandError(" ".join([sentence, *remedies(found)]))
        return None if json else sentence


def remedies(found: list[Day]) -> list[str]:
    states = {day.state for day in found}
    return [remedy for state, remedy in REMEDIES.items() if state in states]


def in_json(status: dict[str, Any]) -> str:
    return json.dumps(status, indent=2)


def in_words(found: list[Day], run: DigestRun | None) -> str:
    lines = [f"{day.date}  {day.state:<9} {'; '.join(day.details)}".rstrip() for day in found]
    return "\n".join(lines + (told_of(run) if run else []))


def told_of(run: DigestRun) -> list[str]:
    """The run, how the one before went wrong, and each of its chores."""
    began = f"Attempt {run.attempts}, begun {run.started_at:%Y-%m-%d %H:%M:%S} UTC"
    took = f", took {run.took.total_seconds():.1f} s" if run.took else f", by {run.holder}"
    before = [f"Before: {run.before}"] if run.before else []
    chores = [f"  {told(*outcome)}" for outcome in run.outcomes]
    return [run.story, f"{began}{took}.", *before, *chores]
