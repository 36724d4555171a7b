"""What may be asked is limited: exactly where it is written, for each process where it is read."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import OperationalError, connection
from django.test import Client, RequestFactory
from rest_framework.test import APIClient

from studiomode.beats import hearts, limits
from studiomode.beats.inputs import TooMany
from studiomode.beats.limits import BUDGETS, READS, SAVES, Budget
from studiomode.beats.models import Artist, Beat, SavedBeat, Spent

SAVE = "/api/v1/beats/slow-burn/save/"
FOLLOW = "/api/v1/producers/dj-a/follow/"
BEATS = "/api/v1/beats/"
BOARD = "/api/v1/boards/beats/"
READ = [BEATS, BOARD, "/api/v1/recap/", "/api/v1/boards/", "/api/v1/boards/beats/slow-burn/"]
TRIES, THREADS = 1_000, 16


@pytest.fixture(autouse=True)
def within_a_minute(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "monotonic", lambda: 90)


@pytest.fixture
def beat(make_beat: Callable[..., Beat]) -> Beat:
    return make_beat("slow-burn")


@pytest.fixture
def allow(monkeypatch: pytest.MonkeyPatch) -> Callable[[Budget, int], None]:
    """allow(READS, 3): no more than three."""
    return lambda budget, most: monkeypatch.setitem(vars(budget), "most", most)


def left(answer: Any) -> int:
    told = re.fullmatch(r'"(?:reads|saves)";r=(\d+);t=(\d+)', answer["RateLimit"])
    assert told, answer["RateLimit"]
    assert 0 < int(told[2]) <= 60
    return int(told[1])


def refused(answer: Any) -> str:
    """What is allowed instead."""
    assert answer.status_code == 429
    assert answer["Content-Type"] == "application/problem+json"
    assert 0 < int(answer["Retry-After"]) <= 60
    assert left(answer) == 0
    return answer.json()["detail"]


@pytest.mark.parametrize("address", READ)
def test_a_read_says_what_is_left(address: str, api: APIClient, beat: Beat) -> None:
    first, second = api.get(address), api.get(address)
    assert first["RateLimit-Policy"] == '"reads";q=600;w=60'
    assert (left(first), left(second)) == (599, 598)


@pytest.mark.parametrize("address", READ)
def test_more_reads_are_refused(
    address: str, api: APIClient, beat: Beat, allow: Callable[[Budget, int], None]
) -> None:
    allow(READS, 2)
    assert [api.get(address).status_code for _ in range(3)] == [200, 200, 429]
    assert "Allowed: 2 reads a minute." in refused(api.get(address))


def test_what_is_refused_for_its_parameters_is_one_read(api: APIClient, db: None) -> None:
    assert left(api.get(f"{BOARD}?limit=0")) == 599
    assert left(api.get("/api/v1/boards/nowhere/")) == 598
    assert left(api.get("/api/v1/nowhere/")) == 597


@pytest.mark.parametrize("address", [BEATS, BOARD])
def test_what_has_not_changed_is_free(address: str, client: Client, beat: Beat) -> None:
    known = client.get(address)["ETag"]
    for _ in range(3):
        answer = client.get(address, headers={"If-None-Match": known})
        assert (answer.status_code, left(answer)) == (304, 599)


def test_an_artist_reads_beside_everybody_else_at_the_address(
    api: APIClient, api_of_artist: APIClient, beat: Beat
) -> None:
    assert left(api.get(BEATS)) == 599
    assert left(api.get(BOARD)) == 598
    assert left(api_of_artist.get(BOARD)) == 599
    assert left(api_of_artist.get(BEATS)) == 598


def test_reads_are_counted_without_the_database() -> None:
    limits.begin()
    limits.spend_read("somebody")  # without the fixture `db` it may not be asked
    assert limits.reads.spent == {"somebody": 1}


def test_a_minute_forgets_the_one_before(monkeypatch: pytest.MonkeyPatch) -> None:
    minute = limits.Minute()
    for moment, spent, resets_in in ((61, 1, 59), (119.5, 2, 1), (120, 1, 60)):
        monkeypatch.setattr(limits, "monotonic", lambda moment=moment: moment)
        told = minute.add("somebody")
        assert (told.spent, told.resets_in) == (spent, resets_in)
    assert minute.spent == {"somebody": 1}


def test_threads_of_a_process_count_together() -> None:
    minute = limits.Minute()
    with ThreadPoolExecutor(THREADS) as pool:
        told = list(pool.map(lambda _: minute.add("somebody").spent, range(TRIES)))
    assert sorted(told) == list(range(1, TRIES + 1))


def test_saves_of_every_kind_are_one_budget(
    api_of_artist: APIClient, client_of_artist: Client, beat: Beat
) -> None:
    deeds = [
        lambda: api_of_artist.put(SAVE),
        lambda: api_of_artist.put(SAVE),  # for the second time
        lambda: api_of_artist.delete(SAVE),
        lambda: api_of_artist.put(FOLLOW),
        lambda: api_of_artist.delete(FOLLOW),
    ]
    assert [left(deed()) for deed in deeds] == [119, 118, 117, 116, 115]
    client_of_artist.post("/beats/slow-burn/save/")
    assert left(api_of_artist.delete(SAVE)) == 113


@pytest.mark.parametrize(("method", "address"), [("put", SAVE), ("delete", SAVE), ("put", FOLLOW)])
def test_more_saves_are_refused_and_change_nothing(
    method: str, address: str, api_of_artist: APIClient, artist: Artist, beat: Beat
) -> None:
    artist.save_beat(beat)
    if method == "put":
        artist.unsave_beat(beat)
    Spent.objects.create(key=f"saves:{artist.pk}", spent=120, resets_at=2**40)
    answer = getattr(api_of_artist, method)(address)
    assert answer.status_code == 429
    assert "Allowed: 120 ♡ and follows" in answer.json()["detail"]
    assert artist.saves.exists() is (method == "delete")
    assert not artist.follows.exists()


def test_a_page_says_so_too(client_of_artist: Client, artist: Artist, beat: Beat) -> None:
    Spent.objects.create(key=f"saves:{artist.pk}", spent=120, resets_at=2**40)
    answer = client_of_artist.post("/beats/slow-burn/save/")
    assert answer.status_code == 429
    assert answer["Retry-After"]
    assert "Allowed: 120 ♡" in answer.content.decode()
    assert not artist.saves.exists()


def test_a_budget_is_whole_again(api_of_artist: APIClient, artist: Artist, beat: Beat) -> None:
    Spent.objects.create(key=f"saves:{artist.pk}", spent=500, resets_at=1)
    assert left(api_of_artist.put(SAVE)) == 119
    assert Spent.objects.get().spent == 1


def test_artists_have_budgets_of_their_own(artist: Artist, beat: Beat) -> None:
    other = Artist.objects.create_user("other")
    for number in range(2):
        hearts.save(artist.pk, "slow-burn", beat.published_at)
        hearts.save(other.pk, "slow-burn", beat.published_at)
        assert [row.spent for row in Spent.objects.all()] == [number + 1] * 2


def test_nothing_is_saved_while_the_budgets_cannot_be_asked(
    api_of_artist: APIClient, beat: Beat, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail() -> str:
        raise OperationalError("gone")

    monkeypatch.setattr(limits, "spend_statement", fail)
    answer = api_of_artist.put(SAVE)
    assert (answer.status_code, answer["Retry-After"]) == (503, "2")
    assert not SavedBeat.objects.exists()
    assert api_of_artist.get(BEATS).status_code == 200


def at_once(work: Callable[[int], object], tries: int = TRIES) -> Counter[object]:
    """What so many tries on many connections at once ended in."""

    def some(first: int) -> list[object]:
        try:
            return [work(number) for number in range(first, tries, THREADS)]
        finally:
            connection.close()

    with ThreadPoolExecutor(THREADS) as pool:
        return Counter(end for ends in pool.map(some, range(THREADS)) for end in ends)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("budget", BUDGETS, ids=lambda budget: budget.name)
def test_exactly_what_is_allowed_of_a_thousand_at_once(budget: Budget) -> None:
    def attempt(_: int) -> str:
        try:
            limits.spend(budget, "somebody")
        except TooMany:
            return "refused"
        return "let through"

    expected = {"let through": min(budget.most, TRIES), "refused": TRIES - budget.most}
    assert at_once(attempt) == expected


@pytest.mark.django_db(transaction=True)
def test_exactly_so_many_hearts_of_a_thousand_at_once(
    artist: Artist, make_beat: Callable[..., Beat], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(vars(SAVES), "minutes", 60)  # a slow machine may take more than one
    beats = [make_beat(f"b{number}") for number in range(200)]

    def save(number: int) -> int:
        client = APIClient()
        client.force_authenticate(artist)
        address = f"/api/v1/beats/b{number % len(beats)}/save/"
        return client.put(address, headers={"Prefer": "return=minimal"}).status_code

    assert at_once(save) == {204: SAVES.most, 429: TRIES - SAVES.most}
    assert 0 < SavedBeat.objects.count() <= SAVES.most


# --- whoever asks ---


def request(remote: str = "192.0.2.1", forwarded: str | None = None) -> Any:
    found = RequestFactory().get("/", REMOTE_ADDR=remote)
    if forwarded is not None:
        found.META["HTTP_X_FORWARDED_FOR"] = forwarded
    return found


FORGED = [f"203.0.{number // 250}.{number % 250}" for number in range(TRIES)]


@pytest.mark.parametrize(
    ("proxies", "appended"), [(0, ""), (1, ", 198.51.100.7"), (2, ", 198.51.100.7, 10.0.0.1")]
)
def test_what_is_forged_of_the_way_is_not_believed(
    proxies: int, appended: str, settings: Any
) -> None:
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = proxies
    found = {limits.address(request(forwarded=f"{forged}{appended}")) for forged in FORGED}
    assert found == {"198.51.100.7" if proxies else "192.0.2.1"}


def test_a_thousand_forged_ways_are_one_budget(
    api: APIClient, beat: Beat, allow: Callable[[Budget, int], None]
) -> None:
    allow(READS, 5)
    answers = (api.get(BOARD, headers={"X-Forwarded-For": forged}) for forged in FORGED)
    assert Counter(answer.status_code for answer in answers) == {200: 5, 429: TRIES - 5}


WAYS = ["", "x", ",", "198.51.100.7", "\0", "999.1.1.1, y", "::1%\n"]


@pytest.mark.parametrize("forwarded", WAYS)
def test_a_way_past_the_proxies_counts_by_its_last_step(
    forwarded: str, settings: Any, client: Client, db: None
) -> None:
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = 3
    assert limits.address(request(forwarded=forwarded)) == "192.0.2.1"
    for page in ("/accounts/login/", "/accounts/password/reset/"):
        fields = {"login": "nobody", "password": "x", "email": "nobody@example.com"}
        answer = client.post(page, fields, headers={"X-Forwarded-For": forwarded})
        assert answer.status_code in (200, 302)


def test_of_ipv6_the_network_counts() -> None:
    assert limits.address(request("2001:db8:1:2::7")) == limits.address(
        request("2001:db8:1:2:ffff::1")
    )
    assert limits.address(request("2001:db8:1:2::7")) != limits.address(request("2001:db8:1:3::7"))


def test_a_socket_has_no_address() -> None:
    assert limits.address(request("")) == "unknown"
