"""Examples for the OpenAPI document: bodies put together from what each field may look like."""

from __future__ import annotations

from typing import Any

Json = dict[str, Any]

SITE = "https://studiomode.example"

# By the name of a field, which means the same in every body.
FIELDS: Json = {
    "at": "2026-05-06T14:00:00Z",
    "beat": {"key": "slow-burn", "name": "Slow Burn", "url": f"{SITE}/beats/slow-burn/"},
    "change": 2,
    "color": "ff7a3d",
    "count": 41,
    "created_at": "2026-05-06T14:00:03Z",
    "date": "2026-05-06",
    "description": "Whose beats were saved most.",
    "end": "2026-05-06T14:00:00Z",
    "followed": ["dj-a"],
    "gap": 4,
    "generated_at": "2026-05-06T14:00:00Z",
    "genre": {"key": "house", "name": "House", "url": f"{SITE}/genres/house/"},
    "in_progress": False,
    "is_late": False,
    "is_new": False,
    "is_saved": True,
    "isError": False,
    "key": "dj-a",
    "label": "Top producers",
    "login": "ada",
    "lens": "producers",
    "message": "#3 · last 7 days",
    "missing": [],
    "name": "DJ A",
    "next": None,
    "password": "correct horse battery",
    "position": 3,
    "previous": None,
    "previous_rank": 5,
    "published_at": "2026-05-01T12:00:00Z",
    "rank": 3,
    "saved": ["slow-burn"],
    "saved_at": "2026-05-06T13:59:12Z",
    "saves": 42,
    "share": 11.76,
    "slug": "slow-burn",
    "snapshot_date": "2026-05-06",
    "source": "stored",
    "stale": False,
    "start": "2026-04-29T14:00:00Z",
    "title": "Slow Burn",
    "token": "3f9c…e1",
    "total_saves": 357,
    "url": f"{SITE}/producers/dj-a/",
    "username": "ada",
    "window_end": "2026-05-06T14:00:00Z",
}
# Where a field of one shape means something of its own: by the name of the shape.
OF_SHAPES: dict[str, Json] = {
    "Beat": {"url": f"{SITE}/beats/slow-burn/"},
    "Device": {"name": "Ada's phone"},
    "Me": {"name": "ada"},
    "SignIn": {"device": "Ada's phone"},
    "Lens": {
        "name": "producers",
        "title": "Top producers",
        "url": f"{SITE}/api/v1/boards/producers/",
    },
    "Saved": {"beat": "slow-burn"},
    "Slice": {"genre": None, "following": False, "producers": None},
    "Window": {"name": "7d"},
}
# What the fields mean below a field of this name.
ON_BEATS = {"lens": "beats", "key": "slow-burn", "name": "Slow Burn"} | OF_SHAPES["Beat"]
BELOW: dict[str, Json] = {
    "movers": {"lens": "movers"},
    "beats": ON_BEATS,
    "place": ON_BEATS,
    "genres": {"lens": "genres"} | FIELDS["genre"],
}
KINDS: Json = {
    "boolean": True,
    "date": "2026-05-06",
    "date-time": "2026-05-06T14:00:00Z",
    "email": "ada@studiomode.example",
    "integer": 1,
    "null": None,
    "number": 1.5,
    "object": {},
    "string": "…",
    "uri": f"{SITE}/",
    "uuid": "1f0c2a5e-6a57-4a3e-9c2e-5d0f7a1b2c3d",
}
DETAILS = {
    400: "limit=“0” is not allowed. Allowed: a whole number from 1 to 100.",
    401: "Authentication credentials were not provided.",
    403: "You cannot save your own beat.",
    404: "There is no board called x. There are: producers, movers, beats, genres.",
    429: "Too many requests. Ask again in 12 seconds.",
}
BLAMED = {400: "?limit"}


def of(schema: Json, shapes: Json, shape: str = "", known: Json = FIELDS) -> Any:
    """A body that `schema` allows; `shapes` are what it may refer to, `shape` the one it is of."""
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return of(shapes[name], shapes, name, known)
    if parts := schema.get("allOf") or schema.get("oneOf") or schema.get("anyOf"):
        return of(parts[0], shapes, shape, known)
    if schema.get("type") == "array":
        return [of(schema["items"], shapes, "", known)]
    if "properties" not in schema:
        return plain(schema)
    fields, own = schema["properties"].items(), known | OF_SHAPES.get(shape, {})
    return {
        name: own[name] if name in own else of(kind, shapes, "", known | BELOW.get(name, {}))
        for name, kind in fields
    }


def plain(schema: Json) -> Any:
    if "enum" in schema:
        return schema["enum"][0]
    kind = schema.get("type", "string")
    by_type = KINDS[kind if isinstance(kind, str) else kind[0]]
    return KINDS.get(schema.get("format", ""), by_type)


def problem(status: int, name: str, title: str) -> Json:
    detail = DETAILS.get(status, f"{title}.")
    errors = [{"pointer": BLAMED.get(status), "code": "invalid", "detail": detail}]
    return {
        "type": f"{SITE}/api/v1/docs/#{name}",
        "title": title,
        "status": status,
        "detail": detail,
        "errors": errors if status in BLAMED else [],
    }
