"""Fetching from 微信客服: a callback only says that there is something; `sync_msg` lists it from a cursor on.

The cursor of each 客服账号 is stored in the transaction that stores the messages. So after any stop, start reads
on where the last commit was: the provider keeps three days. Source: developer.work.weixin.qq.com/document/path/94670.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from bot.channels.base import ChannelError, Temporary
from bot.channels.tencent.errcodes import Busy
from bot.channels.tencent.http import Call
from bot.channels.wecom.kf_decode import Undecodable, decode
from bot.channels.wecom.kf_names import Names
from bot.clock import Bell

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from bot.channels.base import Inlet
    from bot.channels.tencent.api import Api
    from bot.channels.wecom.settings import KfSettings
    from bot.clock import Clock
    from bot.domain.messages import Incoming

TOKEN_EXPIRED = 95007
PAGE = 1000
LEASE = 60.0
BACK_OFF = (1.0, 60.0)  # seconds: the first and the longest pause after a failure

log = logging.getLogger(__name__)


class Sync:
    """Keeps the desk up with the messages of every 客服账号."""

    def __init__(
        self, settings: KfSettings, api: Api, clock: Clock, greet: Callable[[Incoming], Awaitable[None]]
    ) -> None:
        self._settings = settings
        self._api = api
        self._clock = clock
        self._greet = greet
        self._names = Names(api)
        self._bell = Bell()
        self._nudged: dict[str, str] = {}
        self._desks = set(settings.open_kfids)
        self._holder = secrets.token_hex(8)

    def nudge(self, desk: str, token: str) -> bool:
        """Something has arrived for this 客服账号; False if we do not serve it."""
        if self._settings.open_kfids and desk not in self._desks:
            return False
        self._desks.add(desk)
        self._nudged[desk] = token
        self._bell.ring()
        return True

    async def run(self, inlet: Inlet) -> None:
        """Catch up, then fetch when nudged, and from time to time without."""
        pause, first = 0.0, BACK_OFF[0]
        poll_at = self._clock.now()
        while True:
            if self._clock.now() >= poll_at and await self._remind_all():
                poll_at = self._clock.now() + timedelta(seconds=self._settings.poll_seconds)
            pause = 0.0 if await self._round(inlet) else min(max(pause * 2, first), BACK_OFF[1])
            until = self._clock.now() + timedelta(seconds=pause) if pause else poll_at
            await self._clock.wait(max(until, self._clock.now() + timedelta(seconds=first)), self._bell)

    async def _remind_all(self) -> bool:
        try:
            if not self._settings.open_kfids:
                self._desks.update(await desks(self._api))
        except ChannelError as error:
            log.warning("could not list the kf accounts: %s", error)
        for desk in self._desks:
            self._nudged.setdefault(desk, "")
        return bool(self._desks)

    async def _round(self, inlet: Inlet) -> bool:
        """Fetch for all that were nudged; those that failed stay nudged."""
        nudged, self._nudged = self._nudged, {}
        done = await asyncio.gather(*(self._tried(inlet, *one) for one in nudged.items()))
        return all(done)

    async def _tried(self, inlet: Inlet, desk: str, token: str) -> bool:
        try:
            if await self._held(inlet, desk, token):
                return True
            again = token
        except ChannelError as error:
            log.warning("sync_msg failed, will try again: %s", error)
            inlet.count("wecom_kf.sync_failed")
            again = "" if isinstance(error, Busy) and error.code == TOKEN_EXPIRED else token
        except Exception:  # a database that fails must not end receiving; the cursor has not moved
            log.exception("messages could not be stored, will try again")
            inlet.count("wecom_kf.sync_failed")
            again = token
        self._nudged.setdefault(desk, again)
        return False

    async def _held(self, inlet: Inlet, desk: str, token: str) -> bool:
        """Fetch under a lease: two replicas would greet twice and could set the cursor back.

        False while another replica fetches; what came after it looked is ours to fetch then.
        """
        lease = f"wecom_kf:{self._settings.account}:{desk}:sync"
        if not await inlet.lease(lease, self._holder, LEASE):
            return False
        key = f"wecom_kf:{self._settings.account}:{desk}:cursor"
        try:
            cursor: str | None = await inlet.load(key) or ""
            while cursor is not None:
                answer = await self._api.call(_request(desk, cursor, token))
                await self._store(inlet, key, answer)
                cursor = _more(answer, cursor)
                await inlet.lease(lease, self._holder, LEASE)
        finally:
            await inlet.release(lease, self._holder)
        return True

    async def _store(self, inlet: Inlet, key: str, answer: dict[str, Any]) -> None:
        """Store a page and the cursor behind it together, then greet whoever has just come."""
        if not answer.get("msg_list"):
            return
        messages = await self._names.put_on(self._decoded(inlet, answer))
        after = answer.get("next_cursor")
        stored = [self._as_stored(message) for message in messages]
        await inlet.receive(stored, state={key: str(after)} if after else None)
        for message in messages:
            if message.kind == "welcome":
                await self._greet(message)

    def _as_stored(self, message: Incoming) -> Incoming:
        """A welcome that this channel says itself is none of the desk's business, but the entry is."""
        if message.kind != "welcome" or not self._settings.welcome:
            return message
        return replace(message, reply_token="", data={**message.data, "greeted": "true"})

    def _decoded(self, inlet: Inlet, answer: dict[str, Any]) -> list[Incoming]:
        listed = answer.get("msg_list")
        messages = []
        for raw in listed if isinstance(listed, list) else []:
            try:
                message = decode(raw, self._settings.account, self._clock.now())
            except Undecodable:
                inlet.count("wecom_kf.undecodable")
                continue
            if message is not None:
                messages.append(message)
        return messages


def _more(answer: dict[str, Any], cursor: str) -> str | None:
    """Say where to read on; None at the end. An empty page with more behind it is legal."""
    if not answer.get("has_more"):
        return None
    after = str(answer.get("next_cursor") or cursor)
    if after == cursor:
        raise Temporary("the provider says that there is more, but not where")
    return after


def _request(desk: str, cursor: str, token: str) -> Call:
    body: dict[str, Any] = {"limit": PAGE, "voice_format": 0, "open_kfid": desk}
    if cursor:
        body["cursor"] = cursor
    if token:
        body["token"] = token
    return Call(path="/cgi-bin/kf/sync_msg", body=body, repeatable=True)


async def desks(api: Api) -> list[str]:
    """List the open_kfid of every 客服账号 the application may serve."""
    answer = await api.call(
        Call(path="/cgi-bin/kf/account/list", body={"offset": 0, "limit": 100}, repeatable=True)
    )
    listed = answer.get("account_list")
    return (
        [str(one["open_kfid"]) for one in listed if one.get("open_kfid")] if isinstance(listed, list) else []
    )
