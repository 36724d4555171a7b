"""The indexes of the ledger, each with its reason: none is added or lost without a word here."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.core.management import call_command
from django.db import connection

from studiomode.beats.models import SavedBeat

# What each is for; what it costs a ♡ is in docs/PERFORMANCE.md (benchmarks/indexes.py).
REASONS = {
    ("id",): "the ORM and the admin know a row by it",
    ("beat_id", "artist_id"): "a ♡ counts once; the saves of a beat",
    ("created_at", "producer_id", "genre_id", "beat_id"): "every board",
    ("artist_id", "created_at", "beat_id"): "the vault; what an artist saved, in lists",
}
ONLY_ON_POSTGRESQL = pytest.mark.skipif(
    connection.vendor != "postgresql", reason="SQLite has no VACUUM of its own accord."
)


def test_the_ledger_has_these_indexes_and_no_others(db: None) -> None:
    with connection.cursor() as cursor:
        found = connection.introspection.get_constraints(cursor, "saved_beats").values()
    kinds = ("primary_key", "unique", "index")
    indexes = [tuple(one["columns"]) for one in found if any(one[kind] for kind in kinds)]
    assert sorted(indexes) == sorted(REASONS)


def storage() -> set[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT unnest(reloptions) FROM pg_class WHERE relname = 'saved_beats'")
        return {row[0] for row in cursor.fetchall()}


@ONLY_ON_POSTGRESQL
def test_postgresql_vacuums_the_ledger_after_so_many_hearts(db: None) -> None:
    """Or the boards' index-only scans would visit the table for most of the newest week."""
    assert storage() == {
        "autovacuum_vacuum_insert_scale_factor=0",
        "autovacuum_vacuum_insert_threshold=10000",
    }


@pytest.mark.django_db(transaction=True)
def test_the_ledger_keeps_its_rows_while_its_indexes_change(
    make_beat: Callable, make_saves: Callable
) -> None:
    make_saves(make_beat("slow-burn"), 3)
    call_command("migrate", "beats", "0002", verbosity=0)
    call_command("migrate", verbosity=0)
    test_the_ledger_has_these_indexes_and_no_others(None)
    assert SavedBeat.objects.count() == 3
