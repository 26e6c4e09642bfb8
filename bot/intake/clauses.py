"""Cuts a message into sentences and clauses and tells in what mood each clause is spoken."""

import re

from msgspec import Struct

_SENTENCE = re.compile(r"[^。！？\n]{1,160}[。！？\n]?|[。！？\n]")
_CLAUSE = re.compile(r"[^，；： ]{1,80}[，；： ]?|[，；： ]")
_QUESTION = re.compile(r"(吗|嘛|么|呢|没有|没|不|吧)[啊呀呢吧，。]*？?$|？$")
_RHETORICAL = re.compile(
    r"怎么|为什么|为啥|凭什么|难道|什么(?:情况|态度|鬼|玩意|东西|意思)|咋|还能|谁|哪有|不是吧|怎样"
)

_MAY_ASK = frozenset("吗嘛么呢没有不吧啊呀？")
_NOTHING: frozenset[str] = frozenset()


class Clause(Struct, frozen=True, gc=False):
    """A clause with its place in the whole text and its mood."""

    start: int
    end: int
    asks: bool
    supposes: bool
    states_fact: bool
    after_contrast: bool


def sentences(text: str) -> list[tuple[int, str]]:
    """Return (start, sentence); none is longer than 161 characters, so that work on one is bounded."""
    return [(match.start(), match[0]) for match in _SENTENCE.finditer(text)]


def clauses(start: int, sentence: str, cues: list[tuple[int, str]]) -> list[Clause]:
    """Return the clauses of a sentence that begins at `start`; `cues` are (place, name) of its cue words."""
    found: list[Clause] = []
    turned = False
    for match in _CLAUSE.finditer(sentence):
        first, last, clause = start + match.start(), start + match.end(), match[0]
        heard = {name for place, name in cues if first <= place < last} if cues else _NOTHING
        turned = turned or "cue.contrast" in heard
        fact = "cue.fact" in heard
        found.append(Clause(first, last, _asks(clause), "cue.hypothesis" in heard and not fact, fact, turned))
    return found


def _asks(clause: str) -> bool:
    if clause.rstrip("，。\n")[-1:] not in _MAY_ASK:
        return False
    return _QUESTION.search(clause) is not None and _RHETORICAL.search(clause) is None
