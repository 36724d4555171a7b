"""DESIGN, law 9: the run that holds the lease is stopped, killed or goes on, and another comes."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from datetime import timedelta
from random import Random
from time import perf_counter, sleep

from studiomode.beats import leases
from studiomode.digest.models import DigestRun

from .world import LAST, Count, Process, Tally, begin_again, run_digest, whole_run, written

FATES = (signal.SIGCONT, signal.SIGKILL)


def inject(times: int, chance: Random, tell: Callable[[int, int], None]) -> Iterator[Count]:
    expected, longest = whole_run()
    tally, slowest = Tally(expected), 0.0
    while tally["stopped"] < times:
        slowest = max(slowest, one_holder(chance.uniform(0, longest), tally))
        tell(tally["stopped"], times)
    yield Count("holders stopped (SIGSTOP) at a random moment", tally["stopped"], None)
    yield Count("of them killed then, the others went on", tally["killed"], None)
    yield Count("runs beside a living holder that did not exit 0 saying so", tally["not told"])
    yield Count("longest wait of one of those, ms", round(slowest * 1000), None, is_worst=True)
    yield Count("runs beside a silent living one that did not exit 1 naming it", tally["unnamed"])
    yield Count("holders that went on and failed", tally["failed"])
    yield Count("dead holders' leases not taken over at once", tally["not taken"])
    yield from tally.compared()


def one_holder(after: float, tally: Tally) -> float:
    """Seconds that the run beside it took; 0 where the holder had not begun, or had ended."""
    begin_again()
    holder = Process()
    sleep(after)
    holder.send(signal.SIGSTOP)
    if holder.has_ended() or not holds(holder):
        holder.send(signal.SIGCONT)
        holder.ended()
        return 0
    seconds = meet(holder, tally)
    decide(holder, FATES[tally["stopped"] % 2], tally)
    tally["stopped"] += 1
    tally.compare(written())
    return seconds


def holds(holder: Process) -> bool:
    return DigestRun.objects.filter(date=LAST, pid=holder.pid, ended_at=None).exists()


def meet(holder: Process, tally: Tally) -> float:
    began = perf_counter()
    beside = Process()
    code = beside.ended()
    seconds = perf_counter() - began
    named = f"process {holder.pid} "
    tally["not told"] += code != 0 or named not in beside.said
    impatient = Process(run_impatiently)
    tally["unnamed"] += impatient.ended() != 1 or named not in impatient.said
    return seconds


def run_impatiently() -> None:
    """A minute of silence is over at once."""
    leases.SILENCE = timedelta(0)
    run_digest()


def decide(holder: Process, fate: signal.Signals, tally: Tally) -> None:
    holder.send(fate)
    code = holder.ended()
    if fate == signal.SIGCONT:
        tally["failed"] += code != 0
        return
    tally["killed"] += 1
    heir = Process()
    taken = heir.ended() == 0 and f"Before: The daily run of {LAST} died" in heir.said
    tally["not taken"] += not taken
