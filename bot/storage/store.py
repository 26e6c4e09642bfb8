"""Where transactions run: one writer with group commit, readers beside it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from pathlib import Path
from typing import Any, Self, TypeVar

from bot.desk.ports import Tx
from bot.storage import backups, engines, exports
from bot.storage.engines import StorageError
from bot.storage.jobs import Job
from bot.storage.local import SqlSentbox
from bot.storage.readers import Readers
from bot.storage.tx import SqlTx
from bot.storage.upgrade import migrate
from bot.storage.writer import Writer

T = TypeVar("T")
Committed = Callable[[frozenset[str]], None]


class SqlStore:
    """`Store` over SQLAlchemy. Belongs to the loop on which it was opened."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.sentbox = SqlSentbox(self)
        self._hooks: list[Committed] = []
        self._readers = Readers(engines.reader_engine(url))
        self._writer: Writer | None = Writer(engines.writer_engine(url), self._settled)

    @classmethod
    async def open(cls, url: str) -> Self:
        """Open the database (a path or `sqlite:///PATH`), made and migrated if need be."""
        await asyncio.to_thread(migrate, url)
        return cls(url)

    def on_commit(self, hook: Committed) -> None:
        """Have `hook` called on the loop after each commit, with the names of the tables written.

        Those who waited for the commit are told first. For ringing bells: it must not block.
        """
        self._hooks.append(hook)

    async def write(self, work: Callable[[Tx], T]) -> T:
        """Run `work` on the writer's thread, whole or not at all; returns once committed.

        What `work` raises is raised here, and undoes only its own writes. `work` may be run again after what it
        did has been rolled back (because a job beside it failed), so it must have no effect but on `tx` and
        what it returns. A caller that is cancelled meanwhile does not stop it.
        """
        return await self.write_sql(work)

    async def write_sql(self, work: Callable[[SqlTx], T]) -> T:
        """As `write`, for the parts of storage that are not ports of the desk."""
        if self._writer is None:
            raise StorageError("the store has been closed: nothing can be written any more")
        result: T = await self._writer.submit(work)
        return result

    async def read(self, work: Callable[[Tx], T]) -> T:
        """Run `work` beside the writer, on one snapshot of what has been committed; writing in it fails."""
        return await self.read_sql(work)

    async def read_sql(self, work: Callable[[SqlTx], T]) -> T:
        """As `read`, for the parts of storage that are not ports of the desk."""
        if self._writer is None:
            raise StorageError("the store has been closed: nothing can be read any more")
        result: T = await self._readers.submit(work)  # type: ignore[assignment]  # as `work` returns it
        return result

    async def close(self) -> None:
        """Finish what was queued and let go of the database; closing again does nothing."""
        writer, self._writer = self._writer, None
        if writer is not None:
            await writer.close()
            await self._readers.close()

    async def backup(self, to: Path) -> None:
        """Write a consistent copy of everything committed so far, while work goes on."""
        await asyncio.to_thread(backups.backup, self.url, to)

    async def integrity(self) -> list[str]:
        """What is wrong with the database file, one sentence each; empty when it is sound."""
        return await asyncio.to_thread(backups.integrity, engines.path_of(self.url))

    def export(self, what: str) -> AsyncIterator[dict[str, Any]]:
        """Rows of `tickets`, `events`, `messages`, `targets` or `outbox` as JSON-able dicts, oldest first."""
        return exports.export(self.url, what)

    def _settled(self, jobs: Sequence[Job], touched: frozenset[str]) -> None:
        for job in jobs:
            job.settle()
        if touched:
            for hook in self._hooks:
                self._ring(hook, touched)

    def _ring(self, hook: Committed, touched: frozenset[str]) -> None:
        try:
            hook(touched)
        except Exception as error:  # noqa: BLE001  # the others must still hear of it
            report = {"message": "a hook of the store failed", "exception": error}
            asyncio.get_running_loop().call_exception_handler(report)
