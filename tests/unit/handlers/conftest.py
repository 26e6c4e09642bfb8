from __future__ import annotations

from pathlib import Path

import pytest

from bot.storage.store import SqlStore
from tests.unit.handlers.desk_bench import Desk


@pytest.fixture
async def desk(tmp_path: Path):
    store = await SqlStore.open(str(tmp_path / "desk.sqlite3"))
    desk = Desk(store)
    await desk.app.prepare()
    yield desk
    await desk.app.stop()
    await store.close()
