"""The boards a request is shown: stored ones, where it asks for no certain instant."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from time import monotonic, sleep

from django.conf import settings
from django.db import DatabaseError

from studiomode.beats.afterwards import afterwards
from studiomode.beats.inputs import Busy

from .boards import MOST, Board, boards
from .lenses import LENSES, Lens
from .models import TOO_OLD, StoredRecap
from .questions import Question

PATIENCE = 10  # seconds that a request waits while another one computes
SOURCES = LEDGER, STORED = "ledger", "stored"
logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Answer:
    """Boards by the name of their lens, all for one instant: `asked` is pinned to it."""

    boards: dict[str, Board]
    asked: Question
    source: str
    stale: bool = False  # older than BOARD_FRESH_SECONDS; being refreshed

    @property
    def generated_at(self) -> datetime:
        return self.asked.at if self.source == STORED else self.asked.now


def answer(asked: Question, *lenses: Lens) -> Answer:
    """The boards of `lenses`, stored or from the ledger. Raises Busy when it takes too long."""
    found = stored(asked, lenses)
    return from_stored(asked, lenses, found) if found else from_ledger(asked, lenses)


def from_ledger(asked: Question, lenses: Iterable[Lens]) -> Answer:
    found = boards(lenses, asked.window, limit=asked.limit, offset=asked.offset)
    return Answer(found, asked, LEDGER)


def from_stored(asked: Question, lenses: Iterable[Lens], found: StoredRecap) -> Answer:
    pages = {lens.name: found.page(lens, asked.limit, asked.offset) for lens in lenses}
    pinned = asked.pinned(found.at, found.shown_window)
    return Answer(pages, pinned, STORED, stale=not found.is_fresh(asked.now))


def stored(asked: Question, lenses: Sequence[Lens]) -> StoredRecap | None:
    """A stored recap with `lenses`; None where the question is not of the kind, or nothing can be.

    What is stale or lacks a board is refreshed after the response.
    """
    if not may_be_stored(asked):
        return None
    try:
        return shown_or_computed(asked, lenses)
    except DatabaseError:  # a full disk, say: what cannot be stored can still be read
        logger.exception("Boards cannot be stored; going on without.")
        return None


def may_be_stored(asked: Question) -> bool:
    is_kept = asked.offset + asked.limit <= MOST
    return is_kept and asked.is_live and settings.BOARD_FRESH_SECONDS > 0


def shown_or_computed(asked: Question, lenses: Sequence[Lens]) -> StoredRecap:
    found = shown(asked, lenses, TOO_OLD)
    if found is None:
        return computed_once(asked, lenses)
    if not (found.is_fresh(asked.now) and found.is_whole):
        afterwards(partial(refresh, asked.window.name, asked.now))
    return found


def shown(asked: Question, lenses: Iterable[Lens], age: timedelta) -> StoredRecap | None:
    """The stored recap, if it holds `lenses` and is younger than `age`."""
    found = StoredRecap.objects.filter(window=asked.window.name).first()
    return found if found and found.has(lenses) and found.is_younger(age, asked.now) else None


def computed_once(asked: Question, lenses: Sequence[Lens]) -> StoredRecap:
    """By this request, or by another one, which is waited for. Raises Busy after a while."""
    for pause in pauses():
        mine = StoredRecap.objects.claim(asked.window.name, asked.now)
        if mine:
            return computed(mine, lenses, asked.now)
        found = shown(asked, lenses, TOO_OLD)
        if found:
            return found
        sleep(pause)
    found = shown(asked, lenses, timedelta.max)
    if found is None:
        raise Busy("This board is being computed. Ask again in a few seconds.")
    return found


def pauses() -> Iterator[float]:
    """Seconds, growing, PATIENCE in all: many may be waiting."""
    began, pause = monotonic(), 0.02
    while monotonic() - began < PATIENCE:
        yield pause
        pause = min(pause * 1.5, 0.5)


def computed(mine: StoredRecap, lenses: Sequence[Lens], now: datetime) -> StoredRecap:
    """`lenses` at once; the others of the recap after the response, for the same instant."""
    with mine.let_go_on_error():
        mine.compute(lenses, now)
    afterwards(partial(complete, mine, now))
    return mine


def refresh(name: str, now: datetime) -> None:
    mine = StoredRecap.objects.claim(name, now)
    if mine:
        complete(mine, now)


def complete(mine: StoredRecap, now: datetime) -> None:
    with mine.let_go_on_error():
        mine.compute(LENSES.values(), now)
        mine.end()
