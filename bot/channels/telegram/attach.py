"""Sends attachments: from our own folder, by Telegram's id of them, or else in words."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from telegram import Bot, InputFile
from telegram.error import BadRequest

from bot.texts import say

if TYPE_CHECKING:
    from bot.domain.messages import Media

_CAPTION = 1024  # characters under an attachment
_METHODS = {"photo": "send_photo", "voice": "send_voice", "video": "send_video", "sticker": "send_sticker"}
_FILE_ID = re.compile(r"[A-Za-z0-9_-]{16,}")  # never an address: Telegram would fetch what is there


class Attachments:
    """Sends through one bot what lies in `folder` or what Telegram has.

    An attachment that cannot be sent (it came by another channel and is not stored, or was removed) is named
    in words, for the notice it belongs to has arrived and must not be sent again because of it.
    """

    def __init__(self, bot: Bot, folder: str) -> None:
        self._bot = bot
        self._folder = Path(folder)

    async def send(self, media: Media, where: dict[str, Any]) -> str:
        """Send it to `where` (chat_id, message_thread_id, reply_parameters); returns the message's id."""
        content = await self._content(media)
        if content is None:
            return await self._name(media, where)
        method = _METHODS.get(media.kind, "send_document")
        field = method.removeprefix("send_")
        caption = {} if field == "sticker" else {"caption": media.text[:_CAPTION]}
        try:
            shown = await getattr(self._bot, method)(**{field: content}, **caption, **where)
        except BadRequest:
            return await self._name(media, where)
        return str(shown.message_id)

    async def _name(self, media: Media, where: dict[str, Any]) -> str:
        words = " ".join(filter(None, (say(f"media.{media.kind}"), media.name, media.text)))
        shown = await self._bot.send_message(text=words[:4000], **where)
        return str(shown.message_id)

    async def _content(self, media: Media) -> InputFile | str | None:
        if not media.path:
            return media.ref if _FILE_ID.fullmatch(media.ref) else None
        path = (self._folder / media.path).resolve()
        if not path.is_relative_to(self._folder.resolve()) or not path.is_file():
            return None
        return InputFile(await asyncio.to_thread(path.read_bytes), filename=media.name or path.name)
