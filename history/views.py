"""Pages over the archives, and a producer's page with their rank over time."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone

from leaderboards.boards import place
from leaderboards.lenses import PRODUCERS
from studiomode.beats.caching import kept
from studiomode.beats.inputs import day
from studiomode.beats.models import Producer
from studiomode.beats.windows import last_snapshot_day, window

from .archives import ARCHIVES, Archive, find_archive
from .charts import rank_chart

DAYS = 28  # of an archive on one page


def archive_page(request: HttpRequest, archive: str) -> HttpResponse:
    """The winners by day, newest first, from `?before=` on; with `?day=`, that day whole."""
    found = find_archive(archive)
    context = {
        "archive": found,
        "archives": ARCHIVES.values(),
        "opened": opened_day(found, request.GET.get("day")),
        **winners(found, request.GET.get("before")),
    }
    return kept(render(request, "history/archive.html", context), closed=True)


def winners(archive: Archive, before: str | None) -> dict[str, Any]:
    """A page of winners, and the day to begin the next one before."""
    until = day(before, name="before") - timedelta(days=1) if before else date.max
    page = archive.winners(until=until, limit=DAYS + 1)
    more = page[DAYS - 1].row.snapshot_date if len(page) > DAYS else None
    return {"winners": page[:DAYS], "more_before": more, "is_first_page": before is None}


def opened_day(archive: Archive, raw: str | None) -> dict[str, Any] | None:
    if raw is None:
        return None
    asked = day(raw, name="day")
    rows = archive.rows.filter(snapshot_date=asked).newest_first()
    return {"day": asked, "rows": [(row, archive.subject_of(row)) for row in rows]}


def producer(request: HttpRequest, handle: str) -> HttpResponse:
    now = timezone.now()
    found = get_object_or_404(Producer, handle=handle)
    beats = found.beats.published(now).with_label().with_is_saved(request.user)
    context = {
        "producer": found,
        "place": place(PRODUCERS, window(None, now), found),
        "chart": rank_chart(found, until=last_snapshot_day(now)),
        "beats": beats.latest_first()[:24],
        "is_followed": is_followed(request, found),
    }
    return kept(render(request, "history/producer.html", context), closed=False)


def is_followed(request: HttpRequest, producer: Producer) -> bool:
    user = request.user
    return user.is_authenticated and user.follows.filter(producer=producer).exists()
