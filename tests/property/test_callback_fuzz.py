"""Ten thousand malformed, forged and replayed callbacks: none gets a 5xx, a message or a place in memory."""

from __future__ import annotations

import asyncio
import gc
import gzip
import json
import random
import resource
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import aiohttp

from bot.channels.bridge.channel import BridgeChannel
from bot.channels.bridge.settings import BridgeSettings
from bot.channels.wechat.channel import WechatChannel
from bot.channels.wechat.settings import WechatSettings
from bot.channels.wecom.aibot_callback import AibotCallbackChannel
from bot.channels.wecom.kf import KfChannel
from bot.channels.wecom.settings import AibotSettings, KfSettings
from tests.contract.channels.inlet import RecordingInlet
from tests.contract.channels.server import Loopback
from tests.standins import aibot, bridge, wechat, wecom
from tests.standins.movable import MovableClock
from tests.standins.tencent import Caller
from tests.standins.until import calm

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    import pytest

ROUNDS = 10_000
WARM_UP = 1_500
OBJECTS = 2_000  # that may remain after thousands of refusals: caches of fixed size, not one per request
RESIDENT = 24 * 1024 * 1024  # bytes of the process; coarse, for what the collector does not count
AT_ONCE = 16

Request = tuple[str, dict[str, str], bytes, dict[str, str]]  # path, query, body, headers

RUBBISH = (
    b"",
    b"{",
    b"[]",
    b"null",
    b"<xml>",
    b"<xml></xml>",
    b"\x00" * 50,
    b"\xff\xfe<\x00x\x00",
    b'{"encrypt":null}',
    b'{"encrypt":{"a":[1]}}',
    b'{"Encrypt":"\\ud83d"}',
    b'{"encrypt":"' + b"A" * 5000 + b'"}',
    b"<xml><Encrypt>" + b"A" * 64 + b"</Encrypt></xml>",
    b"<xml><Encrypt><b>x</b></Encrypt></xml>",
    b"<a>" * 3000,
    b"[" * 3000,
    b'{"a":' * 3000,
    b'<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><xml><Encrypt>&a;</Encrypt></xml>',
    b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]><xml><Content>&b;</Content></xml>',
    b'<?xml version="1.0" encoding="utf-16"?><xml/>',
    b'<?xml version="1.0" encoding="no-such-code"?><xml/>',
    b"<xml xmlns:x='u'><x:Encrypt>1</x:Encrypt></xml>",
    b"x" * 300_000,
)

HUGE = f"<MsgId>{'9' * 5000}</MsgId>"

INSIDES = (
    "",
    "{}",
    "{",
    "<xml>",
    "<xml/>",
    "<xml><MsgType/></xml>",
    "<xml><MsgType>text</MsgType></xml>",
    "<xml><FromUserName>a</FromUserName><MsgType>text</MsgType><CreateTime>x</CreateTime></xml>",
    "<xml><FromUserName>a</FromUserName><MsgType>text</MsgType><CreateTime>99999999999999999999</CreateTime></xml>",
    "<xml><FromUserName>a</FromUserName><MsgType>text</MsgType><CreateTime>1</CreateTime><MsgId>x</MsgId></xml>",
    f"<xml><FromUserName>a</FromUserName><MsgType>text</MsgType><CreateTime>1</CreateTime>{HUGE}</xml>",
    "<xml><FromUserName>a</FromUserName><MsgType>t</MsgType><MsgType>t</MsgType><CreateTime>-1</CreateTime></xml>",
    "<xml><MsgType><a><b>c</b></a></MsgType><FromUserName><x/></FromUserName></xml>",
    "<xml><MsgType>event</MsgType><Event><a/></Event><CreateTime>0</CreateTime></xml>",
    '<!DOCTYPE x [<!ENTITY a "b">]><xml><MsgType>&a;</MsgType></xml>',
    "\x00\x01\x02",
    '{"msgid":1,"from":{"userid":[]},"chattype":"group","msgtype":"text"}',
    '{"from":{"userid":"a"},"msgtype":"text"}',
    '{"msgid":"m","from":null,"msgtype":"event","event":{}}',
    '{"MsgType":{"a":1},"FromUserName":"a","CreateTime":1}',
    '{"MsgType":5,"FromUserName":7}',
    "[" * 2000,
)


class Target:
    """One callback address with what an attacker may and may not know of it."""

    def __init__(self, path: str, caller: Caller, clock: MovableClock) -> None:
        self.path, self.caller, self.clock = path, caller, clock

    def good_query(self) -> dict[str, str]:
        return self.caller.query("x")

    def unsigned(self, chance: random.Random) -> Request:
        """Rubbish under whatever query: no idea of the token."""
        query = {name: chance.choice(["", "1", "x" * 200, "签", "0" * 40]) for name in self.good_query()}
        return self.path, query, chance.choice(RUBBISH), {}

    def forged(self, chance: random.Random) -> Request:
        """Right in everything but the signature."""
        query, body = self.caller.xml_request(chance.choice(INSIDES))
        mark = f"{chance.getrandbits(160):040x}"
        return self.path, {**query, "msg_signature": mark, "signature": mark}, body, {}

    def broken(self, chance: random.Random) -> Request:
        """A good envelope with some bytes of it changed."""
        query, body = self.caller.xml_request(chance.choice(INSIDES))
        raw = bytearray(body)
        for _ in range(chance.randint(1, 8)):
            raw[chance.randrange(len(raw))] = chance.randrange(256)
        return self.path, query, bytes(raw), {}

    def nonsense(self, chance: random.Random) -> Request:
        """Signed and sealed as by the provider itself, and nonsense inside."""
        inside = chance.choice(INSIDES)
        xml = self.caller.xml_request(inside)
        sealed = self.caller.seal(inside)
        as_json = (self.caller.query(sealed), json.dumps({"encrypt": sealed}).encode())
        return self.path, *chance.choice([xml, as_json]), {}

    def stale(self, chance: random.Random) -> Request:
        """Overheard, and sent again when it is too old (or made for the future)."""
        query, body = self.caller.xml_request("<xml><MsgType>text</MsgType></xml>")
        query["timestamp"] = str(int(query["timestamp"]) + chance.choice([-301, -86400, 301, 10**9]))
        return self.path, query, body, {}

    def misused(self, chance: random.Random) -> Request:
        """Rubbish under a good query, in whatever dress."""
        encoding = chance.choice(["gzip", "identity", "x", ""])
        kind = chance.choice(
            ["text/xml", "application/json; charset=utf-7", "multipart/form-data; boundary=", "?"]
        )
        body = chance.choice(RUBBISH[:-1])
        body = gzip.compress(b"\x00" * 2_000_000) if encoding == "gzip" and chance.random() < 0.2 else body
        headers = {"Content-Type": kind, **({"Content-Encoding": encoding} if encoding else {})}
        return self.path, self.good_query(), body, headers


class BridgeTarget:
    """The bridge's endpoints, which have headers instead of a query."""

    def __init__(self, clock: MovableClock) -> None:
        self.clock = clock

    def anything(self, chance: random.Random) -> Request:
        path = chance.choice(["/bridge/messages", "/bridge/fetch"])
        body = chance.choice([*RUBBISH, *(one.encode() for one in INSIDES), b'{"messages":[{"id":"1"}]}'])
        good = bridge.signed(self.clock, body)
        forged = {**good, "X-Bridge-Signature": chance.choice(["", "0" * 64, "x"])}
        old = {**good, "X-Bridge-Timestamp": chance.choice(["0", "nan", "1e9", "-1", "9" * 40])}
        fetches = path.endswith("fetch") and body == b"{}"
        return path, {}, body, chance.choice([forged, old] if fetches else [good, forged, old])


@asynccontextmanager
async def everything() -> AsyncIterator[tuple[RecordingInlet, str, list[Callable[[random.Random], Request]]]]:
    """Every channel with a callback on one server, and every kind of attack on each."""
    clock = MovableClock()
    inlet = RecordingInlet(clock)
    nowhere = "http://127.0.0.1:9"
    mp = {
        "appid": wechat.APPID,
        "secret": "s",
        "token": wechat.TOKEN,
        "passive_seconds": 0,
        "api_base": nowhere,
    }
    channels: list[Any] = [
        WechatChannel(WechatSettings(**mp, aes_key=wechat.AES_KEY, path="/mp"), clock=clock),
        WechatChannel(WechatSettings(**mp, mode="plain", path="/plain", account="plain"), clock=clock),
        KfChannel(
            KfSettings(
                corpid=wecom.CORPID, secret="s", token=wecom.TOKEN, aes_key=wecom.AES_KEY, api_base=nowhere
            ),
            clock=clock,
        ),
        AibotCallbackChannel(
            AibotSettings(mode="callback", token=aibot.TOKEN, aes_key=aibot.AES_KEY, api_base=nowhere),
            clock=clock,
        ),
        BridgeChannel(BridgeSettings(secret=bridge.SECRET), clock=clock),
    ]
    server = Loopback()
    await server.listen()
    server.answer([route for channel in channels for route in channel.routes()])
    for channel in channels:
        await channel.start(inlet)
    mp_caller = Caller(clock, wechat.TOKEN, wechat.AES_KEY, wechat.APPID)
    targets = [
        Target("/mp", mp_caller, clock),
        Target("/plain", mp_caller, clock),
        Target("/wecom/kf", Caller(clock, wecom.TOKEN, wecom.AES_KEY, wecom.CORPID), clock),
        Target("/wecom/aibot", Caller(clock, aibot.TOKEN, aibot.AES_KEY, ""), clock),
    ]
    attacks: list[Callable[[random.Random], Request]] = [BridgeTarget(clock).anything] * 6
    for one in targets:
        attacks += [one.unsigned, one.forged, one.broken, one.nonsense, one.stale, one.misused]
    try:
        yield inlet, server.url, attacks
    finally:
        for channel in channels:
            await channel.stop()
        await server.close()


async def attack(
    session: aiohttp.ClientSession, attacks: list[Callable[[random.Random], Request]], seeds: range
) -> dict[int, int]:
    """Make these requests, some of them twice (replayed); how often each status came."""
    statuses: dict[int, int] = {}
    waiting = iter(seeds)

    async def attacker() -> None:
        for seed in waiting:
            chance = random.Random(seed)
            path, query, body, headers = chance.choice(attacks)(chance)
            for _ in range(1 + (chance.random() < 0.2)):
                status = await sent(path, query, body, headers)
                statuses[status] = statuses.get(status, 0) + 1

    async def sent(path: str, query: dict[str, str], body: bytes, headers: dict[str, str]) -> int:
        """The status; 0 where the connection was closed before the whole of a large body was taken."""
        try:
            async with session.post(path, params=query, data=body, headers=headers) as answer:
                await answer.read()
                return answer.status
        except aiohttp.ClientConnectionError:
            return 0

    await asyncio.gather(*(attacker() for _ in range(AT_ONCE)))
    await calm()
    return statuses


def held() -> tuple[int, int]:
    """Objects that the collector knows, and bytes that are resident."""
    gc.collect()
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return len(gc.get_objects()), pages * resource.getpagesize()


async def test_ten_thousand_hostile_callbacks_cost_nothing(caplog: pytest.LogCaptureFixture) -> None:
    async with (
        everything() as (inlet, url, attacks),
        aiohttp.ClientSession(url, timeout=aiohttp.ClientTimeout(total=30)) as session,
    ):
        first = await attack(session, attacks, range(WARM_UP))
        before = held()
        second = await attack(session, attacks, range(WARM_UP, ROUNDS))
        after = held()
        answered = {status: first.get(status, 0) + second.get(status, 0) for status in {*first, *second}}
        assert sum(answered.values()) >= ROUNDS
        assert [status for status in answered if status >= 500] == []
        assert inlet.stored == []
        assert inlet.attempts == []
        assert after[0] - before[0] < OBJECTS
        assert after[1] - before[1] < RESIDENT
        assert [record.getMessage() for record in caplog.records if record.levelname == "ERROR"] == []
        assert (
            sum(inlet.counts.values())
            >= sum(count for status, count in answered.items() if status >= 400) * 0.99
        )
