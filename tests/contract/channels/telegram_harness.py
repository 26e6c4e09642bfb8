"""Telegram on its bench: the stand-in of the Bot API, asked by long polling or calling a webhook."""

from __future__ import annotations

import asyncio
import json
from contextlib import suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, ClassVar, Self

import aiohttp

from bot.channels.telegram.channel import TelegramChannel
from bot.channels.telegram.settings import TelegramSettings
from bot.channels.telegram.webhook import HEADER
from bot.clock import DrillClock
from bot.domain.messages import Address
from tests.contract.channels.harness import Delivered, Fault, Hostile, Trait
from tests.contract.channels.inlet import RecordingInlet
from tests.contract.channels.server import Loopback
from tests.standins.telegram import TOKEN, Break, TelegramStandIn
from tests.standins.telegram_world import Chat, Person

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import TracebackType

    from bot.channels.base import Channel

PEOPLE = {"customer": 1001, "customer2": 1002, "agent1": 2001}
GROUP = -1001234567890
SENDING = ("sendmessage", "editmessagetext")
BREAKS = {
    Fault.DOWN: Break.BAD_GATEWAY,
    Fault.LOST_ANSWER: Break.DROP_AFTER,
    Fault.SLOW: Break.HANG_AFTER,
}


class TelegramPolling:
    """A bot that asks for its messages."""

    traits: ClassVar[frozenset[Trait]] = frozenset(Trait) - {Trait.REQUESTS, Trait.REPEATS}
    faults: ClassVar[frozenset[Fault]] = frozenset(Fault)

    def __init__(self, clock: DrillClock | None = None) -> None:
        self.clock = clock or DrillClock(datetime(2026, 3, 2, 1, 0, tzinfo=UTC))
        self.inlet = RecordingInlet(self.clock)
        self.telegram = TelegramStandIn(self.clock)
        self.telegram.privacy = False
        for name, number in PEOPLE.items():
            self.telegram.meet(Person(number, name))
        self.telegram.found(Chat(GROUP, "supergroup", "售后群"))
        self.server = Loopback()
        self._is_dark = False
        self.more: dict[str, Any] = {}  # settings of the channels built from now on

    def settings(self, **more: Any) -> TelegramSettings:
        more = {"token": TOKEN, "timeout": 0.5} | self.more | more
        return TelegramSettings(api_base=self.telegram.url, **more)

    async def __aenter__(self) -> Self:
        await self.telegram.start()
        await self.server.listen()
        await self.come_back()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.leave()
        await self.telegram.stop()
        await self.server.close()

    async def come_back(self) -> None:
        self.channel: Channel = TelegramChannel(self.settings(), clock=self.clock)
        await self.channel.start(self.inlet)
        self.server.answer(self.channel.routes())
        self._running = asyncio.create_task(self.channel.run())

    async def leave(self) -> None:
        self._running.cancel()
        with suppress(asyncio.CancelledError):
            await self._running
        await self.channel.stop()

    def _who(self, name: str) -> Person:
        return self.telegram.people[PEOPLE[name]]

    def _private(self, name: str) -> Chat:
        return self.telegram.chats[PEOPLE[name]]

    async def writes(self, text: str, *, person: str = "customer", group: bool = False) -> str:
        chat = self.telegram.chats[GROUP] if group else self._private(person)
        return str(await self.telegram.write(self._who(person), chat, text))

    async def sends_picture(self, data: bytes, *, caption: str = "") -> str:
        who, chat = self._who("customer"), self._private("customer")
        return str(await self.telegram.send_photo(who, chat, data, caption=caption))

    async def presses(self, action: str) -> str:
        return str(await self.telegram.press(self._who("agent1"), self.telegram.chats[GROUP], 1, action))

    async def edits(self, handle: str, text: str) -> str:
        message = self.telegram.updates.all[int(handle)]["message"]
        return str(await self.telegram.edit(self._private("customer"), message["message_id"], text))

    async def repeats(self, handle: str) -> None:
        await self.telegram.updates.push_again(int(handle))

    def confirmed(self, handle: str) -> bool:
        return self.telegram.confirmed(int(handle))

    async def settled(self) -> None:
        await self.telegram.updates.drained()

    async def stage(self, fault: Fault) -> Address:
        if fault is Fault.UNREACHABLE:
            await self.telegram.stop()
            self._is_dark = True
        elif fault is Fault.UNKNOWN_CHAT:
            return Address(channel="telegram", chat="999")
        elif fault is Fault.BLOCKED:
            self._who("customer").blocked = True
        elif fault is Fault.FLOODED:  # a message has just gone there
            self._private("customer").sent_at.append(self.clock.now().timestamp())
        else:
            self.telegram.broken = dict.fromkeys(SENDING, BREAKS[fault])
        return self.person()

    async def clear(self) -> None:
        self.telegram.broken = {}
        if self._is_dark:
            await self.telegram.start()
            self._is_dark = False
        self.more: dict[str, Any] = {}  # settings of the channels built from now on

    def person(self, name: str = "customer") -> Address:
        return Address(channel="telegram", chat=str(PEOPLE[name]))

    def group(self) -> Address:
        return Address(channel="telegram", chat=str(GROUP))

    def member(self) -> str:
        return str(PEOPLE["agent1"])

    async def delivered(self) -> Sequence[Delivered]:
        return [_delivered(one) for one in self.telegram.shown]

    def hostile(self) -> Sequence[Hostile]:
        return ()

    def misconfigured(self) -> Channel:
        wrong = self.settings(token="123456789:AAnotTheTokenOfThisBot_0123456789ab")
        return TelegramChannel(wrong, clock=self.clock)


class TelegramWebhook(TelegramPolling):
    """A bot that Telegram calls."""

    traits: ClassVar[frozenset[Trait]] = frozenset(Trait)

    def settings(self, **more: Any) -> TelegramSettings:
        hook = {"mode": "webhook", "webhook_url": f"{self.server.url}/telegram/hook", "max_body": 50_000}
        return super().settings(**(hook | more))

    async def __aenter__(self) -> Self:
        await super().__aenter__()
        await self._running  # registered
        return self

    async def come_back(self) -> None:
        await super().come_back()
        await self.telegram.updates.tell()

    async def _post(self, data: bytes, headers: dict[str, str]) -> int:
        url = self.settings().webhook_url
        async with (
            aiohttp.ClientSession() as session,
            session.post(url, data=data, headers=headers) as answer,
        ):
            return answer.status

    def hostile(self) -> Sequence[Hostile]:
        right = {HEADER: self.settings().secret}
        good = json.dumps({"update_id": 1, "message": {"message_id": 1, "date": 1, "text": "x"}}).encode()

        def post(wrong: str, data: bytes, headers: dict[str, str]) -> Hostile:
            return Hostile(wrong=wrong, send=lambda: self._post(data, headers))

        return [
            post("no secret", good, {}),
            post("an empty secret", good, {HEADER: ""}),
            post("a wrong secret", good, {HEADER: "x" * 64}),
            post("half the secret", good, {HEADER: right[HEADER][:32]}),
            post("the token for a secret", good, {HEADER: TOKEN}),
            post("a secret that is no ASCII", good, {HEADER: "密"}),
            post("not JSON", b"{", right),
            post("not UTF-8", b'{"update_id": "\xff"}', right),
            post("not an object", b"[1]", right),
            post("no number", b'{"message": {}}', right),
            post("a text for a number", b'{"update_id": "1"}', right),
            post("a truth for a number", b'{"update_id": true}', right),
            post("nested too deeply", b"[" * 40_000, right),
            post("too large", good + b" " * 50_000, right),
            post("nothing at all", b"", right),
        ]


def _delivered(message: dict[str, Any]) -> Delivered:
    keyboard = message.get("reply_markup", {}).get("inline_keyboard", [])
    marks = message.get("entities", [])
    ref = str(message["message_id"])
    return Delivered(
        ref=ref,
        chat=str(message["chat"]["id"]),
        text=message.get("text", ""),
        mentions=tuple(str(one["user"]["id"]) for one in marks if one["type"] == "text_mention"),
        buttons=tuple((key["text"], key["callback_data"]) for row in keyboard for key in row),
        replaces=ref if "edit_date" in message else "",
    )
