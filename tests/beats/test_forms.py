"""♡ and follow as plain forms, without JavaScript."""

from __future__ import annotations

import pytest
from django.test import Client

from studiomode.beats.models import Artist, Beat

ACTIONS = [
    "beats/slow-burn/save",
    "beats/slow-burn/unsave",
    "producers/dj-a/follow",
    "producers/dj-a/unfollow",
]


@pytest.fixture(autouse=True)
def beat(make_beat) -> Beat:
    return make_beat("slow-burn")


def test_a_form_saves_and_another_takes_back(client_of_artist: Client, artist: Artist) -> None:
    for action, rows in (("save", 1), ("save", 1), ("unsave", 0), ("unsave", 0)):
        answer = client_of_artist.post(f"/beats/slow-burn/{action}/")
        assert (answer.status_code, answer["Location"]) == (302, "/beats/slow-burn/")
        assert artist.saves.count() == rows


def test_a_form_follows_and_another_takes_back(client_of_artist: Client, artist: Artist) -> None:
    for action, rows in (("follow", 1), ("follow", 1), ("unfollow", 0), ("unfollow", 0)):
        answer = client_of_artist.post(f"/producers/dj-a/{action}/")
        assert (answer.status_code, answer["Location"]) == (302, "/producers/dj-a/")
        assert artist.follows.count() == rows


@pytest.mark.parametrize("action", ACTIONS)
def test_the_signed_out_are_sent_to_sign_in(action: str, client: Client) -> None:
    answer = client.post(f"/{action}/")
    assert answer.status_code == 302
    assert answer["Location"].startswith("/accounts/login/?next=")


@pytest.mark.parametrize("action", ACTIONS)
def test_a_link_changes_nothing_and_leads_to_the_page(
    action: str, client_of_artist: Client, artist: Artist
) -> None:
    answer = client_of_artist.get(f"/{action}/")
    assert (answer.status_code, answer["Location"]) == (302, f"/{action.rpartition('/')[0]}/")
    assert not artist.saves.exists()
    assert not artist.follows.exists()


@pytest.mark.parametrize("action", ACTIONS)
def test_a_form_needs_its_csrf_token(action: str, artist: Artist) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(artist)
    assert client.post(f"/{action}/").status_code == 403


def test_ones_own_beat_is_not_saved(client_of_artist: Client, artist: Artist, beat: Beat) -> None:
    beat.producer.artist = artist
    beat.producer.save()
    assert client_of_artist.post("/beats/slow-burn/save/").status_code == 302
    assert artist.saves.count() == 0


@pytest.mark.parametrize("wanted", ["/", "/boards/beats/?window=2026-W18", "/weekly-recap/"])
def test_a_form_leads_back_to_where_it_stood(wanted: str, client_of_artist: Client) -> None:
    answer = client_of_artist.post("/beats/slow-burn/save/", {"next": wanted})
    assert answer["Location"] == wanted


@pytest.mark.parametrize(
    "wanted",
    [
        "https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)",
        "http:///evil.example", "\thttps://evil.example", "///evil.example", "", "\0",
        "é", "x\0y", "%2f%2fevil", "archive", "week",
    ],
)  # fmt: skip
def test_a_form_leads_nowhere_else(wanted: str, client_of_artist: Client) -> None:
    answer = client_of_artist.post("/beats/slow-burn/save/", {"next": wanted})
    assert answer["Location"] == "/beats/slow-burn/"
