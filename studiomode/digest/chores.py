"""The steps of the daily run, in their order. Any of them may be run any number of times."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial
from time import perf_counter
from typing import Any

from django.contrib.sessions.models import Session
from django.db import connection, transaction

from history.archives import ARCHIVES, Archive
from history.snapshots import absent, expected_days, take
from leaderboards.models import StoredRecap
from studiomode.beats.leases import LeaseLost

from .models import DigestRun
from .notices import write_notices


@dataclass(frozen=True)
class Chore:
    """`work` takes the run and returns how many of `unit` it did; it raises when it failed."""

    name: str
    unit: str
    work: Callable[[DigestRun], int]

    def carry_out(self, run: DigestRun) -> dict[str, Any]:
        """The outcome, recorded in the run. A failure is an outcome too: the next chore goes on."""
        started = perf_counter()
        number, error = self.attempt(run)
        milliseconds = round((perf_counter() - started) * 1000)
        outcome = {"number": number, "milliseconds": milliseconds, "error": error}
        run.record_chore(self.name, outcome)
        return outcome

    def attempt(self, run: DigestRun) -> tuple[int, str | None]:
        try:
            run.show_life()
            return self.work(run), None
        except LeaseLost:
            raise
        except Exception as error:  # whatever it is, it is named and the rest still runs
            if not connection.is_usable():
                connection.close()  # the next chore gets a new one
            return 0, f"{type(error).__name__}: {error}"


class DaysFailed(Exception):
    """Some days of an archive could not be kept; the others were."""


def take_snapshots(archive: Archive, run: DigestRun) -> int:
    """Keep every due day that the archive lacks; the rows written."""
    errors: list[str] = []
    rows = 0
    for day in absent(archive, expected_days(run.at)):
        try:
            rows += take_snapshot(archive, day, run)
        except LeaseLost:
            raise
        except Exception as error:  # a day that cannot be kept must not hold up the later ones
            errors.append(f"{day}: {type(error).__name__}: {error}")
    if errors:
        raise DaysFailed(f"{rows} rows kept, but not {'; '.join(errors)}")
    return rows


@transaction.atomic
def take_snapshot(archive: Archive, day: date, run: DigestRun) -> int:
    """The day and the record of it, or neither."""
    rows = take(archive, day)
    if rows:
        run.record_snapshot(archive.name, day, rows)
    return rows


def clear_sessions(run: DigestRun) -> int:
    """Delete the sessions that have expired; how many."""
    deleted, _ = Session.objects.filter(expire_date__lt=run.at).delete()
    return deleted


def clear_stored_recaps(run: DigestRun) -> int:
    """Delete the stored recaps that nobody has asked for since the day before; how many."""
    deleted, _ = StoredRecap.objects.filter(at__lt=run.at - timedelta(days=1)).delete()
    return deleted


DAILY = (
    *(
        Chore(f"snapshot {name}", "rows", partial(take_snapshots, archive))
        for name, archive in ARCHIVES.items()
    ),
    Chore("notices", "notices", write_notices),
    Chore("expired sessions", "sessions", clear_sessions),
    Chore("stored recaps", "recaps", clear_stored_recaps),
)
