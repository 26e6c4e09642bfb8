"""Asks Telegram for updates and moves on only past those that are durable."""

from __future__ import annotations

import asyncio
import logging
from datetime import timedelta
from typing import TYPE_CHECKING

from telegram.error import RetryAfter, TelegramError

from bot.channels.telegram.baton import Baton
from bot.channels.telegram.failure import seconds
from bot.clock import Bell

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bot.channels.base import Inlet
    from bot.channels.telegram.client import Api
    from bot.channels.telegram.decode import Decoder
    from bot.channels.telegram.settings import TelegramSettings
    from bot.clock import Clock
    from bot.domain.messages import Incoming

_log = logging.getLogger(__name__)

_FIRST_PAUSE = 1.0  # seconds between two tries while something is broken
_LONGEST_PAUSE = 30.0
_LEASE_RETRY = 5.0


class Poller:
    """Long polling for one bot, by one process at a time (a lease sees to it).

    Telegram forgets an update once a later offset is asked for, and keeps it for a day otherwise. The offset
    is therefore stored in the same transaction as the messages, and only then asked for. It is kept together
    with the bot's id and the server, for both have their own numbers.
    """

    def __init__(self, api: Api, settings: TelegramSettings, clock: Clock) -> None:
        self._api = api
        self._settings = settings
        self._clock = clock
        self._key = f"telegram:{settings.account}:offset"
        key = f"telegram:{settings.account}:polling"
        self._baton = Baton(key, poll=settings.poll_seconds + settings.timeout, clock=clock)

    async def run(self, inlet: Inlet, decoder: Decoder) -> None:
        """Receive until cancelled, through outages of either side."""
        origin = f"{decoder.us.id}@{self._settings.api_base}/"
        pause = _FIRST_PAUSE
        while True:
            try:
                await self._turn(inlet, decoder, origin)
                pause = _FIRST_PAUSE
            except TelegramError as error:
                self._report(inlet, "telegram.polling_failed", error)
                await self._rest(max(pause, seconds(error) if isinstance(error, RetryAfter) else 0))
                pause = min(2 * pause, _LONGEST_PAUSE)
            except Exception as error:  # noqa: BLE001  # whatever ails the database, receiving must go on
                self._report(inlet, "telegram.not_stored", error)
                await self._rest(pause)
                pause = min(2 * pause, _LONGEST_PAUSE)

    def _report(self, inlet: Inlet, what: str, error: Exception) -> None:
        """Count and log it, without a traceback: that may hold a customer's words."""
        _log.error(what, extra={"account": self._settings.account, "reason": type(error).__name__})
        inlet.count(what)

    async def release(self, inlet: Inlet) -> None:
        """Let another process receive."""
        await self._baton.drop(inlet)

    async def _turn(self, inlet: Inlet, decoder: Decoder, origin: str) -> None:
        """Fetch once, store, and answer the presses; or wait while another process does it."""
        if not await self._baton.held(inlet):
            await self._rest(_LEASE_RETRY)
            return
        offset = await self._offset(inlet, origin)
        updates = await self._api.updates(offset)
        if not updates:
            return
        messages = [message for raw in updates if (message := decoder.read(raw)) is not None]
        # Not the highest number ever: after a week of silence Telegram starts anew with any number.
        state = {self._key: f"{origin}{updates[-1]['update_id'] + 1}"}
        await inlet.receive(messages, state=state)
        await self._answer(inlet, messages)

    async def _offset(self, inlet: Inlet, origin: str) -> int:
        stored = await inlet.load(self._key) or ""
        return int(stored.removeprefix(origin)) if stored.startswith(origin) else 0

    async def _answer(self, inlet: Inlet, messages: Iterable[Incoming]) -> None:
        """Stop the waiting sign on pressed buttons; if that fails it ends by itself."""
        tokens = [one.reply_token for one in messages if one.kind == "button"]
        answers = [self._api.bot.answer_callback_query(token) for token in tokens]
        for result in await asyncio.gather(*answers, return_exceptions=True):
            if isinstance(result, TelegramError):
                inlet.count("telegram.press_not_answered")

    async def _rest(self, seconds: float) -> None:
        await self._clock.wait(self._clock.now() + timedelta(seconds=seconds), Bell())
