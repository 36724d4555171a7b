from __future__ import annotations

import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import reset_queries
from django.utils import timezone

from studiomode.beats.commands import Progress
from studiomode.beats.imports import COLUMNS, Unreadable, import_saves
from studiomode.beats.landing import RefusedRow


class Command(BaseCommand):
    help = (
        f"Import saves from a CSV file with the columns {','.join(COLUMNS)} (UTF-8; .gz is fine). "
        "Saves that are there already are left as they are, so an import that was interrupted is "
        "simply run again. Rows that cannot be imported are named, the others land; exits 1 then."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, metavar="FILE.csv[.gz]")

    def handle(self, *args: Any, file: Path, **options: Any) -> str | None:
        rows, new, refused = self.land(file)
        sentence = (
            f"Imported {new:,} saves from {rows:,} rows: "
            f"{rows - refused - new:,} were there already, {refused:,} were refused."
        )
        if refused:
            raise CommandError(sentence)
        return sentence

    def land(self, path: Path) -> tuple[int, int, int]:
        """How many rows were read, how many are new saves, how many were refused."""
        progress, rows, new, refused = Progress(sys.stderr, "rows"), 0, 0, 0
        try:
            for landed in import_saves(path, timezone.now()):
                rows, new = rows + landed.rows, new + landed.new
                refused += self.name(landed.refused)
                reset_queries()  # with DEBUG on, every statement would be remembered
                progress.tell(rows)
        except (Unreadable, OSError) as error:
            raise CommandError(f"{path} was not imported. {error}") from error
        progress.end()
        return rows, new, refused

    def name(self, refused: list[RefusedRow]) -> int:
        for line, reason in refused:
            self.stderr.write(f"line {line}: {reason}")
        return len(refused)
