"""Whatever is written, understanding it neither fails nor takes more than linear time."""

import time
from itertools import pairwise

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.intake import Context, Intake, Understanding
from bot.intake.model import titles
from bot.intake.normalise import normalise

_LONG = 100_000
_WORDS = st.sampled_from([
    "书", "破了", "缺页", "没有", "第60页", "跳到77页", "，。！？", "吗", "但是", "20斤",
    "三箱", "半筐", "怎么还没到", "明天一早", "8点前", "978-7-02-000220-7", "玻璃", "孩子", "拉肚子", "会不会",
    "[数字x]", "13800000000", "生产日期", "2026年5月1日", "保质期", "6个月", "😡", "繁體", "(((", "]]]",
    "\\", "\n",
])  # fmt: skip
_TEXTS = st.one_of(st.text(max_size=80), st.lists(_WORDS, max_size=25).map("".join))


@pytest.fixture(scope="module")
def intake(tmp_path_factory):
    return Intake(cache_dir=tmp_path_factory.mktemp("jieba"))


@settings(max_examples=150, deadline=None)
@given(text=_TEXTS)
def test_every_text_has_a_whole_meaning(intake, text):
    answer = intake.understand(text)
    assert answer.complaint == (answer.intent == "complaint")
    assert 0 <= answer.confidence <= 1
    assert answer.severity == "normal" or answer.complaint
    assert answer.categories
    assert {score.code for score in answer.categories} <= titles().keys()
    assert all(text[span.start : span.end] == span.text for span in answer.fields)
    assert all(left.end <= right.start for left, right in pairwise(answer.fields))


@settings(max_examples=50, deadline=None)
@given(text=_TEXTS)
def test_understanding_is_a_function_and_survives_json(intake, text):
    answer = intake.understand(text)
    assert intake.understand(text) == answer
    assert msgspec.json.decode(msgspec.json.encode(answer), type=Understanding) == answer


@settings(max_examples=150, deadline=None)
@given(text=st.text(max_size=60))
def test_normalising_twice_changes_nothing_more_and_every_place_has_an_origin(text):
    normal = normalise(text)
    for place in range(len(normal.text)):
        start, end = normal.original_span(place, place + 1)
        assert 0 <= start < end <= len(text)


@settings(max_examples=30, deadline=None)
@given(text=_TEXTS, word=st.text(min_size=1, max_size=6))
def test_a_taught_word_only_ever_matters_where_it_stands(intake, text, word):
    taught = intake.understand(text, Context(extra_words=((word, "book.print"),)))
    if word not in normalise(text).text:
        assert taught == intake.understand(text)


@pytest.mark.parametrize(
    "piece",
    [
        "a",
        "坏",
        "1",
        "书破了，怎么还没到？",
        "没",
        "第1页到",
        "[数字x",
        "（(",
        "😡",
        "十",
        "明天8点",
        "订了3箱",
        "说好~",
    ],
)
def test_time_is_linear_in_length_whatever_is_written(intake, piece):
    text = (piece * _LONG)[:_LONG]
    tenth = min(_seconds(intake, text[: _LONG // 10]) for _ in range(2))
    assert _seconds(intake, text) < 25 * max(tenth, 0.002)


def _seconds(intake, text):
    start = time.process_time()
    intake.understand(text)
    return time.process_time() - start
