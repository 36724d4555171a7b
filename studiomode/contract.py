"""The contract: what the OpenAPI document says of every operation, so that no view has to.

Views declare what is theirs alone. Here come what any operation may answer, which headers it sends,
how the parameters in addresses are called, and an example of every body.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from drf_spectacular.openapi import AutoSchema
from rest_framework.negotiation import DefaultContentNegotiation

from history.archives import ARCHIVES
from leaderboards.lenses import LENSES
from studiomode.beats.problems import KINDS, PROBLEM_JSON, Kind

from . import examples

Json = dict[str, Any]

READS = "get"
ALWAYS = (400, 406, 412, 429, 500, 503)  # whatever is asked; 400 of a host that is not ours
WITH_A_BODY = (413, 415)
WITH_SOMEBODY = (401,)  # where who asks counts, even where nobody need be signed in
WITH_A_SESSION = (403,)  # the check against forged forms
UNCHANGED = "Unchanged"

# Those in addresses are declared nowhere else.
PARAMETERS: dict[str, Json] = {
    "lens": {"description": "Which board.", "schema": {"type": "string", "enum": list(LENSES)}},
    "archive": {
        "description": "Which archive.",
        "schema": {"type": "string", "enum": list(ARCHIVES)},
    },
    "key": {"description": "A producer's handle, a beat's slug or a genre's slug."},
    "slug": {"description": "The beat's slug."},
    "handle": {"description": "The producer's handle."},
    "device": {"description": "Which device, by the id that `GET tokens/` tells."},
}

HEADERS: dict[str, Json] = {
    "ETag": {
        "description": "Of what is said; send it back in `If-None-Match` and a 304 costs nothing.",
        "schema": {"type": "string", "pattern": '^(W/)?".+"$'},
        "example": '"5f2c7a1e9b3d4f60817263545a6b7c8d"',
    },
    "Last-Modified": {
        "description": "When the answer was made (RFC 9110).",
        "schema": {"type": "string"},
        "example": "Wed, 06 May 2026 14:00:00 GMT",
    },
    "Cache-Control": {
        "description": "Who may keep the answer, and how long.",
        "schema": {"type": "string"},
        "example": "public, max-age=5, stale-while-revalidate=60",
    },
    "RateLimit-Policy": {
        "description": "The budget that the request counted against.",
        "schema": {"type": "string"},
        "example": '"reads";q=600;w=60',
    },
    "RateLimit": {
        "description": "What is left of it, and the seconds until it is whole again.",
        "schema": {"type": "string"},
        "example": '"reads";r=599;t=60',
    },
    "Retry-After": {
        "description": "Seconds to wait before asking again.",
        "schema": {"type": "integer", "minimum": 0},
        "example": 2,
    },
    "WWW-Authenticate": {
        "description": "How to sign in.",
        "schema": {"type": "string"},
        "example": "Session",
    },
    "Link": {
        "description": "The pages before and after (RFC 8288).",
        "schema": {"type": "string"},
        "example": f'<{examples.SITE}/api/v1/boards/producers.csv?offset=10>; rel="next"',
    },
    "Content-Disposition": {
        "description": "A name for the file.",
        "schema": {"type": "string"},
        "example": 'attachment; filename="studiomode-producers-2026-04-29-to-2026-05-06.csv"',
    },
}
OF_ALL = ("RateLimit-Policy", "RateLimit")
OF_WHAT_IS_READ = ("ETag", "Last-Modified", "Cache-Control")
OF_PROBLEMS = {401: ("WWW-Authenticate",), 429: ("Retry-After",), 503: ("Retry-After",)}
OF_KINDS = {"text/csv": ("Link", "Content-Disposition")}


class ContractSchema(AutoSchema):
    def get_summary(self) -> str:
        return super().get_summary() or self.get_operation_id().replace("_", " ").capitalize()

    def get_operation(self, *args: Any) -> Json | None:
        operation = super().get_operation(*args)
        if not operation:
            return None
        operation = completed(operation, self.method.lower())
        if not issubclass(self.view.content_negotiation_class, DefaultContentNegotiation):
            del operation["responses"]["406"]  # whatever is accepted has no say
        return operation


def completed(operation: Json, method: str) -> Json:
    operation.setdefault("security", [{}])  # anybody's
    for parameter in operation.get("parameters", []):
        if parameter["in"] == "path":
            parameter |= PARAMETERS.get(parameter["name"], {})
    for response in operation["responses"].values():
        complete(response, method)
    operation["responses"] |= shared(operation, method)
    operation["responses"] = dict(sorted(operation["responses"].items()))
    return operation


def complete(response: Json, method: str) -> None:
    """An answer of the view's own."""
    response["description"] = response["description"] or "The answer."
    names = OF_ALL + (OF_WHAT_IS_READ if method == READS else ())
    for kind in response.get("content", {}):
        names += OF_KINDS.get(kind, ())
    response["headers"] = headers(names)


def shared(operation: Json, method: str) -> Json:
    """The answers that are described once: those of `any_problem`, and the view's own problems."""
    own = {int(status) for status, answer in operation["responses"].items() if is_problem(answer)}
    names = {str(each): name_of(KINDS[each]) for each in own | {*any_problem(operation, method)}}
    if method == READS:
        names["304"] = UNCHANGED
    return {status: reference("responses", name) for status, name in names.items()}


def any_problem(operation: Json, method: str) -> Iterator[int]:
    """The statuses that any operation like this one may answer with."""
    asks_who = any(operation["security"])
    yield from ALWAYS
    yield from WITH_A_BODY if "requestBody" in operation else ()
    yield from WITH_SOMEBODY if asks_who else ()
    yield from WITH_A_SESSION if asks_who and method != READS else ()


def is_problem(response: Json) -> bool:
    return PROBLEM_JSON in response.get("content", {})


def finished(result: Json, **_: Any) -> Json:
    """A hook of drf-spectacular's: the document with what its parts refer to, and examples."""
    components = result["components"]
    components["headers"] = HEADERS
    components["responses"] = dict(described(result))
    for body in bodies(result):
        if "example" not in body and "examples" not in body:
            body["example"] = examples.of(body["schema"], components["schemas"])
    return result


def described(result: Json) -> Iterator[tuple[str, Json]]:
    """The answers that operations refer to, by name."""
    statuses = {status for operation in operations(result) for status in operation["responses"]}
    yield UNCHANGED, unchanged()
    for status, kind in KINDS.items():
        if str(status) in statuses:
            yield name_of(kind), problem(status)


def operations(result: Json) -> Iterator[Json]:
    for path in result["paths"].values():
        yield from path.values()


def bodies(result: Json) -> Iterator[Json]:
    """Whatever is sent or answered as JSON, but for problems."""
    for operation in operations(result):
        for part in (operation.get("requestBody", {}), *operation["responses"].values()):
            yield from (
                body for kind, body in part.get("content", {}).items() if kind.endswith("json")
            )


def problem(status: int) -> Json:
    kind = KINDS[status]
    body = {
        "schema": reference("schemas", "Problem"),
        "example": examples.problem(status, kind.name, kind.title),
    }
    return {
        "description": f"{kind.title}. {kind.remedy}",
        "headers": headers(OF_ALL + OF_PROBLEMS.get(status, ())),
        "content": {PROBLEM_JSON: body},
    }


def unchanged() -> Json:
    return {
        "description": "What you have still stands.",
        "headers": headers(OF_ALL + OF_WHAT_IS_READ),
    }


def headers(names: tuple[str, ...]) -> Json:
    return {name: reference("headers", name) for name in names}


def reference(kind: str, name: str) -> Json:
    return {"$ref": f"#/components/{kind}/{name}"}


def name_of(kind: Kind) -> str:
    """As components are called: "bad-input" is BadInput."""
    return kind.name.title().replace("-", "")
