"""Pages over the archives, and a producer's page with their rank over time."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone

from leaderboards.boards import place
from leaderboards.lenses import PRODUCERS
from studiomode.beats.inputs import day
from studiomode.beats.models import Producer
from studiomode.beats.windows import last_snapshot_day, window

from .archives import ARCHIVES, Archive
from .charts import rank_chart

DAYS = 28  # of an archive on one page
CHARTED = timedelta(days=90)


def find_archive(name: str) -> Archive:
    if name not in ARCHIVES:
        raise Http404(f"There is no archive called {name}. There are: {', '.join(ARCHIVES)}.")
    return ARCHIVES[name]


def archive_page(request: HttpRequest, archive: str) -> HttpResponse:
    """The winners by day, newest first, from `?before=` on; with `?day=`, that day whole."""
    found = find_archive(archive)
    context = {
        "archive": found,
        "archives": ARCHIVES.values(),
        "opened": opened_day(found, request.GET.get("day")),
        **winners(found, request.GET.get("before")),
    }
    return render(request, "history/archive.html", context)


def winners(archive: Archive, before: str | None) -> dict[str, Any]:
    """A page of winners with their reigns, and the day to begin the next one before."""
    rows = archive.rows.winners().newest_first()
    if before is not None:
        rows = rows.filter(snapshot_date__lt=day(before, name="before"))
    page = list(rows[: DAYS + 1])
    reigns = archive.reigns()
    shown = [
        {"row": row, "subject": archive.subject_of(row), "reign": reigns[row.snapshot_date]}
        for row in page[:DAYS]
    ]
    more = page[DAYS - 1].snapshot_date if len(page) > DAYS else None
    return {"winners": shown, "more_before": more, "is_first_page": before is None}


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
    return render(request, "history/producer.html", context)


def is_followed(request: HttpRequest, producer: Producer) -> bool:
    user = request.user
    return user.is_authenticated and user.follows.filter(producer=producer).exists()
