"""Pictures on the page: what somebody attached, and what staff are shown of it. Nothing a browser would run."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path

from aiohttp import web

from bot.channels.local.posts import content
from bot.desk.ports import Store
from bot.domain.messages import Media

_TYPES = {
    ".jpg": "image/jpeg",
    ".jpeg": "image/jpeg",
    ".png": "image/png",
    ".gif": "image/gif",
    ".webp": "image/webp",
}
_STORED = re.compile(r"[0-9a-f]{2}/[0-9a-f]{64}(\.[a-z]{3,4})", re.ASCII)
_KEEP = {"Cache-Control": "private, max-age=3600"}


def said_url(message: int, number: int, media: Media) -> str:
    """Where the page finds an attachment of a message that was said; "" where it is no picture."""
    shown = media.mime in _TYPES.values() if media.ref.startswith("data:") else bool(stored_url(media.path))
    return f"/demo/media/{message}/{number}" if shown else ""


def stored_url(path: str) -> str:
    """Where the page finds a stored attachment; "" where it is no picture."""
    found = _STORED.fullmatch(path)
    return f"/demo/files/{path}" if found and found[1] in _TYPES else ""


class Pictures:
    """Serves them."""

    def __init__(self, store: Store, folder: Path) -> None:
        self._store = store
        self._folder = folder

    async def said(self, request: web.Request) -> web.StreamResponse:
        """A picture somebody said, from the message itself until it is stored."""
        message, number = int(request.match_info["message"]), int(request.match_info["number"])
        found = await self._store.read(lambda tx: tx.messages.get(message))
        media = found.media[number] if found and number < len(found.media) else None
        if media is None or not said_url(message, number, media):
            raise web.HTTPNotFound
        data = content(media) if media.ref else None
        if data is None:
            return await self._file(media.path)
        return web.Response(body=data, content_type=media.mime, headers=_KEEP)

    async def stored(self, request: web.Request) -> web.StreamResponse:
        """A stored picture, by its digest."""
        return await self._file(request.match_info["path"])

    async def _file(self, path: str) -> web.Response:
        found = _STORED.fullmatch(path)
        kind = _TYPES.get(found[1]) if found else None
        if kind is None:
            raise web.HTTPNotFound
        try:
            data = await asyncio.to_thread((self._folder / path).read_bytes)
        except OSError:
            raise web.HTTPNotFound from None
        return web.Response(body=data, content_type=kind, headers=_KEEP)
