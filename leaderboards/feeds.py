"""A board as a feed (Atom 1.0): an entry for each of the last weeks that are over."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.conf import settings
from django.urls import reverse
from django.utils.feedgenerator import Atom1Feed
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.xmlutils import SimplerXMLGenerator

from studiomode.beats.addresses import absolute
from studiomode.beats.derived import once
from studiomode.beats.names import plain
from studiomode.beats.windows import WEEK, Window, week_of, window

from .boards import Board, Entry, board
from .lenses import Lens
from .questions import SETTLING

WEEKS = 8
KEPT = 300  # seconds; an un-♡ may still change a week that is over


class Feed(Atom1Feed):
    def add_item_elements(self, handler: SimplerXMLGenerator, item: dict[str, Any]) -> None:
        super().add_item_elements(handler, item)
        handler.addQuickElement("content", item["content"], {"type": "html"})


def feed(lens: Lens, now: datetime) -> str:
    weeks = list(weeks_over(now))
    return once(f"feed:{lens.name}:{weeks[0].name}", lambda: drawn_up(lens, weeks), KEPT)


def weeks_over(now: datetime) -> Iterator[Window]:
    """The last ISO weeks that hardly anything can change in, newest first."""
    for number in range(1, WEEKS + 1):
        yield window(week_of(now - SETTLING - number * WEEK), now)


def drawn_up(lens: Lens, weeks: list[Window]) -> str:
    page = absolute(reverse("board", args=[lens.name]))
    itself = absolute(reverse("api-board-atom", args=[lens.name]))
    feed = Feed(
        f"{lens.title}, week by week · StudioMode",
        page,
        None,
        subtitle=lens.blurb,
        language="en",
        author_name="StudioMode",
        feed_url=itself,
        feed_guid=tag(f"boards/{lens.name}"),
    )
    for week in weeks:
        feed.add_item(**told(board(lens, week)))
    return feed.writeString("utf-8")


def told(board: Board) -> dict[str, Any]:
    """The board of a week as an entry of the feed."""
    recap = absolute(reverse("week", args=[board.window.name]))
    return {
        "title": f"{board.window.label}: {headline(board)}",
        "link": f"{recap}#{board.lens.name}",
        "description": None,
        "unique_id": tag(f"boards/{board.lens.name}/{board.window.name}"),
        "pubdate": board.window.end,
        "updateddate": board.window.end,
        "content": content(board, recap),
    }


def headline(board: Board) -> str:
    if not board.total_saves:
        return "no saves"
    if not board.entries:
        return board.lens.nobody[0].lower()
    first = board.entries[0]
    verb = "climbs" if board.lens.tells_movement else "leads with"
    return f"{plain(first.name)} {verb} {what_counts(board.lens, first)}"


def what_counts(lens: Lens, entry: Entry) -> str:
    return counted(entry.change or 0, "place") if lens.tells_movement else saves(entry.saves)


def saves(number: int) -> str:
    return counted(number, "save")


def counted(number: int, noun: str) -> str:
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def content(board: Board, recap: str) -> str:
    """In HTML: the entries with their ranks, and the way to the other boards of the week."""
    listed = format_html("<ol>{}</ol>", lines(board)) if board.entries else ""
    return format_html(
        '<p>{} {} in all.</p>{}<p><a href="{}">The whole recap of the week</a></p>',
        *(board.lens.blurb, saves(board.total_saves), listed, recap),
    )


def lines(board: Board) -> SafeString:
    told = (
        (entry.rank, entry.url, plain(entry.name), what_counts(board.lens, entry))
        for entry in board.entries
    )
    return format_html_join("", '<li value="{}"><a href="{}"><bdi>{}</bdi></a>, {}</li>', told)


def tag(path: str) -> str:
    """An id that stays the same wherever the page moves (RFC 4151)."""
    return f"tag:{settings.SITE_HOST},2026:{path}"
