"""What the benchmarks share: Django on a database of their own, progress, fair timing."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator
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

__all__ = ["call_command", "compared", "connection", "progress"]


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
