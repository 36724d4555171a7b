"""Law 15: what may be kept, for how long, and by whom."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client

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
    for path in ("/api/v1/history/beats/?from=x", "/api/v1/history/x/", "/boards/x/"):
        assert "Cache-Control" not in client.get(path)


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


def test_boards_are_the_same_for_everybody(client_of_artist: Client, artist: Artist) -> None:
    answer = client_of_artist.get("/api/v1/boards/beats/")
    assert answer["Cache-Control"].startswith("public")
    assert "Cookie" not in answer.get("Vary", "")
