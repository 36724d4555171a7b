"""F2: five runs are started at once, of a day that is new, has died, or has failed."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from random import Random
from time import perf_counter
from typing import Any

from studiomode.digest.models import DigestRun

from .world import FIRST, LAST, Count, Process, Tally, begin_again, run_digest, whole_run, written

AT_ONCE = 5
DONE, UNDER_WAY = f"The daily run of {LAST} is complete.", "is under way"


def inject(times: int, chance: Random, tell: Callable[[int, int], None]) -> Iterator[Count]:
    tally = Tally(whole_run()[0])
    waits: list[float] = []
    for number in range(times):
        begin_again()
        BEGINNINGS[number % len(BEGINNINGS)]()
        waits += one_round(tally)
        tally.compare(written())
        tell(number + 1, times)
    yield Count(f"rounds of {AT_ONCE} runs started at once", times, None)
    yield Count("rounds in which none did the work", tally["undone"])
    yield Count("runs that neither did it nor said who does, or failed", tally["odd"])
    yield Count("runs that said another is under way", tally["others"], None)
    yield Count(
        "longest wait of one of those, ms", round(max(waits, default=0) * 1000), None, is_worst=True
    )
    yield from tally.compared()


def new() -> None:
    """No row yet."""


def died() -> None:
    """Killed before its first chore: a lease to be taken over."""
    leave_behind(ended_at=None)


def failed() -> None:
    """A lease to be taken again."""
    leave_behind(failures=1)


BEGINNINGS: tuple[Callable[[], None], ...] = (new, died, failed)


def leave_behind(**values: Any) -> None:
    """A run of LAST whose process is gone."""
    run = DigestRun.objects.get(date=FIRST)
    given = {"pk": None, "date": LAST, "completed_at": None, "pid_started": 1.0, **values}
    for name, value in given.items():
        setattr(run, name, value)
    run.save(force_insert=True)


def one_round(tally: Tally) -> list[float]:
    """Seconds that those waited who were not the first."""
    gate, opener = os.pipe()
    runs = [Process(lambda: run_behind(gate, opener)) for _ in range(AT_ONCE)]
    os.close(gate)
    os.close(opener)  # whereupon all of them go
    codes = [run.ended() for run in runs]
    others = [run for run in runs if UNDER_WAY in run.said]
    tally["others"] += len(others)
    tally["undone"] += not any(DONE in run.said for run in runs)
    tally["odd"] += sum(
        code != 0 or not (DONE in run.said or UNDER_WAY in run.said)
        for code, run in zip(codes, runs, strict=True)
    )
    return [float(run.said.split()[-1]) for run in others]


def run_behind(gate: int, opener: int) -> None:
    os.close(opener)
    os.read(gate, 1)
    began = perf_counter()
    run_digest()
    print(perf_counter() - began)
