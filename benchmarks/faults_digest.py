"""Do to the daily run what can happen to it, and count what is lost, doubled or halved.

    python benchmarks/faults_digest.py
    python tests/postgres.py python benchmarks/faults_digest.py
    python benchmarks/faults_digest.py kills crowds --times 20

Real processes, on loopback only, each fault so many times. It works in the database of
DATABASE_URL, which must be empty, or in a SQLite file of its own; it exits 1 when anything is not
as promised. With --write the table goes into docs/RELIABILITY.md, in the place of what it told of
these faults; with --add, and another --seed, the counts are added to that.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from random import Random

from faults import clocks, commits, crowds, kills, leases, mails, restarts, space
from faults.world import Count, prepare
from setup import HERE, connection

from studiomode.beats.commands import Progress

PAPER = HERE.parent / "docs" / "RELIABILITY.md"
DATABASES = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}
ROW = re.compile(r"\| (?P<fault>\S+) \| (?P<what>.+) \| (?P<seen>[\d,]+) \| (?P<allowed>[\d,]*) \|")
HEAD = ["| fault | what was counted | seen | allowed |", "|---|---|---|---|"]


@dataclass(frozen=True)
class Fault:
    """`inject` does it `times` times and tells what it counted."""

    name: str
    times: int
    inject: Callable[[int, Random, Callable[[int, int], None]], Iterable[Count]]
    on: tuple[str, ...] = ("sqlite", "postgresql")

    def counts(self, times: int | None, seed: int) -> list[Count]:
        progress = Progress(sys.stderr, self.name)
        counts = list(self.inject(times or self.times, Random(seed), progress.tell))
        progress.end()
        return counts

    def row(self, count: Count) -> str:
        allowed = "" if count.allowed is None else f"{count.allowed:,}"
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
        counts = fault.counts(options.times, options.seed)
        print("\n".join(map(fault.row, counts)), flush=True)
        is_good &= all(count.is_good for count in counts)
        if options.write or options.add:
            write(fault, counts, add=options.add)
    return 0 if is_good else 1


def write(fault: Fault, counts: list[Count], *, add: bool) -> None:
    """Into the database's section, the last one, beside what it tells of other faults."""
    title = f"Seen on {DATABASES[connection.vendor]}"
    head, *sections = PAPER.read_text().split("\n## ")
    others = [section for section in sections if not section.startswith(f"{title}\n")]
    told = "".join(set(sections) - set(others)).splitlines()
    before = [row for line in told if (row := ROW.fullmatch(line)) and row["fault"] in NAMES]
    if add:
        counts = added(counts, [row for row in before if row["fault"] == fault.name])
    rows = [(row["fault"], row[0]) for row in before if row["fault"] != fault.name]
    rows += [(fault.name, fault.row(count)) for count in counts]
    rows.sort(key=lambda named: NAMES.index(named[0]))
    own = "\n".join([title, "", *HEAD, *(row for _, row in rows), ""])
    PAPER.write_text("\n## ".join([head.rstrip() + "\n", *others, own]))


def added(counts: list[Count], before: list[re.Match[str]]) -> list[Count]:
    found = {
        row["what"]: Count(row["what"], number(row["seen"]), number(row["allowed"]))
        for row in before
    }
    return [count.plus(found.get(count.what, Count(count.what, 0))) for count in counts]


def number(written: str) -> int:
    return int(written.replace(",", "") or 0)


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("fault", nargs="*", type=known, help=f"of {', '.join(NAMES)}; all")
    parser.add_argument("--times", type=int, help="each; default: as many as RELIABILITY.md tells")
    parser.add_argument("--seed", type=int, default=20260506)
    parser.add_argument("--write", action="store_true", help="into docs/RELIABILITY.md")
    parser.add_argument("--add", action="store_true", help="to what is told there of the fault")
    return parser.parse_args()


def known(name: str) -> str:
    if name not in NAMES:
        raise argparse.ArgumentTypeError(f"{name} is unknown. Allowed: {', '.join(NAMES)}.")
    return name


if __name__ == "__main__":
    sys.exit(main())
