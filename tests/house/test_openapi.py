"""The OpenAPI document: made from the code, committed, and complete."""

from __future__ import annotations

from collections.abc import Iterator
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.conf import settings
from django.core.management import call_command
from openapi_spec_validator import validate

FACES = ("get_board_as", "get_badge")  # their addresses say what they are
COMMITTED = Path(settings.BASE_DIR) / "docs/openapi.yaml"
DOCUMENT = yaml.safe_load(COMMITTED.read_text())


def made() -> str:
    out = StringIO()
    call_command("spectacular", validate=True, fail_on_warn=True, stdout=out)
    return out.getvalue()


def each_operation() -> Iterator[Any]:
    for path, methods in DOCUMENT["paths"].items():
        for method, operation in methods.items():
            yield pytest.param(method, operation, id=f"{method} {path}")


OPERATIONS = list(each_operation())


def test_the_schema_is_made_without_a_warning_and_is_valid():
    validate(yaml.safe_load(made()))


def test_what_is_committed_is_what_the_code_makes():
    assert made() == COMMITTED.read_text(), "The API has changed: type make schema."


def test_it_is_the_same_wherever_it_is_made(settings):
    settings.SITE_URL = "https://elsewhere.example"
    assert made() == COMMITTED.read_text()


@pytest.mark.parametrize("path", ["/api/v1/schema/", "/api/v1/docs/"])
def test_it_is_served(client, path, db):
    assert client.get(path).status_code == 200


def test_the_docs_need_no_other_host(client, db):
    page = client.get("/api/v1/docs/").content.decode()
    assert "<script" not in page
    assert 'src="http' not in page


def test_every_group_is_described_and_used():
    described = {tag["name"] for tag in DOCUMENT["tags"] if tag["description"]}
    assert described == {tag for each in OPERATIONS for tag in each.values[1]["tags"]}


@pytest.mark.parametrize(("method", "operation"), OPERATIONS)
class TestEveryOperation:
    def test_says_what_it_is_for(self, method, operation):
        assert 5 < len(operation["summary"]) < 40
        assert operation["description"].endswith((".", "”."))

    def test_says_what_may_be_asked(self, method, operation):
        for parameter in operation.get("parameters", []):
            assert parameter["description"], parameter["name"]
            if parameter["schema"].get("type") == "integer":
                assert {"minimum", "maximum"} <= set(parameter["schema"])

    def test_says_what_may_go_wrong(self, method, operation):
        answers = set(operation["responses"])
        assert answers >= {"412", "429", "500", "503"}
        assert ("406" in answers) == (not operation["operationId"].startswith(FACES))
        assert ("304" in answers) == (method == "get")
        if {} not in operation["security"]:
            assert "401" in answers
        if method != "get" and any(operation["security"]):
            assert "403" in answers
        if any(each["in"] == "path" for each in operation.get("parameters", [])):
            assert "404" in answers

    def test_shows_its_answers(self, method, operation):
        for status, answer in operation["responses"].items():
            if status.startswith("2"):
                assert answer["description"]
                assert {"RateLimit", "RateLimit-Policy"} <= set(answer["headers"])
                assert method != "get" or {"ETag", "Cache-Control"} <= set(answer["headers"])
                for body in answer.get("content", {}).values():
                    assert body.get("example") or body.get("examples")


@pytest.mark.parametrize("name", [*DOCUMENT["components"]["responses"]])
def test_every_problem_is_shown(name):
    problem = DOCUMENT["components"]["responses"][name]
    for kind, body in problem.get("content", {}).items():
        assert kind == "application/problem+json"
        assert list(body["example"]) == ["type", "title", "status", "detail", "errors"]
        assert "RateLimit" in problem["headers"]
