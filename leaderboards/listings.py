"""Who is on a board, and in which order: a page of it, a place on it, or some of its subjects.

The ORM counts: two groupings of the ledger, this week's and the one before. What is made of them is
by hand, because the ORM cannot read from a grouping. Its window functions would rank everybody,
where there are few numbers of saves and it is enough to rank those: half the time of a board. And
in statements of their own no two boards could share their groupings (benchmarks/boards.py).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, cast

from django.db import connection
from django.db.models import Count, F

from studiomode.beats.models import SavedBeat
from studiomode.beats.querysets import SavedBeatQuerySet
from studiomode.beats.windows import Window

from .lenses import Lens, Row
from .slices import Slice

# All MATERIALIZED: SQLite would else group anew for every row that it joins, 80 times as slow.
WEEKS = """
WITH now AS MATERIALIZED ({now}),
before AS MATERIALIZED ({before}),
ranks AS MATERIALIZED ({ranks}),
previous_ranks AS MATERIALIZED ({previous_ranks})
"""
# Competition ranking, 1, 2, 2, 4: one more than stand before the first of this number of saves.
RANKS = """
SELECT saves, COUNT(*) AS subjects,
    CAST(1 + SUM(COUNT(*)) OVER (ORDER BY saves DESC) - COUNT(*) AS bigint) AS rank
FROM {week} GROUP BY saves
"""
RANKED = """
SELECT listed.subject, listed.saves, ranks.rank, previous_ranks.rank AS previous_rank
FROM {listed} AS listed LEFT JOIN ranks ON ranks.saves = listed.saves
LEFT JOIN before ON before.subject = listed.subject
LEFT JOIN previous_ranks ON previous_ranks.saves = before.saves
"""
ASKED = """
SELECT asked.subject, COALESCE(now.saves, 0) AS saves
FROM (SELECT column1 AS subject FROM (VALUES {values}) AS given) AS asked
LEFT JOIN now ON now.subject = asked.subject
"""
# For one alone a join took SQLite a tenth longer.
ASKED_ALONE = """
SELECT {subject} AS subject, COALESCE((SELECT saves FROM now WHERE subject = {subject}), 0) AS saves
"""
# Where ranks decide who is on the board, all of it is found first, and its pages in it.
SELECTED = ", {board} AS MATERIALIZED (SELECT * FROM ({everyone}) AS everyone WHERE {listed})"
PAGE = "SELECT * FROM {board} ORDER BY {order} LIMIT {limit} OFFSET {offset}"
# Who is asked about and, if listed, the nearest before and after.
OWN = """
, own AS MATERIALIZED ({asked}),
own_key AS MATERIALIZED (SELECT {key} FROM own WHERE {listed})
"""
NEAR = """
SELECT * FROM own
UNION ALL SELECT * FROM (
    SELECT * FROM {board} WHERE ({key}) < (SELECT * FROM own_key)
    ORDER BY {reversed} LIMIT {reach}
) AS above
UNION ALL SELECT * FROM (
    SELECT * FROM {board} WHERE ({key}) > (SELECT * FROM own_key)
    ORDER BY {order} LIMIT {reach}
) AS below
"""
STAND = """,
(SELECT 1 + (SELECT COUNT(*) FROM {board} WHERE ({key}) < (SELECT * FROM own_key))
    FROM own_key) AS place,
(SELECT MAX(rank) FROM ranks WHERE saves > (SELECT saves FROM own)) AS better_rank,
(SELECT MIN(saves) FROM ranks WHERE saves > (SELECT saves FROM own)) AS better_saves
"""
# How many are on a board; of everyone, the ranks tell without another look at each.
SOME = "SELECT COUNT(*) FROM {board}"
ALL = "SELECT CAST(COALESCE(SUM(subjects), 0) AS bigint) FROM ranks"
# The sums come with every row, and in one without a subject where a board has no other.
ROWS = """
SELECT {number} AS board, found.*, ROW_NUMBER() OVER (ORDER BY {order}) AS line,
    (SELECT CAST(COALESCE(SUM(saves * subjects), 0) AS bigint) FROM ranks) AS total_saves,
    ({count}) AS count{columns}
FROM (SELECT 1) AS one LEFT JOIN ({rows}) AS found ON TRUE
"""


@dataclass(frozen=True)
class Listed:
    """Some rows of a board, and the sums of the whole: its entries, and the saves in the window."""

    rows: list[Row]
    count: int
    total_saves: int


@dataclass(frozen=True)
class Stand:
    """Where a subject stands. `own` has its `place` on the board, None when it is not listed, and
    `better_rank` and `better_saves` of those next before it, None when nobody is.

    `around` holds the rows of the subject and its neighbours on the board; none when it is not on.
    """

    own: Row
    around: Listed


def pages(
    lenses: Sequence[Lens], window: Window, slice: Slice, *, offset: int, limit: int
) -> list[Listed]:
    """The same page of boards that rank the same column, from one grouping of each week."""
    selects = [
        rows_of(lens, fill(PAGE, lens, offset=offset, limit=limit), number=number)
        for number, lens in enumerate(lenses)
    ]
    found = ask(lenses, window, slice, " UNION ALL ".join(selects))
    return [listed_of(found[number]) for number, _ in enumerate(lenses)]


def stand(lens: Lens, window: Window, slice: Slice, subject: int, reach: int) -> Stand:
    """With so many neighbours on each side."""
    asked = ASKED_ALONE.format(subject=subject)
    own = fill(OWN, lens, asked=early(lens, asked))
    near = rows_of(lens, fill(NEAR, lens, reach=reach), columns=fill(STAND, lens))
    around = listed_of(ask([lens], window, slice, own + near)[0])
    row = next(row for row in around.rows if row["subject"] == subject)
    return Stand(row, around if row["place"] else replace(around, rows=[]))


def chosen(lens: Lens, window: Window, slice: Slice, subjects: Sequence[int]) -> Listed:
    """The rows of `subjects`, with saves or without, listed or not, in no order."""
    values = ", ".join(f"({subject})" for subject in subjects or [0])  # no list is empty in SQL
    rows = rows_of(lens, early(lens, ASKED.format(values=values)))
    return listed_of(ask([lens], window, slice, rows)[0])


def fill(template: str, lens: Lens, **values: Any) -> str:
    # COALESCE, so that a join that may find nothing stays one: SQLite would else begin with the
    # ranks, and take a sixth longer for movers.
    return template.format(
        board=f'"board of {lens.name}"' if lens.by_rank else "now",
        listed=f"saves > 0 AND COALESCE({lens.selects}, FALSE)",
        key=", ".join(lens.order),
        order=", ".join(map(sorted_by, lens.order)),
        reversed=", ".join(map(sorted_against, lens.order)),
        **values,
    )


def sorted_by(part: str) -> str:
    # By its negative a board would take a twentieth longer.
    return f"{part[1:]} DESC" if part.startswith("-") else part


def sorted_against(part: str) -> str:
    return part[1:] if part.startswith("-") else f"{part} DESC"


def rows_of(lens: Lens, rows: str, *, number: int = 0, columns: str = "") -> str:
    count = fill(SOME, lens) if lens.by_rank else ALL
    return fill(ROWS, lens, rows=late(lens, rows), count=count, number=number, columns=columns)


def early(lens: Lens, rows: str) -> str:
    """Ranked before it is known who is listed, where the lens asks for that."""
    return ranked(f"({rows})") if lens.by_rank else rows


def late(lens: Lens, rows: str) -> str:
    """Else only the few that were found are."""
    return rows if lens.by_rank else ranked(f"({rows})")


def ranked(rows: str) -> str:
    return RANKED.format(listed=rows)


def ask(lenses: Sequence[Lens], window: Window, slice: Slice, select: str) -> dict[int, list[Row]]:
    """The rows by the number of their board, in its order."""
    weeks, values = weeks_of(lenses[0], window, slice)
    boards = "".join(
        fill(SELECTED, lens, everyone=ranked("now")) for lens in lenses if lens.by_rank
    )
    found: dict[int, list[Row]] = defaultdict(list)
    with connection.cursor() as cursor:
        cursor.execute(f"{weeks} {boards} {select} ORDER BY board, line", values)
        names = [column[0] for column in cursor.description]
        for line in cursor.fetchall():
            row = dict(zip(names, line, strict=True))
            found[row["board"]].append(row)
    return found


def weeks_of(lens: Lens, window: Window, slice: Slice) -> tuple[str, tuple[Any, ...]]:
    saves = counted(lens, slice)
    now, values = saves.within(window).query.sql_with_params()
    before, values_before = saves.within(window.previous).query.sql_with_params()
    ranks, previous_ranks = RANKS.format(week="now"), RANKS.format(week="before")
    weeks = WEEKS.format(now=now, before=before, ranks=ranks, previous_ranks=previous_ranks)
    return weeks, (*values, *values_before)


def counted(lens: Lens, slice: Slice) -> SavedBeatQuerySet:
    """`subject` and `saves` of all who were saved, narrowed before it is counted."""
    saves = SavedBeat.objects.filter(slice.condition).values(subject=F(lens.column))
    return cast(SavedBeatQuerySet, saves.annotate(saves=Count("*")))


def listed_of(rows: list[Row]) -> Listed:
    found = [row for row in rows if row["subject"] is not None]
    return Listed(found, rows[0]["count"], rows[0]["total_saves"])
