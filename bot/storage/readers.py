"""Readers: a few threads, each with a connection of its own that cannot write."""

from __future__ import annotations

import asyncio
import threading
from contextlib import suppress
from queue import SimpleQueue

from sqlalchemy import Engine

from bot.storage.jobs import Job, Work
from bot.storage.session import Session
from bot.storage.tx import SqlTx

THREADS = 3  # one long report must not hold up the engine's small questions


class Readers:
    """Runs each job on one snapshot of what has been committed when it starts."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._loop = asyncio.get_running_loop()
        self._jobs: SimpleQueue[Job | None] = SimpleQueue()
        self._threads = [
            threading.Thread(target=self._run, name=f"storage-reader-{n}", daemon=True)
            for n in range(THREADS)
        ]
        for thread in self._threads:
            thread.start()

    def submit(self, work: Work) -> asyncio.Future[object]:
        """Queue it; the future is done once it has run."""
        job = Job(work, self._loop.create_future())
        self._jobs.put(job)
        return job.future

    async def close(self) -> None:
        """Finish what has been queued, then end the threads."""
        for _ in self._threads:
            self._jobs.put(None)
        for thread in self._threads:
            await asyncio.to_thread(thread.join)

    def _run(self) -> None:
        tx: SqlTx | None = None
        while job := self._jobs.get():
            try:
                tx = tx or SqlTx(Session(self._engine.connect()))
                _look(job, tx)
            except Exception as error:  # noqa: BLE001  # it is handed to the caller
                job.error = error
                _hang_up(tx)
                tx = None
            with suppress(RuntimeError):  # the loop has been closed: nobody is left to tell
                self._loop.call_soon_threadsafe(job.settle)
        _hang_up(tx)


def _look(job: Job, tx: SqlTx) -> None:
    tx.session.command("BEGIN")
    try:
        job.result = job.work(tx)
    except BaseException as error:  # noqa: BLE001  # it belongs to the job's caller
        job.fail(error)
    tx.session.command("ROLLBACK")


def _hang_up(tx: SqlTx | None) -> None:
    if tx is not None:
        tx.session.hang_up()
