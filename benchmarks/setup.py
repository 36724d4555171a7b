"""What the benchmarks share: Django on a database of their own, progress, fair timing."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from time import monotonic, perf_counter
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
os.environ["DEBUG"] = "on"
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "studiomode.settings")
FOLDER = tempfile.TemporaryDirectory(prefix="bench-")
os.environ.setdefault("DATABASE_URL", f"sqlite:///{FOLDER.name}/bench.sqlite3")

import django  # noqa: E402
from django.conf import settings  # noqa: E402

django.setup()
settings.DEBUG = False  # which would remember every statement

from django.core.management import call_command  # noqa: E402
from django.db import connection  # noqa: E402

__all__ = ["Table", "call_command", "compared", "connection", "progress"]
PAPER = Path(__file__).resolve().parent.parent / "docs" / "PERFORMANCE.md"
HEAD = [
    "| what / its reference | ours | reference | unit | ratio | at most |",
    "|---|---|---|---|---|---|",
]


@dataclass
class Table:
    """A section of docs/PERFORMANCE.md, which `write` puts in the place of an older one."""

    title: str
    rows: list[str] = field(default_factory=list)
    notes: str = ""  # below the table

    def compare(
        self,
        name: str,
        ours: Callable[[], Any],
        reference: Callable[[], Any],
        *,
        runs: int = 15,
        at_most: float | None = None,
    ) -> float:
        """Time both in turns; a line with the medians in milliseconds. Returns ours."""
        mine, theirs = compared(ours, reference, runs)
        self.add(name, mine, theirs, "ms", at_most)
        return mine

    def add(
        self, name: str, mine: float, theirs: float, unit: str, at_most: float | None = None
    ) -> None:
        """A line of two figures that were measured in this run, told as it comes."""
        ratio = mine / theirs
        goal = "" if at_most is None else f"{at_most:g}"
        if at_most is not None and ratio > at_most:
            goal += ", **not reached**"
        self.rows.append(
            f"| {name} | {mine:,.1f} | {theirs:,.1f} | {unit} | {ratio:.2f} | {goal} |"
        )
        print(self.rows[-1], flush=True)

    def write(self) -> None:
        head, *sections = PAPER.read_text().split("\n## ")
        kept = [section for section in sections if not section.startswith(f"{self.title}\n")]
        own = "\n".join([self.title, "", *HEAD, *self.rows, "", *self.notes.splitlines()])
        PAPER.write_text("\n## ".join([head, *sorted([*kept, own.rstrip() + "\n"])]))


def verdict(ratio: float, at_most: float | None) -> str:
    if at_most is None:
        return ""
    return f"{at_most:g}" if ratio <= at_most else f"{at_most:g}, **not reached**"


def progress(what: str, rows: Iterable[Any], total: int) -> Iterator[Any]:
    """The rows, saying on standard error how many there have been."""
    told = monotonic()
    for number, row in enumerate(rows, start=1):
        yield row
        if number % 10_000 == 0 and monotonic() - told > 2:
            told = monotonic()
            print(f"\r{what}: {number:,} of {total:,}", end="", file=sys.stderr, flush=True)
    print(f"\r{what}: {total:,}".ljust(40), file=sys.stderr)


def compared(
    ours: Callable[[], Any], reference: Callable[[], Any], runs: int = 15
) -> tuple[float, float]:
    """Medians in milliseconds, taken in turns, so that a machine's moods meet both alike."""
    pairs = [(timed(ours), timed(reference)) for _ in range(runs + 1)][1:]
    return median(pair[0] for pair in pairs), median(pair[1] for pair in pairs)


def timed(work: Callable[[], Any]) -> float:
    began = perf_counter()
    work()
    return (perf_counter() - began) * 1000
