"""Durable intake per second, as ratios to two floors measured in the same run.

(a) a no-op aiohttp handler that reads the same body, at 64 connections;
(b) the raw sqlite3 driver writing the rows of one intake, each commit with a full sync.

The desk runs whole: the local channel's webhook, inbox, classification, ticket, targets, timers, outbox rows,
all durable. A message counts once its ticket is committed, not when the provider got its 200. Sending is not part
of that commit; it is measured once held back and once going on beside it.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import multiprocessing
import resource
import sqlite3
import sys
import tempfile
import time
from collections.abc import Callable, Iterable
from datetime import datetime
from multiprocessing.connection import Connection
from pathlib import Path

import msgspec
from aiohttp import web

from bot.app import App, Parts
from bot.channels.local.channel import LocalChannel
from bot.cli.world import world
from bot.clock import SystemClock
from bot.config import build_book, local_settings, shipped_schemes
from bot.engine.outbox import OutboxEngine
from bot.intake import Intake
from bot.storage.store import SqlStore

PATIENCE = 60.0
BAR = 0.30
STATE = """SELECT (SELECT value FROM counters WHERE scope LIKE 'number:%'),
    EXISTS (SELECT 1 FROM outbox WHERE state IN ('pending', 'sending'))"""
WORDS = (
    "今天送的豆腐有馊味，20斤，早饭没法做了",
    "订单 DD20260216{n} 的语文书缺页，第33页到48页没有，一共12本，麻烦换一下",
    "鸡蛋碎了两板，土豆也烂了不少，大概三十斤",
    "生化仪开机没反应，屏幕不亮，护士站等着用",
    "说好七点到的菜，现在八点半了还没见人，打电话也没人接",
)


def body(n: int) -> bytes:
    """One message of a customer of their own."""
    text = WORDS[n % len(WORDS)].format(n=n)
    return json.dumps({"from": f"customer{n}", "id": f"m{n}", "text": text}, ensure_ascii=False).encode()


async def noop_app() -> web.Application:
    """The floor: reads the body and answers JSON."""

    async def handle(request: web.Request) -> web.Response:
        await request.read()
        return web.json_response({"id": "1"})

    app = web.Application()
    app.router.add_post("/local/messages", handle)
    return app


class Held:
    """The outbox engine behind a valve: sends nothing while it is shut."""

    def __init__(self, engine: OutboxEngine) -> None:
        self._engine = engine
        self.shut = False

    async def run_once(self, now: datetime) -> bool:
        return not self.shut and await self._engine.run_once(now)

    async def next_at(self) -> datetime | None:
        return None if self.shut else await self._engine.next_at()


async def build_desk(folder: str) -> tuple[SqlStore, App]:
    """The whole desk over a new database; not started yet."""
    config = world("food")
    book = build_book(Path("bench"), config, shipped_schemes())
    store = await SqlStore.open(str(Path(tempfile.mkdtemp(dir=folder)) / "bench.sqlite3"))
    clock = SystemClock()
    channel = LocalChannel(local_settings(config, book), clock=clock, sentbox=store.sentbox)
    parts = Parts(
        store=store, book=book, clock=clock, intake=Intake(), channels=(channel,), chats=config.chats
    )
    desk = App(parts)
    store.on_commit(desk.ring)
    return store, desk


async def desk_app(folder: str) -> web.Application:
    """The whole desk with its local channel.

    `/done` tells how many tickets are committed; with `?shut` nothing is sent until it is asked without.
    """
    store, desk = await build_desk(folder)
    desk.outbox = Held(desk.outbox)
    await desk.start()

    async def done(request: web.Request) -> web.Response:
        desk.outbox.shut = "shut" in request.query
        desk.bells["outbox"].ring()
        tickets, waiting = await store.read_sql(lambda tx: tx.session.cursor.execute(STATE).fetchone())
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
        return web.json_response({"tickets": tickets, "idle": not waiting, "peak_mb": peak})

    app = web.Application()
    app.add_routes(desk.parts.channels[0].routes())
    app.router.add_get("/done", done)
    return app


def serve(what: str, port: int, folder: str) -> None:
    """A server in a process of its own."""
    app = noop_app() if what == "noop" else desk_app(folder)
    web.run_app(app, host="127.0.0.1", port=port, print=None, access_log=None)


async def connection(port: int, numbers: Iterable[int]) -> None:
    """One keep-alive connection that sends its messages one after the other."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    for n in numbers:
        data = body(n)
        head = (
            f"POST /local/messages HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nContent-Type: application/json\r\n"
        )
        writer.write(f"{head}Content-Length: {len(data)}\r\n\r\n".encode() + data)
        status = await reader.readline()
        if b" 200 " not in status:
            raise SystemExit(f"the server answered {status!r}")
        length = 0
        while (line := await reader.readline()) != b"\r\n":
            if line.lower().startswith(b"content-length:"):
                length = int(line.split(b":")[1])
        await reader.readexactly(length)
    writer.close()


async def get(port: int, path: str) -> dict[str, int]:
    """A small GET."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(f"GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())
    answer = await reader.read()
    writer.close()
    return dict(json.loads(answer.split(b"\r\n\r\n", 1)[1]))


def wait_for(port: int) -> float:
    """Seconds until the server answers."""
    began = time.perf_counter()
    while time.perf_counter() - began < PATIENCE:
        try:
            asyncio.run(asyncio.wait_for(asyncio.open_connection("127.0.0.1", port), 1))
        except OSError:
            time.sleep(0.02)
        else:
            return time.perf_counter() - began
    raise SystemExit("the server did not start")


class Share(msgspec.Struct, frozen=True, kw_only=True):
    """Which messages go where, over how many connections."""

    port: int
    first: int
    count: int
    connections: int


def load(share: Share, report: Connection) -> None:
    """One loading process; reports when it began and when it ended."""

    async def run() -> None:
        first, count, connections = share.first, share.count, share.connections
        spread = [range(first + c, first + count, connections) for c in range(connections)]
        await asyncio.gather(*(connection(share.port, numbers) for numbers in spread))

    began = time.perf_counter()
    asyncio.run(run())
    report.send((began, time.perf_counter()))


def drive(share: Share) -> tuple[float, float]:
    """Send the messages from two processes; when the first began and the last ended."""
    halves = [
        Share(
            port=share.port,
            first=share.first + i * (share.count // 2),
            count=share.count // 2,
            connections=share.connections // 2,
        )
        for i in range(2)
    ]
    pipes = [multiprocessing.Pipe() for _ in halves]
    workers = [
        multiprocessing.Process(target=load, args=(half, pipe[1]))
        for half, pipe in zip(halves, pipes, strict=True)
    ]
    for worker in workers:
        worker.start()
    times = [pipe[0].recv() for pipe in pipes]
    for worker in workers:
        worker.join()
    return min(t[0] for t in times), max(t[1] for t in times)


class Server:
    """A server in a process of its own, and what it has cost so far."""

    def __init__(self, what: str, port: int, folder: str) -> None:
        self.what, self.port = what, port
        self.messages, self.answered, self.committed, self.peak = 0, 0.0, 0.0, 0
        self._process = multiprocessing.Process(target=serve, args=(what, port, folder))
        self._process.start()

    def take(self, count: int, connections: int) -> None:
        """Have it take so many messages, and wait until it has nothing left to do."""
        first = self.messages
        if self.what == "held":
            asyncio.run(get(self.port, "/done?shut"))
        began, ended = drive(Share(port=self.port, first=first, count=count, connections=connections))
        self.messages += count
        self.answered += ended - began
        if self.what != "noop":
            ask = "/done?shut" if self.what == "held" else "/done"
            self.committed += self._until(ask, lambda state: state["tickets"] >= self.messages) - began
            self._until("/done", lambda state: bool(state["idle"]))

    def forget(self) -> None:
        """What came until now was the warm-up."""
        self.answered = self.committed = 0.0

    def _until(self, ask: str, content: Callable[[dict[str, int]], bool]) -> float:
        """Wait for a state of the desk; when it was reached."""
        began = time.perf_counter()
        while time.perf_counter() - began < PATIENCE:
            state = asyncio.run(get(self.port, ask))
            self.peak = state["peak_mb"]
            if content(state):
                return time.perf_counter()
            time.sleep(0.01)
        raise SystemExit(f"the desk did not get there in time: {state}")

    def stop(self) -> None:
        """End the process."""
        self._process.terminate()
        self._process.join()


def raw_driver(count: int) -> float:
    """Commits a second of the raw driver: the rows of one intake, full sync each."""
    with tempfile.TemporaryDirectory() as folder:
        db = sqlite3.connect(Path(folder) / "raw.sqlite3", isolation_level=None)
        db.executescript(
            "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;"
            "CREATE TABLE t(id INTEGER PRIMARY KEY, a, b, c, d)"
        )
        began = time.perf_counter()
        for n in range(count):
            db.execute("BEGIN IMMEDIATE")
            db.executemany("INSERT INTO t(a,b,c,d) VALUES (?,?,?,?)", [(n, "x" * 80, 1.0, "y" * 40)] * 16)
            db.execute("COMMIT")
        return count / (time.perf_counter() - began)


def main() -> int:
    """Print the ratios; 1 where the bar is missed."""
    top = argparse.ArgumentParser()
    top.add_argument("--count", type=int, default=1000, help="messages to each server in a round")
    top.add_argument("--connections", type=int, default=64)
    top.add_argument("--rounds", type=int, default=5)
    args = top.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        servers = {what: Server(what, 18480 + n, folder) for n, what in enumerate(("noop", "held", "desk"))}
        try:
            figures = rounds(servers, args)
        finally:
            for server in servers.values():
                server.stop()
    return show(figures, servers)


def rounds(servers: dict[str, Server], args: argparse.Namespace) -> dict[str, float]:
    """Messages a second of each. They take turns, so that a busy machine is as hard on each."""
    for server in servers.values():
        wait_for(server.port)
        server.take(400, args.connections)
        server.forget()
    raw = []
    for _ in range(args.rounds):
        raw.append(raw_driver(400))
        for server in servers.values():
            server.take(args.count, args.connections)
    total = args.count * args.rounds
    found = {"raw": len(raw) / sum(1 / rate for rate in raw), "noop": total / servers["noop"].answered}
    for what in ("held", "desk"):
        found[f"{what} answered"] = total / servers[what].answered
        found[what] = total / servers[what].committed
    return found


def show(found: dict[str, float], servers: dict[str, Server]) -> int:
    """Print it; 1 where the bar is missed."""
    noop, raw = found["noop"], found["raw"]
    print(f"no-op handler {noop:.0f}/s · raw driver {raw:.0f} commits/s")
    for what, title in (("held", "nothing sent meanwhile"), ("desk", "sending going on")):
        rate = found[what]
        print(
            f"{title:23} answered {found[f'{what} answered']:.0f}/s · ticket committed {rate:.0f}/s · "
            f"{rate / noop:.2f} of the no-op · {rate / raw:.2f} of the raw driver · "
            f"peak {servers[what].peak} MB"
        )
    print(f"durable intake to a no-op handler: {found['held'] / noop:.2f} (bar {BAR})")
    return int(found["held"] / noop < BAR)


if __name__ == "__main__":
    sys.exit(main())
