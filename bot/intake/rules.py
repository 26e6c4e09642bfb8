"""The voice of the rules: which phrases speak for which category, once negation and mood are heard out."""

import re
from bisect import bisect_right
from collections import defaultdict

from msgspec import Struct

from bot.intake import arithmetic
from bot.intake.clauses import Clause, clauses, sentences
from bot.intake.lexicon import Hit, Lexicon

INTENTS = ("query", "praise", "chitchat", "follow_up")
_BEFORE = re.compile(
    r"(没有|没|无|未|不是|不|木有|毫无|未见|不会|不存在|避免|防止|没啥|并非|谈不上|免得|省得|冇|零|莫得|不用担心)"
    r"(任何|什么|出现|发现|一个|一点|一丝|一本|有|再|被|太|怎么|那么|很|啥|过|遇到|看到|觉得|感觉|半点|收到|因为|造成|发生|大的?|明显的?){0,3}$"
)
_AFTER = re.compile(r"^(的|过)?(现象|情况|问题|地方|痕迹|东西)?(都|也|是|一个|一点)?(没有|没(?![人用法了到])|不存在|无|木有|为零|0)")
_SELF_NEGATED = re.compile(r"^\(?[没无不未缺少冇木莫]|^[^~]{0,4}[没无不未]")
_MOOD = {"asks": 0.35, "supposes": 0.15, "negated": 0.0}


class Evidence(Struct, frozen=True):
    """One phrase after weighing: `strength` is its weight times what its clause leaves of it."""

    hit: Hit
    clause: Clause
    strength: float
    mood: str


class Reading(Struct, frozen=True):
    """What the rules heard in a text."""

    clauses: tuple[Clause, ...]
    evidence: tuple[Evidence, ...]
    scores: dict[str, float]
    cues: dict[str, float]


def read(text: str, lexicon: Lexicon) -> Reading:
    """Look for every phrase of the lexicon in a normalised text and weigh what is found."""
    parts: list[Clause] = []
    hits: list[Hit] = []
    for start, sentence in sentences(text):
        parts += clauses(start, sentence)
        hits += lexicon.find(sentence, start)
    hits += [Hit(found.code, 3.0, found.start, found.end, f"={found.code}", found.because) for found in arithmetic.find(text)]
    starts = [part.start for part in parts]
    evidence = tuple(_weigh(text, hit, parts[bisect_right(starts, hit.start) - 1]) for hit in hits)
    return Reading(tuple(parts), evidence, _scores(evidence), _cues(evidence))


def _weigh(text: str, hit: Hit, clause: Clause) -> Evidence:
    mood = "" if hit.code.startswith("cue.") or hit.code in INTENTS else _mood(text, hit, clause)
    return Evidence(hit, clause, hit.weight * _MOOD.get(mood, 1.0), mood)


def _mood(text: str, hit: Hit, clause: Clause) -> str:
    if not _SELF_NEGATED.match(text[hit.start : hit.end]) and (
        _BEFORE.search(text, max(clause.start, hit.start - 8), hit.start)
        or _AFTER.match(text[hit.end : hit.end + 8])
    ):
        return "negated"
    if clause.supposes:
        return "supposes"
    return "asks" if clause.asks and not clause.states_fact else ""


def _scores(evidence: tuple[Evidence, ...]) -> dict[str, float]:
    """Add up per code: the strongest phrase counts in full, each further one half of the one before."""
    by_code: defaultdict[str, list[float]] = defaultdict(list)
    for item in evidence:
        if not item.hit.code.startswith("cue."):
            by_code[item.hit.code].append(item.strength)
    return {code: sum(s / 2**n for n, s in enumerate(sorted(found, reverse=True))) for code, found in by_code.items()}


def _cues(evidence: tuple[Evidence, ...]) -> dict[str, float]:
    cues: defaultdict[str, float] = defaultdict(float)
    for item in evidence:
        if item.hit.code.startswith("cue."):
            cues[item.hit.code] += 1
        elif item.mood:
            cues[f"mood.{item.mood}"] += item.hit.weight
    return dict(cues)
