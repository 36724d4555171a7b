"""What faults are injected into: a small house, its runs as processes, and what they wrote."""

from __future__ import annotations

import os
import random
import signal
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from io import StringIO
from pathlib import Path
from time import monotonic, perf_counter, sleep
from traceback import print_exc
from typing import Any

from allauth.account.models import EmailAddress
from django.core.management import CommandError
from django.db import connections
from setup import call_command, connection

from history.archives import ARCHIVES
from history.models import ArchiveRow
from studiomode.beats.models import Artist, Beat, Follow, Genre, Producer, SavedBeat
from studiomode.digest import notices
from studiomode.digest.models import Delivery, DigestRun, Notice

LAST = date(2026, 5, 6)
AT = datetime(2026, 5, 6, 14, tzinfo=UTC)
DAYS = 5  # a run has so many days to catch up on
FIRST = LAST - timedelta(DAYS)
ONE_IN = 40  # artists: who gets mail
notices.BATCH = 500  # so that there are many: the house is small
WRITTEN = [*(archive.model for archive in ARCHIVES.values()), Notice, Delivery, DigestRun]
HISTORY = ("snapshot_date", "window_end", "position", "rank", "saves", "name")

PATIENCE = 120  # seconds for a process that should end by itself
HUNG, ODD = -signal.SIGKILL, 70  # exit codes: killed by us after that time; ended in a traceback

FOLDER = tempfile.TemporaryDirectory(prefix="faults-")
Rows = Counter[tuple[Any, ...]]


@dataclass(frozen=True)
class Count:
    """A line of the report. `allowed`: what it may be at most; None where it is only told."""

    what: str
    found: int
    allowed: int | None = 0
    is_worst: bool = False  # of many; what is no worst case can be added up

    def plus(self, other: Count) -> Count:
        if self.is_worst:
            return replace(self, found=max(self.found, other.found))
        allowed = None if self.allowed is None else self.allowed + (other.allowed or 0)
        return replace(self, found=self.found + other.found, allowed=allowed)

    @property
    def is_good(self) -> bool:
        return self.allowed is None or self.found <= self.allowed


# --- the house ---


def prepare(seed: int) -> None:
    call_command("migrate", verbosity=0)
    fill(random.Random(seed))
    give_addresses(ONE_IN)
    # In this very process: those that are forked have then loaded all they need, and only work.
    with redirect_stdout(StringIO()):
        run_digest(FIRST)


def fill(chance: random.Random) -> None:
    """A small catalogue with seven weeks of saves, follows, and beats that are news."""
    artists = Artist.objects.bulk_create(Artist(username=f"artist{n}") for n in range(200))
    producers = Producer.objects.bulk_create(
        Producer(handle=f"dj{n}", name=f"DJ {n}") for n in range(60)
    )
    genres = Genre.objects.bulk_create(Genre(slug=f"genre{n}", name=f"Genre {n}") for n in range(9))
    beats = Beat.objects.bulk_create(
        Beat(
            slug=f"beat{n}",
            title=f"Beat {n}",
            producer=chance.choice(producers),
            genre=chance.choice(genres),
            published_at=AT - timedelta(hours=n * 2 + 1),
        )
        for n in range(300)
    )
    pairs = {(chance.choice(artists), chance.choice(beats)) for _ in range(8000)}
    saves = [
        beat.saved_by(artist) for artist, beat in sorted(pairs, key=lambda p: (p[0].pk, p[1].pk))
    ]
    for save in saves:
        save.created_at = AT - timedelta(hours=chance.uniform(0, 49 * 24))
    SavedBeat.objects.bulk_create(saves)
    follows = {(chance.choice(artists), chance.choice(producers)) for _ in range(1500)}
    began = AT - timedelta(400)
    Follow.objects.bulk_create(
        Follow(artist=artist, producer=producer, created_at=began) for artist, producer in follows
    )


def give_addresses(one_in: int) -> None:
    artists = Artist.objects.filter(emailaddress=None).order_by("pk")
    EmailAddress.objects.bulk_create(
        EmailAddress(user=artist, email=f"{artist}@example.com", verified=True, primary=True)
        for artist in artists[::one_in]
    )


def forget(*models: Any, since: date = date.min) -> None:
    """What runs wrote from that day on, of all models where none is named; as no code of ours."""
    with connection.cursor() as cursor:
        for model in models or WRITTEN:
            table = connection.ops.quote_name(model._meta.db_table)
            column = "snapshot_date" if issubclass(model, ArchiveRow) else "date"
            cursor.execute(f"DELETE FROM {table} WHERE {column} >= %s", [since.isoformat()])


def begin_again() -> None:
    """As after a run of FIRST: the days since are due and absent."""
    forget(since=FIRST + timedelta(days=1))


# --- its runs ---


def run_digest(day: date = LAST) -> None:
    call_command("daily_digest", date=day)


class Process:
    """Does `work` in a process of its own, forked: as real as any other, and soon there."""

    def __init__(self, work: Callable[[], None] = run_digest) -> None:
        connections.close_all()
        number, path = tempfile.mkstemp(dir=FOLDER.name)
        self.output = Path(path)
        self.pid = os.fork()
        if not self.pid:
            os.dup2(number, 1)
            os.dup2(number, 2)
            sys.stdout = sys.stderr = os.fdopen(number, "w", encoding="utf-8")
            self.work(work)
        os.close(number)
        self.code: int | None = None

    def work(self, work: Callable[[], None]) -> None:
        code = 0
        try:
            work()
        except CommandError as error:
            print(error)
            code = error.returncode
        except BaseException:
            print_exc()
            code = ODD
        sys.stdout.flush()
        os._exit(code)

    @property
    def said(self) -> str:
        return self.output.read_text(errors="replace")

    def send(self, number: signal.Signals) -> None:
        if not self.has_ended():
            os.kill(self.pid, number)

    def has_ended(self) -> bool:
        if self.code is None:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            self.code = os.waitstatus_to_exitcode(status) if pid else None
        return self.code is not None

    def ended(self, patience: float = PATIENCE) -> int:
        """Its exit code, or less than zero: the signal that ended it."""
        until = monotonic() + patience
        while not self.has_ended():
            sleep(0.005)
            if monotonic() > until:
                self.send(signal.SIGKILL)
        assert self.code is not None
        return self.code

    def killed(self, after: float) -> bool:
        """Whether a kill so many seconds from now came in time."""
        sleep(after)
        self.send(signal.SIGKILL)
        return self.ended() == -signal.SIGKILL


# --- what they wrote ---


def written() -> dict[str, Rows]:
    """Without keys and instants of writing."""
    rows = {
        name: Counter(archive.model.objects.values_list(*HISTORY, archive.lens.column))
        for name, archive in ARCHIVES.items()
    }
    told = Counter(Notice.objects.values_list("artist", "beat"))
    outbox = Counter(Delivery.objects.values_list("artist", "date", "channel", "state"))
    runs = Counter(DigestRun.objects.values_list("date"))
    return rows | {"notices": told, "outbox": outbox, "runs": runs}


def whole_run() -> tuple[dict[str, Rows], float]:
    """What one run writes that nothing happens to, and the seconds it takes."""
    begin_again()
    began = perf_counter()
    run = Process()
    assert run.ended() == 0, run.said
    return written(), perf_counter() - began


class Tally(Counter[str]):
    """Counts what is lost and doubled as against `expected`."""

    def __init__(self, expected: dict[str, Rows]) -> None:
        super().__init__()
        self.expected = expected

    def compare(self, found: dict[str, Rows]) -> None:
        for name, rows in self.expected.items():
            self["lost", kind_of(name)] += (rows - found[name]).total()
            self["doubled", kind_of(name)] += (found[name] - rows).total()

    def compared(self) -> Iterator[Count]:
        for kind in dict.fromkeys(map(kind_of, self.expected)):
            yield Count(f"{kind} lost", self["lost", kind])
            yield Count(f"{kind} doubled or wrong", self["doubled", kind])


def kind_of(name: str) -> str:
    return {"outbox": "outbox rows"}.get(name, "snapshot rows" if name in ARCHIVES else name)


def half_days(found: dict[str, Rows], expected: dict[str, Rows]) -> int:
    """Days of an archive that hold some of their rows and not all."""

    def per_day(rows: Rows) -> Counter[date]:
        return Counter(row[0] for row in rows.elements())

    return sum(
        1
        for name in ARCHIVES
        for day, count in per_day(found[name]).items()
        if count != per_day(expected[name])[day]
    )


@contextmanager
def changed(owner: Any, **values: Any) -> Iterator[None]:
    """`owner` with other values for a while."""
    before = {name: getattr(owner, name) for name in values}
    for name, value in values.items():
        setattr(owner, name, value)
    try:
        yield
    finally:
        for name, value in before.items():
            setattr(owner, name, value)
