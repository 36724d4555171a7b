"""Which lens is kept where. A new archive is one model and one line in ARCHIVES."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from itertools import groupby

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

    @property
    def rows(self) -> ArchiveQuerySet:
        return self.model.objects.select_related(self.lens.column)

    def subject_of(self, row: ArchiveRow) -> Subject | None:
        """What the row is about; None once it is deleted. The row's name stays."""
        return getattr(row, self.lens.column)

    def reigns(self) -> dict[date, int]:
        """By day, for how many kept days in a row its winner had been #1.

        A missing day neither breaks nor lengthens a reign. A deleted winner is known by name.
        """
        subject = f"{self.lens.column}_id"
        winners = self.model.objects.winners().order_by("snapshot_date")
        days = winners.values_list("snapshot_date", subject, "name")
        return {
            day: length
            for _, reign in groupby(days, key=lambda row: row[1] or row[2])
            for length, (day, *_) in enumerate(reign, start=1)
        }


ARCHIVES = {
    archive.name: archive
    for archive in (
        Archive("producers", "Producer ranks", PRODUCERS, ProducerRank, keep=100),
        Archive("beats", "Beat of the week", BEATS, BeatOfTheWeek, keep=1),
        Archive("genres", "Top genres", GENRES, TopGenre, keep=100),
    )
}
