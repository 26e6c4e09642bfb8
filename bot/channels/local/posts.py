"""What callers of the local channel may post, and how it becomes a message."""

from __future__ import annotations

import base64
import binascii
from typing import TYPE_CHECKING, Annotated, Literal
from urllib.parse import quote, unquote
from uuid import uuid4

import msgspec
from msgspec import Meta

from bot.domain.messages import Address, Incoming, Media

if TYPE_CHECKING:
    from datetime import datetime

    from bot.channels.local.settings import LocalSettings

Name = Annotated[str, Meta(min_length=1, max_length=64, pattern=r"^[^\x00-\x1f\x7f:]+$")]
Short = Annotated[str, Meta(max_length=256)]


class BadPostError(ValueError):
    """What was posted cannot be taken; the message says what is wrong and where."""


class Attachment(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A file with its content in base64, or a place, link or unknown thing described by `text`."""

    kind: Literal["photo", "voice", "video", "file", "sticker", "location", "link", "unknown"] = "file"
    name: Short = ""
    mime: Short = ""
    data: str = ""
    text: Annotated[str, Meta(max_length=4096)] = ""


class Post(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The body of `POST /local/messages`.

    sender (`from`): who speaks. text: what is said. id: the caller's own id of it; repeated, it is the same
    message. chat: where, if not at the usual place; `private` is the sender's own chat with us. name: the
    sender's name for people. button: the action of a pressed button. quote: number of our message that is
    answered or whose button is pressed. edit: id of an earlier message that this one replaces.
    """

    sender: Name = msgspec.field(name="from")
    text: str = ""
    id: Annotated[str, Meta(max_length=128)] = ""
    chat: Annotated[str, Meta(max_length=64, pattern=r"^[^\x00-\x1f\x7f:]*$")] = ""
    name: Short = ""
    media: Annotated[tuple[Attachment, ...], Meta(max_length=20)] = ()
    button: Short = ""
    quote: Short = ""
    edit: Annotated[str, Meta(max_length=128)] = ""


_decoder = msgspec.json.Decoder(Post)


def read_post(body: bytes, settings: LocalSettings) -> Post:
    """Read the post in that body.

    Raises BadPostError where it is not JSON, not of the shape of a Post, empty or too long.
    """
    try:
        post = _decoder.decode(body)
    except (msgspec.DecodeError, UnicodeError) as error:
        raise BadPostError(f"the body must be a JSON object with `from` and `text`: {error}") from error
    if not (post.text or post.media or post.button):
        raise BadPostError("nothing is said: give `text`, `media` or `button`")
    if len(post.text) > settings.max_text:
        raise BadPostError(f"`text` has {len(post.text)} characters; at most {settings.max_text} are taken")
    return post


def as_incoming(post: Post, settings: LocalSettings, now: datetime) -> Incoming:
    """Turn a post into a message. Raises BadPostError where an attachment is not base64."""
    chat = _chat(post, settings)
    group = chat != post.sender
    return Incoming(
        provider_id=post.id or uuid4().hex,
        address=Address(channel="local", account=settings.account, chat=chat, user=post.sender),
        sender=post.sender,
        sender_name=post.name or post.sender,
        sent_at=now,
        text=post.text,
        media=tuple(_media(one) for one in post.media),
        kind=_kind(post),
        group=group,
        addressed=not group or _means_us(post, settings),
        quoted_id=post.quote,
        button=post.button,
        data={"message_id": post.edit or post.id} if post.edit or post.id else {},
    )


def _chat(post: Post, settings: LocalSettings) -> str:
    if post.chat and post.chat != "private":
        return post.chat
    is_staff = post.sender in settings.staff
    return settings.group if is_staff and not post.chat else post.sender


def _kind(post: Post) -> Literal["message", "edit", "button"]:
    if post.button:
        return "button"
    return "edit" if post.edit else "message"


def _means_us(post: Post, settings: LocalSettings) -> bool:
    return bool(post.button or post.quote) or post.text.startswith("/") or f"@{settings.sender}" in post.text


def _media(one: Attachment) -> Media:
    """Carry the content in `ref` as a data URI, so that it is as durable as the message itself."""
    try:
        size = len(base64.b64decode(one.data, validate=True))
    except (binascii.Error, ValueError) as error:
        raise BadPostError(f"`data` of the attachment {one.name!r} must be base64: {error}") from error
    mime = one.mime or "application/octet-stream"
    ref = f"data:{quote(mime, safe='/')};base64,{one.data}" if one.data else ""
    return Media(kind=one.kind, ref=ref, name=one.name, mime=one.mime, size=size, text=one.text)


def content(media: Media) -> bytes | None:
    """Return the bytes in an attachment's data URI; None where there are none."""
    head, comma, data = media.ref.partition(",")
    if not comma or not head.startswith("data:"):
        return None
    return base64.b64decode(data) if head.endswith(";base64") else unquote(data).encode()
