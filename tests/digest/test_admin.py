"""Runs and outbox in the admin: a calendar of days, retry, and a preview of what was said."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
import time_machine
from django.test import Client

from studiomode.beats.models import Artist
from studiomode.digest.models import Delivery, DigestRun, Notice
from tests.conftest import AT

DAY = AT.date()


@pytest.fixture
def root(db: None, client: Client) -> Client:
    client.force_login(Artist.objects.create_superuser("root", "root@example.com", "x"))
    return client


@pytest.fixture
def delivery(artist: Artist, publish: Callable) -> Delivery:
    Notice.objects.create(artist=artist, beat=publish("fresh"), date=DAY)
    return Delivery.objects.create(
        artist=artist, date=DAY, channel="email", state="given up", attempts=6, error="451 later"
    )


def test_the_calendar_says_of_each_day_how_it_is(
    root: Client, digest: Callable, steady_saves: list
) -> None:
    digest(DAY - timedelta(days=2))
    with time_machine.travel(AT + timedelta(hours=1)):
        page = root.get("/admin/digest/digestrun/").content.decode()
    assert page.count("<b>missing</b>") == 2
    assert page.count("<b>late</b>") + page.count("<b>complete</b>") == 1
    assert "3 days: 1 late, 2 missing." in page
    assert "6 May is missing: producers: no rows; beats: no rows; genres: no rows" in page


def test_a_run_tells_its_chores_line_by_line(
    root: Client, digest: Callable, steady_saves: list
) -> None:
    digest(DAY)
    page = root.get(f"/admin/digest/digestrun/{DigestRun.objects.get().pk}/change/")
    assert "<div>snapshot producers: 2 in " in page.content.decode()


def test_the_outbox_says_what_happened(root: Client, delivery: Delivery) -> None:
    page = root.get("/admin/digest/delivery/").content.decode()
    assert "451 later; 6 attempts<" in page
    Delivery.objects.update(state="waiting", next_try_at=AT)
    page = root.get("/admin/digest/delivery/").content.decode()
    assert "451 later; 6 attempts; again 06 May 14:00<" in page


def test_without_days_there_is_no_calendar(root: Client) -> None:
    assert 'class="calendar"' not in root.get("/admin/digest/digestrun/").content.decode()


def test_what_failed_is_tried_again(root: Client, delivery: Delivery) -> None:
    chosen = {"action": "retry", "_selected_action": [delivery.pk]}
    page = root.post("/admin/digest/delivery/", chosen, follow=True)
    assert "1 will be tried again." in page.content.decode()
    delivery.refresh_from_db()
    assert (delivery.state, delivery.attempts, delivery.error) == ("waiting", 0, "")


def test_what_was_sent_is_not_sent_again(root: Client, delivery: Delivery) -> None:
    Delivery.objects.update(state="sent")
    root.post("/admin/digest/delivery/", {"action": "retry", "_selected_action": [delivery.pk]})
    delivery.refresh_from_db()
    assert delivery.state == "sent"


def test_a_digest_is_previewed(root: Client, delivery: Delivery) -> None:
    page = root.get(f"/admin/digest/delivery/{delivery.pk}/preview/").content.decode()
    assert "1 new beat by dj-a" in page
    assert "/unsubscribe/" not in page
    Notice.objects.all().delete()
    page = root.get(f"/admin/digest/delivery/{delivery.pk}/preview/").content.decode()
    assert "nothing new" in page


def test_only_for_staff(client_of_artist: Client, delivery: Delivery) -> None:
    for path in ("", f"{delivery.pk}/preview/"):
        assert client_of_artist.get(f"/admin/digest/delivery/{path}").status_code == 302
