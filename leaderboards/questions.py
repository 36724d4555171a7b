"""What a request asks of the boards, read once and strictly."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from urllib.parse import urlencode

from django.http import Http404
from django.utils import timezone

from studiomode.beats.inputs import instant, whole_number, zulu
from studiomode.beats.windows import Window, window

from .boards import MOST, PAGE
from .lenses import LENSES, Lens

SETTLING = timedelta(minutes=5)  # for saves that are still being committed
FARTHEST = 1_000_000  # offset; no board is as long


@dataclass(frozen=True)
class Question:
    """`now` is the request's one reading of the clock, `at` the instant it asks about."""

    now: datetime
    at: datetime
    window: Window
    limit: int
    offset: int
    is_live: bool = False  # asked of now, rather than of a certain instant

    def pinned(self, at: datetime, window: Window) -> Question:
        """The same question, asked of an instant."""
        return replace(self, at=at, window=window, is_live=False)

    def first(self, limit: int) -> Question:
        """The same question, asked of the first so many entries."""
        return replace(self, limit=limit, offset=0)

    @property
    def is_closed(self) -> bool:
        """Whether the window lies so far back that hardly anything can change in it."""
        return self.window.end + SETTLING < self.now

    def pages(self, count: int) -> dict[str, str | None]:
        """The queries of the pages `previous` and `next` to this one, of a board of `count`."""
        after, before = self.offset + self.limit, max(0, self.offset - self.limit)
        return {
            "previous": self.query(before) if self.offset else None,
            "next": self.query(after) if after < count else None,
        }

    def query(self, offset: int) -> str:
        """For another page of the same board, pinned to the same instant."""
        page = {"at": zulu(self.at), "limit": self.limit, "offset": offset}
        return urlencode({"window": self.window.name} | page, safe=":")


def question(params: Mapping[str, str], *, week: str | None = None, limit: int = PAGE) -> Question:
    """Reads `window`, `at`, `limit` and `offset`. Raises BadInput, which says what is allowed."""
    now = timezone.now()
    at = instant(params.get("at"), now=now)
    return Question(
        now,
        at,
        window(week or params.get("window"), at),
        whole_number(params.get("limit"), "limit", default=limit, least=1, most=MOST),
        whole_number(params.get("offset"), "offset", default=0, least=0, most=FARTHEST),
        is_live="at" not in params,
    )


def find_lens(name: str) -> Lens:
    if name not in LENSES:
        raise Http404(f"There is no board called {name}. There are: {', '.join(LENSES)}.")
    return LENSES[name]
