"""Long texts in pieces that a provider takes, measured in bytes and never cutting a character."""

from __future__ import annotations

import unicodedata
from collections import OrderedDict

from bot.domain.messages import Outgoing

JOINER = "\u200d"
ENDS = ("\n\n", "\n", "。", "！", "？", "；", "，", " ")


def spelled(message: Outgoing) -> str:
    """Return the text with the choices written under it, for channels that have no buttons.

    Their labels are numbers or commands that can be sent as words just as well.
    """
    rows = ["".join(_choice(button.label) for button in row) for row in message.buttons]
    return "\n".join([message.text, *rows])


def _choice(label: str) -> str:
    return label if label[:1].isdigit() else f"〔{label}〕"


def clip(text: str, limit: int) -> str:
    """The longest beginning of at most `limit` bytes of UTF-8 that ends between two whole characters."""
    raw = text.encode()
    if len(raw) <= limit:
        return text
    end = len(raw[:limit].decode(errors="ignore"))
    while end > 1 and _inside(text, end):
        end -= 1
    return text[:end]


def _inside(text: str, at: int) -> bool:
    """Whether a cut before `at` would split what is shown as one character (accents, joined emoji)."""
    after = text[at]
    modifier = unicodedata.category(after) in {"Mn", "Me"} or 0x1F3FB <= ord(after) <= 0x1F3FF
    return modifier or after == JOINER or text[at - 1] == JOINER


def split(text: str, limit: int) -> list[str]:
    """Pieces of at most `limit` bytes, cut after a line or a sentence where one ends in the second half."""
    pieces = []
    rest = text
    while len(rest.encode()) > limit:
        head = clip(rest, limit)
        head = head[: _good_end(head)]
        pieces.append(head)
        rest = rest[len(head) :]
    return [*pieces, rest] if rest or not pieces else pieces


def _good_end(head: str) -> int:
    for end in ENDS:
        at = head.rfind(end)
        if at >= len(head) // 2:
            return at + len(end)
    return len(head)


class Progress:
    """How many pieces of a message have gone out, so that a repeat goes on where the last try failed."""

    def __init__(self, remember: int = 500) -> None:
        self._done: OrderedDict[str, tuple[int, str]] = OrderedDict()
        self._remember = remember

    def of(self, key: str) -> tuple[int, str]:
        """Pieces sent so far, and the provider's id of the first."""
        return self._done.get(key, (0, ""))

    def note(self, key: str, done: int, ref: str) -> None:
        """One more piece has been accepted."""
        if key:
            self._done[key] = (done, ref)
            self._done.move_to_end(key)
            if len(self._done) > self._remember:
                self._done.popitem(last=False)

    def finish(self, key: str) -> None:
        """All of it is out."""
        self._done.pop(key, None)
