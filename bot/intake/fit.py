"""Logistic regression by dual coordinate descent (Yu, Huang, Lin 2011) for many outputs at once, in plain Python.

The weights of a feature for all outputs are one large integer with a lane of 64 bits for each output. Adding such
integers, or multiplying them by a small whole number, works on all lanes at once, as long as no lane overflows:
a signed lane is simply a multiple of its power of two. That makes training without a numerical library quick
enough for a supplier's own machine. Deterministic.
"""

import math
from array import array
from collections.abc import Sequence

from msgspec import Struct

Row = Sequence[tuple[int, int]]
_LANE = 64
_HALF = 1 << 63
_FINE = 1 << 24
_EDGE = 1e-6


class Truth(Struct, frozen=True, gc=False):
    """The outputs that are true for a row, and how much the row counts."""

    outputs: frozenset[int]
    weight: float = 1.0


class Problem(Struct, frozen=True, gc=False):
    """Rows of (feature, whole value in units of 1/`unit`), and for each row what is true."""

    rows: Sequence[Row]
    truths: Sequence[Truth]
    outputs: int
    unit: int
    cost: float
    epochs: int


class _Lanes:
    """Packs numbers into one integer and back."""

    def __init__(self, count: int) -> None:
        self.size = count * _LANE // 8
        self.zero = sum(_HALF << (_LANE * place) for place in range(count))

    def unpack(self, packed: int) -> list[int]:
        numbers = array("Q")
        numbers.frombytes((packed + self.zero).to_bytes(self.size, "little"))
        return [number - _HALF for number in numbers]

    def pack(self, numbers: list[int]) -> int:
        return (
            int.from_bytes(array("Q", [number + _HALF for number in numbers]).tobytes(), "little") - self.zero
        )


def fit(problem: Problem) -> list[list[float]]:
    """Return for each feature its weight for every output. A feature that is always there serves as bias."""
    lanes = _Lanes(problem.outputs)
    features = 1 + max((number for row in problem.rows for number, _ in row), default=0)
    weights = [0] * features
    duals = [[problem.cost * truth.weight * _EDGE] * problem.outputs for truth in problem.truths]
    for epoch in range(problem.epochs):
        for place in _mixed(len(problem.rows), epoch):
            _visit(problem, lanes, weights, place, duals[place])
    return [[number / _FINE for number in lanes.unpack(packed)] for packed in weights]


def _mixed(count: int, epoch: int) -> list[int]:
    """Return the numbers below `count` in an order that looks random and is the same every time."""
    return sorted(
        range(count), key=lambda number: ((number + 1) * 2654435761 ^ (epoch + 1) * 40503) % 1000003
    )


def _visit(problem: Problem, lanes: _Lanes, weights: list[int], place: int, duals: list[float]) -> None:
    row, truth, unit = problem.rows[place], problem.truths[place], problem.unit
    cost = problem.cost * truth.weight
    square = sum([value * value for _, value in row]) / unit**2
    dots = lanes.unpack(sum([weights[number] * value for number, value in row]))
    changes = []
    for output, dot in enumerate(dots):
        sign = 1.0 if output in truth.outputs else -1.0
        old = duals[output]
        new = duals[output] = _newton(old, square, sign * dot / (_FINE * unit), cost)
        changes.append(round(sign * (new - old) * _FINE / unit))
    if any(changes):
        change = lanes.pack(changes)
        for number, value in row:
            weights[number] += change * value


def _newton(old: float, square: float, slope: float, cost: float) -> float:
    """Minimise z·log z + (C-z)·log(C-z) + square/2·(z-old)² + slope·(z-old) over 0 < z < C, in two steps."""
    z = old
    for _ in range(2):
        rest = cost - z
        following = z - (math.log(z / rest) + square * (z - old) + slope) / (square + cost / (z * rest))
        z = following if 0 < following < cost else (z * 0.1 if following <= 0 else cost - rest * 0.1)
    return min(max(z, cost * _EDGE), cost * (1 - _EDGE))
