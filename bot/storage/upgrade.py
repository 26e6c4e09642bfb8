"""Brings a database to the schema this code needs."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from bot.storage import engines
from bot.storage.engines import StorageError


def config() -> Config:
    """Alembic's view of the migrations in this package."""
    settings = Config()
    settings.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    return settings


@cache
def revisions() -> tuple[str, ...]:
    """Every revision this code knows, the newest first."""
    return tuple(script.revision for script in ScriptDirectory.from_config(config()).walk_revisions())


def revision(connection: Connection) -> str | None:
    """The revision a database stands at; None for an empty one."""
    return MigrationContext.configure(connection).get_current_revision()


def migrate(url: str) -> str:
    """Create or upgrade the database; the revision it stands at afterwards. Doing it again changes nothing.

    All steps are one transaction that holds the write lock, so two processes cannot migrate at once and a
    failure leaves the old schema. A database newer than the code is refused.
    """
    engines.prepare(url)
    with engines.writer_engine(url).connect() as connection:
        if revision(connection) != revisions()[0]:
            connection.exec_driver_sql("BEGIN IMMEDIATE")
            _upgrade(connection)
            connection.commit()
    return revisions()[0]


def _upgrade(connection: Connection) -> None:
    stands_at = revision(connection)
    if stands_at is not None and stands_at not in revisions():
        raise StorageError(
            f"the database is at revision {stands_at}, which this version does not know: run the newer version"
        )
    settings = config()
    settings.attributes["connection"] = connection
    command.upgrade(settings, "head")
