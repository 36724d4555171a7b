"""Boards, places and recap through the ORM, each beside the best SQL by hand, in the same run.

    python benchmarks/boards.py --saves 1000000
    python tests/postgres.py python benchmarks/boards.py --saves 10000000 --week 300000

The ledger is made first, in the database of DATABASE_URL, which must be empty (a SQLite file of its
own without one). The table is printed and takes its section's place in docs/PERFORMANCE.md.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from datetime import datetime
from statistics import median
from typing import Any

from django.test.utils import CaptureQueriesContext
from ledger import AT, fill
from setup import Table, call_command, compared, connection, timed

from history.archives import ARCHIVES
from history.snapshots import take
from leaderboards.boards import Board, board, place, recap
from leaderboards.lenses import LENSES, Lens
from studiomode.beats.windows import window

WINDOW = window(None, AT)
NAMES = {
    "producer": ("beats_producer", "name"),
    "beat": ("beats_beat", "title"),
    "genre": ("beats_genre", "name"),
}

# The two groupings once, the page cut before anything is joined to it. Which way to a rank is the
# quickest depends on the database and the size, so each is tried and the quicker one is the bar.
# Ranking everybody by a window function was the slower one everywhere; SQLite took 5 s for it.
HEAD = """
WITH now AS MATERIALIZED (
    SELECT {column} AS subject, count(*) AS saves FROM saved_beats
    WHERE created_at >= {start} AND created_at < {end} GROUP BY 1
), before AS MATERIALIZED (
    SELECT {column} AS subject, count(*) AS saves FROM saved_beats
    WHERE created_at >= {previous} AND created_at < {start} GROUP BY 1
)"""
STEPS = """, ranks AS MATERIALIZED (
    SELECT saves, 1 + sum(count(*)) OVER (ORDER BY saves DESC) - count(*) AS rank
    FROM now GROUP BY 1
), previous_ranks AS MATERIALIZED (
    SELECT saves, 1 + sum(count(*)) OVER (ORDER BY saves DESC) - count(*) AS rank
    FROM before GROUP BY 1
)"""
RANKED = """
    SELECT now.subject, now.saves, ranks.rank, previous_ranks.rank AS previous_rank
    FROM {now} AS now LEFT JOIN ranks ON ranks.saves = now.saves
    LEFT JOIN before ON before.subject = now.subject
    LEFT JOIN previous_ranks ON previous_ranks.saves = before.saves
"""
TAIL = """
SELECT page.*, (SELECT sum(saves) FROM now), (SELECT count(*) FROM {counted}), name.{name}
FROM page JOIN {table} AS name ON name.id = page.subject
ORDER BY {order}
"""
FIRST = "(SELECT * FROM now ORDER BY saves DESC, subject LIMIT 10)"
BY_COUNTING = (
    HEAD
    + """, page AS (
    SELECT subject, saves, (SELECT 1 + count(*) FROM now AS n WHERE n.saves > page.saves),
        (SELECT 1 + (SELECT count(*) FROM before AS b WHERE b.saves > own.saves)
         FROM before AS own WHERE own.subject = page.subject)
    FROM (SELECT * FROM now ORDER BY saves DESC, subject LIMIT 10) AS page
)"""
    + TAIL
)
BY_STEPS = HEAD + STEPS + ", page AS (" + RANKED.replace("{now}", FIRST) + ")" + TAIL
CLIMBED = """, climbed AS MATERIALIZED (
    SELECT subject, saves, rank, previous_rank FROM ranked
    WHERE saves > 0 AND previous_rank > rank
), page AS (
    SELECT * FROM climbed ORDER BY rank - previous_rank, rank, subject LIMIT 10
)"""
MOVERS_AT_ONCE = (
    """
WITH now AS MATERIALIZED (
    SELECT {column} AS subject, count(*) FILTER (WHERE created_at >= {start}) AS saves,
        count(*) FILTER (WHERE created_at < {start}) AS saves_before
    FROM saved_beats WHERE created_at >= {previous} AND created_at < {end} GROUP BY 1
), ranked AS (
    SELECT *, rank() OVER (ORDER BY saves DESC) AS rank, CASE WHEN saves_before > 0
        THEN rank() OVER (ORDER BY saves_before DESC) END AS previous_rank FROM now
)"""
    + CLIMBED
    + TAIL
)
MOVERS_BY_STEPS = (
    HEAD + STEPS + ", ranked AS (" + RANKED.replace("{now}", "now") + ")" + CLIMBED + TAIL
)
BY_SAVES, BY_CLIMB = "saves DESC, subject", "rank - previous_rank, rank, subject"

Query = Callable[[], list[tuple[Any, ...]]]


def by_hand(lens: Lens, statement: str) -> Query:
    """The page as (subject, saves, rank, previous_rank, total_saves, count, name)."""
    table, name = NAMES[lens.column]
    sql = statement.format(
        column=f"{lens.column}_id",
        table=table,
        name=name,
        order=BY_CLIMB if lens.by_rank else BY_SAVES,
        counted="climbed" if lens.by_rank else "now",
        start=literal(WINDOW.start),
        end=literal(WINDOW.end),
        previous=literal(WINDOW.previous.start),
    )

    def ask() -> list[tuple[Any, ...]]:
        with connection.cursor() as cursor:
            cursor.execute(sql)
            return cursor.fetchall()

    return ask


def literal(moment: datetime) -> str:
    zone = "+00" if connection.vendor == "postgresql" else ""
    return f"'{moment:%Y-%m-%d %H:%M:%S}{zone}'"


def references(lens: Lens) -> list[Query]:
    statements = [MOVERS_AT_ONCE, MOVERS_BY_STEPS] if lens.by_rank else [BY_COUNTING, BY_STEPS]
    return [by_hand(lens, statement) for statement in statements]


def as_rows(board: Board) -> list[tuple[Any, ...]]:
    return [
        (
            entry.subject.pk,
            entry.saves,
            entry.rank,
            entry.previous_rank,
            board.total_saves,
            board.count,
            entry.name,
        )
        for entry in board.entries
    ]


def measure_boards(table: Table, runs: int) -> None:
    for name, lens in LENSES.items():
        ours = lambda lens=lens: board(lens, WINDOW)  # noqa: E731
        for reference in references(lens):
            assert as_rows(ours()) == [tuple(row) for row in reference()], name
        quickest = min(references(lens), key=lambda ask: compared(ask, ask, 1)[0])
        what = f"board of {name} / best SQL by hand"
        table.compare(what, ours, quickest, runs=runs, at_most=1.15)


def measure_places(table: Table, runs: int) -> None:
    for name, lens in LENSES.items():
        middle = board(lens, WINDOW, limit=1, offset=board(lens, WINDOW).count // 2)
        subject = middle.entries[0].subject
        table.compare(
            f"place in the middle of {name} / its board's first page",
            lambda lens=lens, subject=subject: place(lens, WINDOW, subject),
            lambda lens=lens: board(lens, WINDOW),
            runs=runs,
            at_most=1.1,
        )


def measure_recap(table: Table, runs: int) -> None:
    lens = dearest()
    table.compare(
        f"whole recap / its dearest board ({lens.name})",
        lambda: recap(WINDOW),
        lambda: board(lens, WINDOW),
        runs=runs,
        at_most=2.5,
    )


def dearest() -> Lens:
    """Asked in turns, so that no mood of the machine chooses."""
    times: dict[str, list[float]] = {name: [] for name in LENSES}
    for _ in range(7):
        for name, lens in LENSES.items():
            times[name].append(timed(lambda lens=lens: board(lens, WINDOW)))
    return LENSES[max(times, key=lambda name: median(times[name]))]


SNAPSHOT = """
INSERT INTO {written}
    (snapshot_date, window_end, position, rank, saves, name, producer_id)
SELECT {day}, {end}, row_number() OVER (ORDER BY saves DESC, subject),
    rank() OVER (ORDER BY saves DESC), saves, name, subject
FROM (
    SELECT producer_id AS subject, count(*) AS saves FROM saved_beats
    WHERE created_at >= {start} AND created_at < {end} GROUP BY 1
) AS now JOIN beats_producer ON beats_producer.id = subject
ORDER BY saves DESC, subject LIMIT 100
"""


def measure_snapshot(table: Table, runs: int) -> None:
    archive = ARCHIVES["producers"]
    written = archive.model._meta.db_table
    day, start, end = f"'{AT:%Y-%m-%d}'", literal(WINDOW.start), literal(WINDOW.end)
    statement = SNAPSHOT.format(written=written, day=day, start=start, end=end)

    def by_hand() -> None:
        forget()
        run(statement)

    def ours() -> None:
        forget()
        assert take(archive, AT.date()) == 100

    def forget() -> None:
        run(f"DELETE FROM {written}")

    table.compare("snapshot of producers / one INSERT … SELECT by hand", ours, by_hand, runs=runs)
    forget()


def run(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)


EXPLAIN = {"postgresql": "EXPLAIN (COSTS OFF)", "sqlite": "EXPLAIN QUERY PLAN"}


def plans() -> str:
    """How the database answers each board: the steps, the deepest last."""
    found = ["How the boards are answered:", "", "```"]
    for name, lens in LENSES.items():
        with CaptureQueriesContext(connection) as captured:
            board(lens, WINDOW)
        asked = next(query["sql"] for query in captured if "saved_beats" in query["sql"])
        with connection.cursor() as cursor:
            cursor.execute(f"{EXPLAIN[connection.vendor]} {asked}")
            found += [name, *(f"  {row[-1]}" for row in cursor.fetchall())]
    return "\n".join([*found, "```"])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--saves", type=int, default=1_000_000)
    parser.add_argument("--week", type=int, default=30_000)
    parser.add_argument("--runs", type=int, default=15)
    parser.add_argument("--filled", action="store_true", help="the ledger is there already")
    options = parser.parse_args()
    if not options.filled:
        call_command("migrate", verbosity=0)
        fill(options.saves, options.week)
    size = f"{options.saves:,} saves, {options.week:,} in the week"
    table = Table(f"Boards: {connection.vendor}, {size}")
    measure_boards(table, options.runs)
    measure_places(table, options.runs)
    measure_recap(table, options.runs)
    measure_snapshot(table, options.runs)
    table.notes = plans()
    table.write()


if __name__ == "__main__":
    main()
