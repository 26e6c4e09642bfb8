"""Sets each output's bias so that, over the training texts, it promises as many cases as there are, by weight."""

from collections.abc import Sequence
from operator import mul

from bot.intake.fit import Truth
from bot.intake.packed import Layer
from bot.intake.verdict import probability

_STEPS = 12


def biases(layer: Layer, rows: Sequence[dict[str, int]], truths: Sequence[Truth]) -> list[float]:
    """Return the layer's biases, moved by Newton's method until the promised and the true counts agree."""
    weights = [truth.weight for truth in truths]
    columns = zip(*(layer.add_up(row) for row in rows), strict=True)
    counts = [sum(t.weight for t in truths if output in t.outputs) for output in range(len(layer.outputs))]
    moves = [_move(odds, weights, count) for odds, count in zip(columns, counts, strict=True)]
    return [bias + move for bias, move in zip(layer.bias, moves, strict=True)]


def _move(odds: Sequence[float], weights: Sequence[float], count: float) -> float:
    move = 0.0
    for _ in range(_STEPS):
        promised = [probability(value + move) for value in odds]
        slope = sum(weight * chance * (1 - chance) for weight, chance in zip(weights, promised, strict=True))
        step = (count - sum(map(mul, weights, promised))) / max(slope, 1e-6)
        move += min(max(step, -2.0), 2.0)
    return move
