"""What the adapters share: a counter before and after the inlet is there, and what a send-only channel answers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.channels.base import ChannelError, Finding, Permanent
from bot.channels.tencent.errcodes import Busy, Rejected, todo

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aiohttp import web

    from bot.channels.base import Inlet
    from bot.domain.messages import Media


class Line:
    """Half of a Channel: start without connections, no loop, no routes, no files. Adapters override."""

    name: str
    _inlet: Inlet | None = None

    async def start(self, inlet: Inlet) -> None:
        """Take the inlet; there is nothing to open."""
        self._inlet = inlet

    @property
    def inlet(self) -> Inlet:
        """Where messages go; a channel that was not started has none."""
        if self._inlet is None:
            raise RuntimeError(f"{self.name} takes messages only after start(); call it first")
        return self._inlet

    def count(self, what: str) -> None:
        """Add one to this channel's counter of that name."""
        if self._inlet is not None:
            self._inlet.count(f"{self.name}.{what}")

    async def run(self) -> None:
        """Return at once: nothing to receive."""

    def routes(self) -> Sequence[web.RouteDef]:
        """Nothing to mount."""
        return ()

    async def fetch(self, media: Media) -> bytes:
        """Refuse: this channel takes no files."""
        raise Permanent(f"{self.name} has no files to fetch (asked for a {media.kind})")


def finding(subject: str, error: ChannelError) -> Finding:
    """One line of `check` about a call that failed, in the provider's words, with what to click."""
    if isinstance(error, Rejected | Busy):
        return Finding(
            subject=subject,
            state="warning" if isinstance(error, Busy) else "error",
            says=str(error),
            todo=todo(error.code),
        )
    return Finding(
        subject=subject,
        state="error",
        says=str(error),
        todo="检查本机能否访问服务商的地址（api_base）、DNS、代理和防火墙，然后再运行一次 check",
    )
