"""Words: jieba's dictionary with the trade's own words, cut by its fast twin `rjieba`.

Both cut alike; a test compares them. rjieba, told the trade's words, cuts a message some twenty times faster and
serves the running bot. jieba itself is asked where time does not press: which words of a misread message could be
taught (see `bot/intake/learn.py`).
"""

import logging
from collections.abc import Iterator
from functools import cache, cached_property
from operator import add
from pathlib import Path

import jieba
import rjieba
from msgspec import Struct

from bot.intake.lexicon import read_data

_FREQUENT = 20000


class Word(Struct, frozen=True, gc=False):
    """A word of the trade in a text."""

    text: str
    start: int
    kind: str


class Segmenter:
    """Cuts a text into words and finds the trade's words among them."""

    def __init__(self, cache_dir: Path | None = None) -> None:
        self._folder = cache_dir or Path.home() / ".cache" / "yingnuo"
        self._fast = rjieba.Jieba()
        for word in trade_words():
            self._fast.add_word(word, _FREQUENT, "n")

    @cached_property
    def careful(self) -> jieba.Tokenizer:
        """The careful twin, jieba: built when first asked for, with its cache in a folder of our own."""
        self._folder.mkdir(parents=True, exist_ok=True)
        jieba.setLogLevel(logging.WARNING)
        tokenizer = jieba.Tokenizer()
        tokenizer.tmp_dir = str(self._folder)
        tokenizer.initialize()
        for word in trade_words():
            tokenizer.add_word(word, _FREQUENT)
        return tokenizer

    def cut(self, text: str) -> list[str]:
        """Return the words of a text, in order; together they are the text."""
        words: list[str] = self._fast.cut(text)
        return words

    def trade_words(self, text: str) -> Iterator[Word]:
        """Yield the words of the trade in a text."""
        known, start = trade_words(), 0
        if _beginnings().isdisjoint(map(add, text, text[1:])):
            return
        for word in self.cut(text):
            kind = known.get(word)
            if kind:
                yield Word(word, start, kind)
            start += len(word)


@cache
def trade_words() -> dict[str, str]:
    """Return the trade's words and what each names: food, book, machine, supply, survey, goods or defect."""
    found: dict[str, str] = {}
    for line in read_data("trade_words.txt").splitlines():
        kind, _, words = line.partition(":")
        found.update(dict.fromkeys(words.split(), kind.strip()))
    return found


@cache
def _beginnings() -> frozenset[str]:
    return frozenset(word[:2] for word in trade_words())
