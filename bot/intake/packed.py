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
from itertools import repeat
from operator import add, mul

from msgspec import Struct

_LANE = 4
_BITS = 8 * _LANE
_FAVOURITES = 8000
_HALF = 1 << (_BITS - 1)


class Layer(Struct, frozen=True, gc=False):
    """Outputs, features and weights: whole numbers of at most `most`, to be multiplied by their output's scale."""

    outputs: tuple[str, ...]
    bias: tuple[float, ...]
    scale: tuple[float, ...]
    most: int
    rows: dict[str, int]

    def add_up(self, features: Mapping[str, int], more: int = 0) -> list[float]:
        """Return for each output its bias and the sum of weight times value over the known features.

        `more` is a sum of rows made beforehand (see `rows_of`).
        """
        rows = map(self.rows.get, features, repeat(0))
        sums = map(mul, self._lanes(sum(map(mul, rows, features.values()), more)), self.scale)
        return list(map(add, sums, self.bias))

    def rows_of(self, names: Iterable[str]) -> list[int]:
        """Return the rows of some features, to be multiplied and added by the caller; zero for an unknown one."""
        return [self.rows.get(name, 0) for name in names]

    def add_up_present(self, names: Iterable[str]) -> list[float]:
        """Return the sums alone for features that are simply there (value 1)."""
        total = sum(map(self.rows.get, names, repeat(0)))
        return list(map(mul, self._lanes(total), self.scale))

    def favourites(self, among: range) -> dict[str, tuple[int, float]]:
        """Return for each feature which of some outputs it speaks most for, and how strongly.

        Features of one character say too little and are left out.
        """
        found = {}
        scale = self.scale[among.start : among.stop]
        for name, row in self.rows.items():
            weights = list(map(mul, self._lanes(row)[among.start : among.stop], scale))
            most = max(weights)
            if len(name) > 1 and most > 0:
                found[name] = (among.start + weights.index(most), most)
        strong = nlargest(_FAVOURITES, found, key=lambda name: (found[name][1], name))
        return {name: found[name] for name in strong}

    def _lanes(self, total: int) -> list[int]:
        count = len(self.outputs)
        lanes = array("I", (total + half_lanes(count)).to_bytes(_LANE * count, "little"))
        return [lane - _HALF for lane in lanes]


@cache
def half_lanes(count: int) -> int:
    """Return half a lane for each of `count` lanes."""
    return sum(_HALF << (_BITS * place) for place in range(count))


class Table(Struct, frozen=True, gc=False):
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
        numbers.extend(
            round(weight / step) + most for weight, step in zip(table.weights[name], scale, strict=True)
        )
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
    return {
        name: int.from_bytes(raw[n * step : (n + 1) * step], "little") - moved for n, name in enumerate(names)
    }
