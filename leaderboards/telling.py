"""Answers about boards in JSON, kept as bytes with their ETag while the boards in them stand."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

from django.conf import settings
from django.db import DatabaseError
from django.http import HttpResponse
from rest_framework.renderers import JSONRenderer

from studiomode.beats.caching import etag, kept
from studiomode.beats.derived import forget, once, recalled, remember

from .answers import STORED, Answer, answer, may_be_stored, refresh, refresh_afterwards
from .lenses import Lens
from .models import TOO_OLD, StoredRecap
from .questions import Question
from .slices import Asker

Shape = Callable[[Answer, Asker], Any]
Page = tuple[bytes, str]  # the body and its ETag
KEPT = 60  # seconds; a page is of use until the recap is computed anew
# When it was computed, and what follows from it: not what is said.
WHEN = {"generated_at", "stale", "source", "start", "end", "next", "previous"}


def tell(asked: Question, lenses: Sequence[Lens], shape: Shape, asker: Asker) -> HttpResponse:
    """The answer about `lenses`, in the `shape` that is told."""
    if asker.is_authenticated:
        found = answer(asked, *lenses)
        return respond(asked, rendered(shape(found, asker)), found.generated_at, stale=found.stale)
    if not may_be_stored(asked):
        return told_to_all(asked, lenses, shape, asker)
    return quick(asked, lenses) or told_and_kept(asked, lenses, shape, asker)


def told_and_kept(
    asked: Question, lenses: Sequence[Lens], shape: Shape, asker: Asker
) -> HttpResponse:
    found = answer(asked, *lenses)
    page = rendered(shape(found, asker))
    if found.source == STORED:
        remember(key(asked, lenses, found.generated_at), page, KEPT)
    return respond(asked, page, found.generated_at, stale=found.stale)


def told_to_all(
    asked: Question, lenses: Sequence[Lens], shape: Shape, asker: Asker
) -> HttpResponse:
    """What no table stores, a slice or a long span, is computed by one at a time all the same."""

    def make() -> tuple[Page, datetime]:
        found = answer(asked, *lenses)
        return rendered(shape(found, asker)), found.generated_at

    seconds = settings.BOARD_FRESH_SECONDS
    page, made_at = once(wording(asked, lenses), make, seconds) if seconds else make()
    return respond(asked, page, made_at)


def quick(asked: Question, lenses: Sequence[Lens]) -> HttpResponse | None:
    """The page as it was told before, while the stored recap is the one that it was made of."""
    if not (asked.is_live and may_be_stored(asked)):
        return None
    at = recalled(newest(asked.window.name))
    is_fresh = isinstance(at, datetime) and is_near(asked, at)
    return as_kept(asked, lenses, at) if is_fresh else quick_by_the_table(asked, lenses)


def is_near(asked: Question, at: datetime) -> bool:
    return abs(asked.now - at) < timedelta(seconds=settings.BOARD_FRESH_SECONDS)


def quick_by_the_table(asked: Question, lenses: Sequence[Lens]) -> HttpResponse | None:
    """The same where this process does not know of which instant the newest is: a small query."""
    try:
        found = StoredRecap.objects.filter(window=asked.window.name).values_list("at", flat=True)
        at = found.first()
    except DatabaseError:
        return None
    if at is None or abs(asked.now - at) >= TOO_OLD:
        return None
    if is_near(asked, at):
        remember(newest(asked.window.name), at, settings.BOARD_FRESH_SECONDS)
    return as_kept(asked, lenses, at)


def as_kept(asked: Question, lenses: Sequence[Lens], at: datetime) -> HttpResponse | None:
    page = recalled(key(asked, lenses, at))
    if not is_page(page):
        return None
    stale = not is_near(asked, at)
    if stale:
        refresh_afterwards(asked)
    return respond(asked, page, at, stale=stale)


def is_page(kept: Any) -> bool:
    """Whatever a cache holds, it cannot break an answer."""
    match kept:
        case bytes(), str():
            return True
    return False


def newest(window: str) -> str:
    """The key under which stands of which instant the stored recap is."""
    return f"recap:{window}"


def key(asked: Question, lenses: Sequence[Lens], at: datetime) -> str:
    names = "+".join(lens.name for lens in lenses)
    return f"told:{asked.window.name}:{at.timestamp()}:{names}:{asked.limit}:{asked.offset}"


def wording(asked: Question, lenses: Sequence[Lens]) -> str:
    """The key of a question by all that it asks."""
    at = None if asked.is_live else asked.at
    said = [asked.window.params, at, asked.limit, asked.offset, asked.slice.params, asked.keys]
    words = json.dumps([*said, [lens.name for lens in lenses]], default=str)
    return f"asked:{sha256(words.encode()).hexdigest()}"


def rendered(data: dict[str, Any]) -> Page:
    # Sameness is what counts here; how an instant would be written does not.
    said = json.dumps(without_instants(data), default=str).encode()
    return JSONRenderer().render(data), etag(said)


def without_instants(data: Any) -> Any:
    if not isinstance(data, dict):
        return data
    return {name: without_instants(value) for name, value in data.items() if name not in WHEN}


def respond(asked: Question, page: Page, made_at: datetime, *, stale: bool = False) -> HttpResponse:
    body, tag = page
    if stale:  # quotes within a text are escaped: this can only be the field
        body = body.replace(b'"stale":false', b'"stale":true')
    response = HttpResponse(body, content_type="application/json", headers={"ETag": tag})
    return kept(response, closed=asked.is_closed, stale=stale, made_at=made_at)


def recompute(name: str, now: datetime) -> None:
    """Forget every stored recap, and compute the one of the window called `name`."""
    for window in StoredRecap.objects.values_list("window", flat=True):
        forget(newest(window))
    StoredRecap.objects.all().delete()
    if settings.BOARD_FRESH_SECONDS:
        refresh(name, now)
