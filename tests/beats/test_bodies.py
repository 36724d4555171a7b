"""Bodies and queries that are made to hurt: refused at once, in the API's own manner."""

from __future__ import annotations

import gzip
import json
from typing import Any

import pytest
from django.conf import settings
from rest_framework.test import APIClient

from studiomode.beats.models import Artist

SIGN_IN = "/api/v1/tokens/"
FIELDS = {"login": "ada", "password": "correct horse battery", "device": "A phone"}


def post(api: APIClient, body: bytes, kind: str = "application/json", **headers: str) -> Any:
    return api.generic("POST", SIGN_IN, body, content_type=kind, headers=headers)


def refused(answer: Any, status: int) -> str:
    assert answer.status_code == status, answer.content[:300]
    assert answer["Content-Type"] == "application/problem+json"
    return answer.json()["detail"]


def test_one_that_is_too_large_says_how_large_it_may_be(api: APIClient, artist: Artist) -> None:
    large = FIELDS | {"more": "x" * settings.DATA_UPLOAD_MAX_MEMORY_SIZE}
    assert "2,621,440 bytes" in refused(post(api, json.dumps(large).encode()), 413)
    assert not artist.devices.exists()


@pytest.mark.parametrize("opening", [b"[", b'{"a":', b'[{"a":'])
def test_one_that_is_nested_a_hundred_thousand_deep(
    opening: bytes, api: APIClient, artist: Artist
) -> None:
    refused(post(api, opening * 100_000), 400)


def test_one_that_only_unpacks_to_something(api: APIClient, artist: Artist) -> None:
    packed = gzip.compress(json.dumps(FIELDS).encode() + b" " * 10_000_000)
    refused(post(api, packed, **{"Content-Encoding": "gzip"}), 400)


@pytest.mark.parametrize("number", [b"NaN", b"Infinity", b"-Infinity", b"9" * 10_000])
def test_numbers_that_are_none(number: bytes, api: APIClient, artist: Artist) -> None:
    refused(post(api, b'{"login": ' + number + b"}"), 400)


@pytest.mark.parametrize(
    "kind",
    ["application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "text/plain",
     "application/xml", "text/json", "x", ""],
)  # fmt: skip
def test_other_kinds(kind: str, api: APIClient, artist: Artist) -> None:
    assert "Allowed: application/json" in refused(post(api, b"login=ada", kind), 415)


def test_the_last_of_two_keys_counts(api: APIClient, artist: Artist) -> None:
    twice = b'{"login": "nobody", ' + json.dumps(FIELDS).encode()[1:]
    assert post(api, twice).status_code == 201


@pytest.mark.parametrize("verb", ["PUT", "PATCH", "DELETE"])
def test_a_verb_cannot_be_disguised(verb: str, api_of_artist: APIClient, artist: Artist) -> None:
    answer = api_of_artist.post(
        "/api/v1/me/vault/", {"_method": verb}, "json", headers={"X-HTTP-Method-Override": verb}
    )
    refused(answer, 405)


def test_ten_thousand_parameters(api: APIClient, db: None) -> None:
    query = "&".join(f"p{number}=x" for number in range(10_000))
    answer = api.get(f"/api/v1/boards/beats/?{query}")
    assert answer.status_code in (200, 400)
    assert answer["Content-Type"].startswith("application/")


@pytest.mark.parametrize("name", ["ada\nERROR forged", "ada\x1b[2J", "ada\r\nSet-Cookie: x=1"])
def test_a_name_writes_no_line_of_the_log(
    name: str, api: APIClient, artist: Artist, capfd: pytest.CaptureFixture
) -> None:
    post(api, json.dumps(FIELDS | {"login": name, "password": "x"}).encode())
    told = capfd.readouterr()
    assert "forged" not in told.err + told.out
    assert "\x1b[2J" not in told.err + told.out
