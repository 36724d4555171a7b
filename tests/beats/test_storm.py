"""Many artists, or one with many devices, saving and un-saving one beat over HTTP at once."""

from __future__ import annotations

import http.client
import json
import random
import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import pytest
from django.db import connection

from .conftest import House

THREADS, TURNS = (50, 12) if connection.vendor == "postgresql" else (12, 6)
TOKEN = "a" * 32
SEED = f"""
from importlib import import_module
from json import dumps
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from studiomode.beats.models import Artist, Beat, Genre, Producer

Session = import_module(settings.SESSION_ENGINE).SessionStore
producer = Producer.objects.create(handle="dj-a", name="DJ A")
genre = Genre.objects.create(slug="house", name="House")
Beat.objects.create(slug="slow-burn", title="Slow Burn", producer=producer, genre=genre,
                    published_at="2026-01-01T00:00:00Z")
keys = []
for number in range({THREADS}):
    artist = Artist.objects.create(username=f"fan{{number}}", password="!")
    session = Session()
    session[SESSION_KEY] = str(artist.pk)
    session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    session[HASH_SESSION_KEY] = artist.get_session_auth_hash()
    session.create()
    keys.append(session.session_key)
print(dumps(keys))
"""


@pytest.fixture
def sessions(house: House) -> list[str]:
    """The session keys of as many artists as there are threads."""
    code, out, err = house.manage("shell", "--no-imports", "-c", SEED)
    assert code == 0, err
    return json.loads(out.splitlines()[-1])


@pytest.fixture
def port(house: House, sessions: list[str]) -> Iterator[int]:
    """Of a production server of two processes, with threads for all of us."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        number = free.getsockname()[1]
    server = house.start(
        "-m", "gunicorn", "studiomode.wsgi", f"--bind=127.0.0.1:{number}", "--workers=2",
        "--threads=25", "--no-control-socket", "--log-level=error",
        stdout=sys.stderr,
    )  # fmt: skip
    wait_for(server, number)
    yield number
    server.terminate()
    server.wait()


def wait_for(server: subprocess.Popen[str], port: int) -> None:
    for _ in range(600):
        assert server.poll() is None, "the server did not start"
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
        time.sleep(0.05)
    raise AssertionError("the server is not there after thirty seconds")


def shout(port: int, session: str, methods: list[str]) -> list[int]:
    """The statuses of these requests on the ♡, one behind the other."""
    client = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    headers = {"Cookie": f"sessionid={session}; csrftoken={TOKEN}", "X-CSRFToken": TOKEN}
    statuses = []
    for method in methods:
        client.request(method, "/api/v1/beats/slow-burn/save/", headers=headers)
        answer = client.getresponse()
        answer.read()
        statuses.append(answer.status)
    client.close()
    return statuses


def storm(port: int, sessions: list[str], turns: list[list[str]]) -> Counter[int]:
    with ThreadPoolExecutor(THREADS) as pool:
        answers = pool.map(shout, [port] * THREADS, sessions, turns)
        return Counter(status for statuses in answers for status in statuses)


def done(turns: list[list[str]]) -> Counter[int]:
    """The statuses when every request is done: a ♡ also tells of its place."""
    return Counter(200 if method == "PUT" else 204 for methods in turns for method in methods)


def ledger(house: House) -> list[tuple[str, int]]:
    """Who has saved the beat, and how often."""
    return house.ask(
        "SELECT username, count(*) FROM saved_beats JOIN beats_artist a ON a.id = artist_id "
        "GROUP BY username ORDER BY username"
    )


def at_random(seed: int) -> list[str]:
    return random.Random(seed).choices(["PUT", "DELETE"], k=TURNS)


def test_one_artist_on_many_devices_has_one_row_or_none(
    house: House, port: int, sessions: list[str]
) -> None:
    turns = [at_random(seed) for seed in range(THREADS)]
    answers = storm(port, [sessions[0]] * THREADS, turns)
    assert answers == done(turns)
    assert ledger(house) in ([], [("fan0", 1)])


def test_one_artist_saving_on_all_devices_has_one_row(
    house: House, port: int, sessions: list[str]
) -> None:
    turns = [["PUT"] * 3] * THREADS
    assert storm(port, [sessions[0]] * THREADS, turns) == done(turns)
    assert ledger(house) == [("fan0", 1)]


def test_each_artist_has_what_they_asked_for_last(
    house: House, port: int, sessions: list[str]
) -> None:
    turns = [at_random(seed) for seed in range(THREADS)]
    answers = storm(port, sessions, turns)
    assert answers == done(turns)
    expected = {f"fan{n}": 1 for n, methods in enumerate(turns) if methods[-1] == "PUT"}
    assert dict(ledger(house)) == expected
