"""The lenses: each a way of ranking the ledger, declared once.

A new lens is one more line in LENSES: its board, page, JSON and place in the recap follow from it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, cast

from studiomode.beats.models import SavedBeat, Subject

FIELDS = ("subject", "saves", "rank", "previous_rank")  # of a row; the subject by primary key
BY_SAVES = ("-saves", "subject")
Row = dict[str, Any]


@dataclass(frozen=True)
class Lens:
    """`column` of the ledger is what is grouped by; the model behind it is what is ranked."""

    name: str  # in addresses, JSON and on the command line
    title: str
    column: str
    blurb: str
    card: str = "weekly-recap"  # the share card its pages show
    selects: str = "TRUE"  # SQL over FIELDS: who of those with saves is listed
    order: tuple[str, ...] = BY_SAVES  # the same, down to the key; with a -, the most first
    order_in_words: str = "Equal saves share a rank; they are listed in catalogue order."
    nobody: tuple[str, str] = ("Nobody is listed", "Whoever is stands here.")
    tells_movement: bool = False  # what counts for an entry: places climbed, rather than saves

    @property
    def by_rank(self) -> bool:
        """Whether more than the number of saves decides who is listed, and where."""
        return (self.selects, self.order) != ("TRUE", BY_SAVES)

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
    selects="previous_rank > rank",
    order=("rank - previous_rank", "rank", "subject"),
    order_in_words="Ranks are by saves. "
    "Listed by places climbed, then by rank, then in catalogue order.",
    nobody=("Nobody climbed", "Whoever is ranked in both weeks and gains a place stands here."),
    tells_movement=True,
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
