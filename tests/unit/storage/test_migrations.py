from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from bot.storage import SqlStore, StorageError, migrate
from bot.storage.engines import writer_engine
from bot.storage.tables import metadata
from bot.storage.upgrade import revisions


def schema(path: Path) -> dict[str, list[str]]:
    """Everything SQLite knows of, each with its SQL less white space, quotes and the order of its clauses."""
    with closing(sqlite3.connect(path)) as connection:
        rows = connection.execute(
            "SELECT name, sql FROM sqlite_master WHERE name <> 'alembic_version'"
        ).fetchall()
    return {
        name: sorted("".join((sql or "").replace('"', "").split()).replace(")", "").split(","))
        for name, sql in rows
        if "alembic" not in name
    }


def test_the_migrations_make_exactly_the_tables_of_the_code(tmp_path: Path) -> None:
    migrate(str(tmp_path / "migrated.db"))
    metadata.create_all(writer_engine(str(tmp_path / "made.db")))
    made = schema(tmp_path / "made.db")
    assert {"tickets", "events_no_update", "timers_due"} <= made.keys()
    assert schema(tmp_path / "migrated.db") == made


def test_alembic_finds_nothing_left_to_migrate(tmp_path: Path) -> None:
    migrate(str(tmp_path / "desk.db"))
    with writer_engine(str(tmp_path / "desk.db")).connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []


def test_migrating_again_changes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "desk.db"
    first = migrate(str(path))
    before = schema(path)
    assert migrate(f"sqlite:///{path}") == first == revisions()[0]
    assert schema(path) == before


async def test_opening_migrates_and_keeps_what_is_there(url: str) -> None:
    for expected in (None, "1"):
        store = await SqlStore.open(url)
        assert await store.read(lambda tx: tx.state.load("a")) == expected
        await store.write(lambda tx: tx.state.save("a", "1"))
        await store.close()


def test_a_database_of_a_newer_version_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "desk.db"
    migrate(str(path))
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
        connection.commit()
    with pytest.raises(StorageError, match="9999"):
        migrate(str(path))


def test_the_database_file_is_its_owners_alone(tmp_path: Path) -> None:
    migrate(str(tmp_path / "desk.db"))
    assert (tmp_path / "desk.db").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("url", ["sqlite://", "sqlite:///:memory:", "mysql://h/d"])
def test_databases_that_cannot_serve_are_refused(url: str) -> None:
    with pytest.raises(StorageError):
        migrate(url)


@pytest.mark.parametrize("act", ["UPDATE events SET actor = 'x'", "DELETE FROM events"])
async def test_the_log_cannot_be_rewritten(tmp_path: Path, act: str) -> None:
    path = tmp_path / "desk.db"
    migrate(str(path))
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(
            "INSERT INTO events (id, ticket, cycle, type, at, actor, data) VALUES (1, 1, 1, 'opened', '', 'bot', '{}')"
        )
        with pytest.raises(sqlite3.IntegrityError, match="append-only"):
            connection.execute(act)
