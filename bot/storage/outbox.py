"""Notices that must go out."""

from __future__ import annotations

from datetime import datetime

import msgspec
from sqlalchemy import bindparam, func, select

from bot.desk.records import OutboxRow
from bot.storage.mapping import Mapping, RowStatement
from bot.storage.session import Session
from bot.storage.statements import Statement
from bot.storage.tables import EMPTY, PENDING, SENDING, outbox

ROWS = Mapping(
    OutboxRow,
    outbox,
    conversation=lambda row: row.routes[row.route].key if row.route < len(row.routes) else "",
    channel=lambda row: row.routes[row.route].channel if row.route < len(row.routes) else "",
)
_CHANGING = (
    *("state", "routes", "route", "attempts", "next_at", "leased_until", "sent_at", "ref", "spent", "error"),
    *("conversation", "channel"),
)
_pending = outbox.c.state == PENDING
_sending = outbox.c.state == SENDING
_row = outbox.c.id == bindparam("row")
_select = select(*ROWS.columns)
_ADD = ROWS.insert_new("key")
_DUE = Statement(
    _select.where(_pending, outbox.c.next_at <= bindparam("now"))
    .order_by(outbox.c.priority, outbox.c.id)
    .limit(bindparam("count"))
    .with_for_update(skip_locked=True),
    "now",
    "count",
)
_LEASE = RowStatement(
    ROWS,
    outbox.update().where(_row),
    {"state": "state", "leased_until": "leased_until", "row": "id"},
)
_EXPIRED = Statement(
    _select.where(_sending, outbox.c.leased_until <= bindparam("now")).order_by(
        outbox.c.leased_until, outbox.c.id
    ),
    "now",
)
_NEXT = Statement(select(func.min(outbox.c.next_at)).where(_pending))
_GET = Statement(_select.where(_row), "row")
_SAVE = ROWS.update(*_CHANGING)
_OF_TICKET = Statement(_select.where(outbox.c.ticket == bindparam("of")).order_by(outbox.c.id), "of")
_LEDGER = Statement(
    select(outbox.c.sent_at, outbox.c.spent)
    .where(outbox.c.conversation == bindparam("to"), outbox.c.sent_at >= bindparam("since"))
    .order_by(outbox.c.sent_at),
    "to",
    "since",
)
_LIKE = Statement(
    _select.where(_pending, outbox.c.coalesce != EMPTY, outbox.c.coalesce == bindparam("same")).order_by(
        outbox.c.id
    ),
    "same",
)
_BY_REF = Statement(
    _select.where(
        outbox.c.ref == bindparam("given"), outbox.c.ref != EMPTY, outbox.c.channel == bindparam("via")
    )
    .order_by(outbox.c.id.desc())
    .limit(1),
    "given",
    "via",
)


class SqlOutbox:
    """`OutboxRepo` over SQL."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def add(self, *rows: OutboxRow) -> list[int]:
        """Store those whose key is new; the ids that rows get if they are stored."""
        take = self._session.ids.take
        added = [msgspec.structs.replace(row, id=take("outbox")) for row in rows]
        self._session.hold(_ADD, *added)
        return [row.id for row in added]

    def claim(self, now: datetime, lease_until: datetime, limit: int) -> list[OutboxRow]:
        """Take pending due rows, by priority and age, marked `sending` until the lease runs out."""
        due = self._session.items(ROWS, _DUE, now, limit)
        taken = [msgspec.structs.replace(row, state="sending", leased_until=lease_until) for row in due]
        self._session.put_all(_LEASE, taken)
        return taken

    def expired(self, now: datetime) -> list[OutboxRow]:
        """Rows whose lease ran out while `sending`."""
        return self._session.items(ROWS, _EXPIRED, now)

    def next_at(self) -> datetime | None:
        """When the earliest pending row wants to go out."""
        at: datetime | None = self._session.value(_NEXT)
        return at

    def get(self, row: int) -> OutboxRow | None:
        """By id."""
        return self._session.item(ROWS, _GET, row)

    def save(self, row: OutboxRow) -> None:
        """Store what became of it: state, routes, tries, times, reference and error; the rest never changes."""
        self._session.put(_SAVE, row)

    def of_ticket(self, ticket: int) -> list[OutboxRow]:
        """In the order in which they were written."""
        return self._session.items(ROWS, _OF_TICKET, ticket)

    def sent_to(self, conversation: str, since: datetime) -> list[datetime]:
        """When messages were sent there since then, earliest first: a time for each message that was spent."""
        return [at for at, spent in self._session.rows(_LEDGER, conversation, since) for _ in range(spent)]

    def pending_like(self, coalesce: str) -> list[OutboxRow]:
        """Pending rows that may be sent as one; none for the empty key."""
        return self._session.items(ROWS, _LIKE, coalesce)

    def by_ref(self, channel: str, ref: str) -> OutboxRow | None:
        """The newest one that was sent there under that provider's id."""
        return self._session.item(ROWS, _BY_REF, ref, channel)
