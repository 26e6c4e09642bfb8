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
    plain = _MASKED.sub("0", text).translate(_DIGITS)
    length = len(plain)
    found = set(plain)
    found.update([plain[i : i + 2] for i in range(length - 1)])
    found.update([plain[i : i + 3] for i in range(length - 2)])
    return found


def speak(layer: Layer, found: set[str]) -> list[float]:
    """Return the log-odds of every output; the last output of the layer is the squared length of the text."""
    *sums, norm = layer.add_up_present(found)
    length = sqrt(norm) if norm > 0 else 1.0
    return [total / length + bias for total, bias in zip(sums, layer.bias, strict=False)]


def strongest(layer: Layer, found: set[str], output: int) -> list[str]:
    """Return the two strings that spoke most for an output, neither inside the other."""
    best: list[str] = []
    for gram in layer.best([gram for gram in found if len(gram) > 1], output, 8):
        if not any(gram in kept or kept in gram for kept in best):
            best.append(gram)
    return best[:2]
