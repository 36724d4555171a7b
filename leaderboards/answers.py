"""The boards a request is shown: stored ones wherever they can be."""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from threading import Lock
from time import monotonic, sleep

from django.conf import settings
from django.db import DatabaseError

from studiomode.beats.afterwards import afterwards
from studiomode.beats.inputs import Busy

from .boards import MOST, Board, boards, places
from .lenses import Lens
from .models import TOO_OLD, StoredRecap
from .questions import Question
from .slices import WHOLE

PATIENCE = 10.0  # seconds that a request waits while another one computes
REST = 0.5  # seconds between two looks whether another process has done it
SOURCES = LEDGER, STORED = "ledger", "stored"
logger = logging.getLogger(__name__)
# By window: one thread of a process looks after a recap, so that at most one of them ever waits
# for the database's lock. Between processes the lease decides.
_turns: defaultdict[str, Lock] = defaultdict(Lock)
_spans = Lock()  # a span may read the whole ledger: one at a time leaves room for everything else
_rests: defaultdict[str, float] = defaultdict(float)  # until when, by `monotonic`


@dataclass(frozen=True)
class Answer:
    """Boards by the name of their lens, all for one instant: `asked` is pinned to it."""

    boards: dict[str, Board]
    asked: Question
    source: str
    stale: bool = False  # older than BOARD_FRESH_SECONDS; being computed anew
    missing: tuple[str, ...] = ()  # keys that were asked for and that nobody has

    @property
    def generated_at(self) -> datetime:
        return self.asked.at if self.source == STORED else self.asked.now


def answer(asked: Question, *lenses: Lens) -> Answer:
    """The boards of `lenses`, stored or from the ledger. Raises Busy when it takes too long."""
    if asked.window.is_span:
        with turn(_spans):
            return computed(asked, lenses)
    if asked.keys:
        return computed(asked, lenses)
    found = stored(asked, lenses)
    return from_stored(asked, lenses, found) if found else from_ledger(asked, lenses)


def computed(asked: Question, lenses: Sequence[Lens]) -> Answer:
    return about_keys(asked, *lenses) if asked.keys else from_ledger(asked, lenses)


@contextmanager
def turn(lock: Lock) -> Iterator[None]:
    """Raises Busy when it does not come in time."""
    if not lock.acquire(timeout=PATIENCE):
        raise Busy("Another long span is being counted. Ask again in a few seconds.")
    try:
        yield
    finally:
        lock.release()


def from_ledger(asked: Question, lenses: Iterable[Lens]) -> Answer:
    page = {"limit": asked.limit, "offset": asked.offset}
    return Answer(boards(lenses, asked.window, slice=asked.slice, **page), asked, LEDGER)


def about_keys(asked: Question, lens: Lens) -> Answer:
    """The board with those subjects alone that are asked for."""
    known = lens.subject.objects.shown(asked.now).in_bulk(asked.keys, field_name=lens.subject.KEY)
    subjects = [known[key] for key in asked.keys if key in known]
    found = places(lens, asked.window, subjects, asked.slice)
    missing = tuple(key for key in asked.keys if key not in known)
    return Answer({lens.name: found}, asked, LEDGER, missing=missing)


def from_stored(asked: Question, lenses: Iterable[Lens], found: StoredRecap) -> Answer:
    pages = {lens.name: found.page(lens, asked.limit, asked.offset) for lens in lenses}
    pinned = asked.pinned(found.at, found.shown_window)
    return Answer(pages, pinned, STORED, stale=is_stale(asked, found))


def is_stale(asked: Question, found: StoredRecap) -> bool:
    return asked.is_live and not found.is_fresh(asked.now)


def stored(asked: Question, lenses: Sequence[Lens]) -> StoredRecap | None:
    """A stored recap with `lenses`; None where the question is not of the kind, or nothing can be.

    What is stale is computed anew after the response.
    """
    if not may_be_stored(asked):
        return None
    try:
        return read_or_compute(asked, lenses) if asked.is_live else read_pinned(asked, lenses)
    except DatabaseError:  # a full disk, say: what cannot be stored can still be read
        logger.exception("Boards cannot be stored; going on without.")
        return None


def may_be_stored(asked: Question) -> bool:
    is_plain = asked.slice is WHOLE and not asked.keys and not asked.window.is_span
    return is_plain and settings.BOARD_FRESH_SECONDS > 0 and asked.offset + asked.limit <= MOST


def read_pinned(asked: Question, lenses: Sequence[Lens]) -> StoredRecap | None:
    """The recap of the very instant: a page after the first is asked for so."""
    found = StoredRecap.objects.filter(window=asked.window.name, at=asked.at).first()
    return found if found and found.has(lenses) else None


def read_or_compute(asked: Question, lenses: Sequence[Lens]) -> StoredRecap:
    found = read(asked, lenses, TOO_OLD)
    if found is None:
        return compute_once(asked, lenses)
    if is_stale(asked, found):
        refresh_afterwards(asked)
    return found


def refresh_afterwards(asked: Question) -> None:
    afterwards(partial(refresh, asked.window.name, asked.now))


def read(asked: Question, lenses: Iterable[Lens], distance: timedelta) -> StoredRecap | None:
    """The stored recap, if it holds `lenses` and is not farther from now than `distance`."""
    found = StoredRecap.objects.filter(window=asked.window.name).first()
    return found if found and found.has(lenses) and found.is_near(asked.now, distance) else None


def compute_once(asked: Question, lenses: Sequence[Lens]) -> StoredRecap:
    """By this request, or by another one, which is waited for. Raises Busy after a while."""
    turn = _turns[asked.window.name]
    if turn.acquire(timeout=PATIENCE):
        try:
            return compute_or_wait(asked, lenses)
        finally:
            turn.release()
    return read_anything(asked, lenses)


def compute_or_wait(asked: Question, lenses: Sequence[Lens]) -> StoredRecap:
    """For another process, that is; of this one nobody else is here."""
    for pause in pauses():
        found = read(asked, lenses, TOO_OLD)
        if found:
            return found
        mine = StoredRecap.objects.claim(asked.window.name, asked.now)
        if mine:
            mine.compute(asked.now)
            return mine
        sleep(pause)
    return read_anything(asked, lenses)


def read_anything(asked: Question, lenses: Sequence[Lens]) -> StoredRecap:
    found = read(asked, lenses, timedelta.max)
    if found is None:
        raise Busy("This board is being computed. Ask again in a few seconds.")
    return found


def pauses() -> Iterator[float]:
    """Seconds, growing, PATIENCE in all."""
    began, pause = monotonic(), 0.02
    while monotonic() - began < PATIENCE:
        yield pause
        pause = min(pause * 1.5, 0.5)


def refresh(name: str, now: datetime) -> None:
    """Unless another thread, or another process, is at it."""
    turn = _turns[name]
    if monotonic() < _rests[name] or not turn.acquire(blocking=False):
        return
    try:
        mine = StoredRecap.objects.claim(name, now)
        if mine:
            mine.compute(now)
        else:
            _rests[name] = monotonic() + REST
    finally:
        turn.release()
