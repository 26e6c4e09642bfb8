"""What goes in and out: addresses, incoming messages, outgoing notices. Shared by channels, desk and storage."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Literal

import msgspec


class Address(msgspec.Struct, frozen=True, kw_only=True):
    """Where a message came from or goes to.

    `account` is our own bot or number on that channel; `chat` the conversation; `thread` a topic inside it;
    `user` the one person meant, where a channel needs it beside the chat.
    """

    channel: str
    account: str = "default"
    chat: str
    thread: str = ""
    user: str = ""

    @property
    def key(self) -> str:
        """One string per conversation: order is kept inside it."""
        return f"{self.channel}:{self.account}:{self.chat}:{self.thread}"


class Media(msgspec.Struct, frozen=True, kw_only=True):
    """An attachment: by the provider's id until fetched, then also by our own stored path."""

    kind: Literal["photo", "voice", "video", "file", "sticker", "location", "link", "unknown"]
    ref: str = ""  # the provider's id, to fetch it by
    name: str = ""
    mime: str = ""
    size: int = 0
    path: str = ""  # relative to the media folder, once stored
    sha256: str = ""
    text: str = ""  # caption, transcript or address


Kind = Literal[
    "message", "edit", "button", "welcome", "send_failed", "migrated", "left", "opinion", "fetched"
]


class Incoming(msgspec.Struct, frozen=True, kw_only=True):
    """One thing somebody sent, as a channel decoded it. `provider_id` is unique per channel and account."""

    provider_id: str
    address: Address
    sender: str  # the provider's id of the person
    sender_name: str = ""
    sent_at: datetime
    text: str = ""
    media: tuple[Media, ...] = ()
    kind: Kind = "message"
    group: bool = False
    addressed: bool = True  # in a group: the bot was mentioned, replied to, or is meant by a command
    quoted_id: str = ""
    quoted_text: str = ""
    quoted_sender: str = ""
    album: str = ""  # several media sent as one
    button: str = ""  # the action behind the pressed button, e.g. "take:12"
    reply_token: str = ""  # req_id, response_url, callback id … whatever an answer in place needs
    data: dict[str, str] = {}

    @property
    def quotable(self) -> str:
        """The id by which an answer in a group quotes it: the message's own, where its arrival has another.

        In private there is nobody else, and nothing is quoted.
        """
        return self.data.get("message_id", self.provider_id) if self.group else ""


class Button(msgspec.Struct, frozen=True, kw_only=True):
    """A choice offered under a message; `action` is at most 64 bytes (Telegram's limit)."""

    label: str
    action: str
    style: Literal["plain", "primary", "danger"] = "plain"


class Mention(msgspec.Struct, frozen=True, kw_only=True):
    """A person pinged in a group: our own name of them, and their id on the outgoing channel if known."""

    person: str
    name: str
    user: str = ""
    phone: str = ""  # WeCom robots can mention by mobile; never shown in the text


class Outgoing(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be said. Channels render it within their limits; `key` lets a provider drop our repeats."""

    key: str = ""
    text: str
    buttons: tuple[tuple[Button, ...], ...] = ()
    mentions: tuple[Mention, ...] = ()
    media: tuple[Media, ...] = ()
    reply_to: str = ""  # the provider's message id
    reply_token: str = ""
    edit: str = ""  # replace this earlier message of ours (the provider's id)
    title: str = ""  # for cards
    seat: Literal["", "hand_over", "take_back"] = (
        ""  # where a channel has human seats: who holds it afterwards
    )


class Purpose(StrEnum):
    """Why a notice goes out, in the order in which it goes: earlier wins where a quota is short."""

    ACKNOWLEDGE = "acknowledge"
    PAGE = "page"
    ALARM = "alarm"
    REPLY = "reply"
    OUTCOME = "outcome"
    ESCALATE = "escalate"
    REMIND = "remind"
    PROGRESS = "progress"
    DIGEST = "digest"


PRIORITY: dict[Purpose, int] = {
    Purpose.ACKNOWLEDGE: 0,
    Purpose.PAGE: 10,
    Purpose.ALARM: 10,
    Purpose.ESCALATE: 15,
    Purpose.REPLY: 20,
    Purpose.OUTCOME: 20,
    Purpose.REMIND: 40,
    Purpose.PROGRESS: 50,
    Purpose.DIGEST: 60,
}
