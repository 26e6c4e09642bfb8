"""Words: jieba's dictionary with the trade's own words, cut by its fast twin `rjieba`.

Both cut alike; a test compares them. rjieba cuts a message some twenty times faster and serves the running bot.
jieba itself knows how common a word is, and is asked where time does not press: which words of a misread message
could be taught (see `Intake.teachable`).
"""

import logging
import re
from collections.abc import Iterator
from contextlib import suppress
from functools import cache
from operator import add
from pathlib import Path

import jieba
import rjieba
from msgspec import Struct

from bot.intake.lexicon import read_data

_FREQUENT = 20000
_UNCOMMON, _COMMON = 3, 1000
_POINTING = frozenset("0123456789零一二两三四五六七八九十百千万半几这那哪每各某老")
_NAMES = re.compile(
    "[王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘蒋蔡余杜叶程苏魏吕丁任沈姚卢姜崔钟谭陆汪范]..$"
    "|.*[省市县区镇乡村路街楼号人]$"
)


class Word(Struct, frozen=True, gc=False):
    """A word of the trade in a text."""

    text: str
    start: int
    kind: str


def cut(text: str) -> list[str]:
    """Return the words of a text, in order; together they are the text."""
    words: list[str] = _fast().cut(text)
    return words


def words_of_trade(text: str) -> Iterator[Word]:
    """Yield the words of the trade in a text."""
    known, start = trade_words(), 0
    if _beginnings().isdisjoint(map(add, text, text[1:])):
        return
    for word in cut(text):
        kind = known.get(word)
        if kind:
            yield Word(word, start, kind)
        start += len(word)


def uncommon(text: str, folder: Path) -> list[str]:
    """Return the least common words of a text, of two characters and more; jieba keeps its cache in `folder`.

    Words that count or point (三十本, 这批), what looks like a name or an address, and the trade's own are not
    among them.
    """
    tokenizer = careful(folder)
    words = {word for word in tokenizer.lcut(text) if len(word) > 1 and _POINTING.isdisjoint(word)}
    uncommon = [
        (tokenizer.FREQ.get(word, 0), word) for word in words if not word.isascii() and not _NAMES.match(word)
    ]
    return [word for count, word in sorted(uncommon) if count < _COMMON][:_UNCOMMON]


@cache
def careful(folder: Path) -> jieba.Tokenizer:
    """Return the careful twin, jieba: built when first asked for (a second), with its cache in `folder`."""
    with suppress(OSError):  # jieba does without a cache where it may not write
        folder.mkdir(parents=True, exist_ok=True)
    jieba.setLogLevel(logging.WARNING)
    tokenizer = jieba.Tokenizer()
    tokenizer.tmp_dir = str(folder)
    tokenizer.initialize()
    for word in trade_words():
        tokenizer.add_word(word, _FREQUENT)
    return tokenizer


@cache
def trade_words() -> dict[str, str]:
    """Return the trade's words and what each names: food, book, machine, supply, survey, goods or defect."""
    found: dict[str, str] = {}
    for line in read_data("trade_words.txt").splitlines():
        kind, _, words = line.partition(":")
        found.update(dict.fromkeys(words.split(), kind.strip()))
    return found


@cache
def _fast() -> rjieba.Jieba:
    tokenizer = rjieba.Jieba()
    for word in trade_words():
        tokenizer.add_word(word, _FREQUENT, "n")
    return tokenizer


@cache
def _beginnings() -> frozenset[str]:
    return frozenset(word[:2] for word in trade_words())
