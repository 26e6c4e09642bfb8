"""Durable intake per second, as ratios to two floors measured in the same run.

(a) a no-op aiohttp handler that reads the same body, at 64 connections;
(b) the raw sqlite3 driver writing the rows of one intake, each commit with a full sync.

The desk runs whole: the local channel's webhook, inbox, classification, ticket, targets, timers, outbox rows,
all durable. A message counts once its ticket is committed, not when the provider got its 200.
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
from pathlib import Path

from aiohttp import web

from bot.app import App, Parts
from bot.channels.local.channel import LocalChannel
from bot.cli.world import world
from bot.clock import SystemClock
from bot.config import build_book, local_settings, shipped_schemes
from bot.desk.records import TicketFilter
from bot.intake import Intake
from bot.storage.store import SqlStore

PATIENCE = 60.0
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


async def desk_app(folder: str) -> web.Application:
    """The whole desk with its local channel; `/done` tells how many tickets are committed."""
    config = world("food")
    book = build_book(Path("bench"), config, shipped_schemes())
    store = await SqlStore.open(str(Path(folder) / "bench.sqlite3"))
    clock = SystemClock()
    channel = LocalChannel(local_settings(config, book), clock=clock, sentbox=store.sentbox)
    intake = Intake()
    desk = App(
        Parts(store=store, book=book, clock=clock, intake=intake, channels=(channel,), chats=config.chats)
    )
    store.on_commit(desk.ring)
    await desk.start()

    async def done(_request: web.Request) -> web.Response:
        tickets = await store.read(lambda tx: len(tx.tickets.find(TicketFilter(limit=1_000_000))))
        sent = await store.read(lambda tx: tx.outbox.next_at() is None)
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
        return web.json_response({"tickets": tickets, "idle": sent, "peak_mb": peak})

    app = web.Application()
    app.add_routes(channel.routes())
    app.router.add_get("/done", done)
    return app


def serve(what: str, port: int, folder: str) -> None:
    """A server in a process of its own."""
    builders = {"noop": noop_app, "desk": lambda: desk_app(folder)}
    web.run_app(builders[what](), host="127.0.0.1", port=port, print=None, access_log=None)


async def connection(port: int, numbers: list[int]) -> None:
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


def load(port: int, connections: int, first: int, count: int) -> None:
    """One loading process."""

    async def run() -> None:
        spread = [list(range(first + c, first + count, connections)) for c in range(connections)]
        await asyncio.gather(*(connection(port, numbers) for numbers in spread))

    asyncio.run(run())


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


def drive(port: int, count: int, connections: int, first: int = 0) -> float:
    """Send `count` messages from two processes; the seconds it took."""
    halves = [(port, connections // 2, first + i * count // 2, count // 2) for i in range(2)]
    workers = [multiprocessing.Process(target=load, args=half) for half in halves]
    began = time.perf_counter()
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    return time.perf_counter() - began


def measure(what: str, port: int, count: int, connections: int) -> dict[str, float]:
    """Messages a second of one server, after a warm-up."""
    with tempfile.TemporaryDirectory() as folder:
        server = multiprocessing.Process(target=serve, args=(what, port, folder))
        server.start()
        started = wait_for(port)
        warm = 400
        drive(port, warm, connections, 10_000_000)
        if what == "desk":
            until(port, warm)
        began = time.perf_counter()
        accepted = drive(port, count, connections)
        result = {"accepted": count / accepted, "start": started}
        if what == "desk":
            result |= until(port, warm + count)
            result["ticketed"] = count / (result.pop("at") - began)
        server.terminate()
        server.join()
        return result


def until(port: int, tickets: int) -> dict[str, float]:
    """Wait until so many tickets are committed."""
    began = time.perf_counter()
    while time.perf_counter() - began < PATIENCE:
        state = asyncio.run(get(port, "/done"))
        if state["tickets"] >= tickets:
            return {"at": time.perf_counter(), "peak_mb": state["peak_mb"]}
        time.sleep(0.01)
    raise SystemExit(f"only {state['tickets']} of {tickets} tickets were committed in time")


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


def main() -> None:
    """Print the ratios."""
    top = argparse.ArgumentParser()
    top.add_argument("--count", type=int, default=4000)
    top.add_argument("--connections", type=int, default=64)
    top.add_argument("--rounds", type=int, default=3)
    args = top.parse_args()
    ratios = []
    for n in range(args.rounds):
        noop = measure("noop", 18480 + 2 * n, args.count, args.connections)
        desk = measure("desk", 18481 + 2 * n, args.count, args.connections)
        raw = raw_driver(2000)
        ratios.append(desk["ticketed"] / noop["accepted"])
        print(
            f"no-op {noop['accepted']:.0f}/s · durable and answered {desk['accepted']:.0f}/s · "
            f"ticket committed {desk['ticketed']:.0f}/s · raw driver {raw:.0f} commits/s · "
            f"ratio to no-op {ratios[-1]:.2f} · to raw driver {desk['ticketed'] / raw:.2f} · "
            f"start {desk['start']:.1f} s · peak {desk['peak_mb']:.0f} MB"
        )
    print(f"best ratio to the no-op handler at {args.connections} connections: {max(ratios):.2f} (bar 0.30)")
    sys.exit(0)


if __name__ == "__main__":
    main()
