from __future__ import annotations

import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import reset_queries
from django.utils import timezone

from studiomode.beats.commands import Progress
from studiomode.beats.imports import COLUMNS, Unreadable, batches, land, open_csv, read
from studiomode.beats.models import SavedBeat


class Command(BaseCommand):
    help = (
        f"Import saves from a CSV file with the columns {','.join(COLUMNS)} (UTF-8; .gz is fine). "
        "Saves that are there already are left as they are, so an import that was interrupted is "
        "simply run again. Rows that cannot be imported are named, the others land; exits 1 then."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, metavar="FILE.csv[.gz]")

    def handle(self, *args: Any, file: Path, **options: Any) -> str | None:
        before = SavedBeat.objects.count()
        rows, refused = self.import_file(file)
        new = SavedBeat.objects.count() - before
        sentence = (
            f"Imported {new:,} saves from {rows:,} rows: "
            f"{rows - refused - new:,} were there already, {refused:,} were refused."
        )
        if refused:
            raise CommandError(sentence)
        return sentence

    def import_file(self, path: Path) -> tuple[int, int]:
        """How many rows were read and how many of them refused."""
        progress, rows, refused = Progress(sys.stderr, "rows"), 0, 0
        try:
            with open_csv(path) as file:
                for batch in batches(read(file, timezone.now())):
                    rows += len(batch)
                    refused += self.land(batch)
                    reset_queries()  # with DEBUG on, every statement would be remembered
                    progress.tell(rows)
        except (Unreadable, OSError) as error:
            raise CommandError(f"{path} was not imported. {error}") from error
        progress.end()
        return rows, refused

    def land(self, batch: list[Any]) -> int:
        refused = land(batch)
        for line, reason in refused:
            self.stderr.write(f"line {line}: {reason}")
        return len(refused)
