"""What the benchmarks share: Django on a database of their own, progress, fair timing."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from time import monotonic, perf_counter, sleep
from typing import Any

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))
os.environ["DEBUG"] = "on"
# What is allowed is counted here as well, and never reached.
os.environ["READS_A_MINUTE"] = os.environ["SAVES_A_MINUTE"] = "99999999"
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "studiomode.settings")
FOLDER = tempfile.TemporaryDirectory(prefix="bench-")
os.environ.setdefault("DATABASE_URL", f"sqlite:///{FOLDER.name}/bench.sqlite3")

import django  # noqa: E402
from django.conf import settings  # noqa: E402

django.setup()
settings.DEBUG = False  # which would remember every statement

from django.core.management import call_command  # noqa: E402
from django.db import connection  # noqa: E402

__all__ = ["Table", "call_command", "compared", "connection", "progress", "put_section", "served"]
PAPER = HERE.parent / "docs" / "PERFORMANCE.md"
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
        put_section(PAPER, self.title, [*HEAD, *self.rows, "", *self.notes.splitlines()])


def put_section(paper: Path, title: str, lines: list[str]) -> None:
    """In the place of an older one of that title."""
    head, *sections = paper.read_text().split("\n## ")
    kept = [section for section in sections if not section.startswith(f"{title}\n")]
    own = "\n".join([title, "", *lines]).rstrip() + "\n"
    paper.write_text("\n## ".join([head.rstrip() + "\n", *sorted([*kept, own])]))


@contextmanager
def served(application: str, *, threads: int, **environment: str) -> Iterator[int]:
    """The port of gunicorn with two workers, from the database of DATABASE_URL."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = int(free.getsockname()[1])
    command = [
        sys.executable, "-m", "gunicorn", application, f"--bind=127.0.0.1:{port}",
        f"--pythonpath={HERE}", "--worker-class=gthread", "--workers=2", f"--threads={threads}",
        "--no-control-socket", "--log-level=error", "--keep-alive=60",
    ]  # fmt: skip
    server = subprocess.Popen(command, cwd=HERE.parent, env=os.environ | environment)
    try:
        wait_for(server, port)
        yield port
    finally:
        server.terminate()
        server.wait()


def wait_for(server: subprocess.Popen[bytes], port: int) -> None:
    for _ in range(600):
        assert server.poll() is None, "the server did not start"
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
        sleep(0.05)
    raise AssertionError("the server is not there after thirty seconds")


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
