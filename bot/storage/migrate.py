"""Brings a database to the schema this code needs."""

from __future__ import annotations

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


def head() -> str:
    """The newest revision this code knows."""
    return str(ScriptDirectory.from_config(config()).get_current_head())


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
        connection.exec_driver_sql("BEGIN IMMEDIATE")
        _upgrade(connection)
        connection.commit()
    return head()


def _upgrade(connection: Connection) -> None:
    settings = config()
    known = {script.revision for script in ScriptDirectory.from_config(settings).walk_revisions()}
    stands_at = revision(connection)
    if stands_at is not None and stands_at not in known:
        raise StorageError(
            f"the database is at revision {stands_at}, which this version does not know: upgrade"
        )
    settings.attributes["connection"] = connection
    command.upgrade(settings, "head")
