"""What of a board is the artist's own: from the ledger as it is, never from a stored board."""

from __future__ import annotations

from dataclasses import dataclass

from studiomode.beats.models import Artist, Beat, Producer

from .boards import Board, Entry, places


@dataclass(frozen=True)
class Mine:
    """Keys of what is shown that the artist saved or follows, and where their producers stand."""

    saved: tuple[str, ...] = ()
    followed: tuple[str, ...] = ()
    places: tuple[Entry, ...] = ()


def mine(board: Board, artist: Artist) -> Mine:
    if board.lens.subject is Beat:
        return Mine(saved=saved_keys(board, artist))
    if board.lens.subject is Producer:
        return Mine(followed=followed_keys(board, artist), places=own_places(board, artist))
    return Mine()


def saved_keys(board: Board, artist: Artist) -> tuple[str, ...]:
    saves = artist.saves.filter(beat__in=board.shown)
    return tuple(saves.order_by("beat__slug").values_list("beat__slug", flat=True))


def followed_keys(board: Board, artist: Artist) -> tuple[str, ...]:
    follows = artist.follows.filter(producer__in=board.shown)
    return tuple(follows.order_by("producer__handle").values_list("producer__handle", flat=True))


def own_places(board: Board, artist: Artist) -> tuple[Entry, ...]:
    own = list(artist.producers.order_by("pk"))
    return places(board.lens, board.window, own, board.slice).entries if own else ()
