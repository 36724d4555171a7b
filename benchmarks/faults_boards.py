"""Kill a process that refreshes stored boards, ask again, and count what stays stuck or is wrong.

    python benchmarks/faults_boards.py --kills 200
    python tests/postgres.py python benchmarks/faults_boards.py --kills 200

Half of the kills meet a refresh of stale boards, half the first computing of boards that nobody
has stored yet. It works in the database of DATABASE_URL, which must be empty, or in a SQLite file
of its own. With --write the table takes its section's place in docs/PERFORMANCE.md.
"""

from __future__ import annotations

import argparse
import os
import random
import signal
import sys
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from time import perf_counter, sleep

from faults.world import AT, call_command, connection, fill
from setup import Table

from leaderboards.answers import Answer, answer, from_ledger
from leaderboards.lenses import LENSES
from leaderboards.models import StoredRecap
from leaderboards.questions import Question
from studiomode.beats.afterwards import do, taken
from studiomode.beats.commands import Progress
from studiomode.beats.windows import window

NOW = AT - timedelta(hours=1)
STALE = timedelta(seconds=60)
EVERYBODY = tuple(LENSES.values())
WRONG = ("answers wrong after the kill", "refreshes left stuck")


def asked() -> Question:
    return Question(NOW, NOW, window(None, NOW), limit=10, offset=0, is_live=True)


def request() -> Answer:
    """As a request has it: what is due is done after the answer."""
    found = answer(asked(), *EVERYBODY)
    do(taken())
    return found


def begin_stale() -> None:
    begin_cold()
    request()
    StoredRecap.objects.update(at=NOW - STALE)


def begin_cold() -> None:
    StoredRecap.objects.all().delete()


BEGINNINGS: tuple[Callable[[], None], ...] = (begin_stale, begin_cold)


def started() -> int:
    """The pid of a process of its own that asks."""
    connection.close()
    pid = os.fork()
    if pid:
        return pid
    try:
        request()
        os._exit(0)
    except BaseException:
        os._exit(1)


def killed(after: float) -> bool:
    """Whether the kill came in time."""
    pid = started()
    sleep(after)
    os.kill(pid, signal.SIGKILL)
    return os.WIFSIGNALED(os.waitpid(pid, 0)[1])


def duration() -> float:
    begin_stale()
    began = perf_counter()
    os.waitpid(started(), 0)
    return perf_counter() - began


def campaign(kills: int, seed: int) -> Counter[str]:
    expected = from_ledger(asked(), EVERYBODY).boards
    chance, longest = random.Random(seed), duration()
    progress = Progress(sys.stderr, "kills")
    counts: Counter[str] = Counter()
    while counts["kills"] < kills:
        BEGINNINGS[counts["kills"] % 2]()
        if not killed(chance.uniform(0, longest)):
            continue
        counts["kills"] += 1
        counts["of them while the lease was held"] += StoredRecap.objects.filter(
            ended_at=None
        ).exists()
        counts["answers wrong after the kill"] += is_wrong(request(), expected)
        counts["refreshes left stuck"] += is_stuck()
        progress.tell(counts["kills"], kills)
    return counts


def is_wrong(found: Answer, expected: dict) -> bool:
    """What was stored before the kill is a minute older: the same window, nearly."""
    return found.generated_at == NOW and found.boards != expected


def is_stuck() -> bool:
    """Not refreshed by the first request after the kill, though nobody else is at it."""
    found = StoredRecap.objects.get()
    return found.at != NOW or not found.has(EVERYBODY) or found.is_held()


def tell(counts: Counter[str], *, write: bool) -> None:
    table = Table(f"Killed refreshes of stored boards: {connection.vendor}")
    for what in ("of them while the lease was held", *WRONG):
        at_most = 0 if what in WRONG else None
        table.add(f"{what} / kills", counts[what], counts["kills"], "times", at_most)
    if write:
        table.write()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--seed", type=int, default=20260506)
    parser.add_argument("--write", action="store_true", help="into docs/PERFORMANCE.md")
    options = parser.parse_args()
    call_command("migrate", verbosity=0)
    fill(random.Random(options.seed))
    counts = campaign(options.kills, options.seed)
    tell(counts, write=options.write)
    return 1 if any(counts[what] for what in WRONG) else 0


if __name__ == "__main__":
    sys.exit(main())
