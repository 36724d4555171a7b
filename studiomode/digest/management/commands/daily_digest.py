from __future__ import annotations

import json
from argparse import ArgumentParser
from datetime import date
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from studiomode.beats.commands import past_day
from studiomode.beats.inputs import zulu
from studiomode.beats.leases import LeaseLost
from studiomode.beats.windows import last_snapshot_day, snapshot_instant
from studiomode.digest.chores import DAILY, Chore
from studiomode.digest.models import AlreadyRunning, DigestRun, Stuck


class Command(BaseCommand):
    help = (
        "The daily run: the snapshots of every day that is due and absent, then the notices, then "
        "upkeep. May be run any number of times. Exits 1 when a chore failed."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--date", type=past_day, metavar="YYYY-MM-DD", help="run as at 14:00 UTC of that day"
        )
        parser.add_argument(
            "--if-due",
            action="store_true",
            help="do nothing when the latest 14:00 UTC that has passed has a complete run",
        )

    def handle(self, *args: Any, date: date | None, if_due: bool, **options: Any) -> str | None:
        at = snapshot_instant(date) if date else timezone.now()
        day = last_snapshot_day(at)
        if if_due and DigestRun.objects.complete().filter(date=day).exists():
            return f"Nothing to do: the daily run of {day} is complete."
        try:
            return self.run(DigestRun.objects.claim(day, at))
        except AlreadyRunning as message:
            return str(message)
        except (Stuck, LeaseLost) as error:
            raise CommandError(str(error)) from error

    def run(self, run: DigestRun) -> str:
        for chore in DAILY:
            self.tell(chore, chore.carry_out(run))
        run.end()
        self.stdout.write(json.dumps(summary(run)))
        if run.failures:
            raise CommandError(f"The {run} failed: {', '.join(failed(run))}. The rest was done.")
        return f"The {run} is complete."

    def tell(self, chore: Chore, outcome: dict[str, Any]) -> None:
        line = "{number:>8} {unit:<9} {milliseconds:>7} ms".format(unit=chore.unit, **outcome)
        failed = f"  FAILED: {outcome['error']}" if outcome["error"] else ""
        self.stdout.write(f"{chore.name:<20}{line}{failed}")


def failed(run: DigestRun) -> list[str]:
    return [name for name, outcome in run.chores.items() if outcome["error"]]


def summary(run: DigestRun) -> dict[str, Any]:
    return {
        "date": run.date.isoformat(),
        "at": zulu(run.at),
        "complete": run.failures == 0,
        "chores": run.chores,
    }
