"""The web application over a real database and running engines, reached by real HTTP."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiohttp.test_utils import TestClient, TestServer

from bot.cli.service import Plan, Service
from bot.cli.world import CUSTOMERS, world
from bot.config import build_book, local_settings, shipped_schemes
from bot.storage import SqlStore
from bot.web.app import build
from bot.web.site import Demo

Client = TestClient


@pytest.fixture
async def service(tmp_path: Path) -> AsyncIterator[Service]:
    config = world("food")
    book = build_book(tmp_path, config, shipped_schemes())
    local = local_settings(config, book)
    plan = Plan(config=config, book=book, database=tmp_path / "db", media=tmp_path / "media", local=local)
    store = await SqlStore.open(str(plan.database))
    running = Service(plan, store)
    yield running
    await running.app.stop()
    await store.close()


def demo_of(service: Service) -> Demo:
    """The page over that service."""
    assert service.plan.local is not None
    return Demo(
        settings=service.plan.local,
        sentbox=service.store.sentbox,
        book=lambda: service.app.shelf.book,
        customers=CUSTOMERS,
        media=service.plan.media,
        advance=service.clock.advance,
    )


@pytest.fixture
async def client(service: Service) -> AsyncIterator[Client]:
    async with TestClient(TestServer(build(service.site(demo_of(service))))) as opened:
        await service.app.start()
        yield opened
