"""The API of catalogue, ♡, follows and vault."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from studiomode.beats.models import Artist, Beat, Producer, SavedBeat

SAVE = "/api/v1/beats/slow-burn/save/"
FOLLOW = "/api/v1/producers/dj-a/follow/"
OWN = [
    ("put", SAVE),
    ("delete", SAVE),
    ("put", FOLLOW),
    ("delete", FOLLOW),
    ("get", "/api/v1/me/vault/"),
]
SITE = "https://studiomode.example"
LABEL = {
    "producer": {"key": "dj-a", "name": "dj-a", "url": f"{SITE}/producers/dj-a/"},
    "genre": {"key": "house", "name": "house", "url": f"{SITE}/genres/house/"},
}


@pytest.fixture
def beat(make_beat: Callable) -> Beat:
    return make_beat("slow-burn")


def walk(client: APIClient, address: str) -> list[dict]:
    """The results of all pages, one behind the other."""
    found = []
    while address:
        page = client.get(address).json()
        assert list(page) == ["next", "results"]
        found += page["results"]
        address = page["next"]
    return found


def test_saving_and_unsaving_may_be_repeated(
    api_of_artist: APIClient, artist: Artist, beat: Beat
) -> None:
    for method, rows in (("put", 1), ("put", 1), ("delete", 0), ("delete", 0), ("put", 1)):
        answer = getattr(api_of_artist, method)(SAVE)
        assert answer.status_code == (200 if rows else 204)
        assert artist.saves.count() == rows


def test_following_and_unfollowing_may_be_repeated(
    api_of_artist: APIClient, artist: Artist, beat: Beat
) -> None:
    for method, rows in (("put", 1), ("put", 1), ("delete", 0), ("delete", 0)):
        answer = getattr(api_of_artist, method)(FOLLOW)
        assert (answer.status_code, answer.content) == (204, b"")
        assert artist.follows.count() == rows


def test_ones_own_beat_is_forbidden_with_the_reason(
    api_of_artist: APIClient, artist: Artist, beat: Beat
) -> None:
    beat.producer.artist = artist
    beat.producer.save()
    answer = api_of_artist.put(SAVE)
    assert answer.status_code == 403
    assert "your own beat" in answer.json()["detail"]
    assert not SavedBeat.objects.exists()


@pytest.mark.parametrize(("method", "address"), OWN)
def test_the_signed_out_are_told_so(method: str, address: str, api: APIClient, beat: Beat) -> None:
    answer = getattr(api, method)(address)
    assert answer.status_code == 401
    assert answer.json()["detail"]
    assert not SavedBeat.objects.exists()


@pytest.mark.parametrize(("method", "address"), OWN[:4])
def test_a_session_needs_its_csrf_token(
    method: str, address: str, artist: Artist, beat: Beat
) -> None:
    client = APIClient(enforce_csrf_checks=True)
    client.force_login(artist)
    assert getattr(client, method)(address).status_code == 403
    client.cookies["csrftoken"] = "a" * 32
    assert getattr(client, method)(address).status_code == 403
    assert not SavedBeat.objects.exists()
    answer = getattr(client, method)(address, headers={"X-CSRFToken": "a" * 32})
    assert answer.status_code in (200, 204)


def test_an_artist_who_was_shut_out_is_signed_out(artist: Artist, beat: Beat) -> None:
    client = APIClient()
    client.force_login(artist)
    Artist.objects.update(is_active=False)
    assert client.put(SAVE).status_code == 401


@pytest.mark.parametrize("method", ["get", "post", "patch"])
def test_other_methods_are_not_allowed(method: str, api_of_artist: APIClient, beat: Beat) -> None:
    assert getattr(api_of_artist, method)(SAVE).status_code == 405
    overridden = api_of_artist.post(SAVE, headers={"X-HTTP-Method-Override": "PUT"})
    assert overridden.status_code == 405
    assert api_of_artist.post(f"{SAVE}?_method=PUT", {"_method": "PUT"}, "json").status_code == 405


@pytest.mark.parametrize("content_type", ["application/x-www-form-urlencoded", "text/plain", "x"])
def test_the_body_of_a_save_does_not_matter(
    content_type: str, api_of_artist: APIClient, beat: Beat
) -> None:
    bodies = [b"", b"{", b"[" * 100_000, b"\0\xff", b'{"artist": 1, "created_at": "2020-01-01"}']
    for body in bodies:
        answer = api_of_artist.generic("PUT", SAVE, body, content_type=content_type)
        assert answer.status_code in (200, 400, 415)
    assert SavedBeat.objects.count() <= 1
    assert not SavedBeat.objects.filter(created_at__year=2020).exists()


@pytest.mark.parametrize("method", ["put", "delete"])
@pytest.mark.parametrize("address", ["beats/nowhere/save/", "producers/nobody/follow/"])
def test_what_is_unknown_is_not_found(
    method: str, address: str, api_of_artist: APIClient, beat: Beat
) -> None:
    answer = getattr(api_of_artist, method)(f"/api/v1/{address}")
    assert answer.status_code == 404
    assert answer.json()["detail"]


def test_a_beat_that_is_not_out_yet_is_unknown(
    api_of_artist: APIClient, make_beat: Callable
) -> None:
    make_beat("tomorrow", published_at=timezone.now() + timedelta(days=1))
    assert api_of_artist.get("/api/v1/beats/tomorrow/").status_code == 404
    assert api_of_artist.put("/api/v1/beats/tomorrow/save/").status_code == 404
    assert walk(api_of_artist, "/api/v1/beats/") == []


def test_a_beat_says_what_it_is_and_whether_it_is_saved(
    api: APIClient, api_of_artist: APIClient, beat: Beat
) -> None:
    expected = {
        "slug": "slow-burn",
        "title": "Slow Burn",
        **LABEL,
        "published_at": "2026-02-05T14:00:00Z",
        "is_saved": False,
        "url": f"{SITE}/beats/slow-burn/",
    }
    assert api.get("/api/v1/beats/slow-burn/").json() == expected
    assert walk(api, "/api/v1/beats/") == [expected]
    api_of_artist.put(SAVE)
    assert api.get("/api/v1/beats/slow-burn/").json() == expected
    assert api_of_artist.get("/api/v1/beats/slow-burn/").json() == expected | {"is_saved": True}
    assert walk(api_of_artist, "/api/v1/beats/") == [expected | {"is_saved": True}]


def test_a_vault_says_what_was_saved_and_when(
    api_of_artist: APIClient, artist: Artist, beat: Beat
) -> None:
    artist.save_beat(beat)
    SavedBeat.objects.update(created_at="2026-05-01T10:00:00.5Z")
    assert walk(api_of_artist, "/api/v1/me/vault/") == [
        {
            "slug": "slow-burn",
            "title": "Slow Burn",
            **LABEL,
            "saved_at": "2026-05-01T10:00:00.500000Z",
        }
    ]


def test_a_vault_is_the_artists_own(api_of_artist: APIClient, beat: Beat) -> None:
    Artist.objects.create_user("other").save_beat(beat)
    assert walk(api_of_artist, "/api/v1/me/vault/") == []


def test_the_catalogue_is_walked_latest_first_though_beats_arrive(
    api: APIClient, make_beat: Callable
) -> None:
    day = timezone.now() - timedelta(days=30)
    for number in range(9):
        # Three of each instant: a page may end among equals.
        make_beat(f"b{number}", published_at=day + timedelta(hours=number // 3))
    first = api.get("/api/v1/beats/?limit=2").json()
    make_beat("b9", published_at=timezone.now() - timedelta(seconds=1))

    rest = walk(api, first["next"])

    slugs = [beat["slug"] for beat in first["results"] + rest]
    assert slugs == [f"b{number}" for number in reversed(range(9))]
    assert first["next"].startswith(f"{SITE}/api/v1/beats/?")
    assert "limit=2" in first["next"]


def test_a_vault_is_walked_latest_first(
    api_of_artist: APIClient, artist: Artist, make_beat: Callable
) -> None:
    for number in range(7):
        artist.save_beat(make_beat(f"b{number}"))
    SavedBeat.objects.update(created_at="2026-05-01T10:00:00Z")
    saves = walk(api_of_artist, "/api/v1/me/vault/?limit=3")
    assert [save["slug"] for save in saves] == [f"b{number}" for number in reversed(range(7))]


def test_the_last_page_is_not_followed_by_an_empty_one(api: APIClient, make_beat: Callable) -> None:
    for number in range(4):
        make_beat(f"b{number}")
    second = api.get(api.get("/api/v1/beats/?limit=2").json()["next"]).json()
    assert (len(second["results"]), second["next"]) == (2, None)


def test_links_are_not_made_from_the_host_of_the_request(
    api: APIClient, make_beat: Callable
) -> None:
    make_beat("a"), make_beat("b")
    page = api.get("/api/v1/beats/?limit=1", headers={"Host": "localhost:1234"}).json()
    assert page["next"].startswith(SITE)
    assert page["results"][0]["url"].startswith(SITE)


def test_an_unknown_host_is_refused(api: APIClient, db: None) -> None:
    assert api.get("/api/v1/beats/", headers={"Host": "evil.example"}).status_code == 400


def test_a_producer_of_another_case_is_another(api_of_artist: APIClient, beat: Beat) -> None:
    assert api_of_artist.put("/api/v1/producers/DJ-A/follow/").status_code == 404
    assert Producer.objects.count() == 1
