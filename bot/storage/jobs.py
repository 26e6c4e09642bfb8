"""Work that a thread does for a caller on the loop."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from bot.storage.tx import SqlTx

Work = Callable[[SqlTx], Any]


class Job:
    """One piece of work, the future its caller waits for, and what became of it."""

    __slots__ = ("error", "future", "result", "work")

    def __init__(self, work: Work, future: asyncio.Future[Any]) -> None:
        self.work = work
        self.future = future
        self.result: Any = None
        self.error: BaseException | None = None

    def fail(self, error: BaseException) -> None:
        """It raised this. What a future cannot carry to the loop, or what would stop the loop, is wrapped."""
        if not isinstance(error, Exception) or isinstance(error, StopIteration):
            error = RuntimeError(f"the job ended with {error!r}: raise an ordinary exception instead")
        self.error = error

    def settle(self) -> None:
        """Tell the caller, on the loop; one that has gone away is not told."""
        if self.future.done():
            return
        if self.error is None:
            self.future.set_result(self.result)
        else:
            self.future.set_exception(self.error)
