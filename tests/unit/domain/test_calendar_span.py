"""Lengths of time as schemes write them."""

import pytest

from bot.domain.calendar import CalendarError, Span, parse_span
from bot.domain.span import seconds_in_chinese


@pytest.mark.parametrize(
    ("text", "kind", "amount", "chinese"),
    [
        ("10m", "seconds", 600, "10分钟"),
        ("2h", "seconds", 7200, "2小时"),
        ("15d", "seconds", 1_296_000, "15天"),
        ("4h30m", "seconds", 16200, "4小时30分钟"),
        ("1d2h3m4s", "seconds", 93784, "1天2小时3分钟4秒"),
        ("90s", "seconds", 90, "1分钟30秒"),
        ("3wd", "workdays", 3, "3个工作日"),
        ("3wd-eod", "workdays_eod", 3, "3个工作日（当日下班前）"),
        ("eod", "eod", 0, "当日下班前"),
    ],
)
def test_reading_and_saying(text, kind, amount, chinese):
    span = parse_span(text)
    assert span == Span(kind=kind, amount=amount)
    assert parse_span(str(span)) == span
    assert span.chinese() == chinese


def test_case_and_blanks_around_do_not_matter():
    assert parse_span(" 4H30M ") == parse_span("4h30m")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "10",
        "m",
        "-5m",
        "1.5h",
        "10 m",
        "30m4h",
        "10min",
        "3wdeod",
        "wd",
        "十分钟",
        "1h1h",
        "9" * 5000 + "s",
        "٣m",
    ],
)
def test_what_is_no_length(text):
    with pytest.raises(CalendarError, match=r"^span: .* is not a length of time") as caught:
        parse_span(text)
    assert len(str(caught.value)) < 200


@pytest.mark.parametrize("text", ["0m", "0h0s", "0wd", "0wd-eod"])
def test_zero_promises_nothing(text):
    with pytest.raises(CalendarError, match="must be longer than zero"):
        parse_span(text)


@pytest.mark.parametrize("text", ["99999d", "999999999999s", "99999wd", "99999wd-eod"])
def test_half_a_century_is_the_limit(text):
    with pytest.raises(CalendarError, match="must be at most 50 years"):
        parse_span(text)


@pytest.mark.parametrize("kind", ["seconds", "workdays", "workdays_eod"])
@pytest.mark.parametrize("amount", [0, -1])
def test_a_span_cannot_be_made_empty_either(kind, amount):
    with pytest.raises(CalendarError, match="longer than zero"):
        Span(kind=kind, amount=amount)


def test_no_seconds_are_said_as_zero():
    assert seconds_in_chinese(0) == "0秒"
