"""Brings the voices together: complaint or not, which categories, how sure, and why."""

import math
from collections.abc import Iterable, Sequence
from operator import mul
from typing import cast

from msgspec import Struct

from bot.intake import features
from bot.intake.corpus import INTENTS
from bot.intake.model import OUTPUTS, Model, titles
from bot.intake.rules import Reading
from bot.intake.types import CategoryScore, Intent

DOUBT = 0.35  # in doubt it is a complaint: one too many costs a press of 误报, one too few a promise
SURE = 0.85
_CATEGORY_KNOWN = 0.3  # of the categories named first with less than that, every second one is wrong
_SHOWN = 5
_ASKED = 3
_PLACE = {code: place for place, code in enumerate(OUTPUTS)}
_QUIET = tuple(_PLACE[code] for code in INTENTS)
_COMPLAINTS = tuple(_PLACE[code] for code in titles() if code not in INTENTS)
_REASONS = 3
_TITLES = titles()
_FAR = 30.0


class Opinion(Struct, frozen=True, gc=False):
    """The weighed result: log-odds for every output."""

    odds: Sequence[float]

    def of(self, code: str) -> float:
        """Return the log-odds of one code."""
        return self.odds[_PLACE[code]]

    def shifted(self, changes: dict[str, float]) -> "Opinion":
        """Return the opinion with some log-odds moved."""
        return Opinion(
            [value + changes.get(code, 0.0) for code, value in zip(OUTPUTS, self.odds, strict=True)]
        )

    @property
    def complaint(self) -> float:
        """Return the probability that this is a complaint."""
        return probability(self.odds[0])


def probability(odds: float) -> float:
    """Return the probability that belongs to log-odds."""
    return 1 / (1 + math.exp(-odds)) if -_FAR < odds < _FAR else float(odds > 0)


def weigh(reading: Reading, model: Model) -> Opinion:
    """Let the rules and the learned voice speak and weigh them."""
    said = sum(map(mul, model.voice_rows, model.speaker.speak(reading.strings)))
    return Opinion(model.verdict.add_up(features.of_reading(reading), said))


def is_guess(ranked: Sequence[tuple[str, float]]) -> bool:
    """Tell whether the first category is little better than a guess, so that the customer had better be asked."""
    return ranked[0][1] < _CATEGORY_KNOWN


def intent(opinion: Opinion, *, complaint: bool) -> Intent:
    """Name the intent; of the four that are no complaint the likeliest."""
    return "complaint" if complaint else cast("Intent", max(INTENTS, key=opinion.of))


def rank(opinion: Opinion, *, complaint: bool, sure: bool = True) -> list[tuple[str, float]]:
    """Return the likeliest codes with their probabilities, best first.

    A message that is surely no complaint has its intent in front of the categories it would have if it were one.
    When unsure, a human is asked which category it is: then the intent stands behind the three likeliest.
    """
    odds = opinion.odds
    best = sorted(_COMPLAINTS, key=odds.__getitem__, reverse=True)[:_SHOWN]
    if not complaint:
        best.insert(0 if sure else _ASKED, max(_QUIET, key=odds.__getitem__))
    return [(OUTPUTS[place], probability(odds[place])) for place in best[:_SHOWN]]


def explain(
    reading: Reading, learned: tuple[str, ...], ranked: list[tuple[str, float]]
) -> tuple[CategoryScore, ...]:
    """Say for each code what speaks for it; `learned` is what the learned voice says of the first."""
    reasons: dict[str, list[str]] = {code: [] for code, _ in ranked}
    for item in reading.evidence:
        if item.strength > 0 and item.code in reasons and len(reasons[item.code]) < _REASONS:
            reasons[item.code].append(item.because or f"说到“{item.text}”，像是{_TITLES[item.code]}")
    reasons[ranked[0][0]] += learned
    return tuple(
        [
            CategoryScore(
                code=code,
                title=_TITLES[code],
                score=round(score, 4),
                because=tuple(dict.fromkeys(reasons[code])) if reasons[code] else (),
            )
            for code, score in ranked
        ]
    )


def voice_says(strings: Iterable[str], code: str, model: Model) -> tuple[str, ...]:
    """Say which strings of a text the learned voice knows from one category."""
    words = model.favourites[_PLACE[code]].among(strings)
    if not words:
        return ()
    quoted = "、".join(f"“{word}”" for word in words)
    return (f"以往的例子里，{quoted}常见于{_TITLES[code]}",)
