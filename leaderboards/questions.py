"""What a request asks of the boards, read once and strictly."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from urllib.parse import urlencode

from django.http import Http404
from django.utils import timezone

from studiomode.beats.inputs import BadInput, echo, instant, whole_number, zulu
from studiomode.beats.keys import is_key
from studiomode.beats.windows import Window, window, window_of

from .boards import MOST, PAGE
from .lenses import LENSES, Lens
from .slices import WHOLE, Asker, Slice, slice_of

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
    slice: Slice = WHOLE
    keys: tuple[str, ...] = ()  # of the subjects that are asked about; none: a page of the board

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
        if self.keys:
            return {"previous": None, "next": None}
        return {
            "previous": self.query(before) if self.offset else None,
            "next": self.query(after) if after < count else None,
        }

    def query(self, offset: int) -> str:
        """For another page of the same board, pinned to the same instant."""
        page = {"at": zulu(self.at), "limit": self.limit, "offset": offset}
        return urlencode({**self.window.params, **page, **self.slice.params}, safe=":")


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


def api_question(params: Mapping[str, str], asker: Asker) -> Question:
    """As `question`, and spans, slices and keys. Raises NotAuthenticated as well."""
    asked = question({name: params[name] for name in ("at", "limit", "offset") if name in params})
    return replace(
        asked,
        window=window_of(params, asked.at),
        slice=slice_of(params, asker, asked.at),
        keys=read_keys(params.get("keys")),
    )


def read_keys(raw: str | None) -> tuple[str, ...]:
    if raw is None:
        return ()
    keys = tuple(dict.fromkeys(raw.split(",")))
    if len(keys) <= MOST and all(map(is_key, keys)):
        return keys
    raise BadInput(
        f"keys={echo(raw)} is not allowed. Allowed: 1 to {MOST} keys separated by commas.", "keys"
    )


def find_lens(name: str) -> Lens:
    if name not in LENSES:
        raise Http404(f"There is no board called {name}. There are: {', '.join(LENSES)}.")
    return LENSES[name]
