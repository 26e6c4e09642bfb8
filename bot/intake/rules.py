"""The voice of the rules: which phrases speak for which category, once negation and mood are heard out."""

import re
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterator

from msgspec import Struct

from bot.intake import arithmetic, ngrams, segment
from bot.intake.clauses import Clause, clauses, sentences
from bot.intake.lexicon import Entry, Lexicon

_BEFORE = re.compile(
    r"(没有|没|无|未|不是|并不|不|难以|称不上|算不上|木有|毫无|未见|不会|不存在|避免|防止|没啥|并非|谈不上|免得|省得|冇|零|莫得|不用担心)"
    r"(任何|什么|出现|发现|一个|一点|一丝|一本|有|再|被|太|怎么|那么|很|啥|过|遇到|看到|觉得|感觉|半点|收到|因为|造成|发生|大的?|明显的?|"
    r"是|这么|够|令人|让人|叫人|咋|特别|非常|算|能|会|敢|十分|完全){0,3}$"
)
_NEGATORS = frozenset("没无未不难称算木毫避防并谈免省冇零莫")
_AFTER = re.compile(
    r"(的|过)?(现象|情况|问题|地方|痕迹|东西)?(都|也|是|一个|一点)?(没有|没(?![人用法了到])|不存在|无|木有|为零|0)"
)
_SELF_NEGATED = re.compile(r"^\(?[没无不未缺少冇木莫]|^[^~]{0,4}[没无不未]")
_DENIES = frozenset("没不无未")
_FOLLOWS = frozenset("的过现情问地痕东都也是一没不无木为0")
_SUM_WEIGHT = 3.0
_COUNTED = 8
_INSIDE = re.compile(r"[没不无未](?:有|任何|什么|一点|怎么|被|再)?.?[^没不无未]{1,2}$")
_MOOD = {"": 1.0, "asks": 0.35, "supposes": 0.15, "negated": 0.0}


class Evidence(Struct, frozen=True, gc=False):
    """One phrase after weighing: `strength` is its weight times what the mood of its clause leaves of it."""

    code: str
    source: str
    text: str
    start: int
    end: int
    weight: float
    strength: float
    mood: str
    clause: Clause
    because: str = ""


class Reading(Struct, frozen=True, gc=False):
    """What the rules heard in a text, and the strings of it that the learned voice knows it by."""

    clauses: list[Clause]
    evidence: list[Evidence]
    scores: dict[str, float]
    cues: dict[str, float]
    strings: list[str]


def read(text: str, lexicon: Lexicon) -> Reading:
    """Look for every phrase of the lexicon in a normalised text and weigh what is found."""
    parts: list[Clause] = []
    evidence: list[Evidence] = []
    plain = ngrams.plain(text)
    grams: set[str] = set()
    for start, sentence in sentences(text):
        here = ngrams.grams(sentence)
        heard = lexicon.find(sentence, here)
        own = clauses(
            start, sentence, [(start + place, entry.code) for entry, place, _ in heard if entry.is_cue]
        )
        evidence += _evidence(text, start, own, heard)
        parts += own
        grams = here | grams if grams else here
    if arithmetic.has_numbers(text):
        evidence += _sums(text, parts)
    strings = [*grams, *ngrams.pairs(plain, segment.cut(plain))]
    return Reading(parts, evidence, _scores(evidence), _cues(evidence), strings)


def _evidence(
    text: str, offset: int, parts: list[Clause], heard: list[tuple[Entry, int, int]]
) -> Iterator[Evidence]:
    starts = [part.start for part in parts]
    for entry, place, stop in heard:
        start, end = offset + place, offset + stop
        clause = parts[bisect_right(starts, start) - 1]
        mood = _mood(text, start, end, clause) if entry.is_judgement else ""
        if (
            entry.gap_may_deny
            and not _DENIES.isdisjoint(text[start:end])
            and _INSIDE.search(text, start, end)
        ):
            mood = "negated"
        if entry.is_praise and mood != "negated":
            mood = ""
        strength = entry.weight * _MOOD[mood]
        words = text[start:end]
        yield Evidence(
            entry.code, entry.pattern.source, words, start, end, entry.weight, strength, mood, clause
        )


def _sums(text: str, parts: list[Clause]) -> Iterator[Evidence]:
    starts = [part.start for part in parts]
    for found in arithmetic.find(text):
        clause = parts[bisect_right(starts, found.start) - 1]
        words, weight = text[found.start : found.end], _SUM_WEIGHT
        yield Evidence(
            found.code,
            f"={found.code}",
            words,
            found.start,
            found.end,
            weight,
            weight,
            "",
            clause,
            found.because,
        )


def _mood(text: str, start: int, end: int, clause: Clause) -> str:
    before = max(clause.start, start - 8)
    denied = not _NEGATORS.isdisjoint(text[before:start]) and _BEFORE.search(text, before, start)
    denied = denied or (text[end : end + 1] in _FOLLOWS and _AFTER.match(text, end))
    if denied and not _SELF_NEGATED.match(text, start, end):
        return "negated"
    if clause.supposes:
        return "supposes"
    return "asks" if clause.asks and not clause.states_fact else ""


def _scores(evidence: list[Evidence]) -> dict[str, float]:
    """Add up per code: the strongest phrase counts in full, each further one half of the one before."""
    by_code: defaultdict[str, list[float]] = defaultdict(list)
    for item in evidence:
        if item.code[:4] != "cue.":
            by_code[item.code].append(item.strength)
    return {code: _fading(found) if len(found) > 1 else found[0] for code, found in by_code.items()}


def _fading(strengths: list[float]) -> float:
    total, share = 0.0, 1.0
    for strength in sorted(strengths, reverse=True)[:_COUNTED]:
        total += strength * share
        share /= 2
    return total


def _cues(evidence: list[Evidence]) -> dict[str, float]:
    cues: defaultdict[str, float] = defaultdict(float)
    for item in evidence:
        if item.code[:4] == "cue.":
            cues[item.code] += 1
        elif item.mood:
            cues[f"mood.{item.mood}"] += item.weight
    return dict(cues)
