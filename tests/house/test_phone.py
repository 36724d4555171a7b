"""examples/phone.py, a whole client, against a live server."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.utils import timezone

from studiomode.beats.models import Artist, SavedBeat
from studiomode.digest.models import Notice

SCRIPT = Path(settings.BASE_DIR) / "examples" / "phone.py"
PASSWORD = "correct horse battery"

pytestmark = pytest.mark.django_db(transaction=True)


def module() -> Any:
    spec = importlib.util.spec_from_file_location("phone", SCRIPT)
    assert spec
    assert spec.loader
    found = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(found)
    return found


phone = module()


@pytest.fixture
def artist(transactional_db: None, make_beat: Callable, make_saves: Callable) -> Artist:
    found = Artist.objects.create_user("ada", "ada@example.com", PASSWORD)
    for number, slug in enumerate(("slow-burn", "night-bus")):
        beat = make_beat(slug)
        make_saves(beat, number + 1)
        Notice.objects.create(artist=found, beat=beat, date=timezone.now().date())
    SavedBeat.objects.update(created_at=timezone.now())
    return found


@pytest.fixture
def ours(live_server: Any, artist: Artist) -> Any:
    """Signed in."""
    found = phone.Phone(live_server.url)
    found.sign_in("ada", PASSWORD, "A phone")
    return found


def test_it_walks_its_way(live_server: Any, artist: Artist) -> None:
    done = subprocess.run(
        [sys.executable, SCRIPT, live_server.url, "ada"],
        env=os.environ | {"PASSWORD": PASSWORD},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert " producers: dj-a\n" in done.stdout
    assert "♡ night-bus: #1 with 3 saves, 0 behind the next\n" in done.stdout
    assert "1 beats in the vault, night-bus on top\n2 notices\n" in done.stdout
    assert artist.saves.get().beat.slug == "night-bus"
    assert not artist.devices.exists()


def test_what_is_wanted_offline_is_sent_once_and_last_verb_first_served(
    ours: Any, artist: Artist
) -> None:
    ours.is_online = False
    assert ours.save("slow-burn") is None
    assert ours.unsave("slow-burn") is None
    assert ours.save("night-bus") is None
    assert ours.unsent == {
        "beats/slow-burn/save/": "DELETE",
        "beats/night-bus/save/": "PUT",
    }
    ours.is_online = True
    answers = ours.replay()
    assert answers["beats/night-bus/save/"]["is_saved"]
    assert answers["beats/slow-burn/save/"] is None
    assert (ours.unsent, artist.saves.get().beat.slug) == ({}, "night-bus")


def test_what_was_read_is_there_offline_and_costs_nothing_unchanged(ours: Any) -> None:
    first = ours.get("beats/")
    assert ours.get("beats/") is first  # a 304 has no body
    ours.is_online = False
    assert ours.get("beats/") is first
    with pytest.raises(phone.Offline):
        ours.get("recap/")


def test_a_problem_is_told_in_the_apis_words(ours: Any) -> None:
    with pytest.raises(phone.Problem, match="Allowed: a whole number") as refused:
        ours.get("beats/?limit=0")
    assert refused.value.status == 400
    assert list(refused.value.errors) == ["?limit"]


def test_what_can_never_be_done_holds_up_nothing(ours: Any, artist: Artist) -> None:
    ours.is_online = False
    ours.save("taken-down")
    ours.save("night-bus")
    ours.is_online = True
    with pytest.raises(phone.Problem):
        ours.replay()
    ours.replay()
    assert artist.saves.get().beat.slug == "night-bus"


def test_a_wrong_password_is_one_sentence(live_server: Any, artist: Artist) -> None:
    done = subprocess.run(
        [sys.executable, SCRIPT, live_server.url, "ada"],
        env=os.environ | {"PASSWORD": "wrong"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.count("\n") == 1
