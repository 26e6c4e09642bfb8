"""Everything said, in threads."""

from __future__ import annotations

from datetime import datetime

import msgspec
from sqlalchemy import bindparam, select

from bot.desk.records import Message
from bot.domain.messages import Address, Media
from bot.storage.mapping import Mapping
from bot.storage.session import Session
from bot.storage.statements import Statement
from bot.storage.tables import EMPTY, SAID, messages


def source(address: Address) -> str:
    """Within it, a provider's message id is unique."""
    return f"{address.channel}:{address.account}"


MESSAGES = Mapping(
    Message,
    messages,
    conversation=lambda message: message.address.key,
    source=lambda message: source(message.address),
)
_row = messages.c.id == bindparam("row")
_select = select(*MESSAGES.columns)
_ADD = MESSAGES.insert()
_GET = Statement(_select.where(_row), "row")
_BY_PROVIDER = Statement(
    _select.where(
        messages.c.provider_id == bindparam("said"),
        messages.c.source == bindparam("within"),
        messages.c.provider_id != EMPTY,
    )
    .order_by(messages.c.id)
    .limit(1),
    "said",
    "within",
)
_OF_TICKET = Statement(
    _select.where(messages.c.ticket == bindparam("of")).order_by(messages.c.at, messages.c.id), "of"
)
_RECENT = Statement(
    _select.where(messages.c.conversation == bindparam("of"), messages.c.at >= bindparam("since"))
    .order_by(messages.c.at.desc(), messages.c.id.desc())
    .limit(bindparam("count")),
    "of",
    "since",
    "count",
)
_TEXTS = Statement(
    select(messages.c.text)
    .where(
        messages.c.direction == SAID,
        messages.c.at >= bindparam("since"),
        messages.c.text != EMPTY,
        messages.c.understanding != EMPTY,
    )
    .order_by(messages.c.at.desc())
    .limit(bindparam("count")),
    "since",
    "count",
)
_ATTACH = Statement(messages.update().where(_row), "row", "ticket")
_REPLACE = Statement(messages.update().where(_row), "row", "text")
_MEDIA = Statement(messages.update().where(_row), "row", "media")
_UNDERSTAND = Statement(messages.update().where(_row), "row", "understanding")


class SqlMessages:
    """`MessageRepo` over SQL."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def add(self, message: Message) -> int:
        """Store it; its id."""
        message = msgspec.structs.replace(message, id=self._session.ids.take("messages"))
        self._session.hold(_ADD, message)
        return message.id

    def get(self, message: int) -> Message | None:
        """By id."""
        return self._session.item(MESSAGES, _GET, message)

    def by_provider(self, address: Address, provider_id: str) -> Message | None:
        """The (first) message with that provider's id on the address's channel and account."""
        return self._session.item(MESSAGES, _BY_PROVIDER, provider_id, source(address))

    def attach(self, message: int, ticket: int) -> None:
        """It belongs to that ticket."""
        if not self._session.amend(_ADD, message, ticket=ticket):
            self._session.run(_ATTACH, message, ticket)

    def replace_text(self, message: int, text: str) -> None:
        """Its sender edited it."""
        if not self._session.amend(_ADD, message, text=text):
            self._session.run(_REPLACE, message, text)

    def set_media(self, message: int, media: tuple[Media, ...]) -> None:
        """Its attachments have been stored."""
        self._session.run(_MEDIA, message, media)

    def of_ticket(self, ticket: int) -> list[Message]:
        """In order of time."""
        return self._session.items(MESSAGES, _OF_TICKET, ticket)

    def recent(self, conversation: str, since: datetime, limit: int = 20) -> list[Message]:
        """The last ones since then, in order of time."""
        return self._session.items(MESSAGES, _RECENT, conversation, since, limit)[::-1]

    def texts_since(self, since: datetime, limit: int = 5000) -> list[str]:
        """What customers wrote since then that was no command, newest first."""
        return [row[0] for row in self._session.rows(_TEXTS, since, limit)]

    def set_understanding(self, message: int, understanding: str) -> None:
        """Keep what intake made of it."""
        if not self._session.amend(_ADD, message, understanding=understanding):
            self._session.run(_UNDERSTAND, message, understanding)
