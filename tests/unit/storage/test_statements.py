"""Statements mean the same on SQLite and PostgreSQL, and nothing in the schema stands in PostgreSQL's way."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from types import ModuleType

import pytest
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.schema import CreateIndex, CreateTable

from bot.domain.messages import Address
from bot.domain.words import Severity
from bot.storage import (
    chats,
    events,
    ids,
    inbox,
    local,
    messages,
    outbox,
    people,
    state,
    targets,
    tickets,
    timers,
)
from bot.storage.mapping import RowStatement, builder
from bot.storage.statements import Statement
from bot.storage.tables import metadata
from bot.storage.types import mended, utc_text
from tests.contract.storage.build import NOW, event, notice, ticket

POSTGRES, SQLITE = postgresql.dialect(), sqlite.dialect()
MODULES = (chats, events, ids, inbox, local, messages, outbox, people, state, targets, tickets, timers)


def statements(module: ModuleType) -> dict[str, Statement]:
    return {name: value for name, value in vars(module).items() if isinstance(value, Statement)}


ALL = [
    pytest.param(statement, id=f"{module.__name__}.{name}")
    for module in MODULES
    for name, statement in statements(module).items()
]


def test_every_module_of_repositories_is_looked_at() -> None:
    assert len(ALL) > 60


@pytest.mark.parametrize("statement", ALL)
def test_it_takes_the_same_parameters_in_both_dialects(statement: Statement) -> None:
    ours, theirs = statement.on(SQLITE), statement.on(POSTGRES)
    extra = {"param_1", "param_2"}  # SQLite wants an OFFSET with every LIMIT
    assert set(ours.wanted) - extra == set(theirs.wanted) - extra
    assert ours.touches == theirs.touches
    assert (ours.positional, theirs.positional) == (True, False)
    assert all(f"%({name})s" in theirs.sql for name in theirs.wanted)


def test_the_schema_can_be_made_on_postgresql() -> None:
    made = [str(CreateTable(table).compile(dialect=POSTGRES)) for table in metadata.sorted_tables]
    indices = [
        str(CreateIndex(index).compile(dialect=POSTGRES))
        for table in metadata.sorted_tables
        for index in table.indexes
    ]
    assert "TIMESTAMP WITH TIME ZONE" in "".join(made)
    assert "BIGINT" in "".join(made)
    assert "WITHOUT ROWID" not in "".join(made)
    assert any("WHERE state = 'pending'" in index for index in indices)


def test_claims_skip_rows_another_replica_holds() -> None:
    assert "FOR UPDATE SKIP LOCKED" in outbox._DUE.on(POSTGRES).sql
    assert "FOR UPDATE" not in outbox._DUE.on(SQLITE).sql


@pytest.mark.parametrize("statement", [tickets._ADD, outbox.ROWS.update(), events._APPEND])
def test_an_item_becomes_the_same_row_by_position_and_by_name(statement: RowStatement) -> None:
    item = {"tickets": ticket(severity=Severity.CRITICAL), "outbox": notice("k"), "events": event(3)}[
        statement.on(SQLITE).touches
    ]
    by_position, by_name = statement.maker(SQLITE)(item), statement.maker(POSTGRES)(item)
    times = {name: utc_text(value) for name, value in by_name.items() if isinstance(value, datetime)}
    assert dict(zip(statement.on(SQLITE).wanted, by_position, strict=True)) == by_name | times


def test_times_of_postgresql_come_back_in_utc() -> None:
    compiled = outbox._LEDGER.on(POSTGRES)
    shanghai = NOW.astimezone(timezone(timedelta(hours=8)))
    [found] = compiled.decode([shanghai])
    assert (found, found.tzinfo) == (NOW, UTC)


def test_a_row_becomes_the_struct_it_was() -> None:
    given = ticket(requester=4, triage=True)
    compiled = tickets._GET.on(SQLITE)
    row = tickets._ADD.maker(SQLITE)(given)
    assert builder(tickets.TICKETS, compiled)(row) == given


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("plain", "plain"),
        ("豆腐", "豆腐"),
        ("\ud83d豆", "?豆"),
        (("\udfff", 1), ("?", 1)),
        ({"\ud800": ["\ud800"]}, {"?": ["?"]}),
        (Address(channel="c", chat="\ud800"), Address(channel="c", chat="?")),
        (Severity.NORMAL, Severity.NORMAL),
        (None, None),
    ],
)
def test_text_that_utf8_cannot_carry_is_mended(given: object, kept: object) -> None:
    assert mended(given) == kept


def test_text_order_of_times_is_time_order() -> None:
    times = [NOW, NOW.replace(microsecond=0), NOW + timedelta(days=400), datetime(2026, 2, 16, tzinfo=UTC)]
    times += [NOW.astimezone(timezone(timedelta(hours=9, minutes=30))) + timedelta(microseconds=1)]
    assert [utc_text(at) for at in sorted(times)] == sorted(utc_text(at) for at in times)
    assert utc_text(None) is None
    assert utc_text(NOW) == "2026-02-16T15:50:00.123456+00:00"
