"""From the command line to serving, and the memory it takes: the real process, `run_bot.py demo`.

Started on an empty folder (the database is made), again on the same one, and on a copy of the database with many
tickets in it. The floor, measured in the same run: a Python process that serves a no-op aiohttp handler. Prints
seconds until the first answered request, as a ratio to the floor, and resident memory.
"""

from __future__ import annotations

import asyncio
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from statistics import median

from benchmarks.intake import get
from benchmarks.rows import intake
from bot.storage import SqlStore

PORT = 18540
ROUNDS = 3
TICKETS = 20_000
PATIENCE = 60.0
NOOP = """
from aiohttp import web
async def handle(_request): return web.json_response({})
app = web.Application()
app.router.add_get("/healthz", handle)
web.run_app(app, host="127.0.0.1", port=%d, print=None)
"""


def start(command: list[str], port: int) -> tuple[float, float, int]:
    """Seconds until it answers; its resident memory then, and at the peak, in MB."""
    began = time.perf_counter()
    with subprocess.Popen([sys.executable, *command], stdout=subprocess.DEVNULL) as process:
        try:
            while not answers(port):
                if process.poll() is not None or time.perf_counter() - began > PATIENCE:
                    raise SystemExit(f"{command} does not serve")
                time.sleep(0.005)
            took = time.perf_counter() - began
            return took, memory(process.pid, "VmRSS"), memory(process.pid, "VmHWM")
        finally:
            process.terminate()


def answers(port: int) -> bool:
    """Whether a request is answered."""
    with suppress(OSError, ValueError, IndexError):
        asyncio.run(get(port, "/healthz"))
        return True
    return False


def memory(process: int, what: str) -> float:
    """A figure of the process in MB."""
    lines = Path(f"/proc/{process}/status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith(what))


async def fill(folder: Path) -> None:
    """A database with that many tickets."""
    store = await SqlStore.open(str(folder / "demo.sqlite3"))
    for first in range(0, TICKETS, 1000):
        await asyncio.gather(
            *(store.write(lambda tx, n=n: intake(tx, n)) for n in range(first, first + 1000))
        )
    await store.close()


def main() -> None:
    """Print the figures."""
    with tempfile.TemporaryDirectory() as name:
        new, full = Path(name, "new"), Path(name, "full")
        full.mkdir()
        asyncio.run(fill(full))
        cases = {
            "no-op handler": ["-c", NOOP % PORT],
            "empty folder": ["run_bot.py", "demo", "--port", str(PORT), "--data", str(new), "--fresh"],
            "again": ["run_bot.py", "demo", "--port", str(PORT), "--data", str(new)],
            f"{TICKETS:,} tickets": ["run_bot.py", "demo", "--port", str(PORT), "--data", str(full)],
        }
        found: dict[str, list[tuple[float, float, int]]] = {title: [] for title in cases}
        for _ in range(ROUNDS):
            for title, command in cases.items():
                found[title].append(start(command, PORT))
    floor = median(took for took, _, _ in found["no-op handler"])
    print(f"{'':16} serving after   ratio   memory   peak")
    for title, runs in found.items():
        took, resident, peak = (median(column) for column in zip(*runs, strict=True))
        print(f"{title:16} {took:11.2f} s {took / floor:7.1f} {resident:5.0f} MB {peak:4.0f} MB")


if __name__ == "__main__":
    main()
