"""Log lines give nothing away: no words of a customer, no phone number, no secret."""

from __future__ import annotations

import io
import logging
import sqlite3
from collections.abc import Iterator

import pytest

from bot.cli.logs import OneLine

WORDS = "豆腐馊了，张老师电话13812345678，密钥sk-live-topsecret"


def fail_in_the_database() -> None:
    try:
        sqlite3.connect(":memory:").execute(f"INSERT INTO messages VALUES ('{WORDS}')")
    except sqlite3.OperationalError as error:
        raise ValueError(WORDS) from error


@pytest.fixture
def lines() -> Iterator[io.StringIO]:
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(OneLine())
    root = logging.getLogger()
    root.addHandler(handler)
    yield stream
    root.removeHandler(handler)


def test_action_and_values_stand_on_one_line(lines: io.StringIO) -> None:
    logging.getLogger("bot.somewhere").warning("outbox.put_off", extra={"row": 7, "why": "two words"})
    written = lines.getvalue()
    assert written.count("\n") == 1
    assert ' WARNING bot.somewhere action=outbox.put_off row=7 why="two words"' in written


def test_of_an_exception_only_type_and_places_are_written(lines: io.StringIO) -> None:
    try:
        fail_in_the_database()
    except ValueError:
        logging.getLogger("bot.engine.inbox").exception("inbox row %d could not be handled", 12)
    written = lines.getvalue()
    assert "error=ValueError" in written
    assert "cause=OperationalError" in written
    assert "test_logs.py:" in written
    assert 'action="inbox row 12 could not be handled"' in written
    assert "豆腐" not in written
    assert "13812345678" not in written
    assert "topsecret" not in written


def test_values_of_other_packages_are_left_out(lines: io.StringIO) -> None:
    logging.getLogger("httpx").warning("HTTP Request: %s %s", "POST", f"https://api/bot{WORDS}/send")
    assert "topsecret" not in lines.getvalue()
    assert "HTTP Request" in lines.getvalue()


def test_a_line_break_cannot_forge_a_second_line(lines: io.StringIO) -> None:
    logging.getLogger("bot.x").error(
        "a.b", extra={"given": "one\n2026-01-01T00:00:00Z INFO bot.x action=forged"}
    )
    assert lines.getvalue().count("\n") == 1
