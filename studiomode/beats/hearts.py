"""♡ and un-♡ in one statement each, where the ORM takes six and four.

By hand, because the ORM has neither INSERT … SELECT nor FOR SHARE. Over HTTP a ♡ so takes as long
as a bare INSERT would, and not nearly twice as long (docs/PERFORMANCE.md). The artist's budget is
spent in the same transaction: what is not saved is not counted, nor the other way round.
"""

from __future__ import annotations

from datetime import datetime

from django.db import connection, transaction

from . import limits
from .limits import SAVES, Spending

SAVE = """
INSERT INTO saved_beats (artist_id, beat_id, producer_id, genre_id)
SELECT %(artist)s, beat.id, beat.producer_id, beat.genre_id
FROM beats_beat AS beat JOIN beats_producer AS producer ON producer.id = beat.producer_id
WHERE beat.slug = %(slug)s AND beat.published_at <= %(at)s
    AND (producer.artist_id IS NULL OR producer.artist_id <> %(artist)s)
    AND {within}
{locked}
ON CONFLICT DO NOTHING
"""

# A relabelling or a new owner comes before the ♡, or after: once the locks are had, PostgreSQL asks
# again whether the rows are still such, and leaves out those that are not. Beat before producer, as
# everywhere. Shared, or the fans of one producer would wait for each other's commits: where those
# take 5 ms, eight fans would get 175 ♡ a second in, not 1,250.
LOCKED = "FOR SHARE OF beat, producer"

UNSAVE = """
DELETE FROM saved_beats
WHERE artist_id = %(artist)s AND beat_id = (SELECT id FROM beats_beat WHERE slug = %(slug)s)
    AND {within}
"""

# PostgreSQL does both in one statement, and so in one round and one commit.
AT_ONCE = """
WITH budget AS ({spend}), done AS ({deed} RETURNING 1)
SELECT spent, resets_in, (SELECT count(*) FROM done) FROM budget
"""
WITHIN = "(SELECT spent FROM budget) <= %(most)s"


def save(artist: int, slug: str, at: datetime) -> bool:
    """Whether there is a new row. None comes where the artist may not save, or has saved.

    Raises TooMany when the artist's budget is spent; so does unsave.
    """
    published = connection.ops.adapt_datetimefield_value(at)
    return changed(SAVE, artist=artist, slug=slug, at=published)


def unsave(artist: int, slug: str) -> bool:
    """Whether there was a row."""
    return changed(UNSAVE, artist=artist, slug=slug)


def changed(deed: str, **values: str | int | None) -> bool:
    if connection.vendor == "postgresql":
        return changed_at_once(deed, values)
    with transaction.atomic(), connection.cursor() as cursor:
        limits.spend(SAVES, values["artist"])
        # It writes alone, and has no locks on rows.
        cursor.execute(deed.format(within="TRUE", locked=""), values)
        return cursor.rowcount == 1


def changed_at_once(deed: str, values: dict[str, str | int | None]) -> bool:
    statement = AT_ONCE.format(
        spend=limits.spend_statement(), deed=deed.format(within=WITHIN, locked=LOCKED)
    )
    budget = limits.spend_values(SAVES, values["artist"]) | {"most": SAVES.most}
    with connection.cursor() as cursor:
        cursor.execute(statement, values | budget)
        spent, resets_in, rows = cursor.fetchone()
    limits.tell(Spending(SAVES, spent, resets_in))
    return rows == 1
