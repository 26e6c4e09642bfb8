"""The local channel: people speak and listen over HTTP on loopback (demo page, drills, scripts, checks)."""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import TYPE_CHECKING

import msgspec
from aiohttp import web

from bot.channels.base import Capabilities, Finding, Permanent, Sent, Temporary
from bot.channels.local.guard import objection
from bot.channels.local.listed import Listed
from bot.channels.local.posts import BadPostError, as_incoming, content, read_post
from bot.clock import Bell
from bot.texts import say

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from bot.channels.base import Inlet
    from bot.channels.local.sentbox import Sentbox
    from bot.channels.local.settings import LocalSettings
    from bot.clock import Clock
    from bot.domain.messages import Address, Incoming, Media, Outgoing

    Handler = Callable[[web.Request], Awaitable[web.Response]]

_log = logging.getLogger(__name__)

PATH = "/local/messages"


class LocalChannel:
    """Takes posts once they are durable, and keeps what is sent in a sentbox, where it can be listed."""

    name = "local"
    capabilities = Capabilities(
        mention=True, buttons=True, edit=True, media=True, max_chars=200_000, idempotent=True
    )

    def __init__(self, settings: LocalSettings, *, clock: Clock, sentbox: Sentbox) -> None:
        self.account = settings.account
        self._settings = settings
        self._clock = clock
        self._sentbox = sentbox
        self._inlet: Inlet | None = None
        self._bells: set[Bell] = set()

    async def start(self, inlet: Inlet) -> None:
        """Take posts from now on."""
        self._inlet = inlet

    async def run(self) -> None:
        """There is nothing to fetch: messages come by HTTP."""

    async def stop(self) -> None:
        """Take no more posts and let waiting listings end."""
        self._inlet = None
        self._ring()

    def routes(self) -> Sequence[web.RouteDef]:
        """`POST /local/messages` and `GET /local/messages`."""
        return [web.post(PATH, self._guarded(self._post)), web.get(PATH, self._guarded(self._list))]

    async def send(self, to: Address, message: Outgoing) -> Sent:
        """Keep the message for its reader.

        Raises Permanent for an address without a chat, Temporary where it cannot be stored.
        """
        if not to.chat:
            raise Permanent("the local address names no chat: give a person's name or the group's")
        listed = Listed.of(message, at=self._clock.now(), sender=self._settings.sender, to=to.chat)
        payload = msgspec.json.encode(listed).decode()
        try:
            number = await self._sentbox.append(to.chat, payload, key=message.key)
        except Exception as error:
            raise Temporary(f"the sent message could not be stored ({type(error).__name__})") from error
        self._ring()
        return Sent(ref=str(number))

    async def fetch(self, media: Media) -> bytes:
        """Return the attachment's content, which travels in its `ref`. Raises Permanent without one."""
        data = content(media)
        if data is None:
            raise Permanent(f"the attachment {media.name!r} has no content to fetch")
        return data

    async def check(self) -> Sequence[Finding]:
        """Say who may speak here."""
        subject = f"local:{self.account}"
        if not self._settings.remote:
            return [Finding(subject=subject, state="ok", says=say("local.loopback"))]
        if self._settings.token:
            return [Finding(subject=subject, state="ok", says=say("local.remote"))]
        return [
            Finding(subject=subject, state="warning", says=say("local.open"), todo=say("local.open_todo"))
        ]

    def _guarded(self, handler: Handler) -> Handler:
        async def guarded(request: web.Request) -> web.Response:
            reason = objection(request, self._settings)
            if reason:
                return self._refuse(403, "local.forbidden", reason)
            return await handler(request)

        return guarded

    async def _post(self, request: web.Request) -> web.Response:
        if self._inlet is None:
            return self._refuse(503, "local.not_ready", "the desk is stopping or not started yet; try again")
        try:
            body = await self._body(request)
            post = read_post(body, self._settings)
            incoming = as_incoming(post, self._settings, self._clock.now())
        except BadPostError as error:
            return self._refuse(400, "local.malformed", str(error))
        except web.HTTPRequestEntityTooLarge:
            return self._refuse(413, "local.too_large", f"at most {self._settings.max_body} bytes are taken")
        return await self._store(self._inlet, incoming)

    async def _store(self, inlet: Inlet, incoming: Incoming) -> web.Response:
        try:
            await inlet.receive([incoming])
        except Exception as error:  # noqa: BLE001  # whatever ails the database, the caller must post again
            _log.error("local.not_stored", extra={"reason": type(error).__name__})
            return self._refuse(503, "local.not_stored", "the message could not be stored; post it again")
        return web.json_response({"id": incoming.provider_id})

    async def _body(self, request: web.Request) -> bytes:
        """Read the body within our own limit, which may be above the application's."""
        limited = request.clone(client_max_size=self._settings.max_body)
        return await limited.read()

    async def _list(self, request: web.Request) -> web.Response:
        try:
            to, after, seconds = self._question(request)
        except ValueError as error:
            return self._refuse(400, "local.malformed", str(error))
        rows = await self._waited(to, after, seconds)
        listed = [msgspec.structs.replace(msgspec.json.decode(text, type=Listed), id=n) for n, text in rows]
        return web.Response(body=msgspec.json.encode(listed), content_type="application/json")

    def _question(self, request: web.Request) -> tuple[str, int, float]:
        """Whose messages, after which number, and for how many seconds to wait for one."""
        query = request.query
        try:
            after, seconds = int(query.get("after", "0")), float(query.get("wait", "0"))
        except ValueError as error:
            raise ValueError("`after` must be a whole number and `wait` a number of seconds") from error
        if not query.get("to") or not 0 <= after < 2**63 or not 0 <= seconds < float("inf"):
            raise ValueError("`to` must name a reader; `after` and `wait` must not be negative")
        return query["to"], after, min(seconds, self._settings.max_wait)

    async def _waited(self, to: str, after: int, seconds: float) -> Sequence[tuple[int, str]]:
        until = self._clock.now() + timedelta(seconds=seconds)
        bell = Bell()
        self._bells.add(bell)
        try:
            while not (rows := await self._sentbox.list(to, after)):
                if self._inlet is None or self._clock.now() >= until:
                    break
                await self._clock.wait(until, bell)
        finally:
            self._bells.discard(bell)
        return rows

    def _ring(self) -> None:
        for bell in self._bells:
            bell.ring()

    def _refuse(self, status: int, counter: str, reason: str) -> web.Response:
        if self._inlet is not None:
            self._inlet.count(counter)
        return web.json_response({"error": reason}, status=status)
