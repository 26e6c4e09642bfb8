"""Sets each output's bias so that, over the training texts, it promises as many cases as there are."""

from collections.abc import Sequence
from itertools import starmap

from bot.intake.packed import Layer
from bot.intake.verdict import probability

_STEPS = 12


def biases(layer: Layer, rows: Sequence[dict[str, int]], truths: Sequence[frozenset[int]]) -> list[float]:
    """Return the layer's biases, moved by Newton's method until the promised and the true counts agree."""
    odds = [layer.add_up(row) for row in rows]
    counts = [sum(output in truth for truth in truths) for output in range(len(layer.outputs))]
    columns = zip(zip(*odds, strict=True), counts, strict=True)
    return [bias + move for bias, move in zip(layer.bias, starmap(_move, columns), strict=True)]


def _move(odds: Sequence[float], count: int) -> float:
    move = 0.0
    for _ in range(_STEPS):
        promised = [probability(value + move) for value in odds]
        slope = sum(chance * (1 - chance) for chance in promised)
        step = (count - sum(promised)) / max(slope, 1e-6)
        move += min(max(step, -2.0), 2.0)
    return move
