"""Connections: SQLite in WAL with full sync for the writer, query-only ones for readers."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, create_engine, event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.pool import NullPool

_ALWAYS = ("PRAGMA foreign_keys = ON", "PRAGMA busy_timeout = 10000")
_WRITER = (
    "PRAGMA journal_mode = WAL",
    "PRAGMA synchronous = FULL",
    "PRAGMA cache_size = -65536",
    "PRAGMA temp_store = MEMORY",
    "PRAGMA journal_size_limit = 67108864",
)
_READER = ("PRAGMA query_only = ON",)


class StorageError(Exception):
    """The database cannot be used as asked; the message says why and what to do."""


def parse(url: str) -> URL:
    """The URL of a database; a bare path means an SQLite file.

    In-memory databases are refused: nothing in them survives, and the readers could not see them.
    """
    parsed = make_url(url if "://" in url else f"sqlite:///{url}")
    if parsed.get_backend_name() != "sqlite":
        raise StorageError(f"a {parsed.get_backend_name()} database is not supported yet: use sqlite:///PATH")
    if parsed.database in {None, "", ":memory:"}:
        raise StorageError("an in-memory database keeps nothing: give a file, e.g. sqlite:///data/desk.db")
    return parsed


def path_of(url: str) -> Path:
    """Where the SQLite file is."""
    return Path(str(parse(url).database))


def prepare(url: str) -> None:
    """Make the folder and an empty file that only the owner can read: customers' words stand in it."""
    path = path_of(url)
    path.parent.mkdir(parents=True, exist_ok=True)
    os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))


def writer_engine(url: str) -> Engine:
    """For the one writer, and for migrations."""
    engine = create_engine(
        parse(url).set(drivername="sqlite+pysqlite"),
        poolclass=NullPool,
        connect_args={"cached_statements": 512, "check_same_thread": False},
    )
    return _configured(engine, *_ALWAYS, *_WRITER)


def reader_engine(url: str) -> Engine:
    """For reading beside the writer, each connection in a thread of its own."""
    engine = create_engine(
        parse(url).set(drivername="sqlite+pysqlite"),
        poolclass=NullPool,
        connect_args={"cached_statements": 512, "check_same_thread": False},
    )
    return _configured(engine, *_ALWAYS, *_READER)


def async_engine(url: str) -> AsyncEngine:
    """For long reads on the loop beside everything else, over aiosqlite: what matters is that nobody waits."""
    engine = create_async_engine(parse(url).set(drivername="sqlite+aiosqlite"), poolclass=NullPool)

    def connected(connection: Any, _record: Any) -> None:
        cursor = connection.cursor()
        for pragma in (*_ALWAYS, *_READER):
            cursor.execute(pragma)
        cursor.close()

    event.listen(engine.sync_engine, "connect", connected)
    return engine


def _configured(engine: Engine, *pragmas: str) -> Engine:
    def connected(connection: Any, _record: Any) -> None:
        connection.isolation_level = None  # transactions begin where we say so
        cursor = connection.cursor()
        for pragma in pragmas:
            cursor.execute(pragma)
        cursor.close()

    event.listen(engine, "connect", connected)
    return engine
