"""What must stay flat as the tables grow is answered from an index. SQLite says how it would do it."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from bot.storage import (
    chats,
    events,
    inbox,
    messages,
    migrate,
    outbox,
    people,
    state,
    targets,
    tickets,
    timers,
)
from bot.storage.engines import writer_engine
from bot.storage.statements import Statement

PLANS: dict[str, tuple[Statement, str]] = {
    "due timers": (timers._DUE, "USING COVERING INDEX timers_due"),
    "next timer": (timers._NEXT, "USING COVERING INDEX timers_due"),
    "clear timers": (timers._clear("ticket", "target"), "sqlite_autoindex_timers_1"),
    "pending inbox": (inbox._PENDING, "USING INDEX inbox_waiting"),
    "inbox next": (inbox._NEXT, "inbox_retry"),
    "claim": (outbox._DUE, "outbox_pending"),
    "expired leases": (outbox._EXPIRED, "outbox_leased"),
    "next notice": (outbox._NEXT, "outbox_next"),
    "quota ledger": (outbox._LEDGER, "outbox_ledger"),
    "coalesce": (outbox._LIKE, "outbox_coalesce"),
    "by ref": (outbox._BY_REF, "outbox_ref"),
    "notices of a ticket": (outbox._OF_TICKET, "outbox_ticket"),
    "message by provider": (messages._BY_PROVIDER, "messages_provider"),
    "recent messages": (messages._RECENT, "messages_conversation"),
    "messages of a ticket": (messages._OF_TICKET, "messages_ticket"),
    "texts": (messages._TEXTS, "messages_said"),
    "open tickets of a requester": (tickets._OPEN_OF, "tickets_requester"),
    "tickets of a chat": (tickets._OF_CHAT, "tickets_conversation"),
    "ticket by number": (tickets._BY_NUMBER, "autoindex_tickets"),
    "open tickets": (tickets._find((), open_only=True), "tickets_"),
    "events of a ticket": (events._OF_TICKET, "USING PRIMARY KEY"),
    "events of a month": (events._BETWEEN, "events_at"),
    "targets of a ticket": (targets._OF_TICKET, "targets_ticket"),
    "overdue targets": (targets._find(("overdue_at",), open_only=True), "targets_running"),
    "targets of a month": (targets._find(("since", "until"), open_only=False), "targets_due"),
    "identity": (people._IDENTITY, "autoindex_identities"),
    "by phone": (people._BY_PHONE, "requesters_phone"),
    "nonces": (state._FORGET, "nonces_until"),
    "chats of a role": (chats._ROLE_OF, "chats_role"),
}


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Iterator[sqlite3.Connection]:
    path: Path = tmp_path_factory.mktemp("plans") / "desk.db"
    migrate(str(path))
    with closing(sqlite3.connect(path)) as connection:
        yield connection


@pytest.mark.parametrize("name", PLANS)
def test_it_is_answered_from_an_index(database: sqlite3.Connection, name: str) -> None:
    statement, wanted = PLANS[name]
    compiled = statement.on(writer_engine("x.db").dialect)
    plan = database.execute(f"EXPLAIN QUERY PLAN {compiled.sql}", [None] * compiled.sql.count("?")).fetchall()
    told = "; ".join(step[3] for step in plan)
    assert wanted in told
    assert not re.search(r"SCAN \w+(?! USING)\b", told)


@pytest.mark.parametrize("name", ["due timers", "pending inbox", "claim", "recent messages"])
def test_nothing_is_sorted(database: sqlite3.Connection, name: str) -> None:
    compiled = PLANS[name][0].on(writer_engine("x.db").dialect)
    plan = database.execute(f"EXPLAIN QUERY PLAN {compiled.sql}", [None] * compiled.sql.count("?")).fetchall()
    assert "TEMP B-TREE" not in str(plan)
