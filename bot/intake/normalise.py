"""One spelling for what people write in many: simplified, half width, no stutter.

The result remembers where each of its characters came from, so that whatever is found in it can be shown
in the customer's own text.
"""

import re
import unicodedata
from array import array
from collections.abc import Sequence
from functools import cache
from itertools import chain

import opencc
from msgspec import Struct

_HAN = (range(0x3400, 0x4DC0), range(0x4E00, 0xA000), range(0xF900, 0xFB00))
_HALVES = range(0xD800, 0xE000)  # surrogates on their own: no text, and no library takes them
_PUNCTUATION = str.maketrans(
    {
        ",": "，", "!": "！", "?": "？", ";": "；", ":": "：", "(": "（", ")": "）",
        "｡": "。", "､": "，", "~": "～", "﹐": "，", "﹗": "！", "﹖": "？", "\u3000": " ", "\xa0": " ",
        "\r": "\n", "\t": " ", "|": "，", "．": ".", "…": "。",
    }
)  # fmt: skip
_NOISE = r"[\ufe0e\ufe0f\u200b-\u200f\u2060\ufeff\U0001f3fb-\U0001f3ff]+"
_STUTTER = r"([^\W\dA-Za-z_])\1{2,}+|([^\w\s])\2++|([A-Za-z])\3{3,}+|(\s)\s++"
_NEEDLESS = re.compile(f"{_NOISE}|{_STUTTER}")

_KEPT = (0, 2, 1, 2, 1)  # how many characters stay, by the group that matched


class Normal(Struct, frozen=True, gc=False):
    """Normalised text; `offsets` maps each of its positions (and its end) to the original, None when equal."""

    text: str
    original: str
    offsets: Sequence[int] | None = None

    def original_span(self, start: int, end: int) -> tuple[int, int]:
        """Return where `text[start:end]` stands in the original text."""
        if self.offsets is None:
            return start, end
        return self.offsets[start], self.offsets[end - 1] + 1 if end > start else self.offsets[start]


@cache
def table() -> dict[int, str]:
    """Build the table that maps one character to one character, from OpenCC and Unicode, once per process."""
    han = [chr(point) for block in _HAN for point in block]
    simple = opencc.OpenCC("t2s").convert("\n".join(han)).split("\n")
    mapping = {ord(old): new for old, new in zip(han, simple, strict=True) if old != new and len(new) == 1}
    for point in range(0xFF01, 0xFF5F):
        mapping[point] = unicodedata.normalize("NFKC", chr(point))
    for point, char in tuple(mapping.items()):
        mapping[point] = char.translate(_PUNCTUATION)
    return {**_PUNCTUATION, **mapping, **dict.fromkeys(_HALVES, "\ufffd")}


def normalise(text: str) -> Normal:
    """Return `text` in its one spelling. Time is linear in its length."""
    same_length = text.translate(table())
    first = _NEEDLESS.search(same_length)
    return _shorten(same_length, text, first) if first else Normal(same_length, text)


def _shorten(text: str, original: str, first: re.Match[str]) -> Normal:
    pieces, offsets, start = [], array("L"), 0
    for match in chain((first,), _NEEDLESS.finditer(text, first.end())):
        stop = match.start() + _KEPT[match.lastindex or 0]
        pieces.append(text[start:stop])
        offsets.extend(range(start, stop))
        start = match.end()
    pieces.append(text[start:])
    offsets.extend(range(start, len(text) + 1))
    return Normal("".join(pieces), original, offsets)
