"""Telegram as a channel: private chats and groups, by long polling or webhook."""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import TYPE_CHECKING, TypeVar
from urllib.parse import urlsplit

import httpx
from aiohttp import web
from telegram.error import TelegramError

from bot.channels.base import Capabilities, ChannelError, Permanent, Quota, Temporary
from bot.channels.telegram.check import examine
from bot.channels.telegram.client import ALLOWED, Api
from bot.channels.telegram.decode import Decoder
from bot.channels.telegram.failure import failure
from bot.channels.telegram.meant import Us
from bot.channels.telegram.polling import Poller
from bot.channels.telegram.sender import Sender
from bot.channels.telegram.webhook import Webhook
from bot.clock import Bell
from bot.domain.messages import Address

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    import aiohttp

    from bot.channels.base import Finding, Inlet, Sent
    from bot.channels.telegram.settings import TelegramSettings
    from bot.clock import Clock
    from bot.domain.messages import Media, Outgoing

Answer = TypeVar("Answer")

_log = logging.getLogger(__name__)

CAPABILITIES = Capabilities(
    quotas=(
        Quota(limit=1, seconds=1, scope="chat"),
        Quota(limit=20, seconds=60, scope="chat"),  # Telegram asks it of groups
        Quota(limit=30, seconds=1, scope="account"),
    ),
    mention=True,
    buttons=True,
    edit=True,
    media=True,
)


class TelegramChannel:
    """One bot. It starts without Telegram being reachable, and goes to work once it is."""

    name = "telegram"
    capabilities = CAPABILITIES

    def __init__(
        self, settings: TelegramSettings, *, clock: Clock, session: aiohttp.ClientSession | None = None
    ) -> None:
        """Take the settings; `session` is not used, for PTB brings its own HTTP client."""
        del session
        self.account = settings.account
        self._settings = settings
        self._clock = clock
        self._api = Api(settings)
        self._sender = Sender(self._api.bot, clock, settings.media_dir)
        self._poller = Poller(self._api, settings, clock)
        self._webhook = Webhook(settings)
        self._inlet: Inlet | None = None

    async def start(self, inlet: Inlet) -> None:
        """Take what the webhook brings, with our name as it was last known; asks Telegram nothing."""
        self._inlet = inlet
        username = await inlet.load(self._name_key) or ""
        self._webhook.open(inlet, self._decoder(username))

    async def run(self) -> None:
        """Ask Telegram who we are, then poll until cancelled, or register the webhook and return."""
        if self._inlet is None:
            raise RuntimeError("the Telegram channel runs only after `start`")
        me = await self._insist(self._inlet, self._api.bot.get_me)
        await self._inlet.save(self._name_key, me.username or "")
        decoder = self._decoder(me.username or "")
        if self._settings.mode == "webhook":
            self._webhook.open(self._inlet, decoder)
            await self._insist(self._inlet, self._register)
        else:
            await self._insist(self._inlet, self._api.bot.delete_webhook)  # polling is refused beside one
            await self._poller.run(self._inlet, decoder)

    async def stop(self) -> None:
        """Close connections and let another process receive."""
        self._webhook.close()
        inlet, self._inlet = self._inlet, None
        if inlet is not None:
            await self._poller.release(inlet)
        await self._api.close()

    def routes(self) -> Sequence[web.RouteDef]:
        """Return the webhook's route, in webhook mode."""
        if self._settings.mode != "webhook":
            return ()
        path = self._settings.webhook_path or urlsplit(self._settings.webhook_url).path or "/"
        return [web.post(path, self._webhook.handle)]

    async def send(self, to: Address, message: Outgoing) -> Sent:
        """Send a notice, in several messages if it is long."""
        return await self._sender.send(to, message)

    async def fetch(self, media: Media) -> bytes:
        """Download an attachment. Raises Temporary, or Permanent where it is too large or gone."""
        if not media.ref:
            raise Permanent(f"the attachment {media.name or media.kind!r} is not a file")
        try:
            return await self._api.download(media.ref)
        except TelegramError as error:
            raise failure(error, Address(channel=self.name, chat=""), repeatable=True) from error
        except httpx.HTTPError as error:
            raise _download_failure(error) from error

    async def check(self) -> Sequence[Finding]:
        """Say whether the token is right, groups can be read and messages come in, and what to click."""
        return await examine(self._api, self._settings)

    @property
    def _name_key(self) -> str:
        return f"telegram:{self.account}:username"

    def _decoder(self, username: str) -> Decoder:
        number = self._settings.token.partition(":")[0]
        us = Us(id=int(number) if number.isascii() and number.isdigit() else 0, username=username)
        return Decoder(bot=self._api.bot, us=us, account=self.account, clock=self._clock)

    async def _register(self) -> bool:
        return await self._api.bot.set_webhook(
            self._settings.webhook_url, secret_token=self._settings.secret, allowed_updates=ALLOWED
        )

    async def _insist(self, inlet: Inlet, call: Callable[[], Awaitable[Answer]]) -> Answer:
        """Call until it succeeds, with growing pauses of at most a minute."""
        pause = timedelta(seconds=1)
        while True:
            try:
                return await call()
            except TelegramError as error:
                why = failure(error, Address(channel=self.name, chat=""), repeatable=True)
                _log.warning("telegram.start_failed", extra={"reason": str(why)})
                inlet.count("telegram.start_failed")
            await self._clock.wait(self._clock.now() + pause, Bell())
            pause = min(2 * pause, timedelta(minutes=1))


def _download_failure(error: httpx.HTTPError) -> ChannelError:
    if isinstance(error, httpx.HTTPStatusError) and error.response.is_client_error:
        return Permanent(f"Telegram does not give the attachment out (HTTP {error.response.status_code})")
    return Temporary(f"the attachment could not be downloaded ({type(error).__name__})")
