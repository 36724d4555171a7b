"""`POST boards/recompute/`: for developers, and out of reach of whatever is not derived."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.apps import apps
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from history.archives import ARCHIVES
from history.snapshots import take
from leaderboards.models import StoredRecap
from studiomode.beats.models import Artist, Beat
from tests.conftest import AT

ADDRESS = "/api/v1/boards/recompute/"
VERBS = ["get", "post", "put", "patch", "delete", "options", "head"]


@pytest.fixture(autouse=True)
def saved(make_beat: Callable, make_saves: Callable, settings: Any) -> Beat:
    settings.BOARD_FRESH_SECONDS = 5
    beat = make_beat("slow-burn")
    make_saves(beat, 3)
    for archive in ARCHIVES.values():
        take(archive, AT.date())
    return beat


@pytest.fixture
def staff(artist: Artist) -> Artist:
    artist.is_staff = True
    artist.save()
    return artist


def rows() -> dict[str, list]:
    return {
        model._meta.label: list(model._default_manager.order_by("pk").values())
        for model in apps.get_models()
        if model._meta.label not in ("leaderboards.StoredRecap", "sessions.Session")
    }


def test_it_forgets_what_is_stored_and_computes_it_anew(
    settings: Any, client: Client, saved: Beat
) -> None:
    settings.DEBUG = True
    client.get("/api/v1/boards/beats/")
    client.get("/api/v1/boards/beats/?window=2026-W18")
    saved.saves.all().delete()
    answer = client.post(ADDRESS)
    assert (answer.status_code, answer.json()) == (
        202,
        {"detail": "The boards are being computed anew."},
    )
    assert [recap.window for recap in StoredRecap.objects.all()] == ["7d"]
    assert client.get("/api/v1/boards/beats/").json()["count"] == 0


def test_nothing_else_is_touched(settings: Any, client: Client) -> None:
    settings.DEBUG = True
    before = rows()
    client.post(ADDRESS)
    assert rows() == before
    assert any(before.values())


def test_no_relation_leads_out_of_what_it_deletes() -> None:
    assert not StoredRecap._meta.related_objects
    assert not [field for field in StoredRecap._meta.get_fields() if field.is_relation]


@pytest.mark.parametrize("verb", VERBS)
def test_production_does_not_have_it(verb: str, client: Client, staff: Artist) -> None:
    client.get("/api/v1/boards/beats/")
    client.force_login(staff)
    with CaptureQueriesContext(connection) as captured:
        answer = getattr(client, verb)(ADDRESS)
    assert answer.status_code == 403
    assert len(captured) == 0  # not even who asks was looked at
    assert StoredRecap.objects.count() == 1


@pytest.mark.parametrize(("is_staff", "status"), [(True, 202), (False, 403)])
def test_with_the_setting_staff_may(
    is_staff: bool, status: int, settings: Any, client: Client, staff: Artist
) -> None:
    settings.ENABLE_DEBUG_ROUTES = True
    Artist.objects.update(is_staff=is_staff)
    client.force_login(staff)
    assert client.post(ADDRESS).status_code == status


def test_with_the_setting_nobody_else_may(settings: Any, client: Client) -> None:
    settings.ENABLE_DEBUG_ROUTES = True
    assert client.post(ADDRESS).status_code == 403


def test_a_session_needs_its_csrf_token(settings: Any, staff: Artist) -> None:
    settings.ENABLE_DEBUG_ROUTES = True
    client = Client(enforce_csrf_checks=True)
    client.force_login(staff)
    assert client.post(ADDRESS).status_code == 403


def test_it_is_not_in_the_schema(api: APIClient) -> None:
    assert "recompute" not in api.get("/api/v1/schema/").content.decode()
