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

from .answers import answer
from .boards import Board, place
from .lenses import BEATS, GENRES, LENSES
from .mine import saved_keys
from .questions import Question, find_lens, question

LATEST = 24
HOTTEST = 10
ON_RECAP = 5  # entries of each board


def home(request: HttpRequest) -> HttpResponse:
    asked = question({}, limit=HOTTEST)
    found = answer(asked, BEATS)
    hottest = found.boards[BEATS.name]
    latest = shown(request, asked.now).latest_first()[:LATEST]
    context = {"hottest": hottest, "latest": latest, "saved": saved_slugs(request, hottest)}
    page = render(request, "leaderboards/home.html", context)
    return kept(page, closed=False, stale=found.stale)


def shown(request: HttpRequest, at: datetime) -> BeatQuerySet:
    """The beats out by `at`, with what a beat's line shows of them."""
    return Beat.objects.published(at).with_label().with_is_saved(request.user)


def weekly_recap(request: HttpRequest, week: str | None = None) -> HttpResponse:
    asked = question(request.GET, week=week, limit=ON_RECAP)
    found = answer(asked.first(asked.limit), *LENSES.values())
    context = {
        "boards": found.boards,
        "window": found.asked.window,
        "weeks": neighbouring_weeks(asked),
        "saved": saved_slugs(request, found.boards[BEATS.name]),
    }
    page = render(request, "leaderboards/weekly_recap.html", context)
    return kept(page, closed=asked.is_closed, stale=found.stale)


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
    asked = question(request.GET, limit=25)
    found = answer(asked, find_lens(lens))
    shown = found.boards[lens]
    context = {
        "board": shown,
        "lenses": LENSES.values(),
        "window": shown.window,
        "weeks": neighbouring_weeks(asked),
        "pages": found.asked.pages(shown.count),
        "saved": saved_slugs(request, shown),
    }
    page = render(request, "leaderboards/board.html", context)
    return kept(page, closed=asked.is_closed, stale=found.stale)


def saved_slugs(request: HttpRequest, board: Board) -> set[str]:
    """Which beats of the board are in the vault of who asks; always from the ledger."""
    if board.lens.subject is not Beat or not request.user.is_authenticated:
        return set()
    return set(saved_keys(board, request.user))


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
