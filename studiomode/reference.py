"""The OpenAPI document as a page; it needs no script and no other host."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from drf_spectacular.generators import SchemaGenerator

from studiomode.beats.problems import KINDS, PROBLEM_JSON, respond

Json = dict[str, Any]
READING = ("GET", "HEAD")


@cache
def document() -> Json:
    """It is the same for everybody as long as the process lives."""
    return SchemaGenerator().get_schema(request=None, public=True)


def docs(request: HttpRequest) -> HttpResponse:
    if request.method not in READING:
        allowed = ", ".join(READING)
        return respond(405, f"Allowed: {allowed}.", {"Allow": allowed})
    schema = document()
    context = {
        "schema": schema,
        "groups": [group(tag, schema) for tag in schema["tags"]],
        "shapes": shapes(schema),
        "problems": KINDS,
        "problem": example(schema["components"]["responses"]["BadInput"]["content"][PROBLEM_JSON]),
    }
    return render(request, "api_docs.html", context)


def group(tag: Json, schema: Json) -> Json:
    found = [
        described(operation, method, path)
        for path, methods in schema["paths"].items()
        for method, operation in methods.items()
        if tag["name"] in operation["tags"]
    ]
    return tag | {"operations": found}


def described(operation: Json, method: str, path: str) -> Json:
    parameters = operation.get("parameters", [])
    return operation | {
        "method": method.upper(),
        "path": path,
        "needs_somebody": {} not in operation["security"],
        "parameters": [each | {"allowed": allowed(each["schema"])} for each in parameters],
        "body": told(operation["requestBody"]) if "requestBody" in operation else None,
        "answers": list(answers(operation)),
        "problems": [KINDS[int(status)] for status in sorted(problems(operation))],
    }


def answers(operation: Json) -> Iterator[Json]:
    """Those of the operation's own, with what they look like."""
    for status, answer in operation["responses"].items():
        if "$ref" not in answer:
            yield told(answer) | {"status": status, "meaning": answer["description"]}


def problems(operation: Json) -> set[str]:
    shared = {status for status, answer in operation["responses"].items() if "$ref" in answer}
    return shared - {"304"}


def told(part: Json) -> Json:
    """The shape of a body, and an example of it."""
    for kind, body in part.get("content", {}).items():
        return {"kind": kind, "shape": in_words(body["schema"]), "example": example(body)}
    return {}


def example(body: Json) -> str:
    named = [each["value"] for each in body.get("examples", {}).values()]
    shown = named[0] if named else body["example"]
    return shown if isinstance(shown, str) else json.dumps(shown, ensure_ascii=False, indent=2)


def shapes(schema: Json) -> list[Json]:
    """The bodies there are, by name, with their fields: (name, kind, meaning)."""
    return [
        {
            "name": name,
            "enum": shape.get("enum", []),
            "fields": [
                (field, in_words(kind), kind.get("description", ""))
                for field, kind in shape.get("properties", {}).items()
            ],
        }
        for name, shape in schema["components"]["schemas"].items()
    ]


def in_words(kind: Json) -> str:
    """The type that a piece of the schema describes: "Board", "list of Entry", "string or null"."""
    if "$ref" in kind:
        return str(kind["$ref"]).rpartition("/")[2]
    if parts := kind.get("allOf") or kind.get("oneOf"):
        return " or ".join(in_words(part) for part in parts)
    if kind.get("type") == "array":
        return f"list of {in_words(kind['items'])}"
    types = kind.get("type", "anything")
    name = types if isinstance(types, str) else " or ".join(types)
    return f"{name}, {kind['format']}" if "format" in kind else name


def allowed(kind: Json) -> str:
    """What a parameter may be: "integer from 1 to 100, 10 by default"."""
    said = in_words(kind)
    if "enum" in kind:
        said = "one of " * (len(kind["enum"]) > 1) + ", ".join(map(str, kind["enum"]))
    if "minimum" in kind:
        said += f" from {kind['minimum']}"
    if "maximum" in kind:
        said += f" to {kind['maximum']:,}"
    return f"{said}; {kind['default']} by default" if "default" in kind else said
