"""From a Telegram update to a message of ours (https://core.telegram.org/bots/api#update)."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import msgspec
from telegram import Bot, CallbackQuery, ChatMemberUpdated, MaybeInaccessibleMessage, Message, Update
from telegram.constants import ChatMemberStatus, ChatType

from bot.channels.telegram.meant import Us, answered, is_meant, said
from bot.channels.telegram.media import attached, is_service
from bot.domain.messages import Address, Incoming, Media

if TYPE_CHECKING:
    from bot.clock import Clock

_GONE = {ChatMemberStatus.LEFT, ChatMemberStatus.BANNED}


class Decoder(msgspec.Struct, frozen=True, kw_only=True):
    """Reads updates that came to one bot. `account` is our name of it."""

    bot: Bot
    us: Us
    account: str
    clock: Clock

    def read(self, raw: dict[str, Any]) -> Incoming | None:
        """Return the message in an update, or None where nobody has said or changed anything.

        One that PTB cannot read is kept as far as it can be read without it: it may be a complaint.
        """
        try:
            return self._of(Update.de_json(_storable(raw), self.bot))
        except Exception:  # noqa: BLE001  # whatever PTB stumbles over, the words must get in
            return self._salvaged(raw)

    def _of(self, update: Update) -> Incoming | None:
        number = f"{self.us.id}.{update.update_id}"
        if update.message is not None:
            return self._message(number, update.message)
        if update.edited_message is not None:
            return self._edit(number, update.edited_message)
        if update.callback_query is not None:
            return self._press(number, update.callback_query)
        if update.my_chat_member is not None:
            return self._membership(number, update.my_chat_member)
        return None

    def _message(self, number: str, message: Message) -> Incoming | None:
        if message.migrate_to_chat_id or message.migrate_from_chat_id:
            return self._migration(number, message)
        if is_service(message) and not (message.text or message.caption):
            return None
        return self._said(number, message)

    def _edit(self, number: str, message: Message) -> Incoming:
        edited = self._said(number, message)
        return msgspec.structs.replace(edited, kind="edit", sent_at=message.edit_date or message.date)

    def _said(self, number: str, message: Message) -> Incoming:
        sender, name = _author(message)
        group = message.chat.type != ChatType.PRIVATE
        quoted = answered(message)
        text = said(message, self.us)
        return Incoming(
            provider_id=number,
            address=self._address(message, sender),
            sender=sender,
            sender_name=name,
            sent_at=message.date,
            text=text,
            media=attached(message),
            group=group,
            addressed=not group or is_meant(message, self.us),
            quoted_id=str(quoted.message_id) if quoted else "",
            quoted_text=_quoted_words(message),
            quoted_sender=_author(quoted)[0] if quoted else "",
            album=message.media_group_id or "",
            data=_particulars(message, text),
        )

    def _press(self, number: str, query: CallbackQuery) -> Incoming | None:
        message = query.message
        if message is None:
            return None
        sender = str(query.from_user.id)
        return Incoming(
            provider_id=number,
            address=self._address(message, sender),
            sender=sender,
            sender_name=query.from_user.full_name,
            sent_at=self.clock.now(),  # a press bears no time
            kind="button",
            group=message.chat.type != ChatType.PRIVATE,
            quoted_id=str(message.message_id),
            button=query.data or "",
            reply_token=query.id,
        )

    def _membership(self, number: str, change: ChatMemberUpdated) -> Incoming | None:
        """Tell when we were added, unblocked, removed or blocked; no other change of our rights matters."""
        was_gone = change.old_chat_member.status in _GONE
        is_gone = change.new_chat_member.status in _GONE
        if was_gone == is_gone:
            return None
        return Incoming(
            provider_id=number,
            address=self._chat(change.chat.id),
            sender=str(change.from_user.id),
            sender_name=change.from_user.full_name,
            sent_at=change.date,
            kind="left" if is_gone else "welcome",
            group=change.chat.type != ChatType.PRIVATE,
            data={"chat_title": change.chat.title or ""},
        )

    def _migration(self, number: str, message: Message) -> Incoming:
        """Tell that a group has become a supergroup; both chats say so, each may be heard alone."""
        old = message.migrate_from_chat_id or message.chat.id
        new = message.migrate_to_chat_id or message.chat.id
        return Incoming(
            provider_id=number,
            address=self._chat(old),
            sender=_author(message)[0],
            sent_at=message.date,
            kind="migrated",
            group=True,
            addressed=False,
            data={"to": str(new)},
        )

    def _chat(self, chat: int) -> Address:
        return Address(channel="telegram", account=self.account, chat=str(chat))

    def _address(self, message: MaybeInaccessibleMessage, user: str) -> Address:
        thread = ""
        if isinstance(message, Message) and message.is_topic_message:
            thread = str(message.message_thread_id or "")
        return msgspec.structs.replace(self._chat(message.chat.id), thread=thread, user=user)

    def _salvaged(self, raw: dict[str, Any]) -> Incoming | None:
        message = raw.get("message") or raw.get("edited_message")
        chat = message.get("chat") if isinstance(message, dict) else None
        if not isinstance(message, dict) or not isinstance(chat, dict) or not isinstance(chat.get("id"), int):
            return None
        author = message.get("from")
        sender = str(author.get("id", "")) if isinstance(author, dict) else ""
        return Incoming(
            provider_id=f"{self.us.id}.{raw['update_id']}",
            address=msgspec.structs.replace(self._chat(chat["id"]), user=sender),
            sender=sender or str(chat["id"]),
            sent_at=_when(message.get("date"), self.clock),
            text=_salvaged_words(message),
            media=(Media(kind="unknown", name="unreadable"),),
            group=chat.get("type") != ChatType.PRIVATE,
        )


def _storable(raw: dict[str, Any]) -> dict[str, Any]:
    """Replace halves of characters, which JSON can carry and no database takes."""
    whole = json.dumps(raw, ensure_ascii=False).encode("utf-8", "replace")
    replaced: dict[str, Any] = json.loads(whole)
    return replaced


def _when(date: object, clock: Clock) -> datetime:
    return datetime.fromtimestamp(date, UTC) if isinstance(date, int) and 0 < date < 2**33 else clock.now()


def _salvaged_words(message: dict[str, Any]) -> str:
    words = message.get("text") or message.get("caption")
    return words.encode("utf-8", "replace").decode() if isinstance(words, str) else ""


def _author(message: Message) -> tuple[str, str]:
    """Return id and name of who speaks; somebody anonymous is the chat in whose name it is said."""
    if message.sender_chat is not None:
        return str(message.sender_chat.id), message.author_signature or message.sender_chat.title or ""
    if message.from_user is not None:
        return str(message.from_user.id), message.from_user.full_name
    return str(message.chat.id), message.chat.title or ""


def _quoted_words(message: Message) -> str:
    if message.quote is not None:
        return message.quote.text
    quoted = answered(message)
    return (quoted.text or quoted.caption or "") if quoted else ""


def _particulars(message: Message, text: str) -> dict[str, str]:
    """Return what else may matter: its id in the chat, the words as sent, where it was forwarded from."""
    raw = message.text or message.caption or ""
    found = {
        "message_id": str(message.message_id),
        "raw_text": raw if raw != text else "",
        "chat_title": message.chat.title or "",
        "username": (message.from_user.username or "") if message.from_user else "",
        "forwarded": str(message.forward_origin.type) if message.forward_origin else "",
    }
    return {key: value for key, value in found.items() if value}
