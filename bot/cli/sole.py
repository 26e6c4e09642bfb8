"""One bot to a database file: two would remind everybody twice."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bot.cli.faults import UsageError

try:
    import fcntl
except ImportError:  # Windows, where SQLite's own locks must do
    fcntl = None  # type: ignore[assignment]


@contextmanager
def sole(database: Path) -> Iterator[None]:
    """Hold the database until the end of the block, or of the process however it ends.

    Raises UsageError while somebody else holds it.
    """
    database.parent.mkdir(parents=True, exist_ok=True)
    with database.with_name(database.name + ".lock").open("ab") as handle:
        if fcntl is not None:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                raise UsageError(
                    f"{database} is in use by another bot: stop that one first, or name another database"
                ) from None
        yield
