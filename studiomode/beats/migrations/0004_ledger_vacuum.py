"""When PostgreSQL vacuums the ledger by itself: after so many ♡, whatever the ledger's size.

The newest week is normally not all-visible, so the boards' index-only scans visit the table for
it until a VACUUM has been there. By default that comes once a fifth of the ledger is new, which
takes weeks or months; boards look at one week. A VACUUM reads only what is new since the last.
"""

from typing import Any

from django.db import migrations

SETTINGS = {
    "autovacuum_vacuum_insert_scale_factor": 0,
    "autovacuum_vacuum_insert_threshold": 10_000,
}


def vacuum_by_inserts(apps: Any, editor: Any) -> None:
    chosen = ", ".join(f"{name} = {value}" for name, value in SETTINGS.items())
    alter(editor, f"SET ({chosen})")


def vacuum_as_by_default(apps: Any, editor: Any) -> None:
    alter(editor, f"RESET ({', '.join(SETTINGS)})")


def alter(editor: Any, what: str) -> None:
    if editor.connection.vendor == "postgresql":
        editor.execute(f"ALTER TABLE saved_beats {what}")


class Migration(migrations.Migration):
    dependencies = [
        ("beats", "0003_ledger_indexes"),
    ]

    operations = [
        migrations.RunPython(vacuum_by_inserts, vacuum_as_by_default),
    ]
