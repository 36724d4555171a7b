from __future__ import annotations

import os
import subprocess
import sys
import unicodedata
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import models
from django.test import Client
from django.utils import timezone
from pytest_django.fixtures import Settings

from history.archives import ARCHIVES
from history.models import BeatOfTheWeek
from leaderboards.boards import Board, recap
from leaderboards.lenses import LENSES
from studiomode.beats.keys import is_key
from studiomode.beats.models import (
    LONGEST_NAME,
    Artist,
    Beat,
    Follow,
    Genre,
    Producer,
    SavedBeat,
)
from studiomode.beats.windows import last_snapshot_day, snapshot_instant, window
from studiomode.digest import demo
from studiomode.digest.management.commands.seed_demo import LIVED_DAYS, PASSWORD, seed
from studiomode.digest.models import DigestRun, Notice
from studiomode.digest.status import COMPLETE, LATE, days
from tests.conftest import AT

WEEK = timedelta(days=7)
TABLES: list[type[models.Model]] = [
    *(Artist, Producer, Genre, Beat, SavedBeat, Follow, DigestRun, Notice),
    *(archive.model for archive in ARCHIVES.values()),
]


@pytest.fixture(scope="module")
def made() -> demo.Demo:
    return demo.make(AT)


@pytest.fixture
def seeded(db: None) -> None:
    seed(AT, print)


@pytest.fixture
def debug(settings: Settings) -> None:
    settings.DEBUG = True


def run() -> list[str]:
    out = StringIO()
    call_command("seed_demo", stdout=out)
    return out.getvalue().splitlines()


def counts() -> list[int]:
    return [model._default_manager.count() for model in TABLES]


# --- the command ---


@pytest.mark.usefixtures("db", "debug")
def test_an_empty_database_is_filled_once() -> None:
    before = timezone.now()
    *_, sign_in, sentence = run()
    filled = counts()
    assert sign_in == f"Sign in as demo with the password {PASSWORD}"
    assert sentence == (
        "Seeded {:,} producers, {:,} beats, {:,} genres, {:,} artists, {:,} saves, {:,} follows, "
        "{:,} daily runs and {:,} notices.".format(
            *(filled[TABLES.index(model)] for model in (Producer, Beat, Genre, Artist)),
            *(filled[TABLES.index(model)] for model in (SavedBeat, Follow, DigestRun, Notice)),
        )
    )
    assert SavedBeat.objects.latest("created_at").created_at > before - timedelta(days=1)
    assert Client().login(username="demo", password=PASSWORD)
    assert run() == ["Nothing to do: only an empty database is seeded, and this one has artists."]
    assert counts() == filled


@pytest.mark.usefixtures("debug")
@pytest.mark.parametrize(
    ("occupant", "what"),
    [
        (lambda make_beat: Artist.objects.create_user("ada"), "artists"),
        (lambda make_beat: make_beat("slow-burn"), "beats"),
        (
            lambda make_beat: BeatOfTheWeek.objects.create(
                snapshot_date=AT, window_end=AT, position=1, rank=1, saves=1, name="Slow Burn"
            ),
            "archived beats",
        ),
    ],
)
def test_a_database_that_holds_anything_is_left_alone(
    make_beat: Callable[..., Beat], occupant: Callable[..., Any], what: str
) -> None:
    occupant(make_beat)
    before = counts()
    assert run() == [f"Nothing to do: only an empty database is seeded, and this one has {what}."]
    assert counts() == before


@pytest.mark.django_db
def test_it_refuses_with_debug_off() -> None:
    with pytest.raises(CommandError, match="with DEBUG on only"):
        run()
    assert not any(counts())


@pytest.mark.usefixtures("db", "debug")
def test_a_daily_run_of_the_empty_database_does_not_hold_up_the_first_real_one() -> None:
    call_command("daily_digest", stdout=StringIO())
    run()
    call_command("daily_digest", "--if-due", stdout=StringIO())
    assert (
        ARCHIVES["beats"]
        .model.objects.filter(snapshot_date=last_snapshot_day(timezone.now()))
        .exists()
    )


def test_an_error_on_the_way_leaves_nothing(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*args: object) -> None:
        raise RuntimeError("no more days")

    monkeypatch.setattr("studiomode.digest.management.commands.seed_demo.live", fail)
    with pytest.raises(RuntimeError, match="no more days"):
        seed(AT, print)
    assert not any(counts())


# --- what is in the database then (seeding takes seconds: few tests that look at much) ---


@pytest.mark.usefixtures("seeded")
def test_the_month_was_lived_and_goes_on_with_the_next_run() -> None:
    newest = last_snapshot_day(AT)
    check_kept_boards()
    told = set(Notice.objects.values_list("artist", "beat"))
    call_command("daily_digest", "--date", f"{newest}", stdout=StringIO())
    check_days(newest)
    check_news(Notice.objects.filter(date=newest), told)


def check_kept_boards() -> None:
    """Each run kept what the boards said at its day's 14:00 UTC, and recorded that."""
    assert DigestRun.objects.complete().count() == LIVED_DAYS
    for run in DigestRun.objects.all():
        then = recap(window(None, snapshot_instant(run.date)))
        for name, archive in ARCHIVES.items():
            rows = archive.rows.filter(snapshot_date=run.date).newest_first()
            entries = then[archive.lens.name].entries[: archive.keep]
            kept = [(row.rank, row.saves, row.name) for row in rows[: len(entries)]]
            assert kept == [(entry.rank, entry.saves, entry.name) for entry in entries]
            assert run.snapshots[name] == {f"{run.date}": rows.count()}


def check_days(newest: date) -> None:
    found = days(AT)
    back = range(LIVED_DAYS, -1, -1)
    assert [day.date for day in found] == [newest - timedelta(days=number) for number in back]
    # The newest was taken just now, long after its 14:00 UTC.
    assert [day.state for day in found] == [COMPLETE] * LIVED_DAYS + [LATE]


def check_news(news: models.QuerySet[Notice], told: set[tuple[int, int]]) -> None:
    assert news.values("artist").distinct().count() > 100
    assert news.filter(artist__username="demo").exists()
    assert not told & set(news.values_list("artist", "beat"))


@pytest.mark.usefixtures("seeded")
def test_every_board_is_alive() -> None:
    boards = recap(window(None, AT), limit=20)
    assert boards.keys() == LENSES.keys()
    for board in boards.values():
        assert len(board.entries) >= 10
        assert any(change > 0 for change in changes(board))
    for name in ("producers", "beats", "genres"):
        first, second, *_ = boards[name].entries
        assert any(change < 0 for change in changes(boards[name]))
        assert first.saves < 2 * second.saves
    for name in ("producers", "beats"):
        entries = boards[name].entries
        assert any(entry.is_new for entry in entries)
        assert len({entry.rank for entry in entries}) < len(entries), "no ties"
    check_rows()


def changes(board: Board) -> list[int]:
    return [entry.change for entry in board.entries if entry.change is not None]


def check_rows() -> None:
    own_label = {"producer": models.F("beat__producer"), "genre": models.F("beat__genre")}
    assert SavedBeat.objects.filter(**own_label).count() == SavedBeat.objects.count() > 15_000
    assert Producer.objects.filter(artist__isnull=False).exists()
    assert not SavedBeat.objects.filter(artist=models.F("producer__artist")).exists()
    assert not Artist.objects.filter(is_superuser=True).exists()
    assert list(Artist.objects.exclude(email="").values_list("email", flat=True)) == [
        "demo@example.com"
    ]


# --- the data itself, which needs no database ---


def test_the_same_instant_gives_the_same_data(made: demo.Demo) -> None:
    assert demo.make(AT) == made


@pytest.mark.parametrize("hash_seed", ["1", "2"])
def test_another_process_gives_the_same_data(made: demo.Demo, hash_seed: str) -> None:
    source = (
        "from datetime import datetime\n"
        "from studiomode.digest import demo\n"
        f"print(ascii(demo.make(datetime.fromisoformat('{AT.isoformat()}')).saves))\n"
    )
    environment = os.environ | {"PYTHONHASHSEED": hash_seed}
    told = subprocess.run([sys.executable, "-c", source], env=environment, stdout=subprocess.PIPE)
    assert told.stdout.decode().strip() == ascii(made.saves)


@pytest.mark.parametrize("hours", [0, 5, 31, 77, 103, 12_345])
def test_every_save_is_possible(hours: int) -> None:
    at = datetime(2026, 11, 20, 3, tzinfo=UTC) + timedelta(hours=hours)
    made = demo.make(at)
    published = {beat.slug: beat.published_at for beat in made.beats}
    owners = {beat.slug: beat.producer.artist for beat in made.beats}
    joined = {artist.username: artist.joined_at for artist in made.artists}
    assert 15_000 < len(made.saves) < 20_000
    assert len({(save.artist, save.beat) for save in made.saves}) == len(made.saves)
    for save in made.saves:
        assert at - demo.SPAN <= save.created_at < at
        assert published[save.beat] <= save.created_at
        assert joined[save.artist] < save.created_at
        assert owners[save.beat] != save.artist


def test_keys_and_names_fit_their_columns(made: demo.Demo) -> None:
    keys = [beat.slug for beat in made.beats]
    assert len(set(keys)) == len(keys) > 280
    keys += [producer.handle for producer in made.producers]
    keys += [artist.username for artist in made.artists]
    assert all(is_key(key) for key in keys)
    names = [beat.title for beat in made.beats] + [one.name for one in made.producers]
    assert 120 < max(map(len, names)) <= LONGEST_NAME


def test_every_script_has_beats(made: demo.Demo) -> None:
    titles = "".join(beat.title for beat in made.beats)
    names = ("CJK", "HIRAGANA", "HANGUL", "ARABIC", "HEBREW", "CYRILLIC", "GREEK", "DEVANAGARI")
    scripts = {unicodedata.name(char).split()[0] for char in titles}
    assert scripts > {"LATIN", *names}
    assert "🍓" in titles


def test_weekends_and_evenings_are_stronger(made: demo.Demo) -> None:
    weekdays = [0] * 7
    hours = [0] * 24
    for save in made.saves:
        weekdays[save.created_at.weekday()] += 1
        hours[save.created_at.hour] += 1
    assert min(weekdays[5:]) > max(weekdays[:4])
    assert sum(hours[18:23]) > 4 * sum(hours[2:7])


def test_follows_are_of_others_and_begin_after_joining(made: demo.Demo) -> None:
    joined = {artist.username: artist.joined_at for artist in made.artists}
    owners = {producer.handle: producer.artist for producer in made.producers}
    assert {follow.artist for follow in made.follows} == joined.keys()
    for follow in made.follows:
        assert joined[follow.artist] < follow.created_at < AT
        assert owners[follow.producer] != follow.artist


def test_the_stories_are_told(made: demo.Demo) -> None:
    """A breakout beat gains on last week, a fading star loses, the newcomer was not there."""
    beats = {beat.slug: beat for beat in made.beats}
    weeks = [
        [beats[save.beat] for save in made.saves if start <= save.created_at < start + WEEK]
        for start in (AT - 2 * WEEK, AT - WEEK)
    ]

    def saves(told: Callable[[demo.Beat], bool]) -> list[int]:
        return [sum(map(told, week)) for week in weeks]

    before, now = saves(lambda beat: beat.breaks_out)
    assert now > 1.5 * before
    before, now = saves(lambda beat: beat.producer.standing in demo.FADING)
    assert now < before
    before, now = saves(lambda beat: beat.producer.standing == demo.NEWCOMER)
    assert before == 0 < now
