"""Copies of the database: made while it runs, checked, and put back."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from pathlib import Path

from sqlalchemy import create_engine
from sqlalchemy.pool import NullPool

from bot.storage import engines
from bot.storage.engines import StorageError
from bot.storage.upgrade import migrate


def backup(url: str, to: Path) -> None:
    """Write a consistent copy to `to`, beside running work. It appears whole and checked, or not at all."""
    part = to.with_name(to.name + ".part")
    part.unlink(missing_ok=True)
    to.parent.mkdir(parents=True, exist_ok=True)
    os.close(os.open(part, os.O_CREAT | os.O_WRONLY | os.O_EXCL, 0o600))
    _copy(engines.path_of(url), part)
    _settle(part, to)


def restore(source: Path, url: str) -> Path | None:
    """Put a backup in the place of the database, and upgrade it if it is older than the code.

    Returns where the database that stood there was kept, if one did. Raises StorageError, with nothing
    changed, where the backup is damaged or the database is in use.
    """
    if not source.is_file():
        raise StorageError(f"there is no backup at {source}: give the path of a file made by `backup`")
    path = engines.path_of(url)
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(path.name + ".part")
    part.unlink(missing_ok=True)
    os.close(os.open(part, os.O_CREAT | os.O_WRONLY | os.O_EXCL, 0o600))
    _copy(source, part)
    _refuse_damaged(part, source)
    migrate(str(part))
    _fold(part)
    kept = _set_aside(path)
    _settle(part, path)
    return kept


def integrity(path: Path) -> list[str]:
    """What is wrong with a database file, one sentence each; empty when it is sound."""
    try:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as connection:
            found = [row[0] for row in connection.execute("PRAGMA integrity_check")]
            orphans = connection.execute("PRAGMA foreign_key_check").fetchall()
    except sqlite3.DatabaseError as error:
        return [f"{path} cannot be read: {error}"]
    problems = [] if found == ["ok"] else found
    return problems + [f"row {row[1]} of {row[0]} refers to a missing row of {row[2]}" for row in orphans]


def _copy(source: Path, to: Path) -> None:
    try:
        with (
            closing(sqlite3.connect(f"{source.absolute().as_uri()}?mode=ro", uri=True)) as old,
            closing(sqlite3.connect(to)) as new,
        ):
            old.backup(new)
            new.execute("PRAGMA journal_mode = DELETE")
    except sqlite3.DatabaseError as error:
        to.unlink(missing_ok=True)
        raise StorageError(f"{source} cannot be copied: {error}") from error


def _refuse_damaged(part: Path, source: Path) -> None:
    if problems := integrity(part):
        part.unlink()
        raise StorageError(f"{source} is damaged and was not restored: {problems[0]}")


def _fold(path: Path) -> None:
    """Bring the write-ahead log back into the file; fails where somebody else has it open."""
    engine = create_engine(f"sqlite+pysqlite:///{path}", poolclass=NullPool)
    with engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA journal_mode = DELETE")


def _set_aside(path: Path) -> Path | None:
    """Keep what stands there, log and all, under another name; a damaged database is the best reason to restore."""
    if not path.exists():
        return None
    try:
        with closing(sqlite3.connect(path, timeout=1)) as connection:
            connection.execute("PRAGMA journal_mode = DELETE")  # needs to be alone
    except sqlite3.DatabaseError as error:
        if "locked" in str(error):
            raise StorageError(f"{path} is in use: stop the bot before restoring ({error})") from error
    kept = path.with_name(path.name + ".before-restore")
    for suffix in ("", "-wal", "-shm"):
        part, aside = (each.with_name(each.name + suffix) for each in (path, kept))
        aside.unlink(missing_ok=True)
        if part.exists():
            part.replace(aside)
    return kept


def _settle(part: Path, to: Path) -> None:
    """Make the finished file durable under its name."""
    for place in (part, to.parent):
        if place == to.parent:
            part.replace(to)
        handle = os.open(place, os.O_RDONLY)
        os.fsync(handle)
        os.close(handle)
