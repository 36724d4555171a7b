"""Do to the daily run what can happen to it, and count what is lost, doubled or halved.

    python benchmarks/faults_digest.py
    python tests/postgres.py python benchmarks/faults_digest.py
    python benchmarks/faults_digest.py kills crowds --times 20

Real processes, on loopback only, each fault so many times. It works in the database of
DATABASE_URL, which must be empty, or in a SQLite file of its own; it exits 1 when anything is not
as promised. With --write the table goes into docs/RELIABILITY.md.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from random import Random

from faults import clocks, commits, crowds, kills, leases, mails, restarts, space
from faults.world import Count, prepare
from setup import HERE, connection, put_section

from studiomode.beats.commands import Progress

PAPER = HERE.parent / "docs" / "RELIABILITY.md"
DATABASES = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}
HEAD = ["| fault | what was counted | seen | allowed |", "|---|---|---|---|"]


@dataclass(frozen=True)
class Fault:
    """`inject` does it `times` times and tells what it counted."""

    name: str
    times: int
    inject: Callable[[int, Random, Callable[[int, int], None]], Iterable[Count]]
    on: tuple[str, ...] = ("sqlite", "postgresql")

    def rows(self, times: int | None, seed: int) -> tuple[list[str], bool]:
        """Lines of the table, and whether all is as promised."""
        progress = Progress(sys.stderr, self.name)
        counts = list(self.inject(times or self.times, Random(seed), progress.tell))
        progress.end()
        return [self.row(count) for count in counts], all(count.is_good for count in counts)

    def row(self, count: Count) -> str:
        allowed = "" if count.allowed is None else f"{count.allowed:,g}"
        if not count.is_good:
            allowed += ", **broken**"
        return f"| {self.name} | {count.what} | {count.found:,} | {allowed} |"


FAULTS = (
    Fault("kills", 500, kills.inject),
    Fault("crowds", 100, crowds.inject),
    Fault("leases", 50, leases.inject),
    Fault("mail-servers", 3, mails.misbehave),
    Fault("mail-kills", 100, mails.kill),
    Fault("restarts", 20, restarts.inject, on=("postgresql",)),
    Fault("full-disks", 20, space.inject, on=("sqlite",)),
    Fault("late-commits", 100, commits.inject),
    Fault("zones", len(clocks.DAYS), clocks.zones),
    Fault("clock-jumps", 3, clocks.jumps),
    Fault("clock-steps", 12, clocks.steps),
)
NAMES = [fault.name for fault in FAULTS]


def main() -> int:
    options = arguments()
    here = [fault for fault in FAULTS if connection.vendor in fault.on]
    chosen = [fault for fault in here if fault.name in options.fault] or here
    prepare(options.seed)
    print("\n".join(HEAD), flush=True)
    is_good = True
    for fault in chosen:
        rows, good = fault.rows(options.times, options.seed)
        print("\n".join(rows), flush=True)
        is_good &= good
        if options.write:
            write(fault, rows)
    return 0 if is_good else 1


def write(fault: Fault, rows: list[str]) -> None:
    """Into the database's section, beside what it tells of other faults."""
    title = f"Seen on {DATABASES[connection.vendor]}"
    older = PAPER.read_text().partition(f"\n## {title}\n")[2].partition("\n## ")[0].splitlines()
    rows = rows + [row for row in older if name_in(row) in NAMES and name_in(row) != fault.name]
    put_section(PAPER, title, [*HEAD, *sorted(rows, key=lambda row: NAMES.index(name_in(row)))])


def name_in(row: str) -> str:
    return row.partition(" | ")[0].removeprefix("| ")


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("fault", nargs="*", type=known, help=f"of {', '.join(NAMES)}; all")
    parser.add_argument("--times", type=int, help="each; default: as many as RELIABILITY.md tells")
    parser.add_argument("--seed", type=int, default=20260506)
    parser.add_argument("--write", action="store_true", help="into docs/RELIABILITY.md")
    return parser.parse_args()


def known(name: str) -> str:
    if name not in NAMES:
        raise argparse.ArgumentTypeError(f"{name} is unknown. Allowed: {', '.join(NAMES)}.")
    return name


if __name__ == "__main__":
    sys.exit(main())
