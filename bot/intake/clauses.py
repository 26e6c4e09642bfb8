"""Cuts a message into sentences and clauses and tells in what mood each clause is spoken."""

import re

from msgspec import Struct

_SENTENCE = re.compile(r"[^。！？\n]{1,160}[。！？\n]?|[。！？\n]")
_CLAUSE = re.compile(r"[^，；： ]{1,80}[，；： ]?|[，；： ]")
_QUESTION = re.compile(r"(吗|嘛|么|呢|没有|没|不|吧)[啊呀呢吧，。]*？?$|？$")
_RHETORICAL = re.compile(r"怎么|为什么|为啥|凭什么|难道|什么(?:情况|态度|鬼|玩意|东西|意思)|咋|还能|谁|哪有|不是吧|怎样")
_CONTRAST = re.compile(r"但是|但|就是(?!说)|不过|可是|只是|然而|却|可惜|结果|没想到|谁知|哪知|偏偏|居然|竟然|除了|(?<![一])可(?!以|能|爱|口|靠|见|惜)")
_SUPPOSED = re.compile(
    r"如果|要是|万一|假如|假设|若是|倘若|的话|会不会|能不能|可不可以|是否|有没有|要不要|一旦|以防|防止|避免|小心|担心|"
    r"生怕|怕|希望(?!你们|能给)|容易|别再|不要再|不会|下次再"
)
_FACT = re.compile(
    r"怎么(?:还|又|都|才|就|是|会|没|不|老|总|全|这)|已经|又|居然|竟|果然|发现|打开|一看|到手|全是|都是|到现在|至今|一直|"
    r"收到|送来|现在|这次|这批|昨天|今早|今天"
)


class Clause(Struct, frozen=True):
    """A clause with its place in the whole text and its mood."""

    start: int
    end: int
    text: str
    asks: bool
    supposes: bool
    states_fact: bool
    after_contrast: bool


def sentences(text: str) -> list[tuple[int, str]]:
    """Return (start, sentence); none is longer than 161 characters, so that work on one is bounded."""
    return [(match.start(), match[0]) for match in _SENTENCE.finditer(text)]


def clauses(start: int, sentence: str) -> list[Clause]:
    """Return the clauses of a sentence that begins at `start` of the text."""
    found: list[Clause] = []
    turned = False
    for match in _CLAUSE.finditer(sentence):
        clause = match[0]
        turned = turned or _CONTRAST.search(clause) is not None
        fact = _FACT.search(clause) is not None
        found.append(
            Clause(
                start=start + match.start(),
                end=start + match.end(),
                text=clause,
                asks=_QUESTION.search(clause) is not None and _RHETORICAL.search(clause) is None,
                supposes=_SUPPOSED.search(clause) is not None and not fact,
                states_fact=fact,
                after_contrast=turned,
            )
        )
    return found
