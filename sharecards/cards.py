"""The eight cards: which words each template is given. A new card is one template and one line."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from django.conf import settings
from django.shortcuts import get_object_or_404
from django.template.loader import render_to_string

from history.archives import ARCHIVES, Archive
from history.charts import rank_chart
from history.snapshots import REACH
from leaderboards.answers import answer
from leaderboards.lenses import BEATS, GENRES, LENSES, MOVERS, PRODUCERS, Lens
from leaderboards.questions import Question
from studiomode.beats.models import Producer
from studiomode.beats.windows import Window, last_snapshot_day

Words = dict[str, Any]
LISTED = 5  # entries on the card of a board
ON_RECAP = 3  # entries of each board
WINNERS = 7  # days on the card of an archive


@dataclass(frozen=True)
class Card:
    """`words` gives what `template` says; a card about one producer is asked with their handle."""

    template: str
    words: Callable[..., Words]
    has_handle: bool = False

    def svg(self, asked: Question, **handle: str) -> str:
        words = {"site": settings.SITE_HOST} | self.words(asked, **handle)
        return render_to_string(f"cards/{self.template}.svg", words)


def board_words(lens: Lens, asked: Question) -> Words:
    board = answer(asked.first(LISTED), lens).boards[lens.name]
    return {"title": lens.title, "entries": board.entries} | window_words(board.window)


def recap_words(asked: Question) -> Words:
    found = answer(asked.first(ON_RECAP), *LENSES.values())
    words = {"title": "Weekly recap", "boards": list(found.boards.values())}
    return words | window_words(found.boards[PRODUCERS.name].window)


def archive_words(archive: Archive, asked: Question) -> Words:
    winners = archive.winners(until=last_snapshot_day(asked.window.end), limit=WINNERS)
    return {"title": archive.title, "winners": winners, "window_label": "Day by day, 14:00 UTC"}


def producer_words(asked: Question, handle: str) -> Words:
    producer = get_object_or_404(Producer, handle=handle)
    return {
        "title": "Rank over time",
        "name": producer.name,
        "chart": rank_chart(producer, until=last_snapshot_day(asked.window.end)),
        "window_label": f"Last {REACH} days",
    }


def window_words(window: Window) -> Words:
    return {
        "window_label": window.label,
        "window_start": in_words(window.start),
        "window_end": in_words(window.end),
    }


def in_words(moment: datetime) -> str:
    return f"{moment.day} {moment:%b %Y %H:%M} UTC"


CARDS = {
    "top-producer": Card("board", partial(board_words, PRODUCERS)),
    "top-mover": Card("board", partial(board_words, MOVERS)),
    "top-beat": Card("board", partial(board_words, BEATS)),
    "top-genre": Card("board", partial(board_words, GENRES)),
    "weekly-recap": Card("weekly-recap", recap_words),
    "producer-history": Card("producer-history", producer_words, has_handle=True),
    "beat-history": Card("archive", partial(archive_words, ARCHIVES["beats"])),
    "genre-history": Card("archive", partial(archive_words, ARCHIVES["genres"])),
}
