"""The connection to the Bot API: PTB's `Bot` over HTTP clients that log nothing of what they carry."""

from __future__ import annotations

import json
import logging
import os
from functools import cache
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import httpx
from telegram import Bot
from telegram.error import NetworkError, TelegramError
from telegram.request import HTTPXRequest

from bot.channels.base import Permanent

if TYPE_CHECKING:
    import ssl

    from bot.channels.telegram.settings import TelegramSettings

ALLOWED = ("message", "edited_message", "callback_query", "my_chat_member")

_UNSET = "0:none"  # PTB takes no empty one; `check` says that it is missing
_PARALLEL = 32  # requests under way at once; Telegram takes about 30 messages a second


class ServerError(NetworkError):
    """Telegram, or a gateway before it, has answered with HTTP 5xx."""

    def __init__(self, status: int) -> None:
        super().__init__(f"HTTP {status}")
        self.status = status


class QuietRequest(HTTPXRequest):
    """PTB's HTTP client, which tells server errors apart and does not log what a server has answered."""

    async def do_request(self, *args: Any, **how: Any) -> tuple[int, bytes]:
        """Make the request. Raises ServerError for HTTP 5xx."""
        status, payload = await super().do_request(*args, **how)
        if status >= 500:
            raise ServerError(status)
        return status, payload

    @staticmethod
    def parse_json_payload(payload: bytes) -> dict[str, Any]:
        """Decode an answer. Raises TelegramError where it is not a JSON object."""
        try:
            answer = json.loads(payload)
        except ValueError as error:
            raise TelegramError("Invalid server response") from error
        if not isinstance(answer, dict):
            raise TelegramError("Invalid server response")
        return answer


class Api:
    """The Bot API as one bot uses it. Errors are PTB's; `failure` translates them."""

    def __init__(self, settings: TelegramSettings) -> None:
        _hush()
        base = settings.api_base.rstrip("/")
        self._polls = _request(settings, 2)
        self._calls = _request(settings, _PARALLEL)
        self.bot = Bot(
            settings.token or _UNSET,
            base_url=f"{base}/bot",
            base_file_url=f"{base}/file/bot",
            request=self._calls,
            get_updates_request=self._polls,
        )
        self._settings = settings
        self._files = httpx.AsyncClient(
            proxy=settings.proxy or None, verify=_certificates(), trust_env=False, timeout=settings.timeout
        )

    async def close(self) -> None:
        """Close every connection; closing twice is allowed."""
        await self._polls.shutdown()
        await self._calls.shutdown()
        await self._files.aclose()

    async def updates(self, offset: int) -> list[dict[str, Any]]:
        """Wait for updates from that number on (0: from the oldest), confirming those before it.

        They come undecoded: PTB's `get_updates` reads all or none, and one must not hold up the others.
        """
        question = {
            "offset": offset,
            "timeout": self._settings.poll_seconds,
            "allowed_updates": json.dumps(ALLOWED),
        }
        answer = await self._polls.post(
            f"{self.bot.base_url}/getUpdates?{urlencode(question)}",
            read_timeout=self._settings.poll_seconds + self._settings.timeout,
        )
        if not isinstance(answer, list):
            raise TelegramError("Invalid server response")
        return [one for one in answer if isinstance(one, dict) and isinstance(one.get("update_id"), int)]

    async def download(self, file_id: str) -> bytes:
        """Download a file. Raises Permanent above the limit, PTB's errors and httpx's otherwise."""
        file = await self.bot.get_file(file_id)
        self._within_limit(file.file_size or 0)
        data = bytearray()
        async with self._files.stream("GET", file.file_path or "") as answer:
            answer.raise_for_status()
            async for chunk in answer.aiter_bytes():
                data += chunk
                self._within_limit(len(data))
        return bytes(data)

    def _within_limit(self, size: int) -> None:
        if size > self._settings.max_file:
            raise Permanent(f"the attachment is larger than {self._settings.max_file} bytes")


@cache
def _certificates() -> ssl.SSLContext:
    """Load the certificates once: it takes 50 ms."""
    return httpx.create_ssl_context(trust_env=False)


def _request(settings: TelegramSettings, parallel: int) -> QuietRequest:
    return QuietRequest(
        connection_pool_size=parallel,
        proxy=settings.proxy or None,
        connect_timeout=settings.timeout,
        read_timeout=settings.timeout,
        write_timeout=settings.timeout,
        pool_timeout=settings.timeout,
        httpx_kwargs={"trust_env": False, "verify": _certificates()},
    )


def _hush() -> None:
    """Below a warning these loggers write addresses (with the token in them) and contents."""
    os.environ.setdefault("PTB_TIMEDELTA", "1")  # else each 429 warns of what PTB will change some day
    for name in ("httpx", "httpcore", "telegram"):
        logging.getLogger(name).setLevel(logging.WARNING)
