"""The storages that must all behave alike. Another one is added to `BACKENDS`: a name and how to open it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest

from bot.storage import SqlStore

Open = Callable[[], Awaitable[SqlStore]]


def sqlite(folder: Path) -> str:
    return f"sqlite:///{folder}/desk.db"


BACKENDS: dict[str, Callable[[Path], str]] = {"sqlite": sqlite}


@pytest.fixture(params=BACKENDS)
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    return BACKENDS[request.param](tmp_path)


@pytest.fixture
async def store(url: str) -> AsyncIterator[SqlStore]:
    opened = await SqlStore.open(url)
    yield opened
    await opened.close()
