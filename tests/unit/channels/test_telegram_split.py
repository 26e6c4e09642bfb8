"""Long texts are cut within the limit and never inside a character."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.channels.telegram.split import cuts, units

ALPHABET = st.sampled_from([*"豆腐馊了ab。，\n ", "😡", "👨‍👩‍👧", "🇨🇳", "👍🏽", "é", "e\u0301"])
TEXTS = st.lists(ALPHABET, max_size=60).map("".join)


def parts(text: str, limit: int) -> list[str]:
    return [text[start:end] for start, end in cuts(text, limit)]


@given(text=TEXTS, limit=st.integers(8, 40))
def test_the_parts_are_the_text_and_keep_to_the_limit(text: str, limit: int) -> None:
    found = parts(text, limit)
    assert "".join(found) == text
    assert all(0 < units(part) <= limit for part in found)


@given(count=st.integers(20, 60), sign=st.sampled_from(["👍🏽", "🇨🇳", "e\u0301", "👨‍👩‍👧"]))
def test_what_is_seen_as_one_stays_whole(count: int, sign: str) -> None:
    found = parts(sign * count, 24)
    assert all(part == sign * (len(part) // len(sign)) for part in found)


@given(text=TEXTS, limit=st.integers(8, 40))
def test_no_more_parts_than_twice_what_is_needed(text: str, limit: int) -> None:
    assert len(parts(text, limit)) <= 2 * (units(text) // limit) + 1


CUT = {
    "short": ("豆腐馊了", 10, ["豆腐馊了"]),
    "nothing": ("", 10, []),
    "exactly full": ("豆腐馊了", 4, ["豆腐馊了"]),
    "after a line": ("第一行内容\n第二行内容", 8, ["第一行内容\n", "第二行内容"]),
    "after a sentence": ("豆腐馊了。请尽快来", 7, ["豆腐馊了。", "请尽快来"]),
    "after a comma": ("豆腐馊了，请尽快来", 7, ["豆腐馊了，", "请尽快来"]),
    "not at a line too early": ("一\n二三四五六七八九十", 8, ["一\n二三四五六七", "八九十"]),
    "two units for an emoji": ("😡😡😡😡😡", 4, ["😡😡", "😡😡", "😡"]),
    "an accent longer than a part": (
        "e" + "\u0301" * 9,
        4,
        ["e\u0301\u0301\u0301", *["\u0301\u0301\u0301\u0301"], "\u0301\u0301"],
    ),
}


@pytest.mark.parametrize(("text", "limit", "expected"), CUT.values(), ids=CUT)
def test_where_it_is_cut(text: str, limit: int, expected: list[str]) -> None:
    assert parts(text, limit) == expected
