"""Takes the updates that Telegram posts (https://core.telegram.org/bots/api#setwebhook)."""

from __future__ import annotations

import hmac
import json
import logging
from typing import TYPE_CHECKING, Any

from aiohttp import web

if TYPE_CHECKING:
    from bot.channels.base import Inlet
    from bot.channels.telegram.decode import Decoder
    from bot.channels.telegram.settings import TelegramSettings

_log = logging.getLogger(__name__)

HEADER = "X-Telegram-Bot-Api-Secret-Token"


class Webhook:
    """Answers 200 once the update is durable; Telegram repeats what is answered otherwise."""

    def __init__(self, settings: TelegramSettings) -> None:
        self._settings = settings
        self._inlet: Inlet | None = None
        self._decoder: Decoder | None = None

    def open(self, inlet: Inlet, decoder: Decoder) -> None:
        """Take updates from now on."""
        self._inlet, self._decoder = inlet, decoder

    def close(self) -> None:
        """Take no more updates."""
        self._inlet = self._decoder = None

    async def handle(self, request: web.Request) -> web.Response:
        """Take one update."""
        if self._inlet is None or self._decoder is None:
            return web.Response(status=503, text="not started")
        if not self._is_telegram(request):
            return _refused(self._inlet, 403, "telegram.forged")
        try:
            raw = _update(await request.clone(client_max_size=self._settings.max_body).read())
        except web.HTTPRequestEntityTooLarge:
            return _refused(self._inlet, 413, "telegram.too_large")
        except ValueError:
            return _refused(self._inlet, 400, "telegram.malformed")
        return await self._take(self._inlet, self._decoder, raw)

    async def _take(self, inlet: Inlet, decoder: Decoder, raw: dict[str, Any]) -> web.Response:
        message = decoder.read(raw)
        if message is None:
            return web.Response()
        try:
            await inlet.receive([message])
        except Exception as error:  # noqa: BLE001  # whatever ails the database, Telegram must come again
            # No traceback: it may hold a customer's words.
            _log.error("telegram.not_stored", extra={"reason": type(error).__name__})
            inlet.count("telegram.not_stored")
            return web.Response(status=503)
        if message.kind != "button":
            return web.Response()
        return web.json_response({"method": "answerCallbackQuery", "callback_query_id": message.reply_token})

    def _is_telegram(self, request: web.Request) -> bool:
        given = request.headers.get(HEADER, "").encode("utf-8", "surrogateescape")
        return hmac.compare_digest(given, self._settings.secret.encode())


def _update(body: bytes) -> dict[str, Any]:
    """Decode an update. Raises ValueError where it is none."""
    try:
        raw = json.loads(body)
    except RecursionError as error:
        raise ValueError("the update is nested too deeply") from error
    if isinstance(raw, dict) and type(raw.get("update_id")) is int:
        return raw
    raise ValueError("the body is not an update")


def _refused(inlet: Inlet, status: int, counter: str) -> web.Response:
    inlet.count(counter)
    return web.Response(status=status)
