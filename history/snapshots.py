"""Taking the snapshots: which days are due, and keeping a day whole or not at all."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import cast

from django.db import transaction
from django.db.models import Min

from leaderboards.boards import Board, Entry, board
from studiomode.beats.models import SavedBeat
from studiomode.beats.windows import last_snapshot_day, snapshot_instant, window

from .archives import ARCHIVES, Archive
from .models import ArchiveRow

REACH = 35  # days a run looks back for what is due and absent, its own included


def take(archive: Archive, day: date) -> int:
    """Keep `day` in `archive`: the rows written, 0 where the day is kept already or has no saves.

    The window is the week up to the day's 14:00 UTC, whenever this is called.
    """
    rows = to_keep(archive, day)
    return len(rows) if rows and write(archive, rows) else 0


def to_keep(archive: Archive, day: date) -> list[ArchiveRow]:
    """The rows of `day`, not written yet."""
    kept = board(archive.lens, window(None, snapshot_instant(day)), limit=archive.keep)
    return [row(archive, day, kept, *place) for place in enumerate(kept.entries, start=1)]


def row(archive: Archive, day: date, kept: Board, position: int, entry: Entry) -> ArchiveRow:
    return archive.model(
        snapshot_date=day,
        window_end=kept.window.end,
        position=position,
        rank=cast(int, entry.rank),  # what a board lists is ranked
        saves=entry.saves,
        name=entry.name,
        **{archive.lens.column: entry.subject},
    )


@transaction.atomic
def write(archive: Archive, rows: list[ArchiveRow]) -> bool:
    """Whether this call wrote the day. The first row claims it; who did not create it stops."""
    first, *rest = rows
    _, claimed = archive.model.objects.get_or_create(
        snapshot_date=first.snapshot_date,
        position=first.position,
        defaults={
            field: getattr(first, field)
            for field in ("window_end", "rank", "saves", "name", archive.lens.column)
        },
    )
    if claimed:
        archive.model.objects.bulk_create(rest)
    return claimed


def expected_days(at: datetime) -> list[date]:
    """The days that should be in every archive by `at`, oldest first.

    Those within REACH that have saves in their window, from the earliest snapshot on; with no
    snapshot at all, only the newest.
    """
    newest = last_snapshot_day(at)
    reach = (newest - timedelta(days=back) for back in reversed(range(REACH)))
    due = [day for day in reach if has_saves(day)]
    earliest = earliest_snapshot()
    return due[-1:] if earliest is None else [day for day in due if day >= earliest]


def has_saves(day: date) -> bool:
    return SavedBeat.objects.within(window(None, snapshot_instant(day))).exists()


def earliest_snapshot() -> date | None:
    firsts = (
        archive.model.objects.aggregate(first=Min("snapshot_date"))["first"]
        for archive in ARCHIVES.values()
    )
    return min((first for first in firsts if first), default=None)


def absent(archive: Archive, days: list[date]) -> list[date]:
    """Those of `days` that `archive` does not hold."""
    claims = archive.model.objects.winners().filter(snapshot_date__in=days)
    kept = set(claims.values_list("snapshot_date", flat=True))
    return [day for day in days if day not in kept]
