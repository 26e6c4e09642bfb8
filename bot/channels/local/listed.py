"""What readers of the local channel are shown."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Self

import msgspec

if TYPE_CHECKING:
    from bot.domain.messages import Outgoing


class Listed(msgspec.Struct, frozen=True, kw_only=True, rename={"sender": "from"}):
    """One sent message as `GET /local/messages` lists it.

    id: its number. at: when it was sent. from, to: the names. mentions: who is pinged, by name on this
    channel, with `names` for people. buttons: rows of label, action and style. edit: the number of the
    earlier message that it replaces. reply_to: the message that it answers.
    """

    id: int = 0
    at: datetime
    sender: str
    to: str
    text: str
    title: str = ""
    mentions: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    buttons: tuple[tuple[dict[str, str], ...], ...] = ()
    edit: str = ""
    reply_to: str = ""
    media: tuple[dict[str, str], ...] = ()

    @classmethod
    def of(cls, message: Outgoing, *, at: datetime, sender: str, to: str) -> Self:
        """Put a notice into the shape of the listing; its number is given by the sentbox."""
        return cls(
            at=at,
            sender=sender,
            to=to,
            text=message.text,
            title=message.title,
            mentions=tuple(one.user or one.person for one in message.mentions),
            names=tuple(one.name for one in message.mentions),
            buttons=tuple(
                tuple({"label": one.label, "action": one.action, "style": one.style} for one in row)
                for row in message.buttons
            ),
            edit=message.edit,
            reply_to=message.reply_to,
            media=tuple({"kind": one.kind, "name": one.name, "path": one.path} for one in message.media),
        )
