"""Waiting in tests: the loop runs on until something holds; the test's own time limit ends a vain wait."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


async def until(holds: Callable[[], bool]) -> None:
    """Let everything else run until the condition holds."""
    while not holds():  # noqa: ASYNC110  # what is waited for has no event of its own
        await asyncio.sleep(0)


async def calm(turns: int = 50) -> None:
    """Let everything else run for a while, where nothing should happen."""
    for _ in range(turns):
        await asyncio.sleep(0)
