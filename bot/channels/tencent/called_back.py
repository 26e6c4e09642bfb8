"""What adapters share that the provider calls: one path, the echo by which it tests the address, then messages."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiohttp import web

from bot.channels.tencent.callback import guarded
from bot.channels.tencent.line import Line

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.channels.tencent.callback import Door


class CalledBack(Line):
    """A channel with a callback. Adapters say what becomes of a message."""

    _path: str
    _door: Door

    def routes(self) -> Sequence[web.RouteDef]:
        """Mount the callback."""
        return (
            web.get(self._path, guarded(self._echo, self.count)),
            web.post(self._path, guarded(self._message, self.count)),
        )

    async def _echo(self, request: web.Request) -> web.Response:
        return web.Response(text=self._door.echo(request.query))

    async def _message(self, request: web.Request) -> web.StreamResponse:
        """Store what was sent, then answer."""
        raise NotImplementedError
