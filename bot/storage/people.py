"""Requesters and how they are known."""

from __future__ import annotations

from datetime import datetime

import msgspec
from sqlalchemy import bindparam, delete, select

from bot.desk.records import BindCode, Identity, Requester
from bot.storage.chats import SqlChats
from bot.storage.mapping import Mapping
from bot.storage.session import Session
from bot.storage.statements import Statement
from bot.storage.tables import EMPTY, codes, identities, messages, outbox, requesters, tickets

REQUESTERS = Mapping(Requester, requesters)
IDENTITIES = Mapping(Identity, identities)
CODES = Mapping(BindCode, codes)
_row = requesters.c.id == bindparam("row")
_select = select(*REQUESTERS.columns)
_identity = select(*IDENTITIES.columns)
_ADD = REQUESTERS.insert()
_SAVE = REQUESTERS.update()
_GET = Statement(_select.where(_row), "row")
_BY_PHONE = Statement(
    _select.where(requesters.c.phone == bindparam("called"), requesters.c.phone != EMPTY).order_by(
        requesters.c.id
    ),
    "called",
)
_REMOVE = Statement(delete(requesters).where(_row), "row")
_IDENTITY = Statement(
    _identity.where(
        identities.c.channel == bindparam("via"),
        identities.c.account == bindparam("at"),
        identities.c.external_id == bindparam("known_as"),
    ),
    "via",
    "at",
    "known_as",
)
_PUT_IDENTITY = IDENTITIES.upsert("channel", "account", "external_id")
_IDENTITIES = Statement(
    _identity.where(identities.c.requester == bindparam("of")).order_by(
        identities.c.last_in_at.desc().nulls_last(), identities.c.channel, identities.c.external_id
    ),
    "of",
)
_OWNED = [
    Statement(table.update().where(table.c.requester == bindparam("old")), "old", "requester")
    for table in (tickets, identities, codes)
]
_NAMED = [
    Statement(column.table.update().where(column == bindparam("old")), "old", column.name)
    for column in (messages.c.sender, outbox.c.recipient)
]
_ADD_CODE = CODES.insert()
_CODE = Statement(select(*CODES.columns).where(codes.c.hash == bindparam("digest")), "digest")
_USE_CODE = Statement(
    codes.update().where(
        codes.c.hash == bindparam("digest"), codes.c.used_at.is_(None), codes.c.expires_at > bindparam("now")
    ),
    "digest",
    "now",
    "used_at",
)


class SqlPeople(SqlChats):
    """`PeopleRepo` over SQL."""

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._session = session

    def add(self, requester: Requester) -> Requester:
        """Store them; returned with their id."""
        requester = msgspec.structs.replace(requester, id=self._session.ids.take("requesters"))
        self._session.put(_ADD, requester)
        return requester

    def save(self, requester: Requester) -> None:
        """Store the new value."""
        self._session.put(_SAVE, requester)

    def get(self, requester: int) -> Requester | None:
        """By id."""
        return self._session.item(REQUESTERS, _GET, requester)

    def by_phone(self, phone: str) -> list[Requester]:
        """Everyone with that number, the one known longest first; nobody for the empty one."""
        return self._session.items(REQUESTERS, _BY_PHONE, phone)

    def identity(self, channel: str, account: str, external_id: str) -> Identity | None:
        """Who that is on that channel."""
        return self._session.item(IDENTITIES, _IDENTITY, channel, account, external_id)

    def put_identity(self, identity: Identity) -> None:
        """Store it, or replace what was known."""
        self._session.put(_PUT_IDENTITY, identity)

    def identities(self, requester: int) -> list[Identity]:
        """Every way they are known, the one they wrote from last first."""
        return self._session.items(IDENTITIES, _IDENTITIES, requester)

    def merge(self, old: int, into: int) -> None:
        """Everything of the one requester now belongs to the other; the old one is gone.

        The log keeps the old name: what was written down then stays as it was.
        """
        for statement in _OWNED:
            self._session.run(statement, old, into)
        for statement in _NAMED:
            self._session.run(statement, f"requester:{old}", f"requester:{into}")
        self._session.run(_REMOVE, old)

    def add_code(self, code: BindCode) -> None:
        """Store a one-time code by its hash."""
        self._session.put(_ADD_CODE, code)

    def use_code(self, digest: str, now: datetime) -> BindCode | None:
        """The code, marked as used; None where unknown, used or expired."""
        if not self._session.run(_USE_CODE, digest, now, now):
            return None
        return self._session.item(CODES, _CODE, digest)
