"""Importing saves: what lands, what is refused and why."""

from __future__ import annotations

import csv
import gzip
import io
import random
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection

from studiomode.beats.landing import Landed, Row, land
from studiomode.beats.models import Artist, Beat, Genre, Producer, SavedBeat

COLUMNS = ["artist", "beat", "title", "producer", "genre", "published_at", "saved_at"]
GOOD = {
    "artist": "ada",
    "beat": "slow-burn",
    "title": "Slow Burn",
    "producer": "dj-a",
    "genre": "deep-house",
    "published_at": "2026-01-01T00:00:00Z",
    "saved_at": "2026-02-01T00:00:00Z",
}
Import = Callable[..., tuple[str, list[str]]]


def as_csv(*rows: dict[str, str], columns: list[str] = COLUMNS) -> str:
    text = io.StringIO()
    writer = csv.DictWriter(text, columns, extrasaction="ignore")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


@pytest.fixture
def importing(tmp_path: Path, db: None) -> Import:
    """importing(bytes): the sentence it ends with, and the lines it wrote about rows refused."""

    def run(content: bytes | str, name: str = "saves.csv") -> tuple[str, list[str]]:
        path = tmp_path / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        err = io.StringIO()
        try:
            said = call_command("import_saves", path, stderr=err, stdout=io.StringIO())
        except CommandError as failed:
            said = f"{failed}" if failed.returncode == 1 else "another exit code"
        return said, err.getvalue().splitlines()

    return run


def sentence(new: int, rows: int, known: int = 0, refused: int = 0) -> str:
    return (
        f"Imported {new:,} saves from {rows:,} rows: "
        f"{known:,} were there already, {refused:,} were refused."
    )


def test_a_row_becomes_a_save_and_what_it_needs(importing: Import) -> None:
    assert importing(as_csv(GOOD)) == (sentence(1, 1), [])
    row = SavedBeat.objects.get()
    assert row.created_at == datetime(2026, 2, 1, tzinfo=UTC)
    assert row.beat.published_at == datetime(2026, 1, 1, tzinfo=UTC)
    assert (row.beat.title, row.producer.handle, row.genre.slug) == (
        "Slow Burn",
        "dj-a",
        "deep-house",
    )
    assert (row.beat.producer, row.beat.genre) == (row.producer, row.genre)
    assert (row.artist.username, row.genre.name) == ("ada", "Deep House")
    assert not row.artist.has_usable_password()


def test_again_there_is_nothing_new(importing: Import) -> None:
    content = as_csv(GOOD, GOOD | {"artist": "bob"})
    importing(content)
    assert importing(content) == (sentence(0, 2, known=2), [])
    assert importing(content + as_csv(GOOD | {"artist": "eve"}).splitlines()[1])[0] == sentence(
        1, 3, known=2
    )
    assert [model.objects.count() for model in (Artist, Beat, Producer, Genre)] == [3, 1, 1, 1]


def test_the_first_of_two_rows_of_one_save_holds(importing: Import) -> None:
    later = GOOD | {"saved_at": "2026-03-01T00:00:00Z"}
    assert importing(as_csv(GOOD, later)) == (sentence(1, 2, known=1), [])
    assert SavedBeat.objects.get().created_at == datetime(2026, 2, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"artist": ""}, "artist is empty"),
        ({"producer": ""}, "producer is empty"),
        ({"title": ""}, "title is empty"),
        ({"producer": "d" * 151}, "producer “ddd"),
        ({"producer": "d" * 201}, "at most 200"),
        ({"artist": "a" * 151}, "not a key"),
        ({"beat": "slow burn"}, "beat “slow burn” is not a key. Allowed: 1 to 150 letters"),
        ({"beat": ".."}, "not a key"),
        ({"beat": "slow.png"}, "not ending in .png"),
        ({"title": "t" * 201}, "title has 201 characters, at most 200"),
        ({"title": "a\0b"}, "title holds a NUL byte"),
        ({"producer": "a\0b"}, "producer holds a NUL byte"),
        ({"saved_at": "yesterday"}, "saved_at “yesterday” is not an instant"),
        ({"saved_at": ""}, "saved_at is empty"),
        ({"saved_at": "2026-02-30T00:00:00Z"}, "not an instant"),
        ({"saved_at": "2026-02-01T00:00:00"}, "not an instant with a zone"),
        ({"saved_at": "2026-02-01T23:59:60Z"}, "not an instant"),
        ({"saved_at": "2026-02-01"}, "not an instant"),
        ({"saved_at": "0000-02-01T00:00:00Z"}, "not an instant"),
        ({"saved_at": "0001-01-01T00:00:00+14:00"}, "not an instant"),
        ({"saved_at": "10000-01-01T00:00:00Z"}, "not an instant"),
        ({"saved_at": "9" * 5_000}, "saved_at"),
        ({"published_at": "2026-01-01T00:00:00"}, "published_at “2026-01-01T00:00:00” is not"),
        ({"saved_at": "2999-01-01T00:00:00Z"}, "is in the future"),
    ],
)
def test_a_bad_row_is_named_and_the_others_land(
    change: dict[str, str], reason: str, importing: Import
) -> None:
    content = as_csv(GOOD, GOOD | {"artist": "bob"} | change, GOOD | {"artist": "eve"})
    said, lines = importing(content)
    assert said == sentence(2, 3, refused=1)
    assert len(lines) == 1
    assert lines[0].startswith("line 3: ")
    assert reason in lines[0]
    assert len(lines[0]) < 300
    assert set(SavedBeat.objects.values_list("artist__username", flat=True)) == {"ada", "eve"}


def test_a_row_that_is_refused_brings_nothing_into_the_catalogue(importing: Import) -> None:
    bad = {
        "artist": "bob", "beat": "other", "producer": "dj-b", "genre": "techno",
        "saved_at": "2026-02-01T00:00:00",
    }  # fmt: skip
    importing(as_csv(GOOD, GOOD | bad))
    assert [model.objects.count() for model in (Artist, Beat, Producer, Genre)] == [1, 1, 1, 1]


@pytest.mark.parametrize("change", [{"producer": "dj-b"}, {"genre": "techno"}])
def test_a_beat_under_another_label_is_refused(change: dict[str, str], importing: Import) -> None:
    content = as_csv(GOOD, GOOD | {"artist": "bob"} | change, GOOD | {"artist": "eve"})
    said, lines = importing(content)
    assert said == sentence(2, 3, refused=1)
    assert lines[0].startswith("line 3: beat slow-burn is known as by dj-a in deep-house")
    assert next(iter(change.values())) in lines[0]
    again, lines = importing(as_csv(GOOD | {"artist": "zoe"} | change))
    assert (again, len(lines)) == (sentence(0, 1, refused=1), 1)


def test_a_label_that_is_refused_brings_nothing_into_the_catalogue(importing: Import) -> None:
    importing(as_csv(GOOD, GOOD | {"artist": "bob", "producer": "dj-b", "genre": "techno"}))
    assert [Producer.objects.count(), Genre.objects.count()] == [1, 1]


def test_the_producers_own_save_is_refused(importing: Import) -> None:
    importing(as_csv(GOOD))
    owner = Producer.objects.get()
    owner.artist = Artist.objects.create_user("bob")
    owner.save()
    said, lines = importing(as_csv(GOOD | {"artist": "bob"}, GOOD | {"artist": "eve"}))
    assert said == sentence(1, 2, refused=1)
    assert lines == ["line 2: artist bob is the producer of beat slow-burn"]


def test_too_few_columns_are_refused(importing: Import) -> None:
    said, lines = importing(as_csv(GOOD) + "bob,slow-burn\n")
    assert said == sentence(1, 2, refused=1)
    assert lines == ["line 3: 2 columns where 7 are needed"]


def test_bytes_that_are_not_utf_8_are_refused(importing: Import) -> None:
    bad = as_csv(GOOD | {"artist": "bob", "title": "Caf#"}).splitlines()[1].encode()
    content = as_csv(GOOD).encode() + bad.replace(b"#", b"\xe9") + b"\r\n"
    said, lines = importing(content + as_csv(GOOD | {"artist": "eve"}).splitlines()[1].encode())
    assert said == sentence(2, 3, refused=1)
    assert lines == ["line 3: title is not UTF-8"]


@pytest.mark.parametrize("column", COLUMNS)
def test_a_missing_column_is_named(column: str, importing: Import) -> None:
    columns = [name for name in COLUMNS if name != column]
    said, _ = importing(as_csv(GOOD, columns=columns))
    assert f"lacks {column}." in said
    assert ",".join(COLUMNS) in said
    assert not SavedBeat.objects.exists()


def test_columns_may_stand_in_any_order_among_others(importing: Import) -> None:
    row = GOOD | {"notes": "x"}
    assert importing(as_csv(row, columns=["notes", *reversed(COLUMNS)]))[0] == sentence(1, 1)


def test_an_empty_file_lacks_its_columns(importing: Import) -> None:
    assert "lacks artist, beat, title" in importing("")[0]


def test_a_file_of_another_encoding_lacks_its_columns(importing: Import) -> None:
    assert "UTF-8" in importing(as_csv(GOOD).encode("utf-16"))[0]


def test_a_header_alone_is_no_row(importing: Import) -> None:
    assert importing(as_csv()) == (sentence(0, 0), [])


def test_a_missing_file_is_said_so(db: None) -> None:
    with pytest.raises(CommandError, match=r"nowhere\.csv was not imported"):
        call_command("import_saves", "nowhere.csv")


def test_a_byte_order_mark_is_passed_over(importing: Import) -> None:
    assert importing(b"\xef\xbb\xbf" + as_csv(GOOD).encode()) == (sentence(1, 1), [])


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_lines_may_end_in_any_way(end: str, importing: Import) -> None:
    content = as_csv(GOOD, GOOD | {"artist": "bob"}).replace("\r\n", end)
    assert importing(content) == (sentence(2, 2), [])
    assert Beat.objects.get().title == "Slow Burn"


def test_quoted_lines_are_one_row_and_empty_lines_none(importing: Import) -> None:
    two_lines = GOOD | {"title": 'Slow\n"Burn", live'}
    content = as_csv(two_lines) + "\r\n\r\n" + "bob,x\r\n"
    said, lines = importing(content)
    assert said == sentence(1, 2, refused=1)
    assert lines == ["line 6: 2 columns where 7 are needed"]
    assert Beat.objects.get().title == 'Slow\n"Burn", live'


def test_an_instant_of_another_zone_is_kept_in_utc(importing: Import) -> None:
    importing(as_csv(GOOD | {"saved_at": "2026-02-01T01:30:00.000001+05:30"}))
    moment = datetime(2026, 1, 31, 20, tzinfo=UTC) + timedelta(microseconds=1)
    assert SavedBeat.objects.get().created_at == moment


def many(number: int) -> str:
    """Titles that hardly compress, so that a cut file still holds rows."""
    dice = random.Random(1)
    return as_csv(
        *(
            GOOD | {"artist": f"fan{n}", "beat": f"b{n % 7}", "title": f"{dice.random()}"}
            for n in range(number)
        )
    )


def test_a_gzip_file_is_read(importing: Import) -> None:
    said, lines = importing(gzip.compress(many(300).encode()), "saves.csv.gz")
    assert (said, lines) == (sentence(300, 300), [])


@pytest.mark.parametrize("left", [0.9, 0.5])
def test_what_a_truncated_gzip_still_holds_lands(left: float, importing: Import) -> None:
    whole = gzip.compress(many(9_000).encode())
    said, lines = importing(whole[: int(len(whole) * left)], "saves.csv.gz")
    assert len(lines) == 1
    assert "breaks off here" in lines[0]
    assert "1 were refused" in said
    landed = SavedBeat.objects.count()
    assert 1_000 < landed < 9_000
    assert importing(whole, "saves.csv.gz")[0] == sentence(9_000 - landed, 9_000, known=landed)


def test_a_gzip_file_with_a_wrong_checksum_is_refused(importing: Import) -> None:
    whole = bytearray(gzip.compress(many(20).encode()))
    whole[-8] ^= 1
    said, lines = importing(bytes(whole), "saves.csv.gz")
    assert "refused" in said
    assert "breaks off here" in lines[-1]


@pytest.mark.parametrize("content", [b"not gzip at all", b"\x1f\x8b", b""])
def test_what_is_no_gzip_is_said_so(content: bytes, importing: Import) -> None:
    said, _ = importing(content, "saves.csv.gz")
    assert "was not imported" in said


def test_a_field_of_a_megabyte_is_refused_and_the_rest_lands(importing: Import) -> None:
    huge = GOOD | {"artist": "bob", "title": "x" * 1_000_000}
    said, lines = importing(as_csv(GOOD, huge, GOOD | {"artist": "eve"}))
    assert said == sentence(2, 3, refused=1)
    assert len(lines) == 1


def test_rows_land_across_batches(importing: Import, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("studiomode.beats.imports.BATCH", 7)
    rows: list[dict[str, Any]] = [GOOD | {"artist": f"fan{n}"} for n in range(30)]
    rows[20]["saved_at"] = "bad"
    said, lines = importing(as_csv(*rows))
    assert said == sentence(29, 30, refused=1)
    assert [line.split(":")[0] for line in lines] == ["line 22"]


def test_an_unclosed_quote_costs_its_own_row_alone(importing: Import) -> None:
    rows = [GOOD | {"artist": f"a{n}"} for n in range(3_000)]
    head, first, *others = as_csv(*rows).splitlines(keepends=True)
    said, refused = importing(head + first + '"oh,' + others[0] + "".join(others))
    assert said == sentence(3_000, 3_001, refused=1)
    assert [line.partition(":")[0] for line in refused] == ["line 3"]


def test_an_unclosed_quote_at_the_end_is_named(importing: Import) -> None:
    said, refused = importing(as_csv(GOOD) + '"oh,no\n')
    assert said == sentence(1, 2, refused=1)
    assert refused[0].startswith("line 3: it is not CSV")


def test_an_artist_in_another_case_is_named(importing: Import) -> None:
    Artist.objects.create_user("Ada")
    said, refused = importing(as_csv(GOOD, GOOD | {"artist": "eve"}, GOOD | {"artist": "Eve"}))
    assert said == sentence(1, 3, refused=2)
    assert refused == [
        "line 2: artist ada is known as Ada",
        "line 4: artist Eve is known as eve",
    ]


@pytest.mark.parametrize("title", [" ", "\t", "\u3000"])
def test_a_title_of_blanks_is_empty(title: str, importing: Import) -> None:
    assert importing(as_csv(GOOD | {"title": title}))[1] == ["line 2: title is empty"]


def test_a_beat_that_is_not_out_yet_is_named(importing: Import) -> None:
    _, refused = importing(as_csv(GOOD | {"published_at": "2999-01-01T00:00:00Z"}))
    assert refused == ["line 2: published_at 2999-01-01T00:00:00Z is in the future"]


@pytest.mark.django_db(transaction=True)
def test_two_imports_at_once_wait_for_each_other(importing: Import) -> None:
    moment = datetime(2026, 2, 1, tzinfo=UTC)
    rows = [Row(n, f"a{n}", f"b{n}", "x", f"p{n % 90}", "g", moment, moment) for n in range(1_500)]

    def work(batch: list[Any]) -> Landed:
        try:
            return land(batch)
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        landed = [pool.submit(work, batch).result for batch in (rows, rows[::-1])]
        assert [result().refused for result in landed] == [[], []]
        assert sum(result().new for result in landed) == 1_500
    assert SavedBeat.objects.count() == 1_500


def test_a_batch_that_fails_leaves_nothing_behind(
    db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    moment = datetime(2026, 2, 1, tzinfo=UTC)
    row = Row(2, "ada", "slow-burn", "Slow Burn", "dj-a", "house", moment, moment)
    with monkeypatch.context() as broken:
        broken.setattr("studiomode.beats.landing.SAVED", "INSERT INTO saved_beats VALUES (NULL)")
        with pytest.raises(DatabaseError):
            land([row])
    assert [model.objects.count() for model in (Artist, Beat, Producer, Genre)] == [0, 0, 0, 0]
    assert land([row]) == (1, 1, [])
