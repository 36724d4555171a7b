"""Windows and the names of ISO weeks, against the calendar of the standard library."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone

import pytest

from studiomode.beats.inputs import BadInput, instant
from studiomode.beats.models import SavedBeat
from studiomode.beats.windows import (
    iso_week,
    last_snapshot_day,
    snapshot_instant,
    span,
    week_of,
    window,
    window_of,
)

NOW = datetime(2036, 1, 15, 12, tzinfo=UTC)
TICK = timedelta(microseconds=1)
DAYS = [date(2020, 1, 1) + timedelta(days=number) for number in range(5_844)]
LONG_YEARS = {2020, 2026, 2032}


def midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


def test_every_day_of_sixteen_years_lies_in_its_iso_week() -> None:
    assert DAYS[-1] == date(2035, 12, 31)
    for day in DAYS:
        year, week, weekday = day.isocalendar()
        name = f"{year}-W{week:02}"
        assert week_of(midnight(day)) == week_of(midnight(day) + timedelta(1) - TICK) == name
        found = iso_week(name, NOW)
        assert found.start == midnight(day) - timedelta(days=weekday - 1)
        assert found.end - found.start == timedelta(days=7)
        assert not found.in_progress


def test_only_long_years_have_a_week_53() -> None:
    for year in range(2020, 2036):
        if year in LONG_YEARS:
            assert window(f"{year}-W53", NOW).start.isocalendar().week == 53
            continue
        with pytest.raises(BadInput, match="52 or 53 a year"):
            window(f"{year}-W53", NOW)


@pytest.mark.parametrize(
    ("day", "name"),
    [
        ("2026-12-28", "2026-W53"),
        ("2027-01-01", "2026-W53"),
        ("2027-01-03", "2026-W53"),
        ("2027-01-04", "2027-W01"),
        ("2028-02-29", "2028-W09"),
        ("2024-12-30", "2025-W01"),
        ("2021-01-03", "2020-W53"),
    ],
)
def test_new_year_belongs_to_the_year_of_its_thursday(day: str, name: str) -> None:
    assert week_of(midnight(date.fromisoformat(day))) == name


def test_a_week_is_named_in_utc_wherever_the_instant_is_from() -> None:
    auckland = timezone(timedelta(hours=13))
    assert week_of(datetime(2026, 5, 4, 12, tzinfo=auckland)) == "2026-W18"


def test_the_rolling_week_ends_at_the_instant() -> None:
    found = window("7d", NOW)
    assert (found.start, found.end, found.in_progress) == (NOW - timedelta(7), NOW, False)
    assert window(None, NOW) == found


def test_a_week_in_progress_is_cut_and_compared_with_the_same_span_before() -> None:
    at = datetime(2026, 5, 6, 14, tzinfo=UTC)
    found = window("2026-W19", at)
    assert (found.start, found.end) == (datetime(2026, 5, 4, tzinfo=UTC), at)
    assert found.in_progress
    assert found.previous.start == datetime(2026, 4, 27, tzinfo=UTC)
    assert found.previous.end == at - timedelta(days=7)


def test_a_week_is_in_progress_until_its_very_end() -> None:
    monday = datetime(2026, 5, 11, tzinfo=UTC)
    assert window("2026-W19", monday - TICK).in_progress
    assert not window("2026-W19", monday).in_progress
    assert window("2026-W20", monday).in_progress
    assert window("2026-W20", monday).start == window("2026-W20", monday).end


def test_a_week_that_has_not_begun_is_refused_with_the_last_one_allowed() -> None:
    monday = datetime(2026, 5, 11, tzinfo=UTC)
    with pytest.raises(BadInput, match=r"has not begun.*up to 2026-W19"):
        window("2026-W20", monday - TICK)


@pytest.mark.parametrize(
    "name",
    [
        "", " ", "7D", "8d", "7d ", "7d\n", "2026-W18\n", "2026-18", "2026W18", "2026-w18",
        "2026-W1", "2026-W018", "2026-W00", "2026-W54", "2025-W53", "0000-W01", "0001-W01",
        "9999-W52", "10000-W01", "-2026-W18", "２０２６-W18", "٢٠٢٦-W18", "2026-W١٨", "%00", "\0",
        "9" * 5_000, f"{'9' * 5_000}-W01", f"2026-W{'1' * 5_000}", "2026-W18' OR 1=1 --",
        "\ud800", "this week", "last", "2026-05-04",
    ],
)  # fmt: skip
def test_what_is_no_window_is_refused_with_what_is(name: str) -> None:
    with pytest.raises(BadInput, match="Allowed: ") as refused:
        window(name, NOW)
    assert len(str(refused.value)) < 300


@pytest.mark.parametrize(
    "raw",
    [
        "", "now", "2026-05-06", "14:00", "2026-05-06T14:00:00", "2026-05-06T14:00:60Z",
        "2016-12-31T23:59:60Z", "2026-05-06T24:00:00Z", "2026-02-29T00:00:00Z",
        "2026-13-01T00:00:00Z", "0001-01-01T00:00:00Z", "0001-01-01T00:00:00+14:00",
        "1899-12-31T23:59:59Z", "9999-12-31T23:59:59-14:00", "10000-01-01T00:00:00Z",
        "0000-01-01T00:00:00Z", "1e3", "1778076000", "-1", "9" * 5_000, "%00", "\0",
        "2026-05-06T14:00:00Z\0", "２０２６-05-06T14:00:00Z", "2026-05-06T14:00:00+99:99",
        "2026-05-06T14:00:00Z'--", "\ud800",
    ],
)  # fmt: skip
def test_what_is_no_instant_is_refused_with_what_is(raw: str) -> None:
    with pytest.raises(BadInput, match="Allowed: ") as refused:
        instant(raw, now=NOW)
    assert len(str(refused.value)) < 300


def test_an_instant_may_be_now_and_not_later() -> None:
    assert instant(None, now=NOW) == instant(NOW.isoformat(), now=NOW) == NOW
    with pytest.raises(BadInput, match="in the future"):
        instant((NOW + TICK).isoformat(), now=NOW)


def test_an_instant_of_another_zone_is_read_as_utc() -> None:
    assert instant("2026-05-06T16:00:00+02:00", now=NOW) == datetime(2026, 5, 6, 14, tzinfo=UTC)


@pytest.mark.parametrize("name", ["7d", "2026-W19", "2026-W18"])
def test_windows_take_in_their_start_and_leave_out_their_end(
    name: str, make_beat, make_saves, at: datetime
) -> None:
    found = window(name, at)
    save = make_saves(make_beat("edge"))[0]
    for moment, inside in (
        (found.start - TICK, False),
        (found.start, True),
        (found.start + TICK, True),
        (found.end - TICK, True),
        (found.end, False),
        (found.end + TICK, False),
    ):
        SavedBeat.objects.filter(pk=save.pk).update(created_at=moment)
        assert SavedBeat.objects.within(found).exists() is inside, moment
        before = moment < found.start and not found.in_progress
        assert SavedBeat.objects.within(found.previous).exists() is before, moment


def test_the_day_of_a_snapshot_begins_at_two_in_the_afternoon() -> None:
    due = snapshot_instant(date(2026, 5, 6))
    assert due == datetime(2026, 5, 6, 14, tzinfo=UTC)
    assert last_snapshot_day(due) == date(2026, 5, 6)
    assert last_snapshot_day(due - TICK) == date(2026, 5, 5)


class TestSpans:
    def test_both_days_are_in_it_and_it_is_compared_with_the_span_before(self) -> None:
        found = span(date(2026, 1, 1), date(2026, 1, 31), NOW)
        assert (found.start, found.end) == (midnight(date(2026, 1, 1)), midnight(date(2026, 2, 1)))
        assert found.previous.end == found.start
        assert found.previous.start == midnight(date(2025, 12, 1))
        assert (found.name, found.in_progress) == ("2026-01-01/2026-01-31", False)
        assert found.label == "2026-01-01 to 2026-01-31"
        assert found.params == {"from": "2026-01-01", "to": "2026-01-31"}

    def test_one_in_progress_is_cut_and_so_is_the_span_before(self) -> None:
        at = datetime(2026, 5, 6, 14, tzinfo=UTC)
        found = span(date(2026, 5, 1), date(2026, 5, 10), at)
        assert (found.end, found.in_progress) == (at, True)
        assert found.previous.start == midnight(date(2026, 4, 21))
        assert found.previous.end == at - timedelta(days=10)

    def test_366_days_are_the_longest(self) -> None:
        assert span(date(2024, 1, 1), date(2024, 12, 31), NOW).length == timedelta(days=366)
        with pytest.raises(BadInput, match="at most 366 days"):
            span(date(2024, 1, 1), date(2025, 1, 1), NOW)

    @pytest.mark.parametrize(
        "params",
        [
            {"from": "2026-01-02", "to": "2026-01-01"},
            {"from": "2026-01-01"},
            {"to": "2026-01-01"},
            {"from": "2026-01-01", "to": "2026-01-02", "window": "7d"},
            {"from": "2999-01-01", "to": "2999-01-02"},
            {"from": "0001-01-01", "to": "0001-01-02"},
            {"from": "1900-12-31", "to": "1901-01-02"},
            {"from": "9999-12-31", "to": "9999-12-31"},
            {"from": "2026-02-30", "to": "2026-03-01"},
            {"from": "", "to": ""},
            {"from": "x", "to": "2026-01-01"},
            {"from": "2026-01-01", "to": "\0"},
        ],
    )
    def test_what_is_none_is_refused_with_what_is(self, params: dict[str, str]) -> None:
        with pytest.raises(BadInput, match="Allowed: ") as refused:
            window_of(params, NOW)
        assert refused.value.parameter in params

    def test_a_window_is_asked_for_by_name_or_by_its_days(self) -> None:
        asked = {"from": "2026-04-27", "to": "2026-05-03"}
        by_days, by_name = window_of(asked, NOW), window_of({"window": "2026-W18"}, NOW)
        assert (by_days.start, by_days.end) == (by_name.start, by_name.end)
        assert window_of(by_days.params, NOW) == by_days
        assert window_of(by_name.params, NOW) == by_name
        assert window_of({}, NOW) == window("7d", NOW)
