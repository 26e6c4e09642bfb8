"""The bridge's own format (see docs/how-to/connect-bridge.md): what the gateway feeds, and Incoming."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from bot.channels.tencent.callback import Refused
from bot.domain.messages import Address, Incoming, Media

Name = Annotated[str, Meta(min_length=1, max_length=128)]
Words = Annotated[str, Meta(max_length=100_000)]
Short = Annotated[str, Meta(max_length=256)]


class FedMedia(msgspec.Struct, frozen=True, kw_only=True):
    """An attachment; `ref` is the gateway's id of it, from which it can be fetched."""

    kind: Literal["photo", "voice", "video", "file", "sticker", "location", "link", "unknown"] = "unknown"
    ref: Short = ""
    name: Short = ""
    mime: Short = ""
    size: Annotated[int, Meta(ge=0)] = 0
    text: Words = ""


class FedQuote(msgspec.Struct, frozen=True, kw_only=True):
    """The message that this one quotes."""

    id: Short = ""
    text: Words = ""
    sender: Short = ""


class Fed(msgspec.Struct, frozen=True, kw_only=True):
    """One message of a customer's group, or (without `group`) of one person.

    `staff` says that one of our own people wrote it, `mentioned` that the bot was called by name.
    """

    id: Name
    sender: Name
    time: Annotated[float, Meta(ge=0, le=10_000_000_000)]
    group: Short = ""
    group_name: Short = ""
    sender_name: Short = ""
    text: Words = ""
    media: Annotated[list[FedMedia], Meta(max_length=20)] = []
    quoted: FedQuote = FedQuote()
    staff: bool = False
    mentioned: bool = False


class Feed(msgspec.Struct, frozen=True, kw_only=True):
    """What `PATH/messages` takes: at most a hundred messages, oldest first."""

    messages: Annotated[list[Fed], Meta(min_length=1, max_length=100)]


class Done(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a message the gateway took: its `id` there, or why it failed.

    `permanent` says that it never will be delivered; else it is tried again after `retry_after` seconds.
    """

    key: Short
    id: Short = ""
    error: Short = ""
    permanent: bool = False
    retry_after: Annotated[float, Meta(ge=0, le=86400)] = 30.0


class Fetch(msgspec.Struct, frozen=True, kw_only=True):
    """What `PATH/fetch` takes: seconds to wait for something, and the messages that are done."""

    wait: Annotated[float, Meta(ge=0, le=25)] = 0.0
    done: Annotated[list[Done], Meta(max_length=1000)] = []


def feed(body: bytes) -> Feed:
    """Read what the gateway feeds; raises Refused."""
    try:
        return msgspec.json.decode(body, type=Feed)
    except (ValueError, RecursionError):
        raise Refused(400, "malformed") from None


def fetch(body: bytes) -> Fetch:
    """Read what the gateway asks; raises Refused."""
    try:
        return msgspec.json.decode(body, type=Fetch)
    except (ValueError, RecursionError):
        raise Refused(400, "malformed") from None


def incoming(fed: Fed, account: str, now: datetime) -> Incoming:
    """Turn a message into Incoming; a time in the future is now."""
    chat = fed.group or fed.sender
    flags = {"by": "staff"} if fed.staff else {}
    named = {"group_name": fed.group_name} if fed.group_name else {}
    return Incoming(
        provider_id=fed.id,
        address=Address(channel="bridge", account=account, chat=chat, user="" if fed.group else fed.sender),
        sender=fed.sender,
        sender_name=fed.sender_name,
        sent_at=min(datetime.fromtimestamp(fed.time, UTC), now),
        text=fed.text,
        media=tuple(Media(**msgspec.structs.asdict(one)) for one in fed.media),
        group=bool(fed.group),
        addressed=fed.mentioned or not fed.group,
        quoted_id=fed.quoted.id,
        quoted_text=fed.quoted.text,
        quoted_sender=fed.quoted.sender,
        data={**flags, **named},
    )
