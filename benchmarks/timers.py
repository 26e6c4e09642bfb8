"""What finding the due timers costs when ten thousand, a hundred thousand and a million are open.

200 of them are due. Prints, per size, the median time of one cycle of the engine's questions (the 200 due ones,
and when the next one is due) and of marking one done and setting the next, and each as a ratio to the smallest
size (goal: within 1.5).
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from statistics import median

from bot.domain.ticket import Timer
from bot.storage import migrate
from bot.storage.engines import writer_engine
from bot.storage.session import Session
from bot.storage.tx import SqlTx

NOW = datetime(2026, 2, 16, 15, 50, tzinfo=UTC)
SIZES = (10_000, 100_000, 1_000_000)
DUE = 200
CYCLES = 300


def fill(tx: SqlTx, size: int) -> None:
    """That many open timers, of which `DUE` are due at NOW, set in no particular order of time."""
    tx.session.command("BEGIN IMMEDIATE")
    for start in range(0, size, 10_000):
        tx.timers.set(*(_timer(number, size) for number in range(start, start + 10_000)))
    tx.session.command("COMMIT")


def _timer(number: int, size: int) -> Timer:
    spread = number * 7_919 % size  # a permutation: 7919 is prime and divides no size
    seconds = spread - DUE if spread < DUE else spread
    return Timer(at=NOW + timedelta(seconds=seconds + 1), kind="target", ticket=number, target=number * 5)


def ask(tx: SqlTx) -> None:
    """What the engine asks in every cycle."""
    if len(tx.timers.due(NOW, 1000)) != DUE or tx.timers.next_at() is None:
        raise RuntimeError("the timers were not set up as meant")


def move(tx: SqlTx) -> None:
    """Mark one done and set it anew, less the commit."""
    tx.session.command("BEGIN IMMEDIATE")
    [first] = tx.timers.due(NOW, 1)
    tx.timers.done(first.id)
    tx.timers.set(first)
    tx.session.command("ROLLBACK")


def microseconds(work: Callable[[SqlTx], object], stores: dict[int, SqlTx]) -> dict[int, float]:
    """The median per size. The sizes take turns, so that a busy machine is as hard on each."""
    took: dict[int, list[float]] = {size: [] for size in stores}
    for _ in range(CYCLES):
        for size, tx in stores.items():
            began = time.perf_counter()
            work(tx)
            took[size].append(time.perf_counter() - began)
    return {size: median(each) * 1e6 for size, each in took.items()}


def filled(folder: str, size: int) -> SqlTx:
    """A store with that many open timers."""
    path = f"{folder}/timers-{size}.db"
    migrate(path)
    tx = SqlTx(Session(writer_engine(path).connect()))
    fill(tx, size)
    return tx


def main() -> int:
    """Print the table; 1 where the goal is missed."""
    with tempfile.TemporaryDirectory() as folder:
        stores = {size: filled(folder, size) for size in SIZES}
        asked, moved = microseconds(ask, stores), microseconds(move, stores)
    print("open timers   ask µs  ratio   move µs  ratio")
    for size in SIZES:
        slower = asked[size] / asked[SIZES[0]], moved[size] / moved[SIZES[0]]
        print(f"{size:11,d} {asked[size]:8.0f} {slower[0]:6.2f} {moved[size]:9.0f} {slower[1]:6.2f}")
    return int(max(asked.values()) / asked[SIZES[0]] > 1.5)


if __name__ == "__main__":
    sys.exit(main())
