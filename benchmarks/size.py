"""What a board costs when the ledger grows and its window does not: two ledgers, in turns.

    python tests/postgres.py python benchmarks/size.py --small 1000000 --large 50000000

Both ledgers are made on the server of DATABASE_URL, a PostgreSQL, in databases of their own; a
process for each answers the same questions one after the other. Fifty million saves take about a
quarter of an hour to make, and 15 GB.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from statistics import median
from subprocess import PIPE

from ledger import AT, fill
from setup import HERE, Table, call_command, connection, timed

from leaderboards.boards import board
from leaderboards.lenses import LENSES
from studiomode.beats.windows import window


class Ledger:
    """A database of its own with so many saves, and the process that times boards in it."""

    def __init__(self, saves: int, week: int) -> None:
        name = f"ledger_{saves}"
        with connection.cursor() as cursor:
            cursor.execute(f"CREATE DATABASE {name}")
        command = [sys.executable, HERE / "size.py", "--answer", str(saves), "--week", str(week)]
        url = os.environ["DATABASE_URL"].rpartition("/")[0] + f"/{name}"
        self.process = subprocess.Popen(
            command, env=os.environ | {"DATABASE_URL": url}, stdin=PIPE, stdout=PIPE, text=True
        )
        assert self.answer() == "ready"

    def ask(self, lens: str) -> float:
        """The milliseconds that the board took."""
        assert self.process.stdin
        print(lens, file=self.process.stdin, flush=True)
        return float(self.answer())

    def answer(self) -> str:
        assert self.process.stdout
        return self.process.stdout.readline().strip()

    def close(self) -> None:
        self.process.communicate()


def answer(saves: int, week: int) -> None:
    """Make the ledger, then time the boards whose lenses come on standard input."""
    call_command("migrate", verbosity=0)
    fill(saves, week)
    print("ready", flush=True)
    for line in sys.stdin:
        lens = LENSES[line.strip()]
        print(timed(lambda lens=lens: board(lens, window(None, AT))), flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--small", type=int, default=1_000_000)
    parser.add_argument("--large", type=int, default=50_000_000)
    parser.add_argument("--week", type=int, default=300_000)
    parser.add_argument("--runs", type=int, default=15)
    parser.add_argument("--answer", type=int, metavar="SAVES", help="for the processes it starts")
    options = parser.parse_args()
    if options.answer:
        return answer(options.answer, options.week)
    ledgers = [Ledger(saves, options.week) for saves in (options.large, options.small)]
    sizes = f"{options.large:,} saves / {options.small:,}"
    table = Table(f"Size: {connection.vendor}, {options.week:,} saves in the week of either ledger")
    for lens in LENSES:
        rounds = [[ledger.ask(lens) for ledger in ledgers] for _ in range(options.runs + 1)][1:]
        large, small = (median(times) for times in zip(*rounds, strict=True))
        table.add(f"board of {lens}: {sizes}", large, small, "ms", 1.3)
    for ledger in ledgers:
        ledger.close()
    table.write()
    return None


if __name__ == "__main__":
    main()
