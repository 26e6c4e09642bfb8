"""Where the local channel keeps what it has sent, so that it can be listed after a restart."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence


class Sentbox(Protocol):
    """Sent messages, numbered in the order of sending over all recipients (1, 2, 3 …)."""

    async def append(self, to: str, payload: str, *, key: str = "") -> int:
        """Keep a message (JSON text) for `to` and return its number once it is durable.

        A `key` that was given before, unless empty, is the same message again: nothing is kept and the
        number of the first one is returned.
        """

    async def list(self, to: str, after: int) -> Sequence[tuple[int, str]]:
        """List number and payload of what was sent to `to` with a number above `after`, oldest first."""

    async def among(self, readers: Sequence[str], after: int) -> Sequence[tuple[int, str]]:
        """List what was sent to any of these readers, as of one moment, so that no number is skipped."""


class MemorySentbox:
    """A sentbox for drills and tests; it forgets at the end of the process."""

    def __init__(self) -> None:
        self._count = 0
        self._rows: defaultdict[str, list[tuple[int, str]]] = defaultdict(list)
        self._keys: dict[str, int] = {}

    async def append(self, to: str, payload: str, *, key: str = "") -> int:
        """Keep a message and return its number; a repeated key returns the first one's."""
        if key and key in self._keys:
            return self._keys[key]
        self._count += 1
        self._rows[to].append((self._count, payload))
        if key:
            self._keys[key] = self._count
        return self._count

    async def list(self, to: str, after: int) -> Sequence[tuple[int, str]]:
        """List what was sent to `to` after that number."""
        return [row for row in self._rows[to] if row[0] > after]

    async def among(self, readers: Sequence[str], after: int) -> Sequence[tuple[int, str]]:
        """List what was sent to any of them after that number."""
        return sorted(row for to in readers for row in self._rows[to] if row[0] > after)
