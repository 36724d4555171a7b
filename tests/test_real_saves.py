"""Real saves through the real commands, recounted in plain Python that shares no code with them."""

from __future__ import annotations

import csv
import gzip
import json
import os
from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.core.management import call_command
from pytest_django import DjangoDbBlocker

from studiomode.beats.models import Beat, Genre, Producer

FILE = os.environ.get("REAL_SAVES", "")
COLUMNS = {"producers": "producer", "movers": "producer", "beats": "beat", "genres": "genre"}
WEEKS = [
    "1997-W38", "1997-W39", "1997-W46", "1997-W51", "1997-W52",
    "1998-W01", "1998-W02", "1998-W03", "1998-W11", "1998-W17",
]  # fmt: skip
# Each is the very second of a save, so that saves lie on the edges of its windows.
ROWS_OF_INSTANTS = range(2_000, 84_000, 4_300)

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.xdist_group("real-saves"),  # one import, not one for each worker
    pytest.mark.skipif(not FILE, reason="REAL_SAVES does not say where the real saves are"),
]

Row = dict[str, str]


@pytest.fixture(scope="module")
def rows() -> list[Row]:
    with gzip.open(FILE, "rt", encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def sentences(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[list[str]]:
    """What the import says the first and the second time; the ledger stays for this module."""
    with django_db_blocker.unblock():
        yield [call_command("import_saves", FILE) for _ in range(2)]
        call_command("flush", interactive=False, verbosity=0)


@pytest.fixture(scope="module")
def catalogue(sentences: list[str], django_db_blocker: DjangoDbBlocker) -> dict[str, list[str]]:
    """The keys in the order of their primary keys, which only the database knows."""
    with django_db_blocker.unblock():
        models = {"producer": Producer, "beat": Beat, "genre": Genre}
        return {
            column: list(model.objects.order_by("pk").values_list(model.KEY, flat=True))
            for column, model in models.items()
        }


def instants(rows: list[Row]) -> list[str]:
    return [rows[number]["saved_at"] for number in ROWS_OF_INSTANTS]


def printed(lens: str, *arguments: str) -> dict[str, Any]:
    return json.loads(call_command("board", lens, *arguments, "--limit=100", "--format=json"))


def shifted(moment: str, days: int) -> str:
    return (datetime.fromisoformat(moment) + timedelta(days)).strftime("%Y-%m-%dT%H:%M:%SZ")


def counted(rows: list[Row], column: str, start: str, end: str) -> Counter[str]:
    """Instants are compared as text: all have one form."""
    return Counter(row[column] for row in rows if start <= row["saved_at"] < end)


def ranked(saves: Counter[str]) -> dict[str, int]:
    return {key: 1 + sum(n > own for n in saves.values()) for key, own in saves.items()}


def recount(
    rows: list[Row], catalogue: dict[str, list[str]], lens: str, start: str, end: str
) -> dict[str, Any]:
    """The first hundred lines of the board and what they are a page of."""
    column = COLUMNS[lens]
    saves = counted(rows, column, start, end)
    rank = ranked(saves)
    before = ranked(counted(rows, column, shifted(start, -7), shifted(end, -7)))
    listed = sorted(rank, key=lambda key: (rank[key], catalogue[column].index(key)))
    if lens == "movers":
        climbed = [key for key in listed if before.get(key, 0) > rank[key]]
        listed = sorted(climbed, key=lambda key: rank[key] - before[key])
    lines = [(rank[key], key, saves[key], before.get(key)) for key in listed]
    return {"total_saves": saves.total(), "count": len(lines), "lines": lines[:100]}


def said(board: dict[str, Any]) -> dict[str, Any]:
    columns = ("rank", "key", "saves", "previous_rank")
    lines = [tuple(entry[name] for name in columns) for entry in board["results"]]
    return {"total_saves": board["total_saves"], "count": board["count"], "lines": lines}


def test_all_saves_are_imported_and_again_none(sentences: list[str]) -> None:
    assert sentences == [
        "Imported 84,122 saves from 84,122 rows: 0 were there already, 0 were refused.",
        "Imported 0 saves from 84,122 rows: 84,122 were there already, 0 were refused.",
    ]


@pytest.mark.parametrize("lens", COLUMNS)
def test_twenty_instants_agree_with_a_recount(
    lens: str, rows: list[Row], catalogue: dict[str, list[str]]
) -> None:
    asked = ["1998-01-12T00:00:00Z", *instants(rows)]
    assert len(asked) >= 20
    for at in asked:
        board = said(printed(lens, f"--at={at}"))
        assert board == recount(rows, catalogue, lens, shifted(at, -7), at), at
        assert board["total_saves"] > 0


@pytest.mark.parametrize("lens", COLUMNS)
def test_ten_iso_weeks_agree_with_a_recount(
    lens: str, rows: list[Row], catalogue: dict[str, list[str]]
) -> None:
    for week in WEEKS:
        monday = datetime.strptime(f"{week}-1 +0000", "%G-W%V-%u %z").isoformat()
        board = said(printed(lens, f"--window={week}"))
        assert board == recount(rows, catalogue, lens, shifted(monday, 0), shifted(monday, 7)), week
        assert board["total_saves"] > 0


def test_a_week_in_progress_ends_at_the_instant(
    rows: list[Row], catalogue: dict[str, list[str]]
) -> None:
    at = "1998-01-01T12:00:00Z"
    board = printed("beats", "--window=1998-W01", f"--at={at}")
    expected = recount(rows, catalogue, "beats", "1997-12-29T00:00:00Z", at)
    assert said(board) == expected
    assert board["window"] == {
        "name": "1998-W01",
        "start": "1997-12-29T00:00:00Z",
        "end": at,
        "in_progress": True,
    }
