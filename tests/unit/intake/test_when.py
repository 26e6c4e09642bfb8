"""Wanted times. The present is Friday, 20 November 2026, 15:00 in Shanghai."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from bot.intake.when import find_wish

_NOW = datetime(2026, 11, 20, 15, 0, tzinfo=ZoneInfo("Asia/Shanghai"))


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("明天一早要", "11-21 08:00"),
        ("下周三前补上", "11-25 18:00"),
        ("中午开饭前换好", "11-21 11:30"),
        ("明天上午十点前送到", "11-21 10:00"),
        ("后天下午3点半来修", "11-22 15:30"),
        ("今晚8点前", "11-20 20:00"),
        ("大后天中午开饭前", "11-23 11:30"),
        ("两小时内来人", "11-20 17:00"),
        ("半小时内给答复", "11-20 15:30"),
        ("三天内换掉", "11-23 15:00"),
        ("周一早上送来", "11-23 09:00"),
        ("12月3日前交付", "12-03 18:00"),
        ("5点前必须送到", "11-20 17:00"),
        ("明天早饭前送来", "11-21 06:30"),
        ("今天下班前要回复", "11-20 17:30"),
        ("月底前补齐", "11-30 18:00"),
    ],
)
def test_what_is_asked_for(text, moment):
    wish = find_wish(text, _NOW)
    assert wish is not None
    assert wish.at.strftime("%m-%d %H:%M") == moment


@pytest.mark.parametrize(
    "text", ["昨天送来的", "今天送的豆腐馊了", "三年级的书", "书破了", "周三到的那批坏了"]
)
def test_what_is_only_told(text):
    assert find_wish(text, _NOW) is None


def test_the_wish_stands_where_it_says():
    text = "麻烦明天上午十点前送到"
    wish = find_wish(text, _NOW)
    assert text[wish.start : wish.end] == "明天上午十点前"


def test_without_the_present_the_words_are_found_and_the_moment_is_open():
    assert find_wish("明天一早要", None).at is None


@pytest.mark.parametrize(
    "text",
    [
        "9999-12-31前送到",
        "0001-01-01 08:00前要",
        "9999年12月31日前送到",
        "13月5日前送到",
        "2月30日前送到",
        "2026-13-01前送到",
    ],
)
def test_a_date_that_cannot_be_is_no_wish(text):
    assert find_wish(text, _NOW) is None


def test_a_date_with_its_year_is_understood():
    assert (
        find_wish("2026-12-03 08:00前送到".replace(":", "："), _NOW).at.isoformat()
        == "2026-12-03T08:00:00+08:00"
    )
