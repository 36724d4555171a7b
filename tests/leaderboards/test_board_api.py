"""The shape of boards in JSON, exactly as the design says."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from rest_framework.test import APIClient

from leaderboards.lenses import LENSES
from studiomode.beats.models import SavedBeat

AT = "2026-05-06T14:00:00Z"
SITE = "https://studiomode.example"
BOARD = [
    "lens", "window", "slice", "generated_at", "stale", "source", "total_saves", "count", "next",
    "previous", "results", "missing", "me",
]  # fmt: skip
ENTRY = [
    "rank", "key", "name", "saves", "share", "previous_rank", "change", "is_new", "url",
]  # fmt: skip
KINDS = {"producers": "producers", "movers": "producers", "beats": "beats", "genres": "genres"}


@pytest.fixture
def ledger(make_beat: Callable, make_saves: Callable) -> None:
    """Before: a 2, b 1, c 1. Now: b 3, a 2, d 2, c 0. All in genres of their own."""
    for slug, before, now in (("a", 2, 2), ("b", 1, 3), ("c", 1, 0), ("d", 0, 2)):
        beat = make_beat(slug, producer=slug, genre=slug)
        make_saves(beat, before, days_ago=8)
        make_saves(beat, now, days_ago=1)


def get(api: APIClient, address: str, **params: object) -> dict:
    answer = api.get(f"/api/v1/{address}", params)
    assert answer.status_code == 200, answer.content
    return answer.json()


def query(link: str) -> dict[str, str]:
    return {name: value for name, (value,) in parse_qs(urlsplit(link).query).items()}


def test_the_boards_are_listed(api: APIClient, db: None) -> None:
    found = get(api, "boards/")
    assert [lens["name"] for lens in found] == ["producers", "movers", "beats", "genres"]
    for lens in found:
        assert list(lens) == ["name", "title", "description", "url"]
        assert lens["url"] == f"{SITE}/api/v1/boards/{lens['name']}/"


@pytest.mark.parametrize("lens", KINDS)
def test_a_board_has_these_keys_and_no_others(lens: str, api: APIClient, ledger: None) -> None:
    found = get(api, f"boards/{lens}/", at=AT)
    assert list(found) == BOARD
    assert found["lens"] == lens
    assert found["window"] == {
        "name": "7d", "start": "2026-04-29T14:00:00Z", "end": AT, "in_progress": False,
    }  # fmt: skip
    assert found["generated_at"].endswith("Z")
    generated = datetime.fromisoformat(found["generated_at"])
    assert abs(generated - datetime.now(UTC)) < timedelta(minutes=1)
    for entry in found["results"]:
        assert list(entry) == ENTRY
        assert entry["url"] == f"{SITE}/{KINDS[lens]}/{entry['key']}/"


def test_a_board_says_what_was_counted(api: APIClient, ledger: None) -> None:
    found = get(api, "boards/producers/", at=AT)
    assert (found["total_saves"], found["count"]) == (7, 3)
    assert (found["next"], found["previous"]) == (None, None)
    lines = [
        [entry[name] for name in ENTRY if name not in ("name", "url")] for entry in found["results"]
    ]
    assert lines == [
        [1, "b", 3, 42.86, 2, 1, False],
        [2, "a", 2, 28.57, 1, -1, False],
        [2, "d", 2, 28.57, None, None, True],
    ]


def test_an_empty_board_is_whole(api: APIClient, db: None) -> None:
    for lens in KINDS:
        found = get(api, f"boards/{lens}/", at=AT)
        assert list(found) == BOARD
        assert (found["total_saves"], found["count"], found["results"]) == (0, 0, [])
        assert (found["next"], found["previous"]) == (None, None)


def test_a_week_in_progress_is_marked(api: APIClient, ledger: None) -> None:
    found = get(api, "boards/beats/", at=AT, window="2026-W19")
    assert found["window"] == {
        "name": "2026-W19", "start": "2026-05-04T00:00:00Z", "end": AT, "in_progress": True,
    }  # fmt: skip
    closed = get(api, "boards/beats/", window="2026-W19")
    assert closed["window"]["end"] == "2026-05-11T00:00:00Z"
    assert not closed["window"]["in_progress"]


def test_the_recap_is_the_four_boards_of_one_instant(api: APIClient, ledger: None) -> None:
    found = get(api, "recap/", at=AT)
    assert list(found) == list(LENSES)
    assert len({board["generated_at"] for board in found.values()}) == 1
    for lens, board in found.items():
        alone = get(api, f"boards/{lens}/", at=AT)
        assert board | {"generated_at": ""} == alone | {"generated_at": ""}


def test_without_at_all_boards_of_a_recap_end_at_one_instant(api: APIClient, ledger: None) -> None:
    found = get(api, "recap/")
    assert len({board["window"]["end"] for board in found.values()}) == 1


def test_pages_are_linked_and_pinned_to_the_instant_of_the_first(
    api: APIClient, ledger: None
) -> None:
    first = get(api, "boards/beats/", at=AT, limit=1)
    assert first["next"].startswith(f"{SITE}/api/v1/boards/beats/?")
    assert query(first["next"]) == {"window": "7d", "at": AT, "limit": "1", "offset": "1"}
    assert first["previous"] is None
    second = api.get(first["next"]).json()
    assert query(second["next"])["offset"] == "2"
    assert query(second["previous"])["offset"] == "0"
    last = api.get(second["next"]).json()
    assert (last["next"], query(last["previous"])["offset"]) == (None, "1")
    assert api.get(last["previous"]).json()["results"] == second["results"]


def test_next_carries_the_instant_of_a_page_that_named_none(
    api: APIClient, make_beat: Callable, artist
) -> None:
    for slug in ("a", "b"):
        artist.save_beat(make_beat(slug))
    first = get(api, "boards/beats/", limit=1)
    assert query(first["next"])["at"] == first["window"]["end"]
    assert datetime.fromisoformat(query(first["next"])["at"]).tzinfo


@pytest.mark.parametrize("window", ["7d", "current week"])
def test_a_walk_repeats_and_skips_nobody_while_saves_arrive(
    window: str, api: APIClient, make_beat: Callable, make_saves: Callable
) -> None:
    now = datetime.now(UTC)
    beats = [make_beat(f"b{number}") for number in range(9)]
    saves = [save for n, beat in enumerate(beats) for save in make_saves(beat, 1 + n % 3)]
    SavedBeat.objects.filter(pk__in=[save.pk for save in saves]).update(
        created_at=now - timedelta(seconds=1)
    )
    year, week, _ = (now - timedelta(seconds=1)).isocalendar()
    params = {"limit": 2, "window": "7d" if window == "7d" else f"{year}-W{week:02}"}
    page, seen, newcomer = get(api, "boards/beats/", **params), [], 0
    seen += page["results"]
    while page["next"]:
        # Each arrival turns the live board upside down.
        late = make_saves(beats[newcomer], 5)
        SavedBeat.objects.filter(pk__in=[save.pk for save in late]).update(
            created_at=datetime.now(UTC)
        )
        newcomer += 1
        page = api.get(page["next"]).json()
        seen += page["results"]
        assert (page["count"], page["total_saves"]) == (9, 18)
    assert newcomer == 4
    assert [entry["key"] for entry in seen] == [
        f"b{number}" for number in (2, 5, 8, 1, 4, 7, 0, 3, 6)
    ]


def test_an_offset_beyond_the_end_is_an_empty_page(api: APIClient, ledger: None) -> None:
    found = get(api, "boards/beats/", at=AT, offset=500, limit=100)
    assert (found["count"], found["results"], found["next"]) == (3, [], None)
    assert query(found["previous"])["offset"] == "400"


def test_names_come_in_every_script(
    api: APIClient, make_beat: Callable, make_saves: Callable
) -> None:
    title = "سلام 名前 😀 <b>&amp;"
    make_saves(make_beat("a", title=title))
    assert get(api, "boards/beats/", at=AT)["results"][0]["name"] == title
