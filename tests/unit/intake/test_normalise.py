"""One spelling for many, and the way back to the customer's own text."""

import pytest

from bot.intake.normalise import normalise


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("書到了，缺頁", "书到了，缺页"),
        ("ＩＳＢＮ：９７８", "ISBN：978"),
        ("太慢了!!!!!", "太慢了！"),
        ("慢慢慢慢慢死了", "慢慢死了"),
        ("13800000000", "13800000000"),
        ("好的👌🏻", "好的👌"),
        ("缺\u200b页", "缺页"),
        ("少了2箱,没到?", "少了2箱，没到？"),
        ("12.5斤", "12.5斤"),
    ],
)
def test_one_spelling(written, expected):
    assert normalise(written).text == expected


def test_a_place_in_the_normal_text_is_found_again_in_the_original():
    normal = normalise("真的真的!!!!!!書都爛了")
    start = normal.text.index("书")
    left, right = normal.original_span(start, start + 1)
    assert normal.original[left:right] == "書"


def test_same_length_needs_no_map():
    assert normalise("書到了").offsets is None


def test_half_a_surrogate_is_no_harm(intake):
    assert intake.understand("\ud800书坏了").complaint
