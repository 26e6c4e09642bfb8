"""Linear models small enough to ship and fast enough to run in plain Python.

Every feature has a row of whole weights, one for each output. A row is kept as one large integer, the sum of each
weight times its own power of 2^16 (small weights) or 2^32, so that adding up a text's features for all outputs at
once is a handful of integer additions, with no numerical library at run time. Lanes may be negative: before they
are read off, half a lane is added to each and its highest bit turned, which makes two's complement of it.
"""

import json
import re
import struct
import zlib
from array import array
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from heapq import nlargest
from itertools import repeat
from operator import add, mul

from msgspec import Struct

_FAVOURITES = 8000
_SMALL = 127
_TELLING = re.compile(r"[\u4e00-\u9fffA-Za-z]{2,}(?:~[\u4e00-\u9fffA-Za-z]{2,})?")
_AT_ONCE = 256  # rows of small weights that one lane of 16 bits can hold


class Lanes:
    """How many lanes a row has, how wide they are, and how they are read off."""

    def __init__(self, count: int, size: int) -> None:
        self._made_of = (count, size)
        self._kind, self._bytes = ("h" if size == 2 else "i"), count * size
        self._signs = sum(1 << (8 * size * (place + 1) - 1) for place in range(count))
        self._read = struct.Struct(f"<{count}{self._kind}")

    def __reduce__(self) -> tuple[type["Lanes"], tuple[int, int]]:
        """Go to another process as what it was made of."""
        return Lanes, self._made_of

    def read(self, total: int) -> tuple[int, ...]:
        """Return the numbers in a sum of rows."""
        signs = self._signs
        return self._read.unpack(((total + signs) ^ signs).to_bytes(self._bytes, "little"))

    def rows(self, names: Iterable[str], numbers: Iterable[int]) -> dict[str, int]:
        """Make a row of each feature's numbers, which follow each other."""
        raw, step, signs = array(self._kind, numbers).tobytes(), self._bytes, self._signs
        return {
            name: (int.from_bytes(raw[n * step : (n + 1) * step], "little") ^ signs) - signs
            for n, name in enumerate(names)
        }


@cache
def lanes(count: int, most: int) -> Lanes:
    """Return the lanes for weights of at most `most`."""
    return Lanes(count, 2 if most <= _SMALL else 4)


class Layer(Struct, frozen=True, gc=False):
    """Outputs, features and weights: whole numbers of at most `most`, to be multiplied by their output's scale."""

    outputs: tuple[str, ...]
    bias: tuple[float, ...]
    scale: tuple[float, ...]
    most: int
    rows: dict[str, int]
    lanes: Lanes

    def add_up(self, features: Mapping[str, int], more: int = 0) -> list[float]:
        """Return for each output its bias and the sum of weight times value over the known features.

        `more` is a sum of rows made beforehand (see `rows_of`).
        """
        rows = map(self.rows.get, features, repeat(0))
        sums = self.lanes.read(sum(map(mul, rows, features.values()), more))
        return list(map(add, map(mul, sums, self.scale), self.bias))

    def rows_of(self, names: Iterable[str]) -> list[int]:
        """Return the rows of some features, to be multiplied and added by the caller; zero for an unknown one."""
        return [self.rows.get(name, 0) for name in names]

    def sums_of(self, names: Iterable[str]) -> tuple[int, ...]:
        """Return the sums for features that are simply there (value 1), not yet multiplied by their scale."""
        rows = list(filter(None, map(self.rows.get, names)))
        if len(rows) <= _AT_ONCE:
            return self.lanes.read(sum(rows))
        parts = [
            self.lanes.read(sum(rows[place : place + _AT_ONCE])) for place in range(0, len(rows), _AT_ONCE)
        ]
        return tuple(map(sum, zip(*parts, strict=True)))

    def favourites(self, among: range) -> list[tuple[str, int]]:
        """Return the features that speak most for one of some outputs, with that output, the strongest first.

        Features of one character, or with a sign or a digit in them, say too little to a reader and are left out.
        """
        found = {}
        scale = self.scale[among.start : among.stop]
        for name, row in self.rows.items():
            if _TELLING.fullmatch(name):
                weights = list(map(mul, self.lanes.read(row)[among.start : among.stop], scale))
                most = max(weights)
                if most > 0:
                    found[name] = (among.start + weights.index(most), most)
        strong = nlargest(_FAVOURITES, found, key=lambda name: (found[name][1], name))
        return [(name, found[name][0]) for name in strong]


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
    shape = lanes(count, most)
    rows = shape.rows(names, _whole([table.weights[name] for name in names], scale))
    return Layer(tuple(table.outputs), tuple(table.bias), scale, most, rows, shape)


def _whole(weights: Iterable[Sequence[float]], scale: Sequence[float]) -> Iterator[int]:
    for row in weights:
        for weight, step in zip(row, scale, strict=True):
            yield round(weight / step)


def dump(layer: Layer) -> bytes:
    """Write a layer as one compressed block."""
    numbers = array(_kind(layer.most))
    for row in layer.rows.values():
        numbers.extend(layer.lanes.read(row))
    head = {
        "outputs": layer.outputs,
        "bias": layer.bias,
        "scale": layer.scale,
        "most": layer.most,
        "names": list(layer.rows),
    }
    written = json.dumps(head, ensure_ascii=False, separators=(",", ":")).encode()
    return zlib.compress(len(written).to_bytes(4, "little") + written + numbers.tobytes())


def load(block: bytes) -> Layer:
    """Read what `dump` wrote."""
    raw = zlib.decompress(block)
    size = int.from_bytes(raw[:4], "little")
    head = json.loads(raw[4 : 4 + size])
    most, shape = head["most"], lanes(len(head["outputs"]), head["most"])
    numbers = array(_kind(most))
    numbers.frombytes(raw[4 + size :])
    return Layer(
        outputs=tuple(head["outputs"]),
        bias=tuple(head["bias"]),
        scale=tuple(head["scale"]),
        most=most,
        rows=shape.rows(head["names"], numbers),
        lanes=shape,
    )


def _kind(most: int) -> str:
    return "h" if most > _SMALL else "b"
