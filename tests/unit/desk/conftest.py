"""A desk on a real database: one contract, the people of the drills, and whatever a test writes down."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TypeVar

import pytest

from bot.cli.world import world
from bot.config import build_book, shipped_schemes
from bot.desk.book import Book, Turn
from bot.desk.opening import NewCase, open_ticket
from bot.desk.records import OutboxRow, Requester
from bot.domain.messages import Address
from bot.domain.ticket import Ticket, TicketEvent
from bot.intake import CategoryScore, Understanding
from bot.storage.store import SqlStore

T = TypeVar("T")
NOON = datetime(2026, 3, 5, 4, tzinfo=UTC)


def understood(
    *codes: str, complaint: bool = True, band: str = "sure", score: float = 0.9, intent: str = ""
) -> Understanding:
    return Understanding(
        complaint=complaint,
        intent=intent or ("complaint" if complaint else "query"),  # type: ignore[arg-type]
        categories=tuple(CategoryScore(code=c, title=c, score=score) for c in codes),
        severity="normal",
        kind="complaint" if complaint else "consultation",
        fields=(),
        confidence=0.9,
        band=band,  # type: ignore[arg-type]
        because=(),
    )


class Desk:
    """Runs use cases in transactions of their own; time stands still until it is moved."""

    def __init__(self, store: SqlStore, book: Book) -> None:
        self.store = store
        self.book = book
        self.now = NOON

    async def do(self, work: Callable[[Turn], T]) -> T:
        return await self.store.write(lambda tx: work(Turn(tx=tx, book=self.book, now=self.now)))

    def later(self, **span: float) -> None:
        self.now += timedelta(**span)

    async def complaint(self, category: str = "food.spoiled", text: str = "豆腐馊了") -> Ticket:
        def work(turn: Turn) -> Ticket:
            person = turn.tx.people.add(Requester(name="张老师", contract="demo", created_at=turn.now))
            case = NewCase(
                requester=person.id,
                contract="demo",
                origin=Address(channel="local", chat="customer"),
                received_at=turn.now,
                text=text,
                meaning=understood(category),
            )
            return open_ticket(turn, case)

        return await self.do(work)

    async def outbox(self, ticket: Ticket) -> list[OutboxRow]:
        return await self.do(lambda turn: turn.tx.outbox.of_ticket(ticket.id))

    async def log(self, ticket: Ticket) -> list[TicketEvent]:
        return await self.do(lambda turn: turn.tx.events.of_ticket(ticket.id))


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    store = await SqlStore.open(str(tmp_path / "desk.sqlite3"))
    yield Desk(store, build_book(tmp_path / "desk.toml", world("food"), shipped_schemes()))
    await store.close()
