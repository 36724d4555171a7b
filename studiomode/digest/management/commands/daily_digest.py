from __future__ import annotations

import json
import sys
from argparse import ArgumentParser
from datetime import date, datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError
from django.utils import timezone

from studiomode.beats.commands import Progress, past_day
from studiomode.beats.inputs import printable, zulu
from studiomode.beats.leases import LeaseLost
from studiomode.beats.windows import last_snapshot_day, snapshot_instant
from studiomode.digest import logs
from studiomode.digest.chores import DAILY, Chore
from studiomode.digest.models import AlreadyRunning, DigestRun, Stuck
from studiomode.digest.pings import FAIL, START, SUCCESS, ping
from studiomode.digest.stopping import Interrupted, Stop

HURRIED = 1.0  # seconds for the monitor once the run has been asked to end


class Command(BaseCommand):
    help = (
        "The daily run: the snapshots of every day that is due and absent, then the notices, then "
        "upkeep. May be run any number of times. Exits 1 when a chore failed, 143 or 130 when "
        "SIGTERM or Ctrl-C ended it."
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
        parser.add_argument(
            "--dry-run", action="store_true", help="say what would be done, and write nothing"
        )

    def handle(
        self,
        *args: Any,
        date: date | None,
        if_due: bool,
        dry_run: bool = False,
        **options: Any,
    ) -> str:
        now = timezone.now()
        at = snapshot_instant(date) if date else now
        day = last_snapshot_day(at)
        if if_due and DigestRun.objects.complete().filter(date=day).exists():
            return f"Nothing to do: the daily run of {day} is complete."
        if dry_run:
            return self.preview(DigestRun(date=day, at=at, started_at=now))
        with Stop().listening() as stop:
            return self.attempt(day, at, stop)

    def preview(self, run: DigestRun) -> str:
        for chore in DAILY:
            self.stdout.write(f"{chore.name}:")
            for line in list(chore.preview(run)) or ["nothing to do"]:
                self.stdout.write(f"  {printable(line)}")
        return f"The {run} would do this as at {zulu(run.at)}. Nothing was written."

    def attempt(self, day: date, at: datetime, stop: Stop) -> str:
        """The run. Whatever is wrong with it becomes one sentence and an exit code."""
        try:
            run = DigestRun.objects.claim(day, at)
            with logs.during(run):
                return self.lead(run, stop)
        except AlreadyRunning as message:
            return str(message)
        except (Stuck, LeaseLost) as error:
            raise self.failed(str(error)) from error
        except Interrupted as interrupted:
            sentence = f"The daily run of {day} was interrupted before it began."
            raise CommandError(sentence, returncode=interrupted.exit_code) from interrupted
        except DatabaseError as error:
            raise self.failed(
                f"The daily run of {day} could not go on: {printable(str(error))}. What was done "
                "stays; the next run goes on where it stopped."
            ) from error

    def lead(self, run: DigestRun, stop: Stop) -> str:
        run.stop = stop
        logs.tell("run began", run, as_at=zulu(run.at), attempt=run.attempts)
        if run.before:
            self.stdout.write(f"Before: {run.before}")
        ping(START)
        try:
            return self.carry_out(run)
        except Interrupted as interrupted:
            stop.leave()
            raise self.interrupted(run, interrupted) from interrupted

    def carry_out(self, run: DigestRun) -> str:
        for chore in DAILY:
            progress = Progress(sys.stderr, chore.name)
            run.progress = progress.tell
            outcome = chore.carry_out(run)
            progress.end()
            self.tell(chore, outcome)
        run.end()
        self.stdout.write(json.dumps(summary(run)))
        logs.tell("run ended", run, complete=not run.failures)
        if run.failures:
            failed = ", ".join(run.failed_chores)
            raise self.failed(f"The {run} failed: {failed}. The rest was done.")
        sentence = f"The {run} is complete."
        ping(SUCCESS, sentence)
        return sentence

    def tell(self, chore: Chore, outcome: dict[str, Any]) -> None:
        line = "{number:>8} {unit:<9} {milliseconds:>7} ms".format(unit=chore.unit, **outcome)
        failed = f"  FAILED: {outcome['error']}" if outcome["error"] else ""
        self.stdout.write(f"{chore.name:<20}{line}{failed}")

    def interrupted(self, run: DigestRun, by: Interrupted) -> CommandError:
        run.end(interrupted_by=by.signal.name)
        run.refresh_from_db()
        logs.tell("run interrupted", run, by=by.signal.name)
        ping(FAIL, run.story, patience=HURRIED)
        sentence = f"{run.story} What was done stays; the next run goes on where it stopped."
        return CommandError(sentence, returncode=by.exit_code)

    def failed(self, sentence: str) -> CommandError:
        ping(FAIL, sentence)
        return CommandError(sentence)


def summary(run: DigestRun) -> dict[str, Any]:
    return {
        "run": str(run.token),
        "date": run.date.isoformat(),
        "at": zulu(run.at),
        "complete": run.failures == 0,
        "chores": run.chores,
    }
