"""What each index on the ledger is for, and what it costs a ♡: without and with it, in one run.

    python tests/postgres.py --durable python benchmarks/indexes.py --saves 1000000
    python benchmarks/indexes.py

The ledger is made first, in the database of DATABASE_URL, which must be empty (a SQLite file of its
own without one). The table is printed and takes its section's place in docs/PERFORMANCE.md.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from statistics import median
from time import perf_counter
from typing import Any

os.environ["LEDGER_AT"] = datetime.now(UTC).isoformat()  # a ♡ of now is of its newest week

from django.core.paginator import Paginator
from django.db import transaction
from ledger import AT, BEATS, fill, ledger, settle
from setup import Table, call_command, connection, timed

from leaderboards.boards import board
from leaderboards.lenses import LENSES
from leaderboards.listings import counted
from leaderboards.slices import WHOLE
from studiomode.beats.models import Artist, Beat, Genre, Producer, SavedBeat
from studiomode.beats.views import Vault
from studiomode.beats.windows import Window, window

POSTGRESQL = connection.vendor == "postgresql"
WEEK = window(None, AT)
ORDINARY = BEATS // 2  # a beat, neither loved nor unknown
UNSEEN = 30_000  # ♡ that no VACUUM has been at
COLLECTORS = {  # who has how many saves, the last of them at which part of the year
    "few": (10, 1.0),
    "many": (5_000, 1.0),
    "quiet": (5_000, 0.3),
}

Row = tuple[int, ...]  # artist, beat, …


# --- what the product asks of the ledger ---


def board_of_producers() -> None:
    board(LENSES["producers"], WEEK)


def board_of_beats() -> None:
    board(LENSES["beats"], WEEK)


def vault_of_10_saves() -> None:
    vault("few")


def vault_of_5000_saves() -> None:
    vault("many")


def vault_of_5000_saves_long_ago() -> None:
    vault("quiet")


def vault(name: str) -> None:
    saves = collector(name).saves.with_beats().latest_first()
    list(Paginator(saves, Vault.paginate_by).page(1).object_list)


def latest_beats_with_hearts() -> None:
    beats = Beat.objects.published(AT).latest_first().with_label()
    list(beats.with_is_saved(collector("many"))[:25])


def page_of_a_beat() -> None:
    Beat.objects.with_label().with_is_saved(collector("many")).get(slug=f"beat{ORDINARY}")


def un_heart() -> None:
    collector("many").unsave_at_once(f"beat{ORDINARY}")


def publishing_a_beat() -> None:
    Beat.objects.create(slug="new", title="New", producer_id=1, genre_id=1, published_at=AT)


def relabelling_a_beat() -> None:
    beat = Beat.objects.get(pk=ORDINARY)
    beat.producer_id = 1
    beat.save()


def deleting_a_beat() -> None:
    Beat.objects.get(pk=ORDINARY).delete()


def giving_an_artist_a_producer() -> None:
    producer = Producer.objects.get(pk=1)
    producer.artist = collector("many")
    producer.save()


def deleting_an_artist() -> None:
    collector("few").delete()


def deleting_a_producer() -> None:
    Producer.objects.get(pk=1).delete()


def deleting_a_genre() -> None:
    Genre.objects.get(pk=1).delete()


def ledger_in_the_admin() -> None:
    list(SavedBeat.objects.order_by("-pk")[:100])


def collector(name: str) -> Artist:
    return Artist.objects.get(username=name)


# --- the indexes, made or not ---


@dataclass(frozen=True)
class Index:
    """`why` goes on after «kept, because» or «not made, because»; `rival` would make way for it."""

    name: str
    columns: str
    serves: tuple[Callable[[], None], ...]
    why: str
    kept: bool = False
    unique: bool = False
    rival: Index | None = None

    def __str__(self) -> str:
        return f"`{self.name}` ({self.columns})"

    @property
    def verdict(self) -> str:
        return f"- {self}: {'kept' if self.kept else 'not made'}, because {self.why}."

    def make(self) -> None:
        unique = "UNIQUE" if self.unique else ""
        execute(f"CREATE {unique} INDEX {self.name} ON saved_beats ({self.columns})")

    def drop(self) -> None:
        execute(f"DROP INDEX {self.name}")


VAULT = Index(
    "savedbeat_vault",
    "artist_id, created_at, beat_id",
    (
        vault_of_10_saves,
        vault_of_5000_saves,
        vault_of_5000_saves_long_ago,
        latest_beats_with_hearts,
        giving_an_artist_a_producer,
        deleting_an_artist,
    ),
    "a vault is in its order: else who has been away for long has it found by walking most of the "
    "ledger backwards; with the beat in it, lists tell what is saved from it alone",
    kept=True,
)
INDEXES = (
    Index(
        "savedbeat_boards",
        "created_at, producer_id, genre_id, beat_id",
        (board_of_producers, board_of_beats),
        "every board is answered from it alone, whatever the ledger's size",
        kept=True,
    ),
    Index(
        "savedbeat_one_per_artist",
        "beat_id, artist_id",
        (page_of_a_beat, un_heart, publishing_a_beat, relabelling_a_beat, deleting_a_beat),
        "it is the rule that a ♡ counts once, and beginning with the beat it also finds a beat's "
        "saves",
        kept=True,
        unique=True,
    ),
    VAULT,
    Index(
        "saved_beats_pkey",
        "id",
        (ledger_in_the_admin,),
        "the ORM and the admin know a row by it (on SQLite it is the table itself)",
        kept=True,
        unique=True,
    ),
    Index(
        "by_beat",
        "beat_id",
        (relabelling_a_beat, deleting_a_beat),
        "`savedbeat_one_per_artist` begins with the beat",
    ),
    Index(
        "by_artist_and_beat",
        "artist_id, beat_id",
        VAULT.serves,
        "it would serve an artist's saves worse than `savedbeat_vault`, and pairs are found the "
        "other way round",
        rival=VAULT,
    ),
    Index(
        "by_producer",
        "producer_id",
        (deleting_a_producer, board_of_producers),
        "deleting a producer is rare and may walk the ledger, as moving one's beats need not",
    ),
    Index(
        "by_genre",
        "genre_id",
        (deleting_a_genre,),
        "deleting a genre is rarer still, and most of its time goes into the rows themselves",
    ),
)
MEASURED = tuple(index for index in INDEXES if POSTGRESQL or index.columns != "id")
KEPT = tuple(index for index in MEASURED if index.kept)


def execute(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)


def ask(question: str) -> Any:
    with connection.cursor() as cursor:
        cursor.execute(question)
        return cursor.fetchone()[0]


# --- measuring ---


def prepare(saves: int) -> None:
    call_command("migrate", verbosity=0)
    fill(saves, saves * 3 // 100)
    check_declared()
    for number, (name, what) in enumerate(COLLECTORS.items()):
        collect(name, number, *what, saves)
    collector("many").save_beat(Beat.objects.get(pk=ORDINARY))
    # As if published one after the other: all at one instant would have to be sorted.
    execute(
        "UPDATE beats_beat SET published_at = COALESCE("
        "(SELECT created_at FROM saved_beats WHERE saved_beats.id = beats_beat.id), published_at)"
    )
    loosen()
    if POSTGRESQL:
        execute("CLUSTER saved_beats USING savedbeat_boards")  # in the order of time, as ♡ come
        # Vacuumed when we say so; and the wait for the disk, the same for all, would hide the rest.
        execute("ALTER TABLE saved_beats SET (autovacuum_enabled = off)")
        execute("SET synchronous_commit = off")
    settle()


def check_declared() -> None:
    found = {tuple(index["columns"]) for index in constraints().values() if is_index(index)}
    ours = {tuple(index.columns.split(", ")) for index in KEPT}
    assert found - {("id",)} == ours - {("id",)}, f"The ledger has {found}, here are {ours}."


def constraints() -> dict[str, Any]:
    with connection.cursor() as cursor:
        return connection.introspection.get_constraints(cursor, "saved_beats")


def is_index(constraint: dict[str, Any]) -> bool:
    return constraint["index"] or constraint["unique"]


def loosen() -> None:
    """The same indexes, but plain ones: a constraint cannot be dropped and made again at will."""
    with connection.schema_editor() as editor:
        for rule in SavedBeat._meta.constraints:
            editor.remove_constraint(SavedBeat, rule)
        for index in SavedBeat._meta.indexes:
            editor.remove_index(SavedBeat, index)
    if POSTGRESQL:
        execute("ALTER TABLE saved_beats DROP CONSTRAINT saved_beats_pkey")
    for kept in KEPT:
        kept.make()


def collect(name: str, number: int, wanted: int, until: float, saves: int) -> None:
    """An artist of that name takes over rows from all over that part of the ledger."""
    some = range(1 + number, int(saves * until), max(1, int(saves * until) // (2 * wanted)))
    rows = SavedBeat.objects.filter(pk__in=some)
    by_beat = dict(rows.values_list("beat", "pk"))  # nobody has a beat twice
    chosen = list(by_beat.values())[:wanted]
    artist = Artist.objects.create(username=name)
    SavedBeat.objects.filter(pk__in=chosen).update(artist=artist)


def without_and_with(index: Index, work: Callable[[], None], runs: int) -> tuple[float, float]:
    """Medians in milliseconds, in turns; whatever is done is undone."""
    pairs = [(undone(work, index), undone(work, index.rival)) for _ in range(runs + 1)][1:]
    return median(pair[0] for pair in pairs), median(pair[1] for pair in pairs)


def undone(work: Callable[[], None], dropped: Index | None = None) -> float:
    with transaction.atomic():
        if dropped:
            dropped.drop()
        SavedBeat.objects.filter(pk=0).exists()  # PostgreSQL learns what there is
        took = timed(lambda: committed(work))
        transaction.set_rollback(True)
    return took


def committed(work: Callable[[], None]) -> None:
    work()
    if POSTGRESQL:  # where foreign keys are checked at the end
        execute("SET CONSTRAINTS ALL IMMEDIATE")


def measure_served(table: Table, index: Index, runs: int) -> None:
    if not index.kept:
        index.make()
    place = f" in place of {index.rival.name}" if index.rival else ""
    for work in index.serves:
        without, with_it = without_and_with(index, work, runs)
        what = work.__name__.replace("_", " ")
        table.add(f"{what}, without / with {index.name}{place}", without, with_it, "ms")
    table.add(f"size of {index.name} / of the ledger", size(index.name), size("saved_beats"), "MB")
    if not index.kept:
        index.drop()


def size(name: str) -> float:
    if POSTGRESQL:
        return ask(f"SELECT pg_relation_size('{name}')") / 1e6
    return ask(f"SELECT sum(pgsize) FROM dbstat WHERE name = '{name}'") / 1e6


def measure_hearts(table: Table, index: Index, rows: Iterator[Row], rounds: int) -> None:
    figures: dict[bool, list[tuple[float, float]]] = {True: [], False: []}  # by: is it there?
    for _ in range(rounds):
        figures[index.kept].append(hearts(rows))
        (index.drop if index.kept else index.make)()
        figures[not index.kept].append(hearts(rows))
        (index.make if index.kept else index.drop)()
    (without, less), (with_it, more) = (
        map(median, zip(*figures[there], strict=True)) for there in (False, True)
    )
    table.add(f"a ♡, without / with {index.name}", without, with_it, "µs")
    if POSTGRESQL:
        table.add(f"log of a ♡, without / with {index.name}", less, more, "bytes")


def hearts(rows: Iterator[Row], number: int = 1_000) -> tuple[float, float]:
    """Of one ♡, each in a transaction: microseconds, and bytes of PostgreSQL's log."""
    if POSTGRESQL:
        execute("CHECKPOINT")  # so that each turn logs the pages that it touches whole, once
    before, began = logged(), perf_counter()
    for artist, beat, *_ in islice(rows, number):
        assert Artist(pk=artist).save_at_once(f"beat{beat}", AT)
    took = perf_counter() - began
    return took / number * 1e6, (logged() - before) / number


def logged() -> float:
    return float(ask("SELECT pg_current_wal_lsn() - '0/0'::pg_lsn")) if POSTGRESQL else 0


def measure_vacuum(table: Table, rows: Iterator[Row]) -> str:
    """The board of a week that no VACUUM has been at, as is normal for the newest by default."""
    began = datetime.now(UTC)
    hearts(rows, UNSEEN)
    week = Window("7d", began, datetime.now(UTC))
    before, visits = looked(week)
    took = timed(lambda: execute("VACUUM saved_beats"))
    after, visits_after = looked(week)
    table.add(f"board of {UNSEEN:,} new ♡, before / after a VACUUM", before, after, "ms")
    return (
        f"The board of new ♡ looked {visits:,} times into the table before the VACUUM and "
        f"{visits_after:,} times after it; the VACUUM took {took:.0f} ms. Left to itself "
        "PostgreSQL waits until a fifth of the ledger is new, which is longer than the newest week "
        "lasts: the ledger's own setting lets it come after every 10,000 ♡."
    )


def looked(week: Window) -> tuple[float, int]:
    """Milliseconds of a board, and how often its index had to look into the table."""
    lens = LENSES["producers"]
    took = median(timed(lambda: board(lens, week)) for _ in range(30))
    plan = counted(lens, WHOLE).within(week).explain(analyze=True)
    return took, int(plan.partition("Heap Fetches: ")[2].split()[0])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--saves", type=int, default=1_000_000)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--rounds", type=int, default=5, help="of 1,000 ♡ without, and with")
    options = parser.parse_args()
    prepare(options.saves)
    # The ledger goes on where it ended: who saves what next.
    rows = islice(ledger(options.saves * 2, options.saves // 33, 1), options.saves, None)
    table = Table(f"Indexes: {connection.vendor}, {options.saves:,} saves")
    for index in MEASURED:
        measure_served(table, index, options.runs)
    settle()
    for index in MEASURED:
        measure_hearts(table, index, rows, options.rounds)
    notes = [index.verdict for index in INDEXES]
    if POSTGRESQL:
        settle()
        notes += ["", measure_vacuum(table, rows)]
    table.notes = "\n".join(notes)
    print(table.notes)
    table.write()


if __name__ == "__main__":
    main()
