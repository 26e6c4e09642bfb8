"""The pattern language of the lexicon files."""

import pytest

from bot.intake import lexicon, ngrams
from bot.intake.patterns import Index, PatternError, compile_pattern

_CLASSES = {"fruit": ("苹果", "梨")}


def _matches(source, text):
    return compile_pattern(source, _CLASSES).regex.search(text) is not None


@pytest.mark.parametrize(
    ("source", "text", "expected"),
    [
        ("缺页", "这本缺页了", True),
        ("少了?页", "少页", True),
        ("(少|缺)了{n}页", "缺了十二页", True),
        ("{fruit}~烂", "苹果全都烂了", True),
        ("{fruit}~烂", "苹果好，叶子烂", False),
        ("说好~~没到", "说好九点的，现在还没到", True),
        ("说好~~没到", "说好九点。没到", False),
        ("[油墨]渍", "一块墨渍", True),
        ("[油墨]渍", "一块水渍", False),
        ("第.页", "第九页", True),
    ],
)
def test_signs_mean_what_they_say(source, text, expected):
    assert _matches(source, text) is expected


@pytest.mark.parametrize(
    ("source", "complaint"),
    [
        ("缺+页", "stray"),
        ("(缺页", "closing"),
        ("{nobody}页", "no file defines"),
        ("{n}~.", "no literal part"),
    ],
)
def test_a_pattern_that_cannot_be_read_says_why(source, complaint):
    with pytest.raises(PatternError, match=complaint):
        compile_pattern(source, _CLASSES)


def test_the_index_finds_what_a_search_of_every_pattern_finds():
    entries = lexicon.load().entries
    index = Index(entry.pattern for entry in entries)
    text = "收到书一看，封面破了，第60页直接跳到77页，打电话没人接，太差了"
    plain = [n for n, entry in enumerate(entries) if entry.pattern.regex.search(text)]
    assert [number for number, _, _ in index.find(text, ngrams.grams(text))] == plain


def test_a_mistake_in_a_lexicon_file_names_file_and_line():
    with pytest.raises(PatternError, match=r"words\.lex:7"):
        list(lexicon._line_entries("words.lex:7", "3: 缺(页", "book.missing_pages", {}))
