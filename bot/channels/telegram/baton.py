"""The right to poll for one bot: one process has it, and its heir does not wait longer than it must."""

from __future__ import annotations

import os
import platform
from datetime import timedelta
from itertools import count
from typing import TYPE_CHECKING
from uuid import uuid4

if TYPE_CHECKING:
    from datetime import datetime

    from bot.channels.base import Inlet
    from bot.clock import Clock

_RUN = uuid4().hex  # of this process: after a restart in a container the same number is somebody else
_SPARE = 15.0  # seconds by which a lease outlasts one poll, so that it is not renewed at each

_numbers = count(1)


class Baton:
    """A lease named `key`, long enough for one poll of `poll` seconds.

    A process that was killed cannot give its lease back. If it ran on this machine, that is seen at once, and
    the next one takes over; on another machine the lease must first run out.
    """

    def __init__(self, key: str, *, poll: float, clock: Clock) -> None:
        self._key = key
        self._poll = timedelta(seconds=poll)
        self._clock = clock
        self._me = f"{platform.node()}:{os.getpid()}:{_RUN}:{next(_numbers)}"
        self._until: datetime | None = None

    async def held(self, inlet: Inlet) -> bool:
        """Whether this process may poll once more."""
        now = self._clock.now()
        if self._until is not None and now + self._poll <= self._until:
            return True
        got = await self._take(inlet) or await self._inherit(inlet)
        if got and self._until is None:
            await inlet.save(f"{self._key}:holder", self._me)
        self._until = now + self._term if got else None
        return got

    async def drop(self, inlet: Inlet) -> None:
        """Let another process poll."""
        self._until = None
        await inlet.release(self._key, self._me)

    @property
    def _term(self) -> timedelta:
        return self._poll + timedelta(seconds=_SPARE)

    async def _take(self, inlet: Inlet) -> bool:
        return await inlet.lease(self._key, self._me, self._term.total_seconds())

    async def _inherit(self, inlet: Inlet) -> bool:
        holder = await inlet.load(f"{self._key}:holder") or ""
        if not is_dead(holder):
            return False
        await inlet.release(self._key, holder)
        return await self._take(inlet)


def is_dead(holder: str) -> bool:
    """Whether `machine:process:run:number` names a process of this machine that runs no more."""
    machine, *rest = holder.rsplit(":", 3)
    if machine != platform.node() or len(rest) != 3 or not (rest[0].isascii() and rest[0].isdigit()):
        return False
    process, run = int(rest[0]), rest[1]
    return run != _RUN if process == os.getpid() else not _runs(process)


def _runs(process: int) -> bool:
    if os.name != "posix":
        return True  # asking would end it
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except (OSError, OverflowError):
        return True
    return True
