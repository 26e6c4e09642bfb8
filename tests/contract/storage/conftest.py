"""The storages that must all behave alike. Another one is added to `BACKENDS`: a name and how to make an empty
database, given a folder for the session and one for the test."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from bot.storage import SqlStore, migrate


def sqlite(session: Path, test: Path) -> str:
    """A copy of one migrated file: migrating takes longer than most tests."""
    empty = session / "empty.db"
    if not empty.exists():
        migrate(str(empty))
    shutil.copy(empty, test / "desk.db")
    return f"sqlite:///{test}/desk.db"


BACKENDS: dict[str, Callable[[Path, Path], str]] = {"sqlite": sqlite}


@pytest.fixture(scope="session")
def session_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("storage")


@pytest.fixture(params=BACKENDS)
def url(request: pytest.FixtureRequest, session_folder: Path, tmp_path: Path) -> str:
    return BACKENDS[request.param](session_folder, tmp_path)


@pytest.fixture
async def store(url: str) -> AsyncIterator[SqlStore]:
    opened = await SqlStore.open(url)
    yield opened
    await opened.close()
