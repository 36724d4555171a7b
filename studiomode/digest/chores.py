"""The steps of the daily run, in their order. Any of them may be run any number of times."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from functools import partial
from time import perf_counter
from typing import Any

from django.db import connection, transaction

from history.archives import ARCHIVES, Archive
from history.snapshots import absent, take, to_keep
from studiomode.beats.inputs import printable
from studiomode.beats.leases import LeaseLost

from . import logs
from .deliveries import deliver, preview_deliveries, preview_outbox, put_out
from .models import DigestRun
from .notices import preview_notices, write_notices
from .upkeep import (
    Doomed,
    clear,
    ended_deliveries,
    ended_devices,
    ended_sessions,
    full_budgets,
    old_notices,
    preview_clear,
    unasked_recaps,
)


@dataclass(frozen=True)
class Chore:
    """`work` takes the run and returns how many of `unit` it did; it raises when it failed.

    `preview` says what `work` would do, a line each, and writes nothing.
    """

    name: str
    unit: str
    work: Callable[[DigestRun], int]
    preview: Callable[[DigestRun], Iterator[str]]

    def carry_out(self, run: DigestRun) -> dict[str, Any]:
        """The outcome, recorded in the run. A failure is an outcome too: the next chore goes on."""
        run.begin_chore(self.name)
        logs.tell("chore began", run, chore=self.name)
        started = perf_counter()
        number, error = self.attempt(run)
        milliseconds = round((perf_counter() - started) * 1000)
        outcome = {"number": number, "milliseconds": milliseconds, "error": error}
        run.end_chore(self.name, **outcome)
        if not error:
            logs.tell("chore ended", run, chore=self.name, **outcome)
        return outcome

    def attempt(self, run: DigestRun) -> tuple[int, str | None]:
        try:
            return self.work(run), None
        except LeaseLost:
            raise
        except Exception as error:  # whatever it is, it is named and the rest still runs
            run.stop.check()  # a statement that was cut off has not failed
            logs.tell_failure("chore failed", run, chore=self.name)
            if not connection.is_usable():
                connection.close()  # the next chore gets a new one
            return 0, printable(f"{type(error).__name__}: {error}")  # jsonb keeps no NUL


class DaysFailed(Exception):
    """Some days of an archive could not be kept; the others were."""


def take_snapshots(archive: Archive, run: DigestRun) -> int:
    """Keep every due day that the archive lacks; the rows written."""
    errors: list[str] = []
    rows = 0
    days = absent(archive, run.expected_days)
    for done, day in enumerate(days):
        run.go_on(done, len(days))
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


def preview_snapshots(archive: Archive, run: DigestRun) -> Iterator[str]:
    """The days that `take_snapshots` would keep."""
    for day in absent(archive, run.expected_days):
        rows = to_keep(archive, day)
        yield f"{day}: {len(rows)} rows, #1 {rows[0].name} with {rows[0].saves:,} saves"


def upkeep(name: str, unit: str, doomed: Doomed) -> Chore:
    return Chore(name, unit, partial(clear, doomed), partial(preview_clear, doomed))


DAILY = (
    *(
        Chore(
            f"snapshot {name}",
            "rows",
            partial(take_snapshots, archive),
            partial(preview_snapshots, archive),
        )
        for name, archive in ARCHIVES.items()
    ),
    Chore("notices", "notices", write_notices, preview_notices),
    Chore("outbox", "digests", put_out, preview_outbox),
    Chore("deliveries", "digests", deliver, preview_deliveries),
    upkeep("expired sessions", "sessions", ended_sessions),
    upkeep("stored recaps", "recaps", unasked_recaps),
    upkeep("ended devices", "devices", ended_devices),
    upkeep("full budgets", "budgets", full_budgets),
    upkeep("old notices", "notices", old_notices),
    upkeep("ended deliveries", "digests", ended_deliveries),
)
