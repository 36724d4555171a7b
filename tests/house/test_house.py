"""The house as DESIGN fixes it: what may import what, what is stored, what runs daily."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.apps import apps
from django.conf import settings
from django.core.management import call_command

from history.archives import ARCHIVES
from history.models import ArchiveRow
from leaderboards.lenses import LENSES
from sharecards.cards import CARDS
from studiomode.digest import chores

ROOT = Path(settings.BASE_DIR)
FLOORS = ("studiomode", "leaderboards", "history", "sharecards")

# Every table of ours and the reason that no lens on the ledger could take its place.
MODELS = {
    "beats.Artist": "who hits ♡",
    "beats.Producer": "whose beats are ranked",
    "beats.Genre": "a label of beats",
    "beats.Beat": "what can be saved",
    "beats.SavedBeat": "the ledger",
    "beats.Follow": "whom an artist wants to hear of",
    "beats.Device": "where an artist is signed in by token, which is kept as a hash",
    "beats.Spent": "what somebody has spent of a budget, the same for all processes",
    "leaderboards.StoredRecap": "boards for some seconds, and the lease of who refreshes them",
    "history.ProducerRank": "what the producers board said on a day",
    "history.BeatOfTheWeek": "what the beats board said on a day",
    "history.TopGenre": "what the genres board said on a day",
    "digest.DigestRun": "what the daily run did, and the lease of the one at a time",
    "digest.Notice": "that an artist was told of a beat",
    "digest.Delivery": "the outbox: what became of a digest on its way out of the house",
    "digest.PushSubscription": "a browser that wants to be told by push",
    "digest.Declined": "that an artist wants no digests through a channel",
}
APPEND_ONLY = {"history.ProducerRank", "history.BeatOfTheWeek", "history.TopGenre"}
UPKEEP = ("clear", "purge", "prune", "drop", "clean_up", "expire", "delete_old")


def sources() -> Iterator[tuple[Path, ast.Module]]:
    for floor in FLOORS:
        for path in (ROOT / floor).rglob("*.py"):
            yield path, ast.parse(path.read_text())


def test_imports_point_down():
    done = subprocess.run(
        [Path(sys.executable).parent / "lint-imports"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout


def test_every_model_is_listed_with_its_reason():
    ours = {
        model._meta.label
        for model in apps.get_models()
        if model.__module__.partition(".")[0] in FLOORS
    }
    assert ours == set(MODELS)


def test_history_and_nothing_else_is_append_only():
    found = {model._meta.label for model in apps.get_models() if issubclass(model, ArchiveRow)}
    assert found == APPEND_ONLY
    assert {archive.model._meta.label for archive in ARCHIVES.values()} == APPEND_ONLY


def test_no_migration_is_pending(db):
    call_command("makemigrations", check=True, dry_run=True, verbosity=0)


def test_there_is_one_cron_job():
    assert settings.CRONJOBS == [
        (
            "*/15 * * * *",
            "django.core.management.call_command",
            ["daily_digest"],
            {"if_due": True},
        )
    ]


def test_there_are_eight_cards():
    assert list(CARDS) == [
        "top-producer",
        "top-mover",
        "top-beat",
        "top-genre",
        "weekly-recap",
        "producer-history",
        "beat-history",
        "genre-history",
    ]


def test_there_are_four_lenses_and_three_archives():
    assert list(LENSES) == ["producers", "movers", "beats", "genres"]
    assert list(ARCHIVES) == ["producers", "beats", "genres"]


def test_upkeep_is_a_chore_of_the_daily_run():
    worked = {getattr(chore.work, "func", chore.work).__name__ for chore in chores.DAILY}
    upkeep = {
        node.name
        for _, tree in sources()
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef) and node.name.startswith(UPKEEP)
    }
    assert upkeep <= worked | {"clean"}  # clean() is Django's and the cards' word for text


def test_every_function_of_the_chores_is_reachable():
    """What chores.py defines is a chore, or is called by one."""
    tree = ast.parse((ROOT / "studiomode/digest/chores.py").read_text())
    defined = {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}
    named = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    assert defined <= named


def test_chores_have_names_of_their_own():
    names = [chore.name for chore in chores.DAILY]
    assert len(names) == len(set(names))


CLOCKS = ("timezone.now", "datetime.now", "datetime.utcnow", "date.today", "time.time")
MAY_READ_THE_CLOCK = {
    "leaderboards/questions.py",  # a request's one reading
    "leaderboards/views.py",
    "leaderboards/hearts.py",
    "leaderboards/management/commands/board.py",
    "history/views.py",
    "studiomode/beats/views.py",
    "studiomode/beats/caching.py",  # how old an answer is
    "studiomode/beats/api.py",
    "studiomode/beats/accounts_api.py",
    "studiomode/beats/authentication.py",
    "studiomode/beats/commands.py",  # what "past" means to an argument
    "studiomode/beats/management/commands/import_saves.py",
    "studiomode/digest/admin.py",
    "studiomode/digest/views.py",
    "studiomode/digest/management/commands/daily_digest.py",
    "studiomode/digest/management/commands/digest_status.py",
    "studiomode/digest/management/commands/seed_demo.py",
}


def test_only_requests_and_commands_read_the_clock():
    readers = {
        path.relative_to(ROOT).as_posix()
        for path, tree in sources()
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and ast.unparse(node) in CLOCKS
    }
    assert readers <= MAY_READ_THE_CLOCK


@pytest.mark.parametrize("option", ["journal_mode=WAL", "synchronous=NORMAL"])
def test_sqlite_is_opened_for_many_writers(option):
    from studiomode.settings import DATABASE_OPTIONS

    options = DATABASE_OPTIONS["django.db.backends.sqlite3"]
    assert options["transaction_mode"] == "IMMEDIATE"
    assert option in options["init_command"]


ROOMS = ("beats", "leaderboards", "history", "cards", "digest")  # of templates, by floor
LIBRARIES = {"sleeves": 0, "boards": 1, "charts": 2, "card_text": 3}
REACHES = re.compile(r'{% (?:include|extends) "(\w+)/|{% load ([\w ]+) %}')


def test_templates_point_down_too():
    for floor, room in enumerate(ROOMS):
        for path in (ROOT / "templates" / room).iterdir():
            for folder, libraries in REACHES.findall(path.read_text()):
                assert not folder or ROOMS.index(folder) <= floor, path
                assert all(LIBRARIES.get(name, 0) <= floor for name in libraries.split()), path
