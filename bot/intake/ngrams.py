"""The learned voice: which strings of a text go with which category.

Strings of one to three characters, and pairs that stand near each other: two characters with one between them, two
words at most four apart (“没~动”, “打~不通”). It knows nothing of the rules. Its weights come from the project's own
corpus (see `bot/intake/train.py`).
"""

import re
from collections.abc import Iterable, Sequence
from itertools import repeat
from math import sqrt
from operator import add, mul

from bot.intake.packed import Layer

NORM = "norm"
NEAR = "~"  # a normalised text has none
_APART = range(1, 5)
_MOST = 7
_CONSIDERED = 8
_SHOWN = 2
_DIGIT = re.compile("[0-9]")
_MASKED = re.compile(r"\[[^\[\]]{1,8}x\]")


def grams(text: str) -> set[str]:
    """Return the distinct strings of one to three characters of a normalised text; digits look alike."""
    text = plain(text)
    twos = list(map(add, text, text[1:]))
    return {*text, *twos, *map(add, twos, text[2:])}


def pairs(text: str, words: Sequence[str]) -> set[str]:
    """Return the pairs that stand near each other in a plain text, which `words` are the words of."""
    found = set(map(add, [char + NEAR for char in text], text[2:]))
    first = [word + NEAR for word in words]
    for apart in _APART:
        found.update(map(add, first, words[apart:]))
    return found


def plain(text: str) -> str:
    """Return the text with every digit, and every masked thing such as “[数字x]”, as 0."""
    return _DIGIT.sub("0", _MASKED.sub("0", text) if "[" in text else text)


class Voice:
    """A trained layer that speaks: log-odds of every output times `unit`, as whole numbers.

    What listens was trained with a unit of 8; a smaller one makes it trust the voice less.
    The last output of the layer is the squared length of the text.
    """

    def __init__(self, layer: Layer, unit: float = 8.0) -> None:
        *self._scales, self._norm = layer.scale
        self._biases = [bias * unit for bias in layer.bias]
        self._sums_of, self._unit, self._most = layer.sums_of, unit, int(unit * _MOST)

    def speak(self, found: Iterable[str]) -> list[int]:
        """Return the log-odds for a text's strings, cut off at seven units."""
        *sums, norm = self._sums_of(found)
        share = self._unit / sqrt(norm * self._norm) if norm > 0 else self._unit
        weighed = map(mul, map(mul, sums, self._scales), repeat(share))
        odds = list(map(int, map(add, weighed, self._biases)))
        most = self._most
        if max(odds) > most or min(odds) < -most:
            return [min(max(value, -most), most) for value in odds]
        return odds


class Favourites:
    """The strings that speak most for one output, the strongest first."""

    def __init__(self, strings: Sequence[str]) -> None:
        self.strings = strings
        self._ranks = {string: rank for rank, string in enumerate(strings)}

    def among(self, found: Iterable[str]) -> list[str]:
        """Return the two of the strings found that are the strongest favourites, neither inside the other."""
        ranks = self._ranks
        best: list[str] = []
        for rank in sorted(map(ranks.__getitem__, ranks.keys() & found))[:_CONSIDERED]:
            string = self.strings[rank]
            if not any(string in kept or kept in string for kept in best):
                best.append(string)
        return [string.replace(NEAR, "…") for string in best[:_SHOWN]]
