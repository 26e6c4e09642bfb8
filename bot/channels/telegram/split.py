"""Cuts long texts where it hurts least."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_ZWJ = "\u200d"  # joins two emoji into one


def units(text: str) -> int:
    """Length as Telegram counts: UTF-16 code units, so that most emoji are two."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def cuts(text: str, limit: int) -> Iterator[tuple[int, int]]:
    """Yield start and end of each part of at most `limit` UTF-16 units.

    Cuts after a line if there is one in the second half of the part, else after a sentence or a blank, else
    between two characters as people see them; never inside a character.
    """
    start = 0
    while start < len(text):
        end = _reach(text, start, limit)
        if end < len(text):
            end = _good_end(text, start, end)
        yield start, end
        start = end


def _reach(text: str, start: int, limit: int) -> int:
    """Return the furthest end of a part that begins at `start`."""
    end, left = start, limit
    while end < len(text):
        left -= 2 if ord(text[end]) > 0xFFFF else 1
        if left < 0:
            break
        end += 1
    return end


def _good_end(text: str, start: int, end: int) -> int:
    half = start + (end - start) // 2
    for breaks in ("\n", "。！？；.!?;", "，、 ,\t"):
        last = max(text.rfind(one, half, end) for one in breaks)
        if last >= 0:
            return last + 1
    whole = end
    while whole > half and _joined(text, whole):
        whole -= 1
    return whole if whole > half else end


def _joined(text: str, at: int) -> bool:
    """Whether the characters before and after that position are shown as one."""
    before, after = text[at - 1], text[at]
    flags = _is_flag(before) and _is_flag(after) and _flags_before(text, at) % 2 == 1
    return _ZWJ in (before, after) or _is_mark(after) or flags


def _is_mark(char: str) -> bool:
    """Whether it changes the character before it: an accent, a variation selector, a skin colour."""
    return unicodedata.category(char) in {"Mn", "Me", "Mc"} or "\U0001f3fb" <= char <= "\U0001f3ff"


def _is_flag(char: str) -> bool:
    return "\U0001f1e6" <= char <= "\U0001f1ff"


def _flags_before(text: str, at: int) -> int:
    count = 0
    while count < at and _is_flag(text[at - count - 1]):
        count += 1
    return count
