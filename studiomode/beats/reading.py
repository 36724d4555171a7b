"""Several questions that see the same tables, though others write meanwhile."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection

# By hand: `atomic()` would read anew with every statement on PostgreSQL, and on SQLite hold up all
# who write.
BEGIN = {
    "postgresql": "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",
    "sqlite": "BEGIN DEFERRED",
}


@contextmanager
def one_reading() -> Iterator[None]:
    """All that is asked within sees the tables as they are at the first question.

    Within a transaction it is that one's to say what is seen.
    """
    if connection.in_atomic_block:
        yield
        return
    execute(BEGIN[connection.vendor])
    try:
        yield
    finally:
        execute("COMMIT")


def execute(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)
