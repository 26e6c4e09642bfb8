"""The learned voice: which strings of one to three characters go with which category.

It knows nothing of the rules. Its weights come from the project's own corpus (see `bot/intake/train.py`).
"""

import re
from collections.abc import Mapping
from itertools import repeat
from math import sqrt
from operator import add, mul

from bot.intake.packed import Layer

LONGEST = 3
NORM = "norm"
_MOST = 56
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
    *sums, norm = layer.add_up_present(found)
    eighths = 8 / sqrt(norm) if norm > 0 else 8.0
    odds = list(map(int, map(add, map(mul, sums, repeat(eighths)), layer.eighths)))
    if max(odds) > _MOST or min(odds) < -_MOST:
        return [min(max(value, -_MOST), _MOST) for value in odds]
    return odds


def strongest(favourites: Mapping[str, float], found: set[str]) -> list[str]:
    """Return the two of the strings found that are the strongest favourites, neither inside the other."""
    best: list[str] = []
    spoken = favourites.keys() & found
    for gram in sorted(spoken, key=lambda gram: (-favourites[gram], gram))[:8]:
        if not any(gram in kept or kept in gram for kept in best):
            best.append(gram)
    return best[:2]
