"""Ends tests that wait in vain: a fixture cannot, for pytest-asyncio runs it in a task of its own."""

from __future__ import annotations

import asyncio
import functools
import inspect
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Iterable
    from pathlib import Path

PATIENCE = 10.0  # seconds of real time


def be_impatient(items: Iterable[pytest.Item], folder: Path) -> None:
    """Let the asynchronous tests of that folder fail once they have taken too long."""
    for item in items:
        is_ours = isinstance(item, pytest.Function) and item.path.is_relative_to(folder)
        if is_ours and inspect.iscoroutinefunction(item.obj):
            item.obj = _limited(item.obj)


def _limited(test: Callable[..., Coroutine[Any, Any, None]]) -> Callable[..., Coroutine[Any, Any, None]]:
    @functools.wraps(test)
    async def limited(**given: Any) -> None:
        async with asyncio.timeout(PATIENCE):
            await test(**given)

    return limited
