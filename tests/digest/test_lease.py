from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta

import psutil
import pytest
from django.utils import timezone

from studiomode.beats.leases import LeaseLost
from studiomode.digest.models import AlreadyRunning, DigestRun, Stuck
from tests.conftest import AT

DAY = AT.date()


def claim() -> DigestRun:
    return DigestRun.objects.claim(DAY, AT)


@pytest.fixture
def process() -> Iterator[subprocess.Popen[bytes]]:
    """Another process of this machine, alive until it is killed."""
    process = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    yield process
    process.kill()
    process.wait()


def held_by(process: subprocess.Popen[bytes], *, silent: bool = False) -> DigestRun:
    run = claim()
    heartbeat = timezone.now() - timedelta(seconds=120 if silent else 0)
    DigestRun.objects.filter(pk=run.pk).update(
        pid=process.pid,
        pid_started=psutil.Process(process.pid).create_time(),
        heartbeat_at=heartbeat,
    )
    return run


@pytest.mark.django_db
class TestLease:
    def test_the_first_claims_it(self):
        run = claim()
        assert (run.pid, run.host, run.ended_at) == (os.getpid(), socket.gethostname(), None)

    def test_a_living_holder_keeps_it(self, process):
        held_by(process)
        with pytest.raises(AlreadyRunning, match=f"process {process.pid}"):
            claim()

    def test_a_dead_holder_loses_it_at_once(self, process):
        held_by(process)
        process.send_signal(signal.SIGKILL)
        process.wait()
        assert claim().pid == os.getpid()

    def test_a_pid_that_is_another_process_by_now_is_a_dead_holder(self, process):
        run = held_by(process)
        DigestRun.objects.filter(pk=run.pk).update(pid_started=1.0)
        assert claim().pid == os.getpid()

    def test_a_silent_holder_that_lives_is_named(self, process):
        held_by(process, silent=True)
        process.send_signal(signal.SIGSTOP)
        with pytest.raises(Stuck, match=f"process {process.pid} on {socket.gethostname()}"):
            claim()

    def test_a_holder_on_another_host_keeps_it_while_it_beats(self, process):
        run = held_by(process)
        DigestRun.objects.filter(pk=run.pk).update(host="elsewhere")
        with pytest.raises(AlreadyRunning, match="elsewhere"):
            claim()

    def test_a_silent_holder_on_another_host_is_dead(self, process):
        run = held_by(process, silent=True)
        DigestRun.objects.filter(pk=run.pk).update(host="elsewhere")
        assert claim().host == socket.gethostname()

    def test_of_two_who_take_it_over_at_once_the_slower_is_told(self, process):
        claim().end()
        slower = DigestRun.objects.get()
        held_by(process)
        with pytest.raises(AlreadyRunning, match=f"process {process.pid}"):
            slower.take_over(AT)

    def test_a_run_that_has_ended_can_be_run_again(self):
        claim().end()
        assert claim().ended_at is None

    def test_who_has_lost_it_writes_nothing_more(self, process):
        run = held_by(process)
        process.kill()
        process.wait()
        claim()
        for write in (run.show_life, run.end, lambda: run.record_snapshot("beats", DAY, 1)):
            with pytest.raises(LeaseLost):
                write()
        assert DigestRun.objects.get().snapshots == {}
