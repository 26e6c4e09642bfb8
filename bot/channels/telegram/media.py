"""What is attached to a Telegram message (https://core.telegram.org/bots/api#message)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from telegram.constants import MessageAttachmentType, MessageType

from bot.domain.messages import Media

if TYPE_CHECKING:
    from telegram import Message

_Kind = Literal["photo", "voice", "video", "file", "sticker"]

# In this order: an animation is also a document, a live photo also a photo.
_FILES: dict[str, _Kind] = {
    "animation": "video",
    "live_photo": "photo",
    "photo": "photo",
    "voice": "voice",
    "audio": "file",
    "video_note": "video",
    "video": "video",
    "document": "file",
    "sticker": "sticker",
}

# Fields that stand beside something said.
_BESIDE = {
    "text",
    "checklist",
    "giveaway",
    "gift",
    "unique_gift",
    "effect_id",
    "reply_to_story",
    "sender_boost_count",
    "sender_business_bot",
    "business_connection_id",
    "suggested_post_info",
    "web_app_data",
}

# What Telegram itself puts into a chat, such as "the title was changed": nobody has said anything.
_SERVICE = sorted(
    {str(one) for one in MessageType} - {str(one) for one in MessageAttachmentType} - _BESIDE
    | {"migrate_from_chat_id"}
)

_ENVELOPE = {
    *("message_id", "date", "chat", "from", "sender_chat", "message_thread_id", "is_topic_message"),
    *("reply_to_message", "external_reply", "quote", "forward_origin", "edit_date", "media_group_id"),
    *("via_bot", "has_protected_content", "author_signature", "is_from_offline", "sender_tag"),
    *("is_automatic_forward", "link_preview_options", "reply_markup", *_BESIDE),
}


def is_service(message: Message) -> bool:
    """Whether the message only tells of a change in the chat."""
    return any(getattr(message, field, None) for field in _SERVICE)


def attached(message: Message) -> tuple[Media, ...]:
    """Describe the attachment by Telegram's id of it, or in words; nothing for a message of words alone."""
    media = _file(message) or _place(message) or _card(message)
    if media is None and not (message.text or message.caption):
        media = _unknown(message)
    return () if media is None else (media,)


def _file(message: Message) -> Media | None:
    for field, kind in _FILES.items():
        found: Any = getattr(message, field, None)
        if found:
            item = found[-1] if isinstance(found, tuple) else found  # of a photo's sizes the largest
            return Media(
                kind=kind,
                ref=item.file_id,
                name=getattr(item, "file_name", None) or "",
                mime=getattr(item, "mime_type", None) or "",
                size=item.file_size or 0,
                text=getattr(item, "emoji", None) or "",
            )
    return None


def _place(message: Message) -> Media | None:
    venue = message.venue
    place = venue.location if venue else message.location
    if place is None:
        return None
    point = f"{place.latitude},{place.longitude}"
    words = f"{venue.title} {venue.address} " if venue else ""
    return Media(kind="location", text=words + point)


def _card(message: Message) -> Media | None:
    contact = message.contact
    if contact is None:
        return None
    name = " ".join(filter(None, (contact.first_name, contact.last_name)))
    return Media(kind="unknown", name="contact", text=f"{name} {contact.phone_number}")


def _unknown(message: Message) -> Media:
    """Name the field that holds what we cannot read, and what can be read of it."""
    fields = {key: value for key, value in message.to_dict().items() if value and key not in _ENVELOPE}
    name = next(iter(fields), "")
    content = fields.get(name)
    words = (
        [value for value in content.values() if isinstance(value, str)] if isinstance(content, dict) else []
    )
    return Media(kind="unknown", name=name, text=" ".join(words)[:1000])
