"""Whatever goes wrong under /api/ is told in one shape: RFC 9457."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import OperationalError
from django.test import Client
from rest_framework.exceptions import ErrorDetail

from studiomode.beats import problems

SHAPE = {"type", "title", "status", "detail", "errors"}
DOCS = "https://studiomode.example/api/v1/docs/"


def told(answer: Any, status: int) -> dict[str, Any]:
    assert answer.status_code == status
    assert answer["Content-Type"] == "application/problem+json"
    problem = answer.json()
    assert set(problem) == SHAPE
    assert problem["status"] == status
    assert problem["type"] == f"{DOCS}#{problems.KINDS[status].name}"
    assert problem["title"] == problems.KINDS[status].title
    assert problem["detail"]
    return problem


def test_a_parameter_is_named(api, db):
    problem = told(api.get("/api/v1/boards/beats/?limit=0"), 400)
    assert problem["errors"] == [
        {"pointer": "?limit", "code": "invalid", "detail": problem["detail"]}
    ]
    assert "Allowed: a whole number from 1 to 100" in problem["detail"]


@pytest.mark.parametrize("verb", ["put", "delete"])
def test_nobody_is_signed_in(api, verb, make_beat):
    answer = getattr(api, verb)(f"/api/v1/beats/{make_beat('b').slug}/save/")
    told(answer, 401)
    assert answer["WWW-Authenticate"]


def test_ones_own_beat(api_of_artist, artist, make_beat):
    beat = make_beat("mine")
    beat.producer.artist = artist
    beat.producer.save()
    problem = told(api_of_artist.put("/api/v1/beats/mine/save/"), 403)
    assert "your own beat" in problem["detail"]


@pytest.mark.parametrize(
    "address", ["/api/v1/nowhere/", "/api/v1/beats/nowhere/", "/api/", "/api/v2/beats/"]
)
def test_unknown(client, address, db):
    told(client.get(address), 404)


def test_what_is_allowed_instead_of_a_method(api, db):
    answer = api.post("/api/v1/boards/beats/", {}, "json")
    assert "Allowed: GET" in told(answer, 405)["detail"]
    assert "GET" in answer["Allow"]


def test_what_is_allowed_instead_of_a_form(api, db):
    answer = api.get("/api/v1/beats/", headers={"Accept": "text/html"})
    assert "Allowed: application/json" in told(answer, 406)["detail"]


def test_a_host_that_is_not_ours(client, db):
    told(client.get("/api/v1/beats/", headers={"Host": "evil.example"}), 400)


def test_what_nobody_has_thought_of(db, monkeypatch):
    monkeypatch.setattr("studiomode.beats.api.Beats.get_queryset", lambda view: 1 / 0)
    client = Client(raise_request_exception=False)
    problem = told(client.get("/api/v1/beats/"), 500)
    assert "ZeroDivision" not in str(problem)


def fail(*args: Any, **kwargs: Any) -> None:
    raise OperationalError("connection to server at 10.0.0.7 failed")


@pytest.mark.parametrize(
    ("where", "address"),
    [
        ("studiomode.beats.api.Beats.get_queryset", "beats/"),
        ("studiomode.api.UnknownAddress.dispatch", "nowhere/"),
    ],
    ids=["within a view", "before one is at work"],
)
def test_a_database_that_does_not_answer(db, monkeypatch, where, address, caplog):
    monkeypatch.setattr(where, fail)
    answer = Client(raise_request_exception=False).get(f"/api/v1/{address}")
    assert "10.0.0.7" not in str(told(answer, 503))
    assert answer["Retry-After"] == "2"
    assert "10.0.0.7" in caplog.text


def test_a_page_without_its_database_is_busy_too(db, monkeypatch):
    monkeypatch.setattr("leaderboards.views.shown", fail)
    answer = Client(raise_request_exception=False).get("/beats/nowhere/")
    assert answer.status_code == 503
    assert answer["Retry-After"] == "2"
    assert b"what you saved is safe" in answer.content


def test_fields_are_pointed_at_however_deep():
    wrong = ErrorDetail("This is wrong.", code="wrong")
    data = {"name": [wrong], "deep": {"er": [wrong]}, "many": [{}, {"x": [wrong]}]}
    data[problems.BY_ITSELF] = [wrong]
    found = list(problems.flattened(data))
    assert [error["pointer"] for error in found] == ["#/name", "#/deep/er", "#/many/1/x", "#"]
    assert {error["code"] for error in found} == {"wrong"}
    assert list(problems.flattened({"detail": wrong})) == []
