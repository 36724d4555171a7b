"""Boards stored for seconds, so that no two requests compute the same one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import DatabaseError, connection, models

from studiomode.beats.leases import Lease, LeaseLost, claimed
from studiomode.beats.models import DatabaseNow
from studiomode.beats.windows import Window, window

from .boards import MOST, Board, boards, entries, subjects_of
from .lenses import FIELDS, LENSES, Lens

TOO_OLD = timedelta(seconds=300)  # to be shown at all


class StoredRecapQuerySet(models.QuerySet["StoredRecap"]):
    def claim(self, name: str, now: datetime) -> StoredRecap | None:
        """The recap of the window called `name`, to be computed by who asks; None if by another.

        None too when it is fresh: somebody was quicker. Asked by one thread of a process at a
        time, so a lease of this very process is one that it has lost sight of.
        """
        found, created = self.defer("boards").get_or_create(
            window=name, defaults={"at": now, **claimed()}
        )
        if created:
            return found
        if found.is_held() or found.is_fresh(now):
            return None
        try:
            return found.taken_over()
        except LeaseLost:
            return None


class StoredRecap(Lease):
    """The boards of one window, all for one instant, and the lease of who computes them.

    Derived from the ledger and nothing else: every row may be deleted at any moment.
    """

    window = models.CharField(max_length=8, unique=True)
    at = models.DateTimeField(help_text="The instant that all boards of it are for.")
    boards = models.JSONField(default=dict)  # lens → {"total_saves", "count", "rows": [FIELDS]}

    objects = StoredRecapQuerySet.as_manager()

    def __str__(self) -> str:
        return f"stored recap of {self.window}"

    def has(self, lenses: Iterable[Lens]) -> bool:
        """Not while it is first computed, nor a lens that is newer than it."""
        return all(lens.name in self.boards for lens in lenses)

    def is_fresh(self, now: datetime) -> bool:
        return self.is_near(now, timedelta(seconds=settings.BOARD_FRESH_SECONDS))

    def is_near(self, now: datetime, distance: timedelta) -> bool:
        # Ahead of us is wrong too: a process with a fast clock must not hold up all others.
        return bool(self.boards) and abs(now - self.at) < distance

    def is_held(self) -> bool:
        """By another process that still works, as far as one can see from here."""
        if self.ended_at is not None or self.is_own or self.holder_is_alive() is False:
            return False
        return not self.is_silent()

    def compute(self, now: datetime) -> None:
        """All of them, for `now`; then the lease is let go, whatever happens."""
        with self.let_go_on_error():
            found = boards(LENSES.values(), window(self.window, now), limit=MOST)
            self.at, self.boards = now, {name: as_stored(board) for name, board in found.items()}
            self.write(at=self.at, boards=self.boards, ended_at=DatabaseNow())

    @contextmanager
    def let_go_on_error(self) -> Iterator[None]:
        try:
            yield
        except LeaseLost:  # it took over a minute, and another computes the same
            return
        except BaseException:
            if not connection.in_atomic_block:
                connection.close()  # it may be what broke
            with suppress(LeaseLost, DatabaseError):
                self.write(ended_at=DatabaseNow())
            raise

    def page(self, lens: Lens, limit: int, offset: int) -> Board:
        """A page of the board, with its subjects as they are called now."""
        stored = self.boards[lens.name]
        rows = [dict(zip(FIELDS, row, strict=True)) for row in stored["rows"]]
        total = stored["total_saves"]
        shown = rows[offset : offset + limit]
        page = entries(shown, total, subjects_of([(lens, shown)])[lens.subject])
        return Board(lens, self.shown_window, total, stored["count"], page)

    @property
    def shown_window(self) -> Window:
        return window(self.window, self.at)


def as_stored(board: Board) -> dict[str, Any]:
    rows = [
        [entry.subject.pk, entry.saves, entry.rank, entry.previous_rank] for entry in board.entries
    ]
    return {"total_saves": board.total_saves, "count": board.count, "rows": rows}
