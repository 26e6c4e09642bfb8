"""Attachments of customers: asked for once the message is stored, shown to staff once they are here."""

from __future__ import annotations

from msgspec.structs import replace

from bot.desk.addressees import discreet, hushed_words, one, people_for
from bot.desk.book import Turn
from bot.desk.notices import Audience, Notice, group, tell
from bot.desk.records import Message
from bot.domain.messages import Address, Media, Purpose
from bot.texts import say

_KEPT = frozenset({"photo", "voice", "video", "file"})


def ask_for(turn: Turn, message: Message) -> None:
    """Have the message's attachments fetched, after everything that is more urgent."""
    wanted = tuple(m for m in message.media if m.ref and m.kind in _KEPT)
    if not wanted:
        return
    came_by = f"{message.address.channel}:{message.address.account}"
    address = Address(channel="attachments", chat=str(message.id), thread=came_by)
    notice = Notice(key=f"fetch:{message.id}", purpose=Purpose.DIGEST, text="", media=wanted)
    tell(turn, Audience(recipient="attachments", routes=(address,)), notice)


def arrived(turn: Turn, message_id: str, media: tuple[Media, ...]) -> None:
    """The files are stored: the message knows where, and whoever works on its ticket sees them."""
    message = turn.tx.messages.get(int(message_id)) if message_id.isdecimal() else None
    if message is None:
        return
    rest = tuple(m for m in message.media if not (m.ref and m.kind in _KEPT))
    turn.tx.messages.set_media(message.id, rest + media)
    media = tuple(m for m in media if m.path)  # what could not be had stays as it was described
    ticket = turn.tx.tickets.get(message.ticket) if message.ticket else None
    if ticket is None or ticket.closed:
        return
    text = say("staff.attached", number=ticket.number, count=len(media))
    notice = Notice(
        key=f"attached:{message.id}", purpose=Purpose.PROGRESS, text=text, media=media, ticket=ticket.id
    )
    if not discreet(turn, ticket):
        tell(turn, group(turn, ticket.contract), notice)
        return
    for word in hushed_words(ticket, ("assignee",)):
        for person in people_for(turn, ticket, word):
            tell(turn, one(turn, ticket, person), replace(notice, key=f"{notice.key}:{person.id}"))
