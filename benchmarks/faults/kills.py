"""F1: the daily run is killed at a random moment, and run again."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from random import Random

from .world import Count, Process, Tally, begin_again, half_days, whole_run, written


def inject(times: int, chance: Random, tell: Callable[[int, int], None]) -> Iterator[Count]:
    expected, longest = whole_run()
    tally = Tally(expected)
    while tally["kills"] < times:
        kill_one(chance.uniform(0, longest), tally)
        tell(tally["kills"], times)
    yield Count("kills", tally["kills"], None)
    yield Count("days left half by a kill", tally["half"])
    yield Count("runs after a kill that failed", tally["failed"])
    yield from tally.compared()


def kill_one(after: float, tally: Tally) -> None:
    begin_again()
    if not Process().killed(after):
        return  # it had ended
    tally["kills"] += 1
    tally["half"] += half_days(written(), tally.expected)
    tally["failed"] += Process().ended() != 0
    tally.compare(written())
