"""The lenses: each a way of ranking the ledger, declared once.

A new lens is one more line in LENSES: its board, page, JSON and place in the recap follow from it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

from django.db.models import F, Q

from studiomode.beats.models import SavedBeat, Subject

EVERYONE = Q(rank__isnull=False)


@dataclass(frozen=True)
class Lens:
    """`column` of the ledger is what is grouped by; the model behind it is what is ranked."""

    name: str  # in addresses, JSON and on the command line
    title: str
    column: str
    blurb: str
    entries: Q = EVERYONE  # which of the ranked are listed
    card: str = "weekly-recap"  # the share card its pages show
    listing: str = "Equal saves share a rank; they are listed in catalogue order."
    tells_movement: bool = False  # what counts for an entry: places climbed, rather than saves
    order: tuple[str, ...] = ("rank", "subject")  # ends in the primary key: a total order

    @property
    def lists_everyone(self) -> bool:
        return self.entries == EVERYONE

    @property
    def subject(self) -> type[Subject]:
        return cast(type[Subject], SavedBeat._meta.get_field(self.column).related_model)


PRODUCERS = Lens(
    name="producers",
    title="Top producers",
    column="producer",
    blurb="Whose beats were saved most.",
    card="top-producer",
)
MOVERS = Lens(
    name="movers",
    title="Top movers",
    column="producer",
    blurb="Producers who climbed the most places since the week before.",
    card="top-mover",
    listing="Ranks are by saves. Listed by places climbed, then by rank, then in catalogue order.",
    entries=Q(previous_rank__gt=F("rank")),
    tells_movement=True,
    order=("-climb", "rank", "subject"),
)
BEATS = Lens(
    name="beats",
    title="Top beats",
    column="beat",
    blurb="The beats that were saved most.",
    card="top-beat",
)
GENRES = Lens(
    name="genres",
    title="Top genres",
    column="genre",
    blurb="Where the saves went.",
    card="top-genre",
)

LENSES = {lens.name: lens for lens in (PRODUCERS, MOVERS, BEATS, GENRES)}
