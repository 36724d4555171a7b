"""F7: PostgreSQL fails (`pg_ctl restart --mode immediate`) while the daily run is under way."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from random import Random
from time import sleep

from setup import connection

from tests.postgres import restart

from .world import HUNG, ODD, Count, Process, Tally, begin_again, half_days, whole_run, written


def inject(times: int, chance: Random, tell: Callable[[int, int], None]) -> Iterator[Count]:
    lose_no_commit()
    expected, longest = whole_run()
    tally = Tally(expected)
    while tally["restarts"] < times:
        fail_once(chance.uniform(0, longest), tally)
        tell(tally["restarts"], times)
    yield Count("restarts during a run", tally["restarts"], None)
    yield Count("runs that went on all the same", tally["unmoved"], None)
    yield Count("runs that hung, or ended in a traceback", tally["odd"])
    yield Count("days left half by a restart", tally["half"])
    yield Count("runs after a restart that failed", tally["failed"])
    yield from tally.compared()


def lose_no_commit() -> None:
    """As in production: a server made for tests forgets the last commits when it fails."""
    with connection.cursor() as cursor:
        cursor.execute("ALTER SYSTEM SET synchronous_commit = on")
        cursor.execute("SELECT pg_reload_conf()")


def fail_once(after: float, tally: Tally) -> None:
    begin_again()
    run = Process()
    sleep(after)
    if run.has_ended():
        return
    connection.close()
    restart(os.environ["DATABASE_URL"])
    code = run.ended()
    tally["restarts"] += 1
    tally["unmoved"] += code == 0
    tally["odd"] += code in (HUNG, ODD)
    tally["half"] += half_days(written(), tally.expected)
    tally["failed"] += Process().ended() != 0
    tally.compare(written())
