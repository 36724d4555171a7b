"""`import_saves` of a CSV file beside the database's own way of taking the same rows in.

    python benchmarks/imports.py --rows 1000000
    python tests/postgres.py python benchmarks/imports.py --rows 10000000

The database of DATABASE_URL must be empty (a SQLite file of its own without one). The table is
printed and takes its section's place in docs/PERFORMANCE.md.
"""

from __future__ import annotations

import argparse
import csv
import os
import secrets
import subprocess
import sys
from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import islice
from pathlib import Path

from django.db import transaction
from ledger import AT, COLUMNS, ledger
from setup import FOLDER, Table, call_command, connection, progress, timed

from studiomode.beats.imports import COLUMNS as NAMES
from studiomode.beats.models import Artist, Beat, SavedBeat

ROOT = Path(__file__).resolve().parent.parent
AT_MOST, FLAT = 5, 1.2
NOTES = """
Each side starts on an empty `saved_beats` with all its indexes and foreign keys. The reference has
nothing to check or to look up: it takes the rows as the import left them, with their ids, through
{reference} in one transaction. The import is `manage.py import_saves` in a process of its own, from
its start to its end: CSV, checks, keys looked up, batches. Into an empty house it also brings
{artists:,} artists and {beats:,} beats, whose keys the database checks. Memory is that process's
peak, its reference the peak at a tenth of the rows.
"""
# A parent of its own, since what a process forks from counts towards its peak.
PEAK = """
import resource, subprocess, sys
subprocess.run(sys.argv[1:], check=True)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024)
"""
PRODUCTION = {
    "DEBUG": "off",
    "SECRET_KEY": secrets.token_urlsafe(50),
    "SITE_URL": "https://studiomode.example",
}
RESOLVED = f"SELECT {','.join(COLUMNS)} FROM saved_beats ORDER BY id"


def write_csv(path: Path, rows: int) -> None:
    """In the order of `saved_at`, three of a hundred in the last week."""
    published = zulu(AT - timedelta(days=400))
    saves = progress("rows written", ledger(rows, rows * 3 // 100, seed=1), rows)
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(NAMES)
        for artist, beat, producer, genre, moment in saves:
            names = f"artist{artist}", f"beat{beat}", f"Beat {beat}", f"dj{producer}"
            writer.writerow((*names, f"genre{genre}", published, zulu(moment)))


def zulu(moment: datetime) -> str:
    return moment.isoformat().replace("+00:00", "Z")


def write_tenth(whole: Path, path: Path, rows: int) -> None:
    with whole.open() as file, path.open("w") as tenth:
        tenth.writelines(islice(file, 1 + rows // 10))


def copy_out(path: Path) -> None:
    question = f"COPY ({RESOLVED}) TO STDOUT"
    with connection.cursor() as cursor, path.open("wb") as file, cursor.copy(question) as stream:
        file.writelines(stream)


def copy_in(path: Path) -> None:
    statement = f"COPY saved_beats ({','.join(COLUMNS)}) FROM STDIN"
    with connection.cursor() as cursor, path.open("rb") as file, cursor.copy(statement) as stream:
        while block := file.read(2**18):
            stream.write(block)


def write_out(path: Path) -> None:
    with connection.cursor() as cursor, path.open("w", newline="") as file:
        csv.writer(file).writerows(cursor.execute(RESOLVED))


def insert_in(path: Path) -> None:
    marks = ",".join("?" * len(COLUMNS))
    statement = f"INSERT INTO saved_beats ({','.join(COLUMNS)}) VALUES ({marks})"
    with transaction.atomic(), path.open(newline="") as file:
        # sqlite3's own: Django's would keep every row until the last.
        connection.connection.executemany(statement, csv.reader(file))


Way = Callable[[Path], None]
WAYS: dict[str, tuple[str, Way, Way]] = {
    "postgresql": ("COPY", copy_out, copy_in),
    "sqlite": ("executemany", write_out, insert_in),
}


def empty_ledger() -> None:
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("TRUNCATE saved_beats")
            cursor.execute("CHECKPOINT")  # nobody pays for what another has written
        else:
            cursor.execute("DELETE FROM saved_beats")
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def empty_house() -> None:
    call_command("flush", verbosity=0, interactive=False)
    empty_ledger()


def importing(path: Path, rows: int) -> tuple[float, float]:
    """Seconds, and the peak of memory in MB."""
    command = [sys.executable, "-c", PEAK, sys.executable, "manage.py", "import_saves", path]
    peak = 0.0

    def run() -> None:
        nonlocal peak
        environment = os.environ | PRODUCTION
        out = subprocess.check_output(command, cwd=ROOT, env=environment, text=True)
        assert f"Imported {rows:,} saves" in out, out
        peak = float(out.split()[-1])

    return timed(run) / 1000, peak


def measure(rows: int) -> Table:
    reference, keep, load = WAYS[connection.vendor]
    whole, tenth, resolved = (Path(FOLDER.name) / name for name in ("whole", "tenth", "resolved"))
    table = Table(f"Imports: {connection.vendor}, {rows:,} rows")
    write_csv(whole, rows)
    write_tenth(whole, tenth, rows)
    empty_house()
    _, little = importing(tenth, rows // 10)
    empty_house()
    new, peak = importing(whole, rows)
    table.add("peak memory of import_saves / at a tenth of the rows", peak, little, "MB", FLAT)
    keep(resolved)
    empty_ledger()
    bar = timed(lambda: load(resolved)) / 1000
    assert SavedBeat.objects.count() == rows
    table.add(f"import_saves into an empty house / {reference}", new, bar, "s", AT_MOST)
    empty_ledger()
    known, _ = importing(whole, rows)
    table.add(f"import_saves, all names known / {reference}", known, bar, "s", AT_MOST)
    table.notes = notes(reference)
    return table


def notes(reference: str) -> str:
    counts = {"artists": Artist.objects.count(), "beats": Beat.objects.count()}
    return NOTES.format(reference=reference, **counts).strip()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rows", type=int, default=1_000_000)
    options = parser.parse_args()
    call_command("migrate", verbosity=0)
    if Artist.objects.exists() or Beat.objects.exists():
        sys.exit("The database of DATABASE_URL is not empty. Everything in it would be deleted.")
    measure(options.rows).write()


if __name__ == "__main__":
    main()
