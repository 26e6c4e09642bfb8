"""A real aiohttp server on a free port of loopback whose routes can be changed while it listens."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiohttp import web

if TYPE_CHECKING:
    from collections.abc import Iterable


class Loopback:
    """Listens at `url` from `listen` to `close`, and answers the routes given last."""

    url = ""

    def __init__(self) -> None:
        self._runner = web.ServerRunner(web.Server(self._handle))
        self._application = web.Application()

    async def listen(self) -> None:
        """Take a free port."""
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}"

    def answer(self, routes: Iterable[web.AbstractRouteDef]) -> None:
        """Answer these routes from now on."""
        self._application = web.Application()
        self._application.add_routes(routes)
        self._application.freeze()

    async def _handle(self, request: web.BaseRequest) -> web.StreamResponse:
        return await self._application._handle(request)

    async def close(self) -> None:
        """Stop listening; closing twice is allowed."""
        await self._runner.cleanup()
