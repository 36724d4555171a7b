"""One run at a time, whatever day it is for; and what a complete day stays."""

from __future__ import annotations

from datetime import timedelta

import pytest

from studiomode.digest.models import AlreadyRunning, DigestRun, DigestRunQuerySet
from tests.conftest import AT

DAY = AT.date()


def test_a_run_of_another_day_waits_too(db):
    DigestRun.objects.claim(DAY, AT)
    with pytest.raises(AlreadyRunning):
        DigestRun.objects.claim(DAY - timedelta(1), AT - timedelta(1))


def test_a_run_gives_way_to_one_of_another_day_begun_in_the_same_moment(db, monkeypatch):
    """Neither was there when the other looked."""
    other = DigestRun.objects.claim(DAY - timedelta(1), AT - timedelta(1))
    looks = iter([lambda: None])
    refuse = DigestRunQuerySet.refuse_beside
    monkeypatch.setattr(
        DigestRunQuerySet, "refuse_beside", lambda *given: next(looks, lambda: refuse(*given))()
    )
    with pytest.raises(AlreadyRunning):
        DigestRun.objects.claim(DAY, AT)
    run = DigestRun.objects.get(date=DAY)
    assert run.told == "was interrupted by another run before its first chore"
    assert DigestRun.objects.get(ended_at=None) == other
    other.end()
    assert DigestRun.objects.claim(DAY, AT).attempts == 2  # the next tick


def test_a_complete_day_stays_complete_while_it_is_run_again(digest, steady_saves):
    digest(DAY)
    again = DigestRun.objects.claim(DAY, AT)
    assert DigestRun.objects.complete().get() == again


def test_a_day_is_complete_once_a_run_has_done_all(digest, steady_saves, monkeypatch):
    monkeypatch.setattr("studiomode.digest.chores.take", lambda archive, day: 1 / 0)
    digest(DAY)
    assert not DigestRun.objects.complete().exists()
    monkeypatch.undo()
    digest(DAY)
    assert DigestRun.objects.complete().exists()


def test_notices_know_what_is_saved(digest, publish, client_of_artist, artist):
    beat = publish("fresh")
    artist.follow(beat.producer)
    artist.follows.update(created_at=AT - timedelta(9))
    digest(DAY)
    assert b"/beats/fresh/save/" in client_of_artist.get("/notices/").content
    artist.save_beat(beat)
    assert b"/beats/fresh/unsave/" in client_of_artist.get("/notices/").content
