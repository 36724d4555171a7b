from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
import uuid
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.conf import settings
from django.db import connection
from psycopg.conninfo import make_conninfo

ROOT = settings.BASE_DIR


@dataclass(frozen=True)
class House:
    """A database of its own, and processes that work on it."""

    url: str

    @property
    def environment(self) -> dict[str, str]:
        own = {"DATABASE_URL": self.url, "DJANGO_SETTINGS_MODULE": "studiomode.settings"}
        unlimited = {"READS_A_MINUTE": "99999999", "SAVES_A_MINUTE": "99999999"}
        return os.environ | own | unlimited | {"DEBUG": "on"}

    def start(self, *command: Any, **options: Any) -> subprocess.Popen[str]:
        """`python …` on this database."""
        arguments = [sys.executable, *map(str, command)]
        return subprocess.Popen(arguments, env=self.environment, cwd=ROOT, text=True, **options)

    def run(self, *command: Any) -> tuple[int, str, str]:
        """Exit code, standard output and standard error."""
        pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        process = self.start(*command, **pipes)
        out, err = process.communicate(timeout=120)
        return process.returncode, out, err

    def ask(self, sql: str) -> list[tuple[Any, ...]]:
        """The rows of a question to the database, past all of the project's code."""
        if self.url.startswith("sqlite"):
            with closing(sqlite3.connect(self.url.removeprefix("sqlite:///"))) as database:
                return list(database.execute(sql))
        with psycopg.connect(as_dsn(self.url)) as database:
            return list(database.execute(sql))

    def manage(self, *command: Any) -> tuple[int, str, str]:
        return self.run("manage.py", *command)


@pytest.fixture
def house(tmp_path: Path, django_db_setup: None, django_db_blocker: Any) -> Iterator[House]:
    """On SQLite a file, on PostgreSQL a new database of the same server; migrated."""
    with django_db_blocker.unblock():
        url, leave = make_database(tmp_path)
    found = House(url)
    code, _, err = found.manage("migrate", "--verbosity=0")
    assert code == 0, err
    yield found
    with django_db_blocker.unblock():
        leave()


def as_dsn(url: str) -> str:
    """What libpq is told: its own addresses want the folder of a socket quoted."""
    parts = settings.DATABASES["default"]
    return make_conninfo(
        host=parts["HOST"],
        port=parts["PORT"] or None,
        user=parts["USER"],
        password=parts["PASSWORD"] or None,
        dbname=url.rpartition("/")[2],
    )


def make_database(folder: Path) -> tuple[str, Any]:
    if connection.vendor == "sqlite":
        return f"sqlite:///{folder / 'house.sqlite3'}", lambda: None
    name = f"house_{uuid.uuid4().hex}"
    execute(f"CREATE DATABASE {name}")
    base = os.environ["DATABASE_URL"].rpartition("/")[0]
    return f"{base}/{name}", lambda: execute(f"DROP DATABASE {name} WITH (FORCE)")


def execute(statement: str) -> None:
    # Outside of any transaction: the connection of no test.
    with connection._nodb_cursor() as cursor:
        cursor.execute(statement)
