"""The daily run in the log, one line an event; and lines that nothing can forge (A24)."""

from __future__ import annotations

import io
import json
import logging
import logging.config
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured

from studiomode.digest import logs
from studiomode.digest.chores import DAILY
from studiomode.digest.models import DigestRun
from studiomode.settings import LOGGING, read_choice
from tests.conftest import AT

DAY = AT.date()
HOSTILE = 'beat\n2026-05-06 ERROR forged: it is\r\x1b[2J\x00\u2028\u202e{"event": "forged"}'


@pytest.fixture
def logged() -> Iterator[Callable[[str], list[str]]]:
    """logged("json") → what has been logged so far, in that format, as lines."""
    record: list[logging.LogRecord] = []

    class Keep(logging.Handler):
        def emit(self, given: logging.LogRecord) -> None:
            record.append(given)

    logger = logging.getLogger("studiomode.digest")
    keep, level = Keep(), logger.level
    logger.addHandler(keep)
    logger.setLevel("INFO")
    formatters = {
        "json": logs.JSONLines(),
        "plain": logs.PlainLines(**plain(LOGGING["formatters"]["plain"])),
    }
    yield lambda name: "\n".join(map(formatters[name].format, record)).splitlines()
    logger.removeHandler(keep)
    logger.setLevel(level)


def plain(declared: dict[str, Any]) -> dict[str, Any]:
    return {"fmt": declared["format"], "style": declared["style"]}


def test_a_run_is_one_line_an_event_with_its_id(digest, steady_saves, logged):
    digest(DAY)
    lines = [json.loads(line) for line in logged("json")]
    assert [line["event"] for line in lines] == [
        "run began",
        *["chore began", "chore ended"] * len(DAILY),
        "run ended",
    ]
    run = DigestRun.objects.get()
    assert {line["run"] for line in lines} == {str(run.token)}
    assert {line["date"] for line in lines} == {"2026-05-06"}
    assert lines[2] | {"milliseconds": 0, "at": ""} == {
        "at": "",
        "level": "INFO",
        "logger": "studiomode.digest.logs",
        "event": "chore ended",
        "run": str(run.token),
        "date": "2026-05-06",
        "chore": "snapshot producers",
        "number": 2,
        "milliseconds": 0,
        "error": None,
    }
    assert lines[-1]["complete"] is True
    assert (lines[0]["as_at"], lines[0]["attempt"]) == ("2026-05-06T14:00:00Z", 1)
    assert lines[0]["at"] > "2026-11"  # when it was logged


def test_a_failed_chore_is_logged_with_its_traceback(digest, steady_saves, logged, monkeypatch):
    monkeypatch.setattr("studiomode.digest.chores.write_notices", None)
    monkeypatch.setattr(DigestRun, "expected_days", property(lambda run: 1 / 0))
    digest(DAY)
    lines = [json.loads(line) for line in logged("json")]
    failed = [line for line in lines if line["event"] == "chore failed"]
    assert [line["chore"] for line in failed] == [
        "snapshot producers",
        "snapshot beats",
        "snapshot genres",
    ]
    assert failed[0]["level"] == "ERROR"
    assert "ZeroDivisionError" in failed[0]["error"]
    assert lines[-1] | {"complete": False} == lines[-1]


@pytest.fixture
def hostile_run(digest, steady_saves, monkeypatch):
    def fail(archive, day):
        raise ValueError(HOSTILE)

    monkeypatch.setattr("studiomode.digest.chores.take", fail)
    return digest


def test_nothing_forges_a_line_of_json(hostile_run, logged):
    hostile_run(DAY)
    lines = logged("json")
    assert all(json.loads(line)["event"] in EVENTS for line in lines)
    assert all(line.isascii() and line.isprintable() for line in lines)


EVENTS = {"run began", "run ended", "chore began", "chore ended", "chore failed"}


def test_nothing_forges_a_plain_line(hostile_run, logged):
    hostile_run(DAY)
    lines = logged("plain")
    assert "ValueError" in "\n".join(lines)
    # What is not a line of the log itself is set off, and commands no terminal.
    assert all(line.startswith(("20", "    ")) for line in lines)
    assert not any("forged: it is" in line for line in lines if line.startswith("20"))
    assert all(line.isprintable() for line in lines)


def test_nothing_forges_a_line_of_what_is_printed(hostile_run):
    printed, summary, _ = hostile_run(DAY)
    assert "forged: it is" in printed
    assert all(line.isprintable() for line in printed.splitlines())
    # Kept too, by PostgreSQL as well, whose JSON knows no NUL.
    assert DigestRun.objects.get().chores == summary["chores"]
    assert summary["chores"]["snapshot beats"]["error"].isprintable()


def test_a_message_of_anybody_is_one_line():
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(logs.JSONLines())
    handler.emit(logging.makeLogRecord({"msg": "%s", "args": (HOSTILE,), "levelname": "INFO"}))
    assert stream.getvalue().count("\n") == 1
    assert json.loads(stream.getvalue())["event"] == HOSTILE


def test_both_formats_can_be_configured():
    for name, formatter in (("plain", logs.PlainLines), ("json", logs.JSONLines)):
        handler = {"class": "logging.StreamHandler", "formatter": name}
        wanted = {"version": 1, "formatters": LOGGING["formatters"], "handlers": {"own": handler}}
        configurator = logging.config.DictConfigurator(wanted)
        made = configurator.configure_formatter(dict(LOGGING["formatters"][name]))
        assert isinstance(made, formatter)


def test_what_others_log_during_a_run_bears_its_id_too(db):
    run = DigestRun.objects.claim(DAY, AT)
    record = logging.makeLogRecord({"msg": "The monitor of PING_URL has not answered."})
    with logs.during(run):
        assert json.loads(logs.JSONLines().format(record))["run"] == str(run.token)
    assert "run" not in json.loads(logs.JSONLines().format(record))


def test_a_run_lets_it_begin_and_end(digest, monkeypatch):
    told = []
    monkeypatch.setattr(
        "studiomode.digest.management.commands.daily_digest.ping",
        lambda what, *_: told.append(json.loads(logs.JSONLines().format(RECORD))["run"]),
    )
    digest(DAY)
    assert told == [str(DigestRun.objects.get().token)] * 2


RECORD = logging.makeLogRecord({"msg": "anything"})


def test_another_format_stops_the_start(monkeypatch):
    monkeypatch.setenv("LOG_FORMAT", "xml")
    with pytest.raises(ImproperlyConfigured, match="Allowed: plain, json"):
        read_choice("LOG_FORMAT", "plain", ("plain", "json"))
