"""Pages that show the ledger as it is now: home, recap, boards, a beat, a genre."""

from __future__ import annotations

from datetime import datetime

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone

from studiomode.beats.caching import kept
from studiomode.beats.models import Beat, Genre
from studiomode.beats.querysets import BeatQuerySet
from studiomode.beats.windows import WEEK, week_of, window

from .boards import Board, board, place, recap
from .lenses import BEATS, GENRES, LENSES
from .questions import Question, find_lens, question

LATEST = 24
HOTTEST = 10
ON_RECAP = 5  # entries of each board


def home(request: HttpRequest) -> HttpResponse:
    now = timezone.now()
    hottest = board(BEATS, window(None, now), limit=HOTTEST)
    latest = shown(request, now).latest_first()[:LATEST]
    context = {"hottest": hottest, "latest": latest, "saved": saved_slugs(request, hottest)}
    return kept(render(request, "leaderboards/home.html", context), closed=False)


def shown(request: HttpRequest, at: datetime) -> BeatQuerySet:
    """The beats out by `at`, with what a beat's line shows of them."""
    return Beat.objects.published(at).with_label().with_is_saved(request.user)


def weekly_recap(request: HttpRequest, week: str | None = None) -> HttpResponse:
    asked = question(request.GET, week=week, limit=ON_RECAP)
    boards = recap(asked.window, limit=asked.limit)
    context = {
        "boards": boards,
        "window": asked.window,
        "weeks": neighbouring_weeks(asked),
        "saved": saved_slugs(request, boards[BEATS.name]),
    }
    page = render(request, "leaderboards/weekly_recap.html", context)
    return kept(page, closed=asked.is_closed)


def neighbouring_weeks(asked: Question) -> dict[str, str | None]:
    """The ISO weeks before and after the one that is shown; None where it has not begun."""
    shown = asked.window.start if not asked.window.is_rolling else asked.at
    after = shown + WEEK
    return {
        "previous": week_of(shown - WEEK),
        "this": week_of(shown),
        "next": week_of(after) if after < asked.now and not asked.window.is_rolling else None,
    }


def board_page(request: HttpRequest, lens: str) -> HttpResponse:
    found, asked = find_lens(lens), question(request.GET, limit=25)
    shown = board(found, asked.window, limit=asked.limit, offset=asked.offset)
    context = {
        "board": shown,
        "lenses": LENSES.values(),
        "window": asked.window,
        "weeks": neighbouring_weeks(asked),
        "pages": asked.pages(shown.count),
        "saved": saved_slugs(request, shown),
    }
    return kept(render(request, "leaderboards/board.html", context), closed=asked.is_closed)


def saved_slugs(request: HttpRequest, board: Board) -> set[str]:
    """Which beats of the board are in the vault of who asks; always from the ledger."""
    if board.lens.subject is not Beat or not request.user.is_authenticated:
        return set()
    shown = [entry.subject.pk for entry in board.entries]
    saves = request.user.saves.filter(beat__in=shown)
    return set(saves.values_list("beat__slug", flat=True))


def beat(request: HttpRequest, slug: str) -> HttpResponse:
    now = timezone.now()
    found = get_object_or_404(shown(request, now), slug=slug)
    more = shown(request, now).filter(producer=found.producer).exclude(pk=found.pk)
    context = {
        "beat": found,
        "place": place(BEATS, window(None, now), found),
        "more": more.latest_first()[:6],
    }
    return kept(render(request, "leaderboards/beat.html", context), closed=False)


def genre(request: HttpRequest, slug: str) -> HttpResponse:
    now = timezone.now()
    found = get_object_or_404(Genre, slug=slug)
    context = {
        "genre": found,
        "place": place(GENRES, window(None, now), found),
        "beats": shown(request, now).filter(genre=found).latest_first()[:LATEST],
    }
    return kept(render(request, "leaderboards/genre.html", context), closed=False)
