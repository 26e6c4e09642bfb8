"""The learned voice: which strings of one to three characters go with which category.

It knows nothing of the rules. Its weights come from the project's own corpus (see `bot/intake/train.py`).
"""

import re
from collections.abc import Mapping
from math import sqrt
from operator import add

from bot.intake.packed import Layer

LONGEST = 3
NORM = "norm"
_MOST = 56
_CONSIDERED = 8
_SHOWN = 2
_DIGIT = re.compile("[0-9]")
_MASKED = re.compile(r"\[[^\[\]]{1,4}x\]")


def grams(text: str) -> set[str]:
    """Return the distinct strings of one to three characters of a normalised text; digits look alike."""
    text = plain(text)
    pairs = list(map(add, text, text[1:]))
    return {*text, *pairs, *map(add, pairs, text[2:])}


def plain(text: str) -> str:
    """Return the text with every digit, and every masked thing such as “[数字x]”, as 0."""
    return _DIGIT.sub("0", _MASKED.sub("0", text) if "[" in text else text)


def speak(layer: Layer, found: set[str]) -> list[int]:
    """Return the log-odds of every output in eighths, cut off at seven.

    The last output of the layer is the squared length of the text.
    """
    *sums, norm = layer.sums_of(found)
    eighths = 8 / sqrt(norm * layer.scale[-1]) if norm > 0 else 8.0
    weighed = zip(sums, layer.scale, layer.eighths, strict=False)
    odds = [int(number * scale * eighths + bias) for number, scale, bias in weighed]
    if max(odds) > _MOST or min(odds) < -_MOST:
        return [min(max(value, -_MOST), _MOST) for value in odds]
    return odds


class Favourites:
    """The strings that speak most for one output, the strongest first."""

    def __init__(self, weights: Mapping[str, float]) -> None:
        self._strings = sorted(weights, key=lambda string: (-weights[string], string))
        self._ranks = {string: rank for rank, string in enumerate(self._strings)}

    def among(self, found: set[str]) -> list[str]:
        """Return the two of the strings found that are the strongest favourites, neither inside the other."""
        ranks = self._ranks
        best: list[str] = []
        for rank in sorted(map(ranks.__getitem__, ranks.keys() & found))[:_CONSIDERED]:
            string = self._strings[rank]
            if not any(string in kept or kept in string for kept in best):
                best.append(string)
        return best[:_SHOWN]
