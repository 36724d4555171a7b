"""F24 to F26: clocks that jump, servers in other zones, days that are no ordinary days.

With `faketime` (a Debian package) whole processes believe in another time. Without it, runs are
told the day by --date, and days of the future are left out.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from functools import cache
from pathlib import Path
from random import Random
from time import sleep

from setup import HERE, connection

from history.archives import ARCHIVES
from studiomode.beats.models import Artist, Beat, SavedBeat
from studiomode.beats.windows import last_snapshot_day
from studiomode.digest.models import DigestRun

from .world import (
    AT,
    FOLDER,
    LAST,
    Count,
    Rows,
    Tally,
    begin_again,
    forget,
    whole_run,
    written,
)

Tell = Callable[[int, int], None]
ZONES = ("America/New_York", "Pacific/Chatham", "Asia/Kathmandu")
MINUTES = (-5, 5)  # before and after 14:00 UTC
DAYS = [
    datetime(*day, 14, tzinfo=UTC)
    for day in (
        (2026, 3, 8), (2026, 11, 1),  # clocks change in New York,
        (2026, 4, 5), (2026, 9, 27),  # in Chatham,
        (2026, 3, 29), (2026, 10, 25),  # in Europe
        (2026, 12, 31), (2027, 1, 1), (2027, 1, 3), (2027, 1, 4),  # 2026-W53 and its end
        (2028, 2, 29), (2028, 3, 1),
    )
]  # fmt: skip
JUMPS = [timedelta(hours=h) for h in (0, 1, -1, 24, -24, 48, -72, 96, -1, 1)]
STEPS = [timedelta(hours=h) for h in (1, -1, 24, -24)]
SAVES = 40  # within nine days before each
CLOCK = Path(FOLDER.name) / "clock"  # seconds by which it is wrong


def zones(times: int, chance: Random, tell: Tell) -> Iterator[Count]:
    days = sorted(chance.sample(DAYS, min(times, len(DAYS))))
    save_before(days, chance)
    failed = ticks("UTC", days)
    tally = Tally(written())
    for number, zone in enumerate(ZONES):
        tally["failed"] += ticks(zone, days)
        tally.compare(written())
        tell(number + 1, len(ZONES))
    yield Count(f"days, each in UTC and {len(ZONES)} other zones", len(days), None, is_worst=True)
    yield Count("snapshot rows in UTC", sum_of(tally.expected), None, is_worst=True)
    yield Count("runs that failed", failed + tally["failed"])
    yield Count("runs of other days than were due", len(due(days) ^ run_days()))
    yield from tally.compared()


def due(days: list[datetime]) -> set[date]:
    """By the calendar alone: before 14:00 UTC the day before, after it the day itself."""
    ticked = days if preloaded() else [day for day in days if day < datetime.now(UTC)]
    return {day.date() - timedelta(days=back) for day in ticked for back in (0, 1)}


def run_days() -> set[date]:
    return set(DigestRun.objects.values_list("date", flat=True))


def jumps(times: int, chance: Random, tell: Tell) -> Iterator[Count]:
    """The clock of each run is the one before's, and a jump."""
    counts = Tally({})
    save_before(DAYS[-2:], chance)
    for number in range(times):
        forget()
        for by, at in instants(chance.choice(DAYS)):
            one_jump(by, at, counts)
        tell(number + 1, times)
    yield Count("jumps of the clock, by an hour to four days and back", counts["jumps"], None)
    yield Count("runs that failed", counts["failed"])
    yield Count("rows changed or lost", counts["lost"])
    yield Count("rows added when the clock went back", counts["added"])


def steps(times: int, chance: Random, tell: Tell) -> Iterator[Count]:
    """The clock is set, by an hour or a day and either way, while a run is under way."""
    tally = Tally(whole_run()[0])
    for number in range(times):
        begin_again()
        step_during(STEPS[number % len(STEPS)], tally)
        tally.compare(written())
        tell(number + 1, times)
    yield Count("steps of the clock during a run, by an hour or a day", tally["steps"], None)
    yield Count("runs that failed", tally["failed"])
    yield from tally.compared()


def step_during(by: timedelta, tally: Tally) -> None:
    at = AT + timedelta(minutes=5)
    for run in runs_at("UTC", at):
        under_way = DigestRun.objects.filter(date=LAST, ended_at=None)
        while run.poll() is None and not under_way.exists():
            sleep(0.01)
        if preloaded() and run.poll() is None:
            turn_clock(at + by)
            tally["steps"] += 1
        tally["failed"] += run.wait() != 0


def instants(day: datetime) -> Iterator[tuple[timedelta, datetime]]:
    at = day + timedelta(hours=1)
    for by in JUMPS:
        at += by
        yield by, at


def one_jump(by: timedelta, at: datetime, counts: Tally) -> None:
    before = kept()
    counts["failed"] += tick("UTC", at)
    after = kept()
    counts["jumps"] += 1
    counts["lost"] += (before - after).total()
    if by < timedelta(0):
        counts["added"] += (after - before).total()


def kept() -> Rows:
    found = written()
    return sum((found[name] for name in ARCHIVES), found["notices"])


def sum_of(found: dict[str, Rows]) -> int:
    return sum(found[name].total() for name in ARCHIVES)


def save_before(days: list[datetime], chance: Random) -> None:
    """So that these days are due, and the windows before them have something in them."""
    free = free_pairs(chance)
    saves = []
    for day in days:
        for _ in range(SAVES):
            artist, beat = next(free)
            save = beat.saved_by(artist)
            save.created_at = day - timedelta(hours=chance.uniform(0, 9 * 24))
            saves.append(save)
    SavedBeat.objects.bulk_create(saves)


def free_pairs(chance: Random) -> Iterator[tuple[Artist, Beat]]:
    taken = set(SavedBeat.objects.values_list("artist", "beat"))
    artists, beats = list(Artist.objects.order_by("pk")), list(Beat.objects.order_by("pk"))
    while True:
        artist, beat = chance.choice(artists), chance.choice(beats)
        if (artist.pk, beat.pk) not in taken:
            taken.add((artist.pk, beat.pk))
            yield artist, beat


def ticks(zone: str, days: list[datetime]) -> int:
    """From nothing, cron's tick just before and just after 14:00 UTC of each; those that failed."""
    forget()
    return sum(tick(zone, day + timedelta(minutes=m)) for day in days for m in MINUTES)


def tick(zone: str, at: datetime) -> bool:
    """Whether it failed."""
    return any(run.wait() for run in runs_at(zone, at))


def runs_at(zone: str, at: datetime) -> Iterator[subprocess.Popen[bytes]]:
    """One as at that instant; none where it cannot be."""
    connection.close()
    command = [sys.executable, str(HERE.parent / "manage.py"), "daily_digest"]
    environment = os.environ | preloaded() | {"TZ": zone}
    if preloaded():
        turn_clock(at)
        yield silently([*command, "--if-due"], environment)
    elif at < datetime.now(UTC):
        yield silently([*command, "--date", last_snapshot_day(at).isoformat()], environment)


def silently(command: list[str], environment: dict[str, str]) -> subprocess.Popen[bytes]:
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    return subprocess.Popen(command, env=environment, **quiet)


@cache
def preloaded() -> dict[str, str]:
    """What makes a process believe CLOCK; nothing where faketime is not installed."""
    faketime = shutil.which("faketime")
    if not faketime:
        return {}
    told = subprocess.run([faketime, "@0", "env"], capture_output=True, text=True, check=True)
    library = dict(line.split("=", 1) for line in told.stdout.splitlines() if "=" in line)
    return {
        "LD_PRELOAD": library["LD_PRELOAD"],
        "FAKETIME_TIMESTAMP_FILE": str(CLOCK),
        "FAKETIME_NO_CACHE": "1",
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",
    }


def turn_clock(at: datetime) -> None:
    """To `at`, from where it goes on."""
    CLOCK.write_text(f"{(at - datetime.now(UTC)).total_seconds():+.0f}\n")
