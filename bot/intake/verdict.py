"""Brings the voices together: complaint or not, which categories, how sure."""

import math
from functools import cache

from bot.intake.lexicon import read_data
from bot.intake.rules import INTENTS, Reading
from bot.intake.severity import Gravity
from bot.intake.types import CategoryScore, Context, Intent, Span, Understanding

_SURE = 0.8


@cache
def titles() -> dict[str, str]:
    """Return the Chinese title of every code."""
    rows = (line.split("\t") for line in read_data("categories.tsv").splitlines())
    return {code: title for code, title, _ in rows}


def decide(reading: Reading, grave: Gravity, fields: tuple[Span, ...], context: Context) -> Understanding:
    """Weigh the evidence and name the meaning."""
    probability = _complaint_probability(reading)
    complaint = probability >= 0.5 or grave.severity == "critical"
    confidence = max(probability, 1 - probability)
    scores = _categories(reading, complaint=complaint, safety=grave.severity == "critical")
    intent: Intent = "complaint" if complaint else scores[0].code  # type: ignore[assignment]
    sure = confidence >= _SURE or grave.severity == "critical"
    return Understanding(
        complaint=complaint,
        intent=intent,
        categories=scores,
        severity=grave.severity if complaint else "normal",
        kind="complaint" if complaint else "consultation",
        fields=fields,
        confidence=confidence,
        band="sure" if sure else "unsure",
        because=grave.because + scores[0].because,
    )


def _complaint_probability(reading: Reading) -> float:
    scores = reading.scores
    against = max(scores.get(code, 0) for code in INTENTS)
    defects = [s for code, s in scores.items() if code in titles() and code not in INTENTS]
    strongest = max(defects, default=0)
    margin = 1.2 * strongest + 0.3 * sum(defects) - 0.6 * against - 1.2
    margin -= 0.8 * reading.cues.get("cue.resolved", 0) + 0.8 * reading.cues.get("cue.notice", 0)
    margin += 0.5 * reading.cues.get("cue.contrast", 0) + 0.5 * reading.cues.get("cue.swear", 0)
    return 1 / (1 + math.exp(-margin))


def _categories(reading: Reading, *, complaint: bool, safety: bool) -> tuple[CategoryScore, ...]:
    scores = {c: s for c, s in reading.scores.items() if c in titles() and (c not in INTENTS) == complaint}
    if complaint:
        scores["other.complaint"] = scores.get("other.complaint", 0) * 0.4 + 0.1
        if safety:
            scores["food.safety"] = scores.get("food.safety", 0) + 4
    elif not scores:
        scores["chitchat"] = 0.5
    total = sum(scores.values())
    best = sorted(scores.items(), key=lambda item: -item[1])[:5]
    return tuple(
        CategoryScore(code=code, title=titles()[code], score=score / total, because=_because(code, reading))
        for code, score in best
    )


def _because(code: str, reading: Reading) -> tuple[str, ...]:
    words = [item.hit.source for item in reading.evidence if item.hit.code == code and item.strength > 0]
    return tuple(f"说到“{word}”，像是{titles()[code]}" for word in dict.fromkeys(words))[:3]
