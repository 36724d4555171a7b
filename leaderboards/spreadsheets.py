"""A board as CSV (RFC 4180), which people open in a spreadsheet."""

from __future__ import annotations

import csv
from io import StringIO

from studiomode.beats.names import plain

from .boards import Board, Entry

COLUMNS = ("rank", "key", "name", "saves", "share", "previous_rank", "change", "is_new", "url")
COMMANDS = tuple("=+-@＝＋－＠")  # what a formula may begin with; the wide ones in Japanese
Cell = str | int | float | None


def spreadsheet(board: Board) -> str:
    """A line of names as in JSON, and one for each entry of the page."""
    out = StringIO(newline="")
    # Every text in quotes: some spreadsheets also split at semicolons.
    writer = csv.writer(out, quoting=csv.QUOTE_NONNUMERIC)
    writer.writerow(COLUMNS)
    writer.writerows(cells(entry) for entry in board.entries)
    return out.getvalue()


def cells(entry: Entry) -> list[Cell]:
    return [cell(getattr(entry, name)) for name in COLUMNS]


def cell(value: Cell) -> Cell:
    if isinstance(value, bool):
        return "true" if value else "false"
    return harmless(value) if isinstance(value, str) else value


def harmless(text: str) -> str:
    """`text` as a spreadsheet shows it: behind an apostrophe it is no formula."""
    shown = plain(text)
    return f"'{shown}" if shown.startswith(COMMANDS) else shown


def file_name(board: Board) -> str:
    start, end = board.window.start, board.window.end
    return f"studiomode-{board.lens.name}-{start:%Y-%m-%d}-to-{end:%Y-%m-%d}.csv"
