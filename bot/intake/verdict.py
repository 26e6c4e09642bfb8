"""Brings the voices together: complaint or not, which categories, how sure, and why."""

import math
from typing import cast

from msgspec import Struct

from bot.intake import features, ngrams
from bot.intake.corpus import INTENTS
from bot.intake.model import OUTPUTS, Model, titles
from bot.intake.rules import Reading
from bot.intake.types import CategoryScore, Intent

SURE = 0.85
_SHOWN = 5
_PLACE = {code: place for place, code in enumerate(OUTPUTS)}
_COMPLAINTS = tuple(code for code in titles() if code not in INTENTS)


class Opinion(Struct, frozen=True):
    """The weighed result before context has its say: log-odds for every output."""

    odds: tuple[float, ...]

    def of(self, code: str) -> float:
        """Return the log-odds of one code."""
        return self.odds[_PLACE[code]]

    def shifted(self, changes: dict[str, float]) -> "Opinion":
        """Return the opinion with some log-odds moved."""
        return Opinion(tuple(value + changes.get(code, 0.0) for code, value in zip(OUTPUTS, self.odds, strict=True)))

    @property
    def complaint(self) -> float:
        """Return the probability that this is a complaint."""
        return probability(self.odds[0])


def probability(odds: float) -> float:
    """Return the probability that belongs to log-odds."""
    return 1 / (1 + math.exp(-min(max(odds, -30.0), 30.0)))


def weigh(text: str, reading: Reading, model: Model) -> Opinion:
    """Let the rules and the learned voice speak and weigh them."""
    voice = features.of_voice(OUTPUTS, ngrams.speak(model.voice, ngrams.grams(text)))
    return Opinion(tuple(model.verdict.add_up({**features.of_reading(reading), **voice}.items())))


def intent(opinion: Opinion, *, complaint: bool) -> Intent:
    """Name the intent; of the four that are no complaint the likeliest."""
    return "complaint" if complaint else cast(Intent, max(INTENTS, key=opinion.of))


def rank(opinion: Opinion, *, complaint: bool) -> list[tuple[str, float]]:
    """Return the likeliest codes with their probabilities, best first."""
    codes = _COMPLAINTS if complaint else INTENTS
    best = sorted(codes, key=opinion.of, reverse=True)[:_SHOWN]
    return [(code, probability(opinion.of(code))) for code in best]


def explain(text: str, reading: Reading, model: Model, ranked: list[tuple[str, float]]) -> tuple[CategoryScore, ...]:
    """Say for each code what speaks for it, in words a supervisor understands."""
    return tuple(
        CategoryScore(
            code=code,
            title=titles()[code],
            score=round(score, 4),
            because=_rules_say(text, code, reading) + (_voice_says(text, code, model) if place == 0 else ()),
        )
        for place, (code, score) in enumerate(ranked)
    )


def _rules_say(text: str, code: str, reading: Reading) -> tuple[str, ...]:
    heard = [item for item in reading.evidence if item.hit.code == code and item.strength > 0]
    reasons = [
        item.hit.because or f"说到“{text[item.hit.start : item.hit.end]}”，像是{titles()[code]}" for item in heard
    ]
    return tuple(dict.fromkeys(reasons))[:3]


def _voice_says(text: str, code: str, model: Model) -> tuple[str, ...]:
    words = ngrams.strongest(model.voice, ngrams.grams(text), _PLACE[code])
    if not words:
        return ()
    quoted = "、".join(f"“{word}”" for word in words)
    return (f"以往的例子里，{quoted}常见于{titles()[code]}",)
