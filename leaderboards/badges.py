"""A subject's place as a badge: words, and a small picture of them for other people's pages."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.template.loader import render_to_string

from studiomode.beats.names import plain

from .boards import Place

# Advances in thousandths of an em, of the bold sans-serif that most machines have.
ADVANCES = {
    character: advance
    for advance, characters in {
        278: " .,'·Iijl",
        333: "ft-",
        389: "r",
        500: "z",
        556: "#+0123456789Jacekvxsy",
        611: "FLTZbdghnopqu",
        667: "EPSVXY",
        722: "ABCDHKNRU",
        778: "GOQw",
        833: "M",
        889: "m",
        944: "W",
    }.items()
    for character in characters
}
UNKNOWN = 700
SIZE = 12  # px
ICON, PAD = 34, 11  # px: what stands left of the label, and the room about a text


@dataclass(frozen=True)
class Text:
    words: str
    x: int  # px, where it begins

    @property
    def width(self) -> int:
        return round(sum(ADVANCES.get(letter, UNKNOWN) for letter in self.words) * SIZE / 1000)


@dataclass(frozen=True)
class Badge:
    """`label` is the board, `message` the place on it and when."""

    label: str
    message: str
    name: str
    is_ranked: bool

    @property
    def title(self) -> str:
        return f"{self.name} · {self.label}: {self.message}"

    def svg(self) -> str:
        label = Text(self.label, ICON)
        message = Text(self.message, ICON + label.width + 2 * PAD)
        plate = {"x": message.x - PAD, "width": message.width + 2 * PAD}
        words = {"badge": self, "label": label, "message": message, "plate": plate, "size": SIZE}
        words["width"] = plate["x"] + plate["width"]
        return render_to_string("leaderboards/badge.svg", words)

    def as_shields(self) -> dict[str, Any]:
        """As the endpoint badge of shields.io is told."""
        return {
            "schemaVersion": 1,
            "label": self.label,
            "message": self.message,
            "color": "ff7a3d" if self.is_ranked else "lightgrey",
            "isError": False,
        }


def badge(place: Place) -> Badge:
    board, entry = place.board, place.entry
    message = f"{standing(place)} · {board.window.label.lower()}"
    return Badge(board.lens.title, message, plain(entry.name), is_listed(place))


def standing(place: Place) -> str:
    if not is_listed(place):
        return "unranked"
    return f"up {place.entry.change}" if place.board.lens.tells_movement else f"#{place.entry.rank}"


def is_listed(place: Place) -> bool:
    return place.position is not None
