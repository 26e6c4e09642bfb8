"""Notices a group that has gone silent while the connection looks alive.

After a reconnect the provider has been seen to answer pings and deliver other chats while one group gets
nothing. So each chat is watched by itself: one that used to speak and has been silent for much longer than it
was wont to be makes the connection be renewed, once per silence (nights are silent too).
"""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from datetime import datetime

CHATS = 1000
PATIENCE = 8  # times the mean pause between messages
WEIGHT = 0.2  # of the newest pause in the mean


class Pulse(msgspec.Struct, kw_only=True):
    """When a chat was heard last, and its mean pause in seconds (0: not known yet)."""

    heard: datetime
    pause: float = 0.0
    renewed: bool = False


class Watch:
    """The chats of one bot; `stall` is the shortest silence, in seconds, that counts."""

    def __init__(self, stall: float) -> None:
        self._stall = stall
        self._chats: OrderedDict[str, Pulse] = OrderedDict()

    def heard(self, chat: str, now: datetime) -> None:
        """Note that a message came from this chat."""
        before = self._chats.get(chat)
        pause = 0.0
        if before is not None:
            gap = (now - before.heard).total_seconds()
            pause = gap if not before.pause else before.pause + WEIGHT * (gap - before.pause)
        self._chats[chat] = Pulse(heard=now, pause=pause)
        self._chats.move_to_end(chat)
        if len(self._chats) > CHATS:
            self._chats.popitem(last=False)

    def silent(self, now: datetime) -> list[str]:
        """Name the chats that are suspiciously silent."""
        return [chat for chat, pulse in self._chats.items() if self._suspicious(pulse, now)]

    def _suspicious(self, pulse: Pulse, now: datetime) -> bool:
        longest = max(self._stall, PATIENCE * pulse.pause)
        return pulse.pause > 0 and (now - pulse.heard).total_seconds() > longest

    def should_renew(self, now: datetime) -> bool:
        """Whether a silence calls for a new connection; True once for each silence."""
        due = [self._chats[chat] for chat in self.silent(now) if not self._chats[chat].renewed]
        for pulse in due:
            pulse.renewed = True
        return bool(due)
