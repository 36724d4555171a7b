"""Law 15: what may be kept, for how long, and by whom."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.utils.http import http_date
from rest_framework.test import APIClient

from history.archives import ARCHIVES
from history.snapshots import take
from studiomode.beats.models import Artist, Beat
from tests.conftest import AT

CLOSED = ["?window=2026-W18", "?at=2026-05-06T14:00:00Z"]
PLACES = [
    "/api/v1/boards/producers/",
    "/api/v1/boards/producers/dj-a/",
    "/api/v1/recap/",
    "/boards/producers/",
    "/weekly-recap/",
    "/cards/top-beat.svg",
]


@pytest.fixture(autouse=True)
def saved(make_beat: Callable, make_saves: Callable) -> Beat:
    beat = make_beat("slow-burn")
    make_saves(beat, 3)
    for archive in ARCHIVES.values():
        take(archive, AT.date())
    return beat


@pytest.mark.parametrize("path", PLACES)
def test_what_is_live_is_kept_for_seconds(path: str, client: Client) -> None:
    assert client.get(path)["Cache-Control"] == "public, max-age=5, stale-while-revalidate=60"


@pytest.mark.parametrize("query", CLOSED)
@pytest.mark.parametrize("path", PLACES)
def test_what_is_over_is_kept_for_an_hour_and_is_the_same(
    path: str, query: str, client: Client
) -> None:
    first = client.get(path + query)
    assert first["Cache-Control"] == "public, max-age=3600"
    again = client.get(path + query, headers={"If-None-Match": first["ETag"]})
    assert (again.status_code, again.content, again["ETag"]) == (304, b"", first["ETag"])


@pytest.mark.parametrize("path", ["/api/v1/history/beats/", "/history/beats/"])
def test_archives_are_kept_for_an_hour(path: str, client: Client) -> None:
    first = client.get(path)
    assert first["Cache-Control"] == "public, max-age=3600"
    assert client.get(path, headers={"If-None-Match": first["ETag"]}).status_code == 304


def test_a_refusal_is_not_kept(client: Client) -> None:
    for path in ("/api/v1/history/beats/?from=x", "/api/v1/history/x/", "/api/v1/me/vault/"):
        assert client.get(path)["Cache-Control"] == "no-store"
    assert "Cache-Control" not in client.get("/boards/x/")


def test_an_unsave_changes_the_etag(saved: Beat, client: Client) -> None:
    path = "/api/v1/boards/beats/?at=2026-05-06T14:00:00Z"
    first = client.get(path)
    saved.saves.first().delete()
    again = client.get(path, headers={"If-None-Match": first["ETag"]})
    assert (again.status_code, again.json()["total_saves"]) == (200, 2)


@pytest.mark.parametrize("path", ["/weekly-recap/", "/", "/vault/", "/api/v1/me/vault/"])
def test_what_is_said_to_an_artist_is_kept_by_them_alone(
    path: str, client_of_artist: Client
) -> None:
    answer = client_of_artist.get(path)
    assert "private" in answer["Cache-Control"]
    assert "Cookie" in answer["Vary"]


def test_the_admin_is_kept_by_nobody(client: Client) -> None:
    client.force_login(Artist.objects.create_superuser("root", "root@example.com", "x"))
    assert "no-store" in client.get("/admin/")["Cache-Control"]


def test_boards_tell_an_artist_of_their_own(client_of_artist: Client, client: Client) -> None:
    assert client_of_artist.get("/api/v1/boards/beats/")["Cache-Control"] == "private, no-cache"
    answer = client.get("/api/v1/boards/beats/")
    assert answer["Cache-Control"].startswith("public")
    assert {"Authorization", "Cookie"} <= set(answer["Vary"].split(", "))


def test_archives_are_the_same_for_everybody(client_of_artist: Client) -> None:
    answer = client_of_artist.get("/api/v1/history/beats/")
    assert answer["Cache-Control"].startswith("public")
    assert "Cookie" not in answer.get("Vary", "")


EVERY_GET = [
    "boards/", "boards/beats/", "boards/beats/slow-burn/", "recap/", "history/beats/", "beats/",
    "beats/slow-burn/", "me/vault/", "me/notices/",
]  # fmt: skip


@pytest.mark.parametrize("path", EVERY_GET)
def test_every_get_says_what_it_may_be_asked_by(path: str, client_of_artist: Client) -> None:
    answer = client_of_artist.get(f"/api/v1/{path}")
    assert answer["ETag"]
    assert answer["Last-Modified"].endswith(" GMT")
    assert answer["Cache-Control"]
    head = client_of_artist.head(f"/api/v1/{path}")
    assert head["ETag"] == answer["ETag"]
    not_modified = client_of_artist.get(
        f"/api/v1/{path}", headers={"If-None-Match": answer["ETag"]}
    )
    assert not_modified.status_code == 304


@pytest.mark.parametrize("path", ["beats/", "beats/slow-burn/"])
def test_what_the_anonymous_are_told_is_for_the_anonymous(path: str, client: Client) -> None:
    """A cache that heeds Vary never shows it to somebody who is signed in, nor the other way."""
    answer = client.get(f"/api/v1/{path}")
    assert answer["Cache-Control"].startswith("public")
    assert {"Authorization", "Cookie"} <= set(answer["Vary"].split(", "))


@pytest.mark.parametrize("path", ["beats/", "me/vault/"])
def test_what_a_token_is_told_is_kept_by_nobody_else(path: str, api: APIClient) -> None:
    answer = api.get(f"/api/v1/{path}", headers={"Authorization": "Bearer whatever"})
    assert "public" not in answer["Cache-Control"]
    assert "Authorization" in answer["Vary"]


def test_the_same_second_is_no_proof_that_nothing_changed(
    client_of_artist: Client, artist: Artist, saved: Beat
) -> None:
    path = "/api/v1/me/vault/"
    first = client_of_artist.get(path)
    artist.save_beat(saved)
    since = {"If-Modified-Since": first["Last-Modified"]}
    again = client_of_artist.get(path, headers=since)
    assert (again.status_code, len(again.json()["results"])) == (200, 1)


def test_a_stored_board_stands_since_it_was_computed(client: Client, settings: Any) -> None:
    settings.BOARD_FRESH_SECONDS = 5
    with time_machine.travel(AT, tick=False):
        first = client.get("/api/v1/boards/beats/")
    with time_machine.travel(AT + timedelta(seconds=3), tick=False):
        since = {"If-Modified-Since": first["Last-Modified"]}
        assert client.get("/api/v1/boards/beats/", headers=since).status_code == 304
    assert first["Last-Modified"] == http_date(AT.timestamp())


def test_a_condition_that_does_not_hold_is_a_problem(client: Client) -> None:
    answer = client.get("/api/v1/beats/", headers={"If-Match": '"another"'})
    assert answer.status_code == 412
    assert answer["Content-Type"] == "application/problem+json"


def test_a_cursor_is_its_owners(api_of_artist: APIClient, artist: Artist, saved: Beat) -> None:
    artist.save_beat(saved)
    artist.save_beat(Beat.objects.create(**another(saved)))
    following = api_of_artist.get("/api/v1/me/vault/?limit=1").json()["next"]
    assert api_of_artist.get(following).status_code == 200
    other = APIClient()
    other.force_authenticate(Artist.objects.create_user("bob"))
    assert other.get(following).status_code == 400


def another(beat: Beat) -> dict[str, object]:
    label = {"producer": beat.producer, "genre": beat.genre}
    return {"slug": "another", "title": "Another", "published_at": AT, **label}
