"""A card's SVG made into a PNG."""

from __future__ import annotations

from typing import TYPE_CHECKING, NoReturn

if TYPE_CHECKING:
    from .painting import Painting

WIDTH, HEIGHT = 1200, 630


class CannotDraw(Exception):
    """PNG cards cannot be drawn on this machine; the message says what to install."""


def png(svg: str) -> bytes:
    """The picture of a card, 1200 by 630 pixels.

    `svg` must be ours, with every foreign text in it cleaned, and leave no pixel transparent.
    Raises `CannotDraw` without libcairo2.
    """
    picture = _painting()(svg, (WIDTH, HEIGHT), _fetch_nothing)
    return picture.png()


def _painting() -> type[Painting]:
    # Here and not above: importing it fails without libcairo2, and all but the PNG cards works.
    try:
        from .painting import Painting
    except OSError as error:
        raise CannotDraw(
            "PNG cards need the library libcairo2, which is not installed. "
            "Type: apt-get install --no-install-recommends libcairo2"
        ) from error
    return Painting


def _fetch_nothing(url: str, resource_type: str) -> NoReturn:
    raise ValueError(f"A card may not fetch anything, but it names {url[:200]!r}.")
