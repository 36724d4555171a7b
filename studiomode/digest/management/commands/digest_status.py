from __future__ import annotations

from argparse import ArgumentParser
from collections import Counter
from datetime import date
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from studiomode.beats.commands import past_day
from studiomode.beats.windows import snapshot_instant
from studiomode.digest.status import BAD, GRACE, Day, days


class Command(BaseCommand):
    help = (
        "The days of the archives up to a date: complete, late, missing or thin (fewer rows than "
        "the run recorded). Exits 1 when any is missing or thin."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--date", type=past_day, metavar="YYYY-MM-DD", help="the last day to look at"
        )

    def handle(self, *args: Any, date: date | None, **options: Any) -> str:
        found = days(snapshot_instant(date) if date else timezone.now() - GRACE)
        for day in found:
            self.stdout.write(f"{day.date}  {day.state:<9} {'; '.join(day.details)}".rstrip())
        sentence = summed_up(found)
        if any(day.state in BAD for day in found):
            raise CommandError(f"{sentence} A run of daily_digest takes what is missing.")
        return sentence


def summed_up(found: list[Day]) -> str:
    if not found:
        return "No day is due: there are no saves in reach."
    states = Counter(day.state for day in found)
    return f"{len(found)} days: {', '.join(f'{n} {state}' for state, n in states.items())}."
