"""What a digest says: new beats by followed producers, then what became of one's own vault."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from leaderboards.boards import MOST, Entry, board
from leaderboards.lenses import BEATS
from studiomode.beats.models import Artist, Beat, Producer
from studiomode.beats.windows import snapshot_instant, window

from .outbox import Delivery

SHOWN = 20  # beats; the others are counted
CLOSED = 5  # beats of the vault that have moved


@dataclass(frozen=True)
class Digest:
    """`news` by producer; `moved` are beats of the vault, as the day's board lists them."""

    artist: Artist
    date: date
    news: dict[Producer, list[Beat]]
    count: int  # of new beats, those that are not shown included
    moved: list[Entry]

    @property
    def more(self) -> int:
        return max(0, self.count - SHOWN)

    @property
    def subject(self) -> str:
        beats = "1 new beat" if self.count == 1 else f"{self.count} new beats"
        first, *others = self.news
        by = f"{first.name} and {len(others)} more" if others else first.name
        return " ".join(f"{beats} by {by}".split())  # a line feed in a name would be a header


class Digests:
    """Of one run: the board of a day is computed once for all who are told of it."""

    def __init__(self) -> None:
        self.days: dict[date, dict[int, Entry]] = {}

    def of(self, delivery: Delivery) -> Digest | None:
        """None where there is nothing new to tell: the rest never goes out alone."""
        notices = delivery.artist.notices.for_digest(delivery.date, delivery.channel)
        count = notices.count()
        if not count:
            return None
        shown = notices.with_beats().order_by("beat__producer__name", "beat__producer", "pk")
        news: dict[Producer, list[Beat]] = {}
        for notice in shown[:SHOWN]:
            news.setdefault(notice.beat.producer, []).append(notice.beat)
        moved = self.moved(delivery.artist, delivery.date)
        return Digest(delivery.artist, delivery.date, news, count, moved)

    def moved(self, artist: Artist, day: date) -> list[Entry]:
        """Beats of the vault that entered or climbed the day's board, or won the day."""
        climbing = self.climbing(day)
        saved = artist.saves.filter(beat__in=climbing).values_list("beat", flat=True)
        found = [entry for beat, entry in climbing.items() if beat in set(saved)]
        return found[:CLOSED]

    def climbing(self, day: date) -> dict[int, Entry]:
        """By beat, in listing order."""
        if day not in self.days:
            listed = board(BEATS, window(None, snapshot_instant(day)), limit=MOST).entries
            self.days[day] = {entry.subject.pk: entry for entry in listed if is_news(entry)}
        return self.days[day]


def is_news(entry: Entry) -> bool:
    return entry.is_new or entry.rank == 1 or (entry.change or 0) > 0
