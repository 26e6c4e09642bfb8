"""Every key of every export is documented, in its order."""

from __future__ import annotations

import pytest

from bot.cli.export import WHAT
from bot.desk.records import Message, OutboxRow
from bot.domain.ticket import Target, Ticket, TicketEvent
from tests.unit.docs.pages import DOCS, quoted, sections, table

PAGE = DOCS / "reference" / "exports.md"
ROWS = {
    "tickets": Ticket,
    "events": TicketEvent,
    "messages": Message,
    "targets": Target,
    "outbox": OutboxRow,
}


def test_every_export_has_a_heading() -> None:
    headings = [h for h in sections(PAGE) if h.startswith("`export")]
    assert headings == [f"`export {what}`" for what in WHAT]
    assert set(ROWS) == set(WHAT)


@pytest.mark.parametrize("what", WHAT)
def test_every_key_is_documented(what: str) -> None:
    state = ("state",) if isinstance(getattr(ROWS[what], "state", None), property) else ()
    documented = tuple(quoted(row[0])[0] for row in table(PAGE, f"`export {what}`"))
    assert documented == (*ROWS[what].__struct_fields__, *state)
