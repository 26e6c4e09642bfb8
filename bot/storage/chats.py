"""Conversations we know the meaning of."""

from __future__ import annotations

import msgspec
from sqlalchemy import ClauseElement, bindparam, delete, select

from bot.desk.records import Chat, Identity
from bot.domain.messages import Address
from bot.storage.mapping import Mapping
from bot.storage.session import Session
from bot.storage.statements import Statement, insert
from bot.storage.tables import chats, identities, messages

CHATS = Mapping(Chat, chats, conversation=lambda chat: chat.address.key)


def _heard(dialect: str) -> ClauseElement:
    fresh = insert(dialect, chats)
    change = {"last_in_at": fresh.excluded.last_in_at, "sent_since_in": 0}
    return fresh.on_conflict_do_update(index_elements=["conversation"], set_=change).returning(*CHATS.columns)


_select = select(*CHATS.columns)
_here = chats.c.conversation == bindparam("here")
_GET = Statement(_select.where(_here), "here")
_PUT = CHATS.upsert("conversation")
_HEARD = Statement(_heard, *CHATS.names)
_TOLD = Statement(
    chats.update().where(_here).values(sent_since_in=chats.c.sent_since_in + bindparam("more")),
    "here",
    "more",
)
_REMOVE = Statement(delete(chats).where(_here), "here")
_ROLE = Statement(
    _select.where(chats.c.role == bindparam("as_what")).order_by(chats.c.conversation), "as_what"
)
_ROLE_OF = Statement(
    _select.where(chats.c.role == bindparam("as_what"), chats.c.contract == bindparam("under")).order_by(
        chats.c.conversation
    ),
    "as_what",
    "under",
)
_ALL = Statement(_select)
_MOVE_MESSAGES = Statement(
    messages.update().where(messages.c.conversation == bindparam("old")), "old", "conversation"
)
_identity = Mapping(Identity, identities)
_REACHED_AT = Statement(
    select(*_identity.columns).where(
        identities.c.channel == bindparam("via"), identities.c.account == bindparam("at")
    ),
    "via",
    "at",
)
_PUT_IDENTITY = _identity.upsert("channel", "account", "external_id")


class SqlChats:
    """The chats of `PeopleRepo` over SQL."""

    def __init__(self, session: Session) -> None:
        self._chats = session

    def chat(self, address: Address) -> Chat | None:
        """What we know of that conversation."""
        return self._chats.item(CHATS, _GET, address.key)

    def put_chat(self, chat: Chat) -> None:
        """Store it, or replace what was known."""
        self._chats.put(_PUT, chat)
        self._chats.memo.clear()

    def heard(self, chat: Chat) -> Chat:
        """A message came from there: it counts as the last one; `chat` tells the rest where nothing was known."""
        known = self._chats.item(CHATS, _HEARD, *CHATS.values(chat))
        return known or chat

    def told(self, address: Address, spent: int) -> None:
        """So many messages were spent there."""
        self._chats.run(_TOLD, address.key, spent)

    def chats(self, role: str, contract: str | None = None) -> list[Chat]:
        """Those of a role, of every contract or of one."""
        if contract is None:
            key = f"chats:{role}"
            if key not in self._chats.memo:
                self._chats.memo[key] = self._chats.items(CHATS, _ROLE, role)
            return list(self._chats.memo[key])
        return self._chats.items(CHATS, _ROLE_OF, role, contract)

    def move_chat(self, old: Address, new: Address) -> None:
        """The conversation and its topics have a new address.

        What we know of them, their messages and the identities that are reached there move along; what stands
        there already gives way.
        """
        for chat in self._chats.items(CHATS, _ALL):
            if _place(chat.address) == _place(old):
                self._chats.run(_REMOVE, chat.address.key)
                moved = msgspec.structs.replace(chat, address=_moved(chat.address, new))
                self.put_chat(moved)
                self._chats.run(_MOVE_MESSAGES, chat.address.key, moved.address.key)
        self._chats.run(_MOVE_MESSAGES, old.key, new.key)
        for known in self._chats.items(_identity, _REACHED_AT, old.channel, old.account):
            if known.address.chat == old.chat:
                moved_to = msgspec.structs.replace(known, address=_moved(known.address, new))
                self._chats.put(_PUT_IDENTITY, moved_to)


def _place(address: Address) -> tuple[str, str, str]:
    return address.channel, address.account, address.chat


def _moved(address: Address, new: Address) -> Address:
    return msgspec.structs.replace(address, account=new.account, chat=new.chat)
