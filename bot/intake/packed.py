"""Linear models small enough to ship and fast enough to run in plain Python.

Every feature has a row of whole weights, one for each output. A row is kept as one large integer, the sum of each
weight times its own power of 2^32, so that adding up a text's features for all outputs at once is a handful of
integer additions, with no numerical library at run time. Lanes may be negative: before they are read off, half a
lane is added to each.
"""

import json
import zlib
from array import array
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from heapq import nlargest

from msgspec import Struct

_LANE = 4
_BITS = 8 * _LANE
_HALF = 1 << (_BITS - 1)
_MASK = (1 << _BITS) - 1


class Layer(Struct, frozen=True):
    """Outputs, features and weights: whole numbers of at most `most`, to be multiplied by their output's scale."""

    outputs: tuple[str, ...]
    bias: tuple[float, ...]
    scale: tuple[float, ...]
    most: int
    rows: dict[str, int]

    def add_up(self, features: Iterable[tuple[str, int]]) -> list[float]:
        """Return for each output its bias and the sum of weight times value over the known features."""
        total = 0
        rows = self.rows
        for name, value in features:
            row = rows.get(name)
            if row is not None:
                total += row * value
        return [
            lane * scale + bias for lane, scale, bias in zip(self._lanes(total), self.scale, self.bias, strict=True)
        ]

    def add_up_present(self, names: Iterable[str]) -> list[float]:
        """Return the sums alone for features that are simply there (value 1)."""
        rows = self.rows
        total = sum([rows[name] for name in names if name in rows])
        return [lane * scale for lane, scale in zip(self._lanes(total), self.scale, strict=True)]

    def best(self, names: Iterable[str], output: int, count: int) -> list[str]:
        """Return the features that speak most for an output."""
        rows, shift, zero = self.rows, _BITS * output, half_lanes(len(self.outputs))
        spoken = [((rows[name] + zero >> shift) & _MASK, name) for name in names if name in rows]
        return [name for weight, name in nlargest(count, spoken) if weight > _HALF]

    def _lanes(self, total: int) -> list[int]:
        lanes = array("I")
        lanes.frombytes((total + half_lanes(len(self.outputs))).to_bytes(_LANE * len(self.outputs), "little"))
        return [lane - _HALF for lane in lanes]


@cache
def half_lanes(count: int) -> int:
    """Return half a lane for each of `count` lanes."""
    return sum(_HALF << (_BITS * place) for place in range(count))


class Table(Struct, frozen=True):
    """Weights as trained: `weights[feature][output]`, real numbers."""

    outputs: Sequence[str]
    bias: Sequence[float]
    weights: Mapping[str, Sequence[float]]


def pack(table: Table, most: int) -> Layer:
    """Round the weights to whole numbers between -most and most."""
    count = len(table.outputs)
    largest = [max((abs(row[n]) for row in table.weights.values()), default=0.0) or 1.0 for n in range(count)]
    scale = tuple(top / most for top in largest)
    names = sorted(table.weights)
    numbers = array("I")
    for name in names:
        numbers.extend(round(weight / step) + most for weight, step in zip(table.weights[name], scale, strict=True))
    return Layer(tuple(table.outputs), tuple(table.bias), scale, most, _rows(names, numbers, most, count))


def dump(layer: Layer) -> bytes:
    """Write a layer as one compressed block."""
    count = len(layer.outputs)
    moved = layer.most * (half_lanes(count) // _HALF)
    lanes = array("I")
    for row in layer.rows.values():
        lanes.frombytes((row + moved).to_bytes(_LANE * count, "little"))
    numbers = array(_kind(layer.most), lanes)
    head = {
        "outputs": layer.outputs,
        "bias": layer.bias,
        "scale": layer.scale,
        "most": layer.most,
        "names": list(layer.rows),
    }
    written = json.dumps(head, ensure_ascii=False, separators=(",", ":")).encode()
    return zlib.compress(len(written).to_bytes(4, "little") + written + numbers.tobytes(), 9)


def load(block: bytes) -> Layer:
    """Read what `dump` wrote."""
    raw = zlib.decompress(block)
    size = int.from_bytes(raw[:4], "little")
    head = json.loads(raw[4 : 4 + size])
    numbers = array(_kind(head["most"]))
    numbers.frombytes(raw[4 + size :])
    return Layer(
        outputs=tuple(head["outputs"]),
        bias=tuple(head["bias"]),
        scale=tuple(head["scale"]),
        most=head["most"],
        rows=_rows(head["names"], numbers, head["most"], len(head["outputs"])),
    )


def _kind(most: int) -> str:
    return "H" if most > 127 else "B"


def _rows(names: list[str], numbers: "array[int]", most: int, count: int) -> dict[str, int]:
    """Read rows of numbers that were moved up by `most`."""
    raw = array("I", numbers).tobytes()
    step = _LANE * count
    moved = most * (half_lanes(count) // _HALF)
    return {name: int.from_bytes(raw[n * step : (n + 1) * step], "little") - moved for n, name in enumerate(names)}
