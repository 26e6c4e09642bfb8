"""The learned voice: which strings of one to three characters go with which category.

It knows nothing of the rules. Its weights come from the project's own corpus (see `bot/intake/train.py`).
"""

import re
from math import sqrt

from bot.intake.packed import Layer

LONGEST = 3
NORM = "norm"
_DIGITS = str.maketrans("0123456789", "0000000000")
_MASKED = re.compile(r"\[[^\[\]]{1,4}x\]")


def grams(text: str) -> set[str]:
    """Return the distinct strings of one to three characters of a normalised text; digits look alike."""
    text = plain(text)
    found = {text[place : place + size] for size in (2, 3) for place in range(len(text) - size + 1)}
    found.update(text)
    return found


def plain(text: str) -> str:
    """Return the text with every digit, and every masked thing such as “[数字x]”, as 0."""
    return (_MASKED.sub("0", text) if "[" in text else text).translate(_DIGITS)


def speak(layer: Layer, found: set[str]) -> list[float]:
    """Return the log-odds of every output; the last output of the layer is the squared length of the text."""
    *sums, norm = layer.add_up_present(found)
    length = sqrt(norm) if norm > 0 else 1.0
    return [total / length + bias for total, bias in zip(sums, layer.bias, strict=False)]


def strongest(favourites: dict[str, tuple[int, float]], found: set[str], output: int) -> list[str]:
    """Return the two strings that speak most for an output, neither inside the other."""
    best: list[str] = []
    spoken = [(*favourites[gram], gram) for gram in favourites.keys() & found]
    for _, gram in sorted([(-weight, gram) for place, weight, gram in spoken if place == output])[:8]:
        if not any(gram in kept or kept in gram for kept in best):
            best.append(gram)
    return best[:2]
