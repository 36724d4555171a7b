"""Which lens is kept where. A new archive is one model and one line in ARCHIVES."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from itertools import groupby
from typing import Any

from django.http import Http404

from leaderboards.lenses import BEATS, GENRES, PRODUCERS, Lens
from studiomode.beats.models import Subject

from .models import ArchiveQuerySet, ArchiveRow, BeatOfTheWeek, ProducerRank, TopGenre


@dataclass(frozen=True)
class Archive:
    """`lens` at 14:00 UTC of every day: its first `keep` entries, in the table of `model`."""

    name: str  # in addresses and JSON
    title: str
    lens: Lens
    model: type[ArchiveRow]
    keep: int
    card: str = "weekly-recap"  # the share card its page shows

    @property
    def rows(self) -> ArchiveQuerySet:
        return self.model.objects.select_related(self.lens.column)

    def subject_of(self, row: ArchiveRow) -> Subject | None:
        """What the row is about; None once it is deleted. The row's name stays."""
        return getattr(row, self.lens.column)

    def winners(self, *, until: date, limit: int) -> list[Winner]:
        """Those of the kept days up to `until`, newest first."""
        rows = list(self.rows.winners().filter(snapshot_date__lte=until).newest_first()[:limit])
        reigns = self.reigns(rows)
        return [Winner(row, self.subject_of(row), reigns[row.snapshot_date]) for row in rows]

    def reigns(self, rows: list[ArchiveRow]) -> dict[date, int]:
        """By day of `rows`, newest first: for how many kept days its winner had been #1.

        A missing day neither breaks nor lengthens a reign.
        """
        lengths: dict[date, int] = {}
        length = self.reign_before(rows[-1]) if rows else 0
        for _, reign in groupby(reversed(rows), key=self.identity):
            for row in reign:
                length += 1
                lengths[row.snapshot_date] = length
            length = 0
        return lengths

    def reign_before(self, row: ArchiveRow) -> int:
        """How many kept days its winner had been #1 in a row until the day of `row`."""
        earlier = self.model.objects.winners().filter(snapshot_date__lt=row.snapshot_date)
        others = earlier.exclude(**self.identity(row)).order_by("-snapshot_date")
        last = others.values_list("snapshot_date", flat=True).first() or date.min
        return earlier.filter(snapshot_date__gt=last).count()

    def identity(self, row: ArchiveRow) -> dict[str, Any]:
        """Who a row is about. Once deleted, a subject is known by its name."""
        subject = f"{self.lens.column}_id"
        key = getattr(row, subject)
        return {subject: key} if key else {subject: None, "name": row.name}


@dataclass(frozen=True)
class Winner:
    """Who was #1 on a kept day, and for how many kept days in a row by then."""

    row: ArchiveRow
    subject: Subject | None
    reign: int


ARCHIVES = {
    archive.name: archive
    for archive in (
        Archive("producers", "Producer ranks", PRODUCERS, ProducerRank, 100, card="top-producer"),
        Archive("beats", "Beat of the week", BEATS, BeatOfTheWeek, 1, card="beat-history"),
        Archive("genres", "Top genres", GENRES, TopGenre, 100, card="genre-history"),
    )
}


def find_archive(name: str) -> Archive:
    if name not in ARCHIVES:
        raise Http404(f"There is no archive called {name}. There are: {', '.join(ARCHIVES)}.")
    return ARCHIVES[name]
