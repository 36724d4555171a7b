"""Who is on a board, and in which order: a page of it, a place on it, or some of its subjects.

All ranking is the ORM's. By hand is what joins a week with the one before, which the ORM cannot:
in statements of their own a page took up to 1.6 times the best SQL by hand, a place up to 1.7 times
its page, and no two boards could share their groupings (benchmarks/boards.py).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.db import connection

from studiomode.beats.windows import Window

from .lenses import Lens, Row
from .ranking import ledger, listed, ranked
from .slices import Slice

COLUMNS = (
    "subject", "saves", "rank", "previous_rank", "position", "place", "count", "total_saves",
)  # fmt: skip

# All MATERIALIZED: SQLite would else join row by row within a window, 80 times as slow for movers.
STANDINGS = """
WITH now AS MATERIALIZED ({now}),
before AS MATERIALIZED ({before}),
totals AS MATERIALIZED (SELECT SUM(saves) AS total_saves, COUNT(*) AS count FROM now),
standings AS MATERIALIZED (
    SELECT now.*, before.rank AS previous_rank, total_saves, count
    FROM totals CROSS JOIN now LEFT JOIN before ON before.subject = now.subject
)
"""
# `position` is that among all who were saved, `place` that on the board: none for who is not on it.
EVERYONE = "SELECT standings.*, position AS place FROM standings"
SELECTED = """
SELECT subject, saves, rank, previous_rank, position, total_saves,
    COUNT(CASE WHEN {selects} THEN 1 END) OVER () AS count,
    CASE WHEN {selects} THEN
        ROW_NUMBER() OVER (PARTITION BY {selects} ORDER BY {order}) END AS place
FROM standings
"""
PAGE = """
SELECT {number} AS board, {columns} FROM ({board}) AS board_{number}
WHERE place > {offset} AND place <= {offset} + {limit}
"""
CHOSEN = "SELECT 0 AS board, {columns} FROM ({board}) AS board WHERE subject IN ({subjects})"
# The last of those ranked better stands at the position before one's own rank.
AROUND = """
, board AS MATERIALIZED ({board}),
own AS (SELECT rank AS own_rank, place AS own_place FROM board WHERE subject = {subject})
SELECT 0 AS board, {columns} FROM board CROSS JOIN own
WHERE subject = {subject} OR position = own_rank - 1
    OR place BETWEEN own_place - {reach} AND own_place + {reach}
"""
IN_ORDER = "ORDER BY board, place"


@dataclass(frozen=True)
class Listed:
    """Some rows of a board, and the sums of the whole: its entries, and the saves in the window."""

    rows: list[Row]
    count: int
    total_saves: int


@dataclass(frozen=True)
class Stand:
    """Where a subject stands: its row and one of the next better rank, where there are such.

    `around` holds the rows of the subject and its neighbours on the board; none when it is not on.
    """

    own: Row | None
    better: Row | None
    around: Listed


def pages(
    lenses: Sequence[Lens], window: Window, slice: Slice, *, offset: int, limit: int
) -> list[Listed]:
    """The same page of boards that rank the same column, from one grouping of each week."""
    page = {"offset": offset, "limit": limit}
    selects = (select(PAGE, lens, number=number, **page) for number, lens in enumerate(lenses))
    found = ask(lenses[0], window, slice, "UNION ALL".join(selects))
    without = without_rows if offset else without_saves
    return [
        listed_of(found[number]) or without(lens, window, slice)
        for number, lens in enumerate(lenses)
    ]


def stand(lens: Lens, window: Window, slice: Slice, subject: int, reach: int) -> Stand:
    """With so many neighbours on each side."""
    rows = ask(lens, window, slice, select(AROUND, lens, subject=subject, reach=reach))[0]
    own = next((row for row in rows if row["subject"] == subject), None)
    if own is None:
        return Stand(None, None, without_rows(lens, window, slice))
    better = next((row for row in rows if row["position"] == own["rank"] - 1), None)
    near = [row for row in rows if is_near(row, own, reach)]
    return Stand(own, better, Listed(near, own["count"], own["total_saves"]))


def is_near(row: Row, own: Row, reach: int) -> bool:
    return None not in (row["place"], own["place"]) and abs(row["place"] - own["place"]) <= reach


def chosen(lens: Lens, window: Window, slice: Slice, subjects: Sequence[int]) -> Listed:
    """The rows of those of `subjects` that have saves, in no order."""
    keys = ", ".join(map(str, subjects)) or "NULL"
    found = ask(lens, window, slice, select(CHOSEN, lens, subjects=keys))[0]
    return listed_of(found) or without_rows(lens, window, slice)


def select(template: str, lens: Lens, **values: Any) -> str:
    return template.format(board=board(lens), columns=", ".join(COLUMNS), **values)


def board(lens: Lens) -> str:
    """Of everyone, or of those whom the lens selects, who can be told once all are ranked."""
    return SELECTED.format(selects=lens.selects, order=lens.order) if lens.selects else EVERYONE


def ask(lens: Lens, window: Window, slice: Slice, select: str) -> dict[int, list[Row]]:
    """The rows by the number of their board, in its order."""
    now, values = listed(lens.column, window, slice).query.sql_with_params()
    before, values_before = ranked(lens.column, window.previous, slice).query.sql_with_params()
    statement = f"{STANDINGS.format(now=now, before=before)} {select} {IN_ORDER}"
    found: dict[int, list[Row]] = defaultdict(list)
    with connection.cursor() as cursor:
        cursor.execute(statement, (*values, *values_before))
        for number, *row in cursor.fetchall():
            found[number].append(as_row(row))
    return found


def as_row(values: list[Any]) -> Row:
    row = dict(zip(COLUMNS, values, strict=True))
    return row | {"total_saves": int(row["total_saves"])}  # a Decimal on PostgreSQL


def listed_of(rows: list[Row]) -> Listed | None:
    return Listed(rows, rows[0]["count"], rows[0]["total_saves"]) if rows else None


def without_rows(lens: Lens, window: Window, slice: Slice) -> Listed:
    """The sums alone, where no row has brought them along."""
    [first] = pages([lens], window, slice, offset=0, limit=1)
    return replace(first, rows=[])


def without_saves(lens: Lens, window: Window, slice: Slice) -> Listed:
    """Of a board that nobody is on: everybody who was saved is on it, or is not selected."""
    return Listed([], 0, ledger(window, slice).count() if lens.selects else 0)
