"""Answers about boards in JSON, kept as bytes with their ETag while the boards in them stand."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from django.http import HttpResponse
from rest_framework.renderers import JSONRenderer

from studiomode.beats.caching import etag, kept
from studiomode.beats.derived import forget, recalled, remember

from .answers import Answer, from_ledger, from_stored, may_be_stored, refresh, stored
from .lenses import Lens
from .models import TOO_OLD, StoredRecap
from .questions import Question

Shape = Callable[[Answer], Any]
Told = tuple[bytes, str]  # the body and its ETag
# When it was computed, and what follows from it: not what is said.
WHEN = {"generated_at", "stale", "source", "start", "end", "next", "previous"}


def tell(asked: Question, lenses: Sequence[Lens], shape: Shape) -> HttpResponse:
    """The answer about `lenses`, in the `shape` that is told."""
    at = recalled(newest(asked.window.name)) if may_be_stored(asked) else None
    told = recalled(page_of(asked, lenses, at)) if at else None
    if told:
        return response(asked, told, stale=False)
    found = stored(asked, lenses)
    if found is None:
        return response(asked, rendered(shape(from_ledger(asked, lenses))), stale=False)
    return response(asked, of_stored(asked, lenses, shape, found), not found.is_fresh(asked.now))


def of_stored(asked: Question, lenses: Sequence[Lens], shape: Shape, found: StoredRecap) -> Told:
    if found.is_whole and (left := found.fresh_for(asked.now)) > 0:
        remember(newest(asked.window.name), found.at, left)
    page = page_of(asked, lenses, found.at)
    told: Told | None = recalled(page)
    if told is None:
        told = rendered(shape(from_stored(asked, lenses, found)))
        remember(page, told, TOO_OLD.total_seconds())
    return told


def newest(window: str) -> str:
    """The key under which stands of which instant the stored recap is, as long as it is fresh."""
    return f"recap:{window}"


def page_of(asked: Question, lenses: Sequence[Lens], at: datetime) -> str:
    names = "+".join(lens.name for lens in lenses)
    return f"told:{asked.window.name}:{at.timestamp()}:{names}:{asked.limit}:{asked.offset}"


def rendered(data: dict[str, Any]) -> Told:
    # Sameness is what counts here; how an instant would be written does not.
    said = json.dumps(without_instants(data), default=str).encode()
    return JSONRenderer().render(data), etag(said)


def without_instants(data: Any) -> Any:
    if not isinstance(data, dict):
        return data
    return {name: without_instants(value) for name, value in data.items() if name not in WHEN}


def response(asked: Question, told: Told, stale: bool) -> HttpResponse:
    body, tag = told
    if stale:  # quotes within a text are escaped: this can only be the field
        body = body.replace(b'"stale":false', b'"stale":true')
    answer = HttpResponse(body, content_type="application/json", headers={"ETag": tag})
    return kept(answer, closed=asked.is_closed, stale=stale)


def recompute(name: str, now: datetime) -> None:
    """Forget every stored recap, and compute the one of the window called `name`."""
    for recap in StoredRecap.objects.all():
        forget(newest(recap.window))
    StoredRecap.objects.all().delete()
    refresh(name, now)
