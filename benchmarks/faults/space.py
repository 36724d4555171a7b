"""F17: SQLite's disk is full. A small disk of its own where we may mount one, else a full file."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from random import Random
from typing import Any
from urllib.parse import quote

from django.db.backends.sqlite3._functions import register
from setup import HERE, connection

from .world import LAST, Count, Tally, begin_again, whole_run, written

SLACK = 4 << 20  # bytes of the disk, beside the database
PAGE = 4096
MOST_LEFT = 150  # pages
PRAGMAS = "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; "
FULL = "database or disk is full"


def inject(times: int, chance: Random, tell: Callable[[int, int], None]) -> Iterator[Count]:
    expected, _ = whole_run()
    tally = Tally(expected)
    begin_again()
    for number in range(times):
        with copied() as disk:
            fill_up(disk, chance, tally)
        tell(number + 1, times)
    yield Count("disks filled up, with little or nothing left", times, None)
    yield Count("of them disks of their own (the others full files)", tally["mounted"], None)
    yield Count("runs that did with what was left", tally["enough"], None)
    yield Count("runs that failed otherwise than by exit 1 with the reason", tally["not told"])
    yield Count("boards that could not be read then", tally["unread"])
    yield Count("databases damaged", tally["damaged"])
    yield Count("runs that failed once there was space", tally["failed"])
    yield from tally.compared()


class Disk:
    """A database on a disk that can be filled up."""

    def __init__(self, folder: Path) -> None:
        self.database = folder / "full.sqlite3"
        self.ballast = folder / "ballast"

    def fill(self, left: int) -> None:
        with suppress(OSError), self.ballast.open("wb", buffering=0) as ballast:
            while ballast.write(bytes(PAGE)):
                pass
        os.truncate(self.ballast, max(0, self.ballast.stat().st_size - left))

    def free(self) -> None:
        self.ballast.unlink()

    @property
    def url(self) -> str:
        return f"sqlite:///{self.database}"


class FullFile(Disk):
    """Where none may be mounted: SQLite itself keeps the file from growing."""

    limit = ""

    def fill(self, left: int) -> None:
        with closing(sqlite3.connect(self.database)) as opened:
            pages = opened.execute("PRAGMA page_count").fetchone()[0]
        self.limit = f"PRAGMA max_page_count={pages + left // PAGE};"

    def free(self) -> None:
        self.limit = ""

    @property
    def url(self) -> str:
        return f"{super().url}?init_command={quote(PRAGMAS + self.limit)}"


@contextmanager
def copied() -> Iterator[Disk]:
    """The campaign's database, on a disk of its own."""
    source = Path(connection.settings_dict["NAME"])
    with tempfile.TemporaryDirectory(prefix="disk-") as folder, mounted(folder, source) as kind:
        disk = kind(Path(folder))
        with (
            closing(sqlite3.connect(source)) as ours,
            closing(sqlite3.connect(disk.database)) as copy,
        ):
            ours.backup(copy)
        yield disk


@contextmanager
def mounted(folder: str, source: Path) -> Iterator[type[Disk]]:
    size = source.stat().st_size + SLACK
    mount = ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", folder]
    if os.geteuid() or subprocess.run(mount, capture_output=True).returncode:
        yield FullFile
        return
    try:
        yield Disk
    finally:
        subprocess.run(["umount", folder], check=True)


def fill_up(disk: Disk, chance: Random, tally: Tally) -> None:
    tally["mounted"] += type(disk) is Disk
    # As a web process has it: a reader who was there before.
    with closing(sqlite3.connect(disk.database)) as reader:
        register(reader)  # the functions that Django's constraints call
        reader.execute("SELECT COUNT(*) FROM saved_beats").fetchone()
        disk.fill(left=chance.randrange(MOST_LEFT) * PAGE)
        run = manage(disk, "daily_digest", "--date", LAST.isoformat())
        tally["enough"] += run.returncode == 0
        tally["not told"] += run.returncode != 0 and not (
            run.returncode == 1 and FULL in run.stderr
        )
        tally["unread"] += manage(disk, "board", "producers").returncode != 0
        tally["damaged"] += reader.execute("PRAGMA integrity_check").fetchall() != [("ok",)]
        disk.free()
        tally["failed"] += manage(disk, "daily_digest", "--date", LAST.isoformat()).returncode != 0
    compare(disk, tally)


def tells_reason(run: subprocess.CompletedProcess[str]) -> bool:
    return run.returncode == 1 and FULL in run.stderr


def manage(disk: Disk, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(HERE.parent / "manage.py"), *arguments],
        env=os.environ | {"DATABASE_URL": disk.url},
        capture_output=True,
        text=True,
    )


def compare(disk: Disk, tally: Tally) -> None:
    """Through our own connection, turned to that database for a moment."""
    own: dict[str, Any] = connection.settings_dict
    name = own["NAME"]
    connection.close()
    own["NAME"] = str(disk.database)
    tally.compare(written())
    connection.close()
    own["NAME"] = name
