"""Whatever is asked: 400 or 404 with what is allowed, never a 500."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import quote

import pytest
from django.core import signing
from django.test import Client
from rest_framework.test import APIClient

DIGITS = "9" * 5_000
NUMBERS = [
    "", "%20", "-1", "%2B1", "1.0", "1e3", "0x10", "1_000", "01%00", "%00", DIGITS, f"-{DIGITS}",
    "%D9%A1", "%EF%BC%91", "%C2%B2", "NaN", "Infinity", "null", "true", "[]", "1%0A", "1,2",
    "%ED%A0%80", "%FF", "1;DROP TABLE saved_beats", "1' OR '1'='1", "${7*7}",
    "99999999999999999999", "1000000000000000000",
]  # fmt: skip
LIMITS = [*NUMBERS, "0", "101", "1000000000"]
OFFSETS = [*NUMBERS, "1000001"]
WINDOWS = [
    "", "%20", "8d", "7D", "7d%00", "%00", DIGITS, f"{DIGITS}-W01", f"2026-W{DIGITS}", "2026-W00",
    "2026-W54", "2025-W53", "0000-W01", "0001-W01", "9999-W53", "10000-W01", "2999-W01",
    "2026-18", "2026-w18", "2026-W18%0A", "%D9%A2026-W18", "%EF%BC%92026-W18", "-2026-W18",
    "1e3", "%ED%A0%80", "%FF", "2026-W18'--", "span", "../7d", "30d", "99999999999d",
]  # fmt: skip
INSTANTS = [
    "", "now", "%20", "2026-05-06", "2026-05-06T14:00:00", "2026-05-06%2014:00:00",
    "2026-05-06T14:00:60Z", "2016-12-31T23:59:60Z", "2026-02-30T00:00:00Z",
    "2026-13-45T00:00:00Z", "2027-02-29T00:00:00Z", "0000-01-01T00:00:00Z",
    "0001-01-01T00:00:00Z", "0001-01-01T00:00:00%2B23:59", "9999-12-31T23:59:59-23:59",
    "10000-01-01T00:00:00Z", "2999-01-01T00:00:00Z", "1e3", "1778076000", DIGITS, f"-{DIGITS}",
    "%00", "2026-05-06T14:00:00Z%00", "%D9%A2026-05-06T14:00:00Z", "%ED%A0%80", "%FF",
    "2026-05-06T14:00:00Z'--", "2026-05-06T14:00:00+02:00", "2026-05-06T14:00:00%2B99:99",
]  # fmt: skip
CURSORS = [
    "", "%00", "cD0lMDA=", "cD0yMDI2LTEzLTQ1", "bz0xMDAwMDAw", "x", "....", ":", "::", "a:b:c",
    DIGITS, "A" * 8_000, "%ED%A0%80", "%FF", "eyJhIjoxfQ:1abcde:xyz", "é:é:é",
]  # fmt: skip
BOARDS = ["boards/producers/", "boards/movers/", "boards/beats/", "boards/genres/", "recap/"]
PLACES = [
    "boards/producers/dj-a/",
    "boards/movers/dj-a/",
    "boards/beats/b0/",
    "boards/genres/house/",
]

pytestmark = pytest.mark.usefixtures("ledger")


@pytest.fixture
def ledger(make_beat: Callable, make_saves: Callable) -> None:
    for number in range(4):
        make_saves(make_beat(f"b{number}"), 2)


def refused(api: APIClient, address: str) -> None:
    answer = api.get(address)
    assert answer.status_code == 400, (address[:100], answer.status_code)
    assert answer["Content-Type"] == "application/problem+json"
    detail = answer.json()["detail"]
    assert "Allowed: " in detail
    assert len(detail) < 400
    assert detail.isprintable()


@pytest.mark.parametrize(
    ("name", "values"),
    [("limit", LIMITS), ("offset", OFFSETS), ("window", WINDOWS), ("at", INSTANTS)],
)
@pytest.mark.parametrize("address", BOARDS + PLACES)
def test_boards_say_what_is_allowed(
    address: str, name: str, values: list[str], api: APIClient
) -> None:
    for value in values:
        refused(api, f"/api/v1/{address}?{name}={value}")


@pytest.mark.parametrize("value", LIMITS)
def test_the_catalogue_says_what_is_allowed(value: str, api: APIClient) -> None:
    refused(api, f"/api/v1/beats/?limit={value}")


@pytest.mark.parametrize("address", ["beats/", "me/vault/"])
def test_a_cursor_that_is_none_of_ours_is_refused(address: str, api_of_artist: APIClient) -> None:
    for cursor in CURSORS:
        answer = api_of_artist.get(f"/api/v1/{address}?cursor={cursor}")
        assert answer.status_code == 400, cursor[:100]
        assert "Take `next`" in answer.json()["detail"]


@pytest.mark.parametrize(
    "content",
    [None, 1, "x", [], [1], [1, 2, 3], {"a": 1}, ["\0", 1], ["2026-13-45", 1], [None, None],
     [[], {}], ["2026-05-06T14:00:00Z", "x"], ["2026-05-06T14:00:00Z", 10**40]],
)  # fmt: skip
def test_a_cursor_of_another_list_is_refused(content: object, api: APIClient) -> None:
    """Signed with the site's own key, but for something else."""
    for salt in ("", "cursor", "cursor of /api/v1/me/vault/"):
        cursor = quote(signing.dumps(content, salt=salt))
        assert api.get(f"/api/v1/beats/?cursor={cursor}").status_code == 400


def test_a_cursor_is_good_for_its_own_list_alone(
    api_of_artist: APIClient, artist, make_beat: Callable
) -> None:
    for number in range(4, 7):
        artist.save_beat(make_beat(f"b{number}"))
    following = api_of_artist.get("/api/v1/beats/?limit=1").json()["next"]
    cursor = following.partition("cursor=")[2].partition("&")[0]
    assert api_of_artist.get(f"/api/v1/beats/?cursor={cursor}").status_code == 200
    assert api_of_artist.get(f"/api/v1/me/vault/?cursor={cursor}").status_code == 400
    for spoilt in (cursor[:-1], cursor + "x", cursor.swapcase(), cursor[1:]):
        assert api_of_artist.get(f"/api/v1/beats/?cursor={spoilt}").status_code == 400


def test_an_ancient_cursor_is_refused(api: APIClient, time_machine: Callable) -> None:
    following = api.get("/api/v1/beats/?limit=1").json()["next"]
    assert api.get(following).status_code == 200
    with time_machine(days=8):
        assert api.get(following).status_code == 400


@pytest.fixture
def time_machine() -> Callable:
    from datetime import UTC, datetime, timedelta

    import time_machine as machine

    return lambda days: machine.travel(datetime.now(UTC) + timedelta(days=days), tick=True)


@pytest.mark.parametrize(
    "address",
    [
        "boards/nowhere/", "boards/%00/", "boards/producers/%00/", "boards/producers/dj-a%00/",
        "boards/producers/nobody/", f"boards/producers/{'x' * 151}/", f"boards/{DIGITS}/",
        "boards/producers/%ED%A0%80/", "boards/producers/%FF/", "boards/PRODUCERS/",
        "boards/producers/../", "boards/producers/%2e%2e/", "boards/producers/a%2Fb/",
        "boards/producers/a b/", "boards/producers/é/", "boards/producers/'--/", "boards/_meta/",
        "boards/__class__/", "beats/nowhere/", "beats/%00/", "beats/%ED%A0%80/",
        f"beats/{DIGITS}/", "beats/b0%00/", "recap/2026-W18/", "%00", "nowhere/", "boards/%0A/",
        "boards/producers/dj-a%0A/", "beats/b0%0A/",
    ],
)  # fmt: skip
def test_an_unknown_address_is_not_found(address: str, api: APIClient) -> None:
    answer = api.get(f"/api/v1/{address}")
    assert answer.status_code == 404, answer.content
    assert answer["Content-Type"] == "application/problem+json"
    assert answer.json()["detail"].isprintable()


def test_digits_beyond_the_microsecond_do_no_harm(api: APIClient) -> None:
    answer = api.get(f"/api/v1/boards/beats/?at=2026-05-06T14:00:00.{DIGITS}Z")
    assert answer.status_code in (200, 400)


@pytest.mark.parametrize("name", ["xml", "api", "%00", "../json", DIGITS])
def test_a_format_there_is_not_is_no_error(name: str, api: APIClient) -> None:
    assert api.get(f"/api/v1/boards/beats/?format={name}").status_code in (200, 400, 404)


def test_an_unknown_lens_is_told_which_there_are(api: APIClient) -> None:
    detail = api.get("/api/v1/boards/nowhere/").json()["detail"]
    assert "producers, movers, beats, genres" in detail


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
@pytest.mark.parametrize(
    "address", ["boards/", "boards/beats/", "boards/beats/b0/", "recap/", "beats/"]
)
def test_what_is_for_reading_is_not_written(
    method: str, address: str, api_of_artist: APIClient
) -> None:
    answer = getattr(api_of_artist, method)(f"/api/v1/{address}", {}, "json")
    assert answer.status_code == 405


def test_a_parameter_given_twice_is_answered(api: APIClient) -> None:
    assert api.get("/api/v1/boards/beats/?limit=1&limit=2").status_code == 200
    assert api.get("/api/v1/boards/beats/?limit=2&limit=x").status_code == 400


def test_parameters_nobody_knows_change_nothing(api: APIClient) -> None:
    plain = api.get("/api/v1/boards/beats/?at=2026-05-06T14:00:00Z").json()
    odd = api.get(
        "/api/v1/boards/beats/?at=2026-05-06T14:00:00Z&_connector=OR&pk__in=1&order_by=password"
        "&ordering=-id&filter[rank]=1&artist__password__startswith=a&x=%00&page=0&cursor=x"
    )
    assert odd.status_code == 200
    assert odd.json()["results"] == plain["results"]


@pytest.mark.parametrize("accept", ["text/html", "application/xml", "x", "*/*;q=0", "\0"])
def test_whatever_is_accepted_the_answer_is_json_or_said_not_to_be(
    accept: str, api: APIClient
) -> None:
    answer = api.get("/api/v1/boards/beats/", headers={"Accept": accept})
    kinds = {200: "application/json", 406: "application/problem+json"}
    assert answer["Content-Type"] == kinds[answer.status_code]


@pytest.mark.parametrize("address", ["boards/beats/", "weekly-recap/"])
@pytest.mark.parametrize(
    ("name", "values"), [("limit", LIMITS), ("window", WINDOWS), ("at", INSTANTS)]
)
def test_pages_say_what_is_allowed(
    address: str, name: str, values: list[str], client: Client
) -> None:
    for value in values:
        answer = client.get(f"/{address}?{name}={value}")
        assert answer.status_code == 400, value[:100]
        assert "Allowed: " in answer.content.decode()


@pytest.mark.parametrize(
    "address",
    [
        "boards/nowhere/", "boards/%00/", "beats/nowhere/", "beats/%00/", "beats/%ED%A0%80/",
        "genres/nowhere/", "genres/%00/", "producers/nobody/", "producers/%00/",
        f"beats/{DIGITS}/", f"weekly-recap/{'x' * 151}/", "weekly-recap/%00/",
    ],
)  # fmt: skip
def test_a_page_nobody_has_is_not_found(address: str, client: Client) -> None:
    assert client.get(f"/{address}").status_code == 404


@pytest.mark.parametrize(
    "week", ["2026-W54", "2025-W53", "0000-W01", "2999-W01", "x", DIGITS[:150]]
)
def test_a_week_that_does_not_exist_is_said_so(week: str, client: Client) -> None:
    assert client.get(f"/weekly-recap/{week}/").status_code in (400, 404)


@pytest.mark.parametrize("page", ["0", "-1", "x", "%00", DIGITS, "1e3", "2"])
def test_a_page_of_the_vault_that_does_not_exist_is_not_found(
    page: str, client_of_artist: Client
) -> None:
    assert client_of_artist.get(f"/vault/?page={page}").status_code == 404
