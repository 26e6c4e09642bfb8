"""A stand-in for the Bot API (https://core.telegram.org/bots/api) over real HTTP, on a clock moved by hand.

It takes GET, form, multipart and JSON; enforces lengths, callback data and rates; keeps updates until a
later offset confirms them; pushes to a webhook until that answers 2xx; and can be broken in the ways of real
networks.
"""

from __future__ import annotations

import asyncio
import json
import re
from contextlib import suppress
from enum import StrEnum
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import aiohttp
from aiohttp import web

from tests.standins.site import Site
from tests.standins.telegram_methods import ApiError, Methods

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bot.clock import DrillClock

TOKEN = "123456789:AAStandInTokenOfNobody_0123456789abc"


class Break(StrEnum):
    """What the stand-in does instead of its work."""

    BAD_GATEWAY = "502 from the gateway, in HTML, nothing done"
    SERVER_ERROR = "500 from the API, nothing done"
    GATEWAY_TIMEOUT = "504 from the gateway, done all the same"
    DROP_BEFORE = "closes the connection, nothing done"
    DROP_AFTER = "does it and closes the connection"
    HANG_AFTER = "does it and never answers"
    GARBAGE = "does it and answers something that is no JSON"
    FLOOD = "429 with retry_after 7"


class TelegramStandIn(Methods):
    """The Bot API for one bot.

    `broken` maps a lower-case method (or `*`) to what goes wrong with it, `script` to what becomes of its next
    calls one by one (None: they work); `calls` are the methods called, with their parameters.
    """

    def __init__(self, clock: DrillClock, *, token: str = TOKEN, username: str = "yingnuo_bot") -> None:
        super().__init__(clock, bot_id=int(token.partition(":")[0]), username=username)
        self.token = token
        self.broken: dict[str, Break] = {}
        self.script: dict[str, list[Break | None]] = {}
        self.calls: list[tuple[str, dict[str, Any]]] = []
        self._site = Site(
            [
                web.route("*", "/bot{token}/{method}", self._answer),
                web.get("/file/bot{token}/{path:.+}", self._file),
            ]
        )
        self._pusher: asyncio.Task[None] | None = None
        self._closing = asyncio.Event()

    @property
    def url(self) -> str:
        """Where the Bot API is: a channel's `api_base`."""
        return self._site.url

    async def start(self) -> None:
        """Listen, on the same port as before, and push what has gathered."""
        self._closing.clear()
        await self._site.start()
        if self.webhook["url"]:
            self._pusher = asyncio.create_task(self._push_all())

    async def stop(self) -> None:
        """Stop listening: nobody can connect any more."""
        self._closing.set()
        await self.updates.tell()
        if self._pusher is not None:
            self._pusher.cancel()
            with suppress(asyncio.CancelledError):
                await self._pusher
            self._pusher = None
        await self._site.stop()

    def confirmed(self, update: int) -> bool:
        """Whether the bot has asked for something later, or its webhook has taken that one."""
        return all(one["update_id"] != update for one in self.updates.pending)

    async def was_asked(self, method: str, times: int) -> None:
        """Wait until that method (in lower case) has been called so often."""
        while sum(1 for name, _ in self.calls if name == method) < times:
            await self.updates.change()

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        method = request.match_info["method"].lower()
        parameters = await _parameters(request)
        self.calls.append((method, parameters))
        await self.updates.tell()
        steps = self.script.get(method)
        fault = steps.pop(0) if steps else self.broken.get(method) or self.broken.get("*")
        if fault is Break.BAD_GATEWAY:
            return web.Response(
                status=502, text="<html><h1>502 Bad Gateway</h1></html>", content_type="text/html"
            )
        if fault is Break.SERVER_ERROR:
            return _refusal(ApiError(500, "Internal Server Error"))
        if fault is Break.FLOOD:
            return _refusal(ApiError(429, "Too Many Requests: retry after 7", retry_after=7))
        if fault is Break.DROP_BEFORE:
            return _dropped(request)
        answer = await self._done(request.match_info["token"], method, parameters)
        return await self._spoilt(request, answer, fault)

    async def _spoilt(
        self, request: web.Request, answer: web.Response, fault: Break | None
    ) -> web.StreamResponse:
        if fault is Break.DROP_AFTER:
            return _dropped(request)
        if fault is Break.HANG_AFTER:
            await self._closing.wait()
        if fault is Break.GARBAGE:
            return web.Response(text="<html>Welcome to the hotel's wireless network</html>")
        if fault is Break.GATEWAY_TIMEOUT:
            return web.Response(status=504, text="<html><h1>504 Gateway Time-out</h1></html>")
        return answer

    async def _done(self, token: str, method: str, parameters: dict[str, Any]) -> web.Response:
        if not re.fullmatch(r"\d+:[\w-]{30,}", token):
            return _refusal(ApiError(404, "Not Found"))
        if token != self.token:
            return _refusal(ApiError(401, "Unauthorized"))
        try:
            return web.json_response({"ok": True, "result": await self._call(method, parameters)})
        except ApiError as error:
            return _refusal(error)

    async def _call(self, method: str, parameters: dict[str, Any]) -> Any:
        if method == "getupdates":
            return await self._get_updates(parameters)
        if method in {"setwebhook", "deletewebhook"}:
            return await self._set_webhook(parameters if method == "setwebhook" else {})
        return await self.call(method, parameters)

    # --- updates by long polling -------------------------------------------------------------------------

    async def _get_updates(self, parameters: dict[str, Any]) -> list[dict[str, Any]]:
        if self.webhook["url"]:
            reason = (
                "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete"
            )
            raise ApiError(409, f"{reason} the webhook first")
        if "allowed_updates" in parameters:
            self.updates.allowed = set(json.loads(parameters["allowed_updates"]))
        self.polls += 1
        turn, until = self.polls, self.now + min(int(parameters.get("timeout", 0)), 50)
        while not (found := await self._taken(parameters)):
            if self.now >= until or self._closing.is_set():
                break
            await self.updates.change()
            if turn != self.polls:
                reason = (
                    "Conflict: terminated by other getUpdates request; make sure that only one bot instance"
                )
                raise ApiError(409, f"{reason} is running")
        return found

    async def _taken(self, parameters: dict[str, Any]) -> list[dict[str, Any]]:
        """Confirm what is before the offset, and return what follows."""
        before = len(self.updates.pending)
        found = self.updates.take(int(parameters.get("offset", 0)), int(parameters.get("limit", 100)))
        if before != len(self.updates.pending):
            await self.updates.tell()
        return found

    async def elapse(self, seconds: float) -> None:
        """Move the clock and let what waits for it look again."""
        await self.clock.sleep(seconds)
        await self.updates.tell()

    # --- updates by webhook ------------------------------------------------------------------------------

    async def _set_webhook(self, parameters: dict[str, Any]) -> bool:
        url = parameters.get("url", "")
        secret = parameters.get("secret_token", "")
        if url and urlsplit(url).scheme != "https" and urlsplit(url).hostname != "127.0.0.1":
            raise ApiError(400, "Bad Request: bad webhook: An HTTPS URL must be provided for webhook")
        if secret and not re.fullmatch(r"[A-Za-z0-9_-]{1,256}", secret):
            raise ApiError(400, "Bad Request: secret token contains unallowed characters")
        if "allowed_updates" in parameters:
            self.updates.allowed = set(json.loads(parameters["allowed_updates"]))
        self.webhook = {"url": url, "secret": secret, "error": ""}
        if self._pusher is not None:
            self._pusher.cancel()
            self._pusher = None
        if url:
            self._pusher = asyncio.create_task(self._push_all())
        return True

    async def _push_all(self) -> None:
        """Push one update after the other, each until it is taken."""
        async with aiohttp.ClientSession() as session:
            while True:
                if self.updates.pending and await self._push(session, self.updates.pending[0]):
                    await self.updates.forget(self.updates.pending[0])
                elif not self.updates.pending or self.webhook["error"].startswith("Connection"):
                    await self.updates.change()

    async def _push(self, session: aiohttp.ClientSession, update: Mapping[str, Any]) -> bool:
        headers = (
            {"X-Telegram-Bot-Api-Secret-Token": self.webhook["secret"]} if self.webhook["secret"] else {}
        )
        try:
            async with session.post(self.webhook["url"], json=update, headers=headers) as answer:
                body = await answer.read()
        except aiohttp.ClientError:
            self.webhook["error"] = "Connection refused"
            return False
        if not 200 <= answer.status < 300:
            self.webhook["error"] = f"Wrong response from the webhook: {answer.status} {answer.reason}"
            return False
        if answer.content_type == "application/json" and body:
            asked = json.loads(body)
            self.calls.append((asked["method"].lower(), asked))
            with suppress(ApiError):
                await self.call(asked.pop("method").lower(), asked)
        return True

    # --- files -------------------------------------------------------------------------------------------

    async def _file(self, request: web.Request) -> web.Response:
        data = self.files.get(request.match_info["path"].rpartition("/")[2])
        if request.match_info["token"] != self.token or data is None:
            return web.json_response({"ok": False, "error_code": 404, "description": "Not Found"}, status=404)
        return web.Response(body=data)


async def _parameters(request: web.Request) -> dict[str, Any]:
    """What was asked, as strings (files as bytes), however it was sent."""
    found: dict[str, Any] = dict(request.query)
    if request.content_type == "application/json":
        body = await request.json()
        return found | {k: v if isinstance(v, str) else json.dumps(v) for k, v in body.items()}
    for name, value in (await request.post()).items():
        found[name] = value.file.read() if isinstance(value, web.FileField) else value
    return found


def _refusal(error: ApiError) -> web.Response:
    body: dict[str, Any] = {"ok": False, "error_code": error.code, "description": error.description}
    if error.parameters:
        body["parameters"] = error.parameters
    return web.json_response(body, status=error.code)


def _dropped(request: web.Request) -> web.StreamResponse:
    """Break the connection without an answer."""
    if request.transport is not None:
        request.transport.abort()
    return web.Response()
