"""Boards are stored for seconds, refreshed after a response, and computed by one at a time."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import psutil
import pytest
import time_machine
from django.core.cache import caches
from django.db import DatabaseError, connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from leaderboards import answers, models
from leaderboards.lenses import LENSES
from leaderboards.models import StoredRecap
from studiomode.beats.models import Artist, Beat
from tests.conftest import AT

BOARDS = [f"boards/{name}/" for name in LENSES]
ADDRESSES = [*BOARDS, "recap/"]
ALL = "limit=100"


@pytest.fixture(autouse=True)
def fresh_for_five_seconds(settings: Any) -> None:
    settings.BOARD_FRESH_SECONDS = 5


@pytest.fixture(autouse=True)
def restless(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(answers, "REST", 0)
    answers._rests.clear()


@pytest.fixture(autouse=True)
def clock() -> Iterator[time_machine.Coordinates]:
    with time_machine.travel(AT, tick=False) as coordinates:
        yield coordinates


@pytest.fixture(autouse=True)
def beats(make_beat: Callable, make_saves: Callable) -> list[Beat]:
    found = [make_beat(f"b{n}", producer=f"p{n % 4}", genre=f"g{n % 3}") for n in range(6)]
    for number, beat in enumerate(found):
        make_saves(beat, 1 + number * 5 % 4, days_ago=8)
        make_saves(beat, 1 + number * 7 % 5, days_ago=1)
    return found


@pytest.fixture
def save(beats: list[Beat], clock: time_machine.Coordinates, make_saves: Callable) -> Callable:
    """One more ♡, an hour ago."""
    return lambda: make_saves(beats[0], days_ago=1 / 24)


def get(api: APIClient, address: str) -> dict:
    answer = api.get(f"/api/v1/{address}")
    assert answer.status_code == 200, answer.content
    return answer.json()


def said(answer: dict) -> dict:
    return {name: answer[name] for name in ("lens", "window", "total_saves", "count", "results")}


def readings_of_the_ledger(ask: Callable[[], object]) -> int:
    with CaptureQueriesContext(connection) as captured:
        ask()
    return sum('FROM "saved_beats"' in query["sql"] for query in captured)


@pytest.mark.parametrize("address", BOARDS)
def test_a_stored_board_is_what_the_ledger_says(
    address: str, api: APIClient, settings: Any
) -> None:
    get(api, address)
    for query in (ALL, "", "limit=2", "limit=2&offset=1", "offset=3"):
        settings.BOARD_FRESH_SECONDS = 5
        stored = get(api, f"{address}?{query}")
        settings.BOARD_FRESH_SECONDS = 0
        computed = get(api, f"{address}?at=2026-05-06T14:00:00Z&{query}")
        assert (stored["source"], computed["source"]) == ("stored", "ledger")
        assert said(stored) == said(computed)
        assert (stored["next"], stored["previous"]) == (computed["next"], computed["previous"])


@pytest.mark.parametrize("address", ADDRESSES)
def test_a_fresh_board_is_not_computed_again(
    address: str, api: APIClient, save: Callable, clock: time_machine.Coordinates
) -> None:
    first = get(api, address)
    save()
    clock.shift(4.8)
    assert get(api, address) == first
    with CaptureQueriesContext(connection) as captured:
        assert get(api, address) == first
    assert len(captured) == 0


@pytest.mark.parametrize("address", BOARDS)
def test_a_stale_board_is_shown_and_refreshed_afterwards(
    address: str, api: APIClient, save: Callable, clock: time_machine.Coordinates
) -> None:
    first = get(api, address)
    save()
    clock.shift(5.1)
    stale = get(api, address)
    assert stale == first | {"stale": True}
    clock.shift(1)
    fresh = get(api, address)
    assert (fresh["stale"], fresh["total_saves"]) == (False, first["total_saves"] + 1)
    assert fresh["generated_at"] == "2026-05-06T14:00:05.100000Z"  # when it was asked for


def test_a_stale_board_is_kept_for_a_second_alone(
    api: APIClient, clock: time_machine.Coordinates
) -> None:
    get(api, "boards/beats/")
    clock.shift(10)
    kept = api.get("/api/v1/boards/beats/")["Cache-Control"]
    assert kept == "public, max-age=1, stale-while-revalidate=60"


def test_what_is_too_old_is_not_shown(
    api: APIClient, save: Callable, clock: time_machine.Coordinates
) -> None:
    first = get(api, "boards/beats/")
    save()
    clock.shift(301)
    found = get(api, "boards/beats/")
    assert (found["stale"], found["total_saves"]) == (False, first["total_saves"] + 1)


def test_a_board_warms_the_others_of_its_recap(api: APIClient) -> None:
    first = get(api, "boards/genres/")
    caches["derived"].clear()
    assert readings_of_the_ledger(lambda: get(api, "recap/")) == 0
    recap = get(api, "recap/")
    assert {board["generated_at"] for board in recap.values()} == {first["generated_at"]}
    assert list(recap) == list(LENSES)


def test_a_recap_is_refreshed_for_one_instant(
    api: APIClient, save: Callable, clock: time_machine.Coordinates
) -> None:
    get(api, "recap/")
    save()
    clock.shift(6)
    get(api, "boards/beats/")
    recap = get(api, "recap/")
    assert {board["generated_at"] for board in recap.values()} == {"2026-05-06T14:00:06Z"}
    assert len({board["total_saves"] for board in recap.values()}) == 1


@pytest.mark.parametrize("address", ADDRESSES)
def test_nothing_counts_as_stored_too(address: str, api: APIClient, beats: list[Beat]) -> None:
    for beat in beats:
        beat.delete()
    get(api, address)
    caches["derived"].clear()
    assert readings_of_the_ledger(lambda: get(api, address)) == 0


def test_far_pages_and_past_instants_come_from_the_ledger(api: APIClient) -> None:
    for query in ("offset=91", "limit=100&offset=1", "at=2026-05-01T00:00:00Z"):
        assert get(api, f"boards/beats/?{query}")["source"] == "ledger"
    assert not StoredRecap.objects.exists()


def test_weeks_are_stored_too(api: APIClient, settings: Any) -> None:
    for week in ("2026-W19", "2026-W18"):
        settings.BOARD_FRESH_SECONDS = 5
        first = get(api, f"boards/beats/?window={week}")
        settings.BOARD_FRESH_SECONDS = 0
        computed = get(api, f"boards/beats/?window={week}&at=2026-05-06T14:00:00Z")
        assert said(first) == said(computed)
        assert first["source"] == "stored"


def test_a_walk_goes_on_at_the_instant_it_began(
    api: APIClient, save: Callable, clock: time_machine.Coordinates
) -> None:
    page = get(api, "boards/beats/?limit=2")
    keys = [entry["key"] for entry in page["results"]]
    while page["next"]:
        save()
        clock.shift(3)
        page = api.get(page["next"]).json()
        assert page["source"] == "stored"
        keys += [entry["key"] for entry in page["results"]]
    assert sorted(keys) == [f"b{number}" for number in range(6)]


@pytest.mark.parametrize(
    "page",
    ["/", "/weekly-recap/", "/boards/beats/", "/cards/top-beat.svg", "/cards/weekly-recap.svg"],
)
def test_pages_and_cards_show_what_is_stored(page: str, client: Client, api: APIClient) -> None:
    get(api, "recap/")

    def ask() -> None:
        assert client.get(page).status_code == 200

    assert readings_of_the_ledger(ask) == 0


def test_whether_i_saved_it_is_never_stored(artist: Artist, client_of_artist: Client) -> None:
    client_of_artist.get("/boards/beats/")
    for verb, pressed in (("save", 1), ("unsave", 0)):
        client_of_artist.post(f"/beats/b0/{verb}/")
        page = client_of_artist.get("/boards/beats/").content.decode()
        assert page.count('action="/beats/b0/unsave/"') == pressed


def test_a_deleted_subject_is_left_out(api: APIClient, beats: list[Beat]) -> None:
    get(api, "recap/")
    caches["derived"].clear()
    beats[0].delete()
    keys = [entry["key"] for entry in get(api, "boards/beats/")["results"]]
    assert sorted(keys) == ["b1", "b2", "b3", "b4", "b5"]


def test_the_etag_is_over_what_is_said(
    api: APIClient, save: Callable, clock: time_machine.Coordinates
) -> None:
    first = api.get("/api/v1/boards/beats/")
    clock.shift(301)
    again = api.get("/api/v1/boards/beats/", headers={"If-None-Match": first["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    save()
    clock.shift(301)
    changed = api.get("/api/v1/boards/beats/", headers={"If-None-Match": first["ETag"]})
    assert changed.status_code == 200


def test_what_is_due_is_done_after_a_304_as_well(
    api: APIClient, clock: time_machine.Coordinates
) -> None:
    first = api.get("/api/v1/boards/beats/")
    clock.shift(6)
    api.get("/api/v1/boards/beats/", headers={"If-None-Match": first["ETag"]})
    assert StoredRecap.objects.get().at == AT + timedelta(seconds=6)


# --- the lease ---


@pytest.fixture
def process() -> Iterator[subprocess.Popen[bytes]]:
    """Another process of this machine, alive until it is killed."""
    process = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    yield process
    process.kill()
    process.wait()


def hold(process: subprocess.Popen[bytes]) -> None:
    """As if `process` were refreshing the recap."""
    StoredRecap.objects.update(
        ended_at=None, pid=process.pid, pid_started=psutil.Process(process.pid).create_time()
    )


def test_while_one_refreshes_nobody_else_does(
    api: APIClient, clock: time_machine.Coordinates, process: subprocess.Popen[bytes]
) -> None:
    get(api, "recap/")
    hold(process)
    clock.shift(6)
    for _ in range(3):
        assert readings_of_the_ledger(lambda: get(api, "boards/beats/")) == 0
        assert get(api, "boards/beats/")["stale"] is True


def test_a_refresh_that_was_killed_is_taken_over(
    api: APIClient, clock: time_machine.Coordinates, process: subprocess.Popen[bytes]
) -> None:
    get(api, "recap/")
    hold(process)
    process.kill()
    process.wait()
    clock.shift(6)
    assert get(api, "boards/beats/")["stale"] is True
    assert get(api, "boards/beats/")["stale"] is False


def test_a_refresh_that_is_silent_for_long_is_taken_over(
    api: APIClient, clock: time_machine.Coordinates, process: subprocess.Popen[bytes]
) -> None:
    get(api, "recap/")
    hold(process)
    StoredRecap.objects.update(heartbeat_at=AT - timedelta(days=1))
    clock.shift(6)
    get(api, "boards/beats/")
    assert get(api, "boards/beats/")["stale"] is False


def test_who_waits_too_long_gets_what_there_is(
    api: APIClient,
    clock: time_machine.Coordinates,
    process: subprocess.Popen[bytes],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    first = get(api, "boards/beats/")
    hold(process)
    monkeypatch.setattr(answers, "pauses", lambda: iter([0, 0]))
    clock.shift(600)
    assert get(api, "boards/beats/") == first | {"stale": True}


@pytest.mark.parametrize("path", ["/api/v1/boards/beats/", "/api/v1/recap/", "/boards/beats/", "/"])
def test_where_there_is_nothing_yet_one_is_told_to_come_again(
    path: str, client: Client, process: subprocess.Popen[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(answers, "pauses", lambda: iter([0, 0]))
    StoredRecap.objects.claim("7d", AT)
    hold(process)
    answer = client.get(path)
    assert (answer.status_code, answer["Retry-After"]) == (503, "2")
    assert "being computed" in answer.content.decode()


def test_who_lost_the_lease_writes_nothing() -> None:
    slow = StoredRecap.objects.claim("7d", AT)
    assert slow is not None
    StoredRecap.objects.update(heartbeat_at=AT - timedelta(days=1))  # it is silent
    quick = StoredRecap.objects.claim("7d", AT)
    assert quick is not None
    quick.compute(AT + timedelta(minutes=1))
    slow.compute(AT)
    assert StoredRecap.objects.get().at == AT + timedelta(minutes=1)


# --- what fails ---


def test_a_refresh_that_fails_is_logged_and_lets_go(
    api: APIClient,
    clock: time_machine.Coordinates,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    first = get(api, "boards/beats/")
    clock.shift(6)
    with monkeypatch.context() as patched:
        patched.setattr(models, "boards", broken)
        assert get(api, "boards/beats/") == first | {"stale": True}
    assert "after a response failed" in caplog.text
    assert StoredRecap.objects.get().ended_at is not None
    get(api, "boards/beats/")
    assert get(api, "boards/beats/")["stale"] is False


def broken(*_: Any, **__: Any) -> None:
    raise DatabaseError("the disk is full")


def test_what_cannot_be_stored_is_read_from_the_ledger(
    api: APIClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(StoredRecap, "write", broken)
    found = get(api, "boards/beats/")
    assert (found["source"], found["count"]) == ("ledger", 6)


def test_a_cold_board_that_fails_lets_go(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: Any, **__: Any) -> None:
        raise ZeroDivisionError

    with monkeypatch.context() as patched:
        patched.setattr(models, "boards", fail)
        with pytest.raises(ZeroDivisionError):
            client.get("/api/v1/boards/beats/")
    assert client.get("/api/v1/boards/beats/").status_code == 200


def test_without_seconds_nothing_is_stored(api: APIClient, settings: Any) -> None:
    settings.BOARD_FRESH_SECONDS = 0
    assert get(api, "boards/beats/")["source"] == "ledger"
    assert not StoredRecap.objects.exists()


class Broken:
    """A cache that is down."""

    def __init__(self, *_: Any) -> None:
        pass

    def __getattr__(self, name: str) -> Callable:
        return broken


@pytest.mark.parametrize("address", [*ADDRESSES, "boards/beats/b0/"])
def test_a_cache_that_is_down_costs_nothing_but_speed(
    address: str, api: APIClient, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = get(api, address)
    monkeypatch.setattr("studiomode.beats.derived.caches", {"derived": Broken()})
    monkeypatch.setattr("studiomode.beats.derived._rests_until", 0.0)
    for _ in range(3):
        assert get(api, address) == first


@pytest.mark.parametrize("wrong", [7, (), "x", ("x", "y"), (b"x",), {}])
def test_what_is_wrong_in_the_cache_is_not_told(
    wrong: Any, api: APIClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = get(api, "boards/beats/")
    monkeypatch.setattr("leaderboards.telling.recalled", lambda key: wrong)
    assert get(api, "boards/beats/") == first


def test_a_fast_clock_elsewhere_does_not_hold_boards_up(
    api: APIClient, clock: time_machine.Coordinates
) -> None:
    clock.shift(60)
    get(api, "boards/beats/")
    clock.shift(-60)
    caches["derived"].clear()
    assert get(api, "boards/beats/")["stale"] is True
    found = get(api, "boards/beats/")
    assert (found["stale"], found["generated_at"]) == (False, "2026-05-06T14:00:00Z")


def test_a_lease_that_this_process_lost_sight_of_is_taken_up_again(
    api: APIClient, clock: time_machine.Coordinates
) -> None:
    """As when its connection broke while it computed, so that it could not let go."""
    get(api, "boards/beats/")
    StoredRecap.objects.update(ended_at=None)
    clock.shift(6)
    get(api, "boards/beats/")
    assert get(api, "boards/beats/")["stale"] is False


def test_the_etag_of_a_place_is_over_what_is_said(
    api: APIClient, clock: time_machine.Coordinates
) -> None:
    first = api.get("/api/v1/boards/beats/b0/")
    clock.shift(60)
    assert api.get("/api/v1/boards/beats/b0/")["ETag"] == first["ETag"]
