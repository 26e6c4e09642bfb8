"""What came in and is not worked off yet."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import bindparam, exists, func, or_, select

from bot.desk.records import InboxRow
from bot.domain.messages import Incoming
from bot.storage.mapping import Mapping
from bot.storage.session import Session
from bot.storage.statements import Statement
from bot.storage.tables import inbox

ROWS = Mapping(
    InboxRow,
    inbox,
    channel=lambda row: row.incoming.address.channel,
    account=lambda row: row.incoming.address.account,
    provider_id=lambda row: row.incoming.provider_id,
)
_earlier = inbox.alias("earlier")
_ADD = ROWS.insert_new("channel", "account", "provider_id")
_PENDING = Statement(
    select(*ROWS.columns)
    .where(
        inbox.c.handled_at.is_(None),
        inbox.c.id > bindparam("after_id"),
        or_(inbox.c.next_at.is_(None), inbox.c.next_at <= bindparam("now")),
        ~exists().where(
            _earlier.c.handled_at.is_(None),
            _earlier.c.next_at > bindparam("now"),
            _earlier.c.conversation == inbox.c.conversation,
            _earlier.c.id < inbox.c.id,
        ),
    )
    .order_by(inbox.c.id)
    .limit(bindparam("count")),
    "after_id",
    "now",
    "count",
)
_NEXT = Statement(
    select(func.min(inbox.c.next_at)).where(inbox.c.handled_at.is_(None), inbox.c.next_at.is_not(None))
)
_HANDLED = Statement(
    inbox.update().where(inbox.c.id == bindparam("row")), "row", "handled_at", "outcome", "error"
)
_RETRY = Statement(
    inbox.update().where(inbox.c.id == bindparam("row")).values(attempts=inbox.c.attempts + 1),
    "row",
    "next_at",
    "error",
)


class SqlInbox:
    """`InboxRepo` over SQL."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def add(self, incoming: Incoming, now: datetime) -> int | None:
        """Store it; its id, or None where that provider id was stored before."""
        row = InboxRow(
            id=self._session.ids.take("inbox"),
            received_at=now,
            conversation=incoming.address.key,
            incoming=incoming,
        )
        return row.id if self._session.put(_ADD, row) else None

    def pending(self, limit: int, now: datetime, after: int = 0) -> list[InboxRow]:
        """The oldest unhandled rows with ids above `after`; a row that was put off holds back its conversation."""
        return self._session.items(ROWS, _PENDING, after, now, limit)

    def next_at(self) -> datetime | None:
        """When the earliest row that was put off is to be tried again."""
        at: datetime | None = self._session.value(_NEXT)
        return at

    def done(self, now: datetime, *rows: int) -> None:
        """They have been worked off."""
        self._session.run_all(_HANDLED, [(row, now, "done", None) for row in rows])

    def retry(self, row: int, at: datetime, error: str) -> None:
        """Handling it failed; try again at that time."""
        self._session.run(_RETRY, row, at, error)

    def fail(self, row: int, now: datetime, error: str) -> None:
        """Given up; kept for ever."""
        self._session.run(_HANDLED, row, now, "failed", error)
