"""The one writer: a thread that runs what has gathered, commits it together, and then tells everyone."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from queue import Empty, SimpleQueue
from typing import Any

from sqlalchemy import Engine

from bot.storage.jobs import Job, Work
from bot.storage.session import Session
from bot.storage.tx import SqlTx

MOST = 256  # jobs in one commit: bounds how long the first of them waits

Settled = Callable[[Sequence[Job], frozenset[str]], None]


class Writer:
    """Jobs in, commits out. `settled` is called on the loop after every commit or failed commit."""

    def __init__(self, engine: Engine, settled: Settled) -> None:
        self._engine = engine
        self._settled = settled
        self._loop = asyncio.get_running_loop()
        self._jobs: SimpleQueue[Job | None] = SimpleQueue()
        self._tx: SqlTx | None = None
        self._thread = threading.Thread(target=self._run, name="storage-writer", daemon=True)
        self._thread.start()

    def submit(self, work: Work) -> asyncio.Future[Any]:
        """Queue it; the future is done once it has been committed or has failed."""
        job = Job(work, self._loop.create_future())
        self._jobs.put(job)
        return job.future

    async def close(self) -> None:
        """Finish what has been queued, then end the thread."""
        self._jobs.put(None)
        await asyncio.to_thread(self._thread.join)

    def _run(self) -> None:
        while jobs := self._gather():
            touched = self._commit(jobs)
            with suppress(RuntimeError):  # the loop has been closed: nobody is left to tell
                self._loop.call_soon_threadsafe(self._settled, jobs, touched)
        self._hang_up()

    def _gather(self) -> list[Job]:
        job = self._jobs.get()
        jobs = []
        with suppress(Empty):
            while job is not None:
                jobs.append(job)
                if len(jobs) == MOST:
                    return jobs
                job = self._jobs.get_nowait()
            if jobs:
                self._jobs.put(None)  # end after these
        return jobs

    def _commit(self, jobs: list[Job]) -> frozenset[str]:
        """Run them in one transaction; the tables written. Where it cannot be committed, every job failed."""
        try:
            tx = self._ready()
            tx.session.touched.clear()
            if not _together(jobs, tx):
                _apart(jobs, tx)
        except Exception as error:  # noqa: BLE001  # it is handed to everyone who waits
            self._hang_up()
            for job in jobs:
                job.error = job.error or error
            return frozenset()
        return frozenset(tx.session.touched)

    def _ready(self) -> SqlTx:
        if self._tx is None:
            self._tx = SqlTx(Session(self._engine.connect()))
        return self._tx

    def _hang_up(self) -> None:
        """Drop the connection; the next commit makes a new one."""
        if self._tx is not None:
            self._tx.session.hang_up()
        self._tx = None


def _together(jobs: list[Job], tx: SqlTx) -> bool:
    """Run all of them bare; False, with nothing done, where one failed.

    Hardly any ever does, and a savepoint around each would cost a quarter of the time SQLite needs.
    """
    session = tx.session
    session.command("BEGIN IMMEDIATE")
    try:
        for job in jobs:
            job.result = job.work(tx)
        session.flush()
    except BaseException as error:  # noqa: BLE001  # it belongs to the job's caller
        session.undo()
        session.ids.forget()
        session.touched.clear()
        if len(jobs) == 1:
            job.fail(error)
        return len(jobs) == 1
    session.command("COMMIT")
    session.ids.settled()
    return True


def _apart(jobs: list[Job], tx: SqlTx) -> None:
    """Run them again, each inside a savepoint, so that a failure undoes itself alone."""
    session = tx.session
    session.command("BEGIN IMMEDIATE")
    for job in jobs:
        session.command("SAVEPOINT job")
        touched = frozenset(session.touched)
        try:
            job.result = job.work(tx)
            session.flush()
            session.ids.settled()
        except BaseException as error:  # it belongs to the job's caller
            job.fail(error)
            if not session.open:  # a full disk ends the whole transaction: everyone must be told
                raise
            session.command("ROLLBACK TO job")
            session.ids.forget()
            session.touched.intersection_update(touched)
        session.command("RELEASE job")
    session.command("COMMIT")
