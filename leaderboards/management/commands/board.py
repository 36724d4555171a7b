from __future__ import annotations

import json
from argparse import ArgumentParser, ArgumentTypeError
from datetime import datetime
from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from leaderboards.answers import Answer, from_ledger
from leaderboards.api import as_board
from leaderboards.boards import MOST, PAGE, Entry
from leaderboards.lenses import LENSES, Lens
from leaderboards.questions import Question
from studiomode.beats.commands import past_instant
from studiomode.beats.inputs import BadInput, printable, whole_number, zulu
from studiomode.beats.windows import ROLLING, window

FORMATS = ("table", "json")


def limit(raw: str) -> int:
    try:
        return whole_number(raw, "--limit", default=PAGE, least=1, most=MOST)
    except BadInput as error:
        raise ArgumentTypeError(str(error)) from error


class Command(BaseCommand):
    help = "Print a board: the same answer as its page and the API give for the same instant."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("lens", choices=LENSES)
        parser.add_argument("--at", type=past_instant, metavar="INSTANT", help="now by default")
        parser.add_argument("--window", default=ROLLING, help=f"{ROLLING} or 2026-W18, say")
        parser.add_argument("--limit", type=limit, default=PAGE, help=f"1 to {MOST}")
        parser.add_argument("--format", choices=FORMATS, default="table")

    def handle(self, *args: Any, at: datetime | None, **options: Any) -> str:
        now = timezone.now()
        try:
            asked = Question(
                now, at or now, window(options["window"], at or now), options["limit"], offset=0
            )
        except BadInput as error:
            raise CommandError(str(error)) from error
        lens = LENSES[options["lens"]]
        found = from_ledger(asked, [lens])
        as_text = as_table if options["format"] == "table" else as_json
        return as_text(found, lens)


def as_json(answer: Answer, lens: Lens) -> str:
    return json.dumps(as_board(answer, AnonymousUser(), lens), ensure_ascii=False, indent=2)


def as_table(answer: Answer, lens: Lens) -> str:
    board = answer.boards[lens.name]
    head = f"{board.lens.title}, {board.window.label.lower()}"
    span = f"{zulu(board.window.start)} to {zulu(board.window.end)}"
    counts = f"{board.count:,} entries, {board.total_saves:,} saves"
    return "\n".join([f"{head} ({span}): {counts}", *map(as_line, board.entries)])


def as_line(entry: Entry) -> str:
    moved = "new" if entry.is_new else f"{entry.change:+}" if entry.change else "="
    return f"{entry.rank:>5}  {moved:>5}  {entry.saves:>7,}  {printable(entry.name)} ({entry.key})"
