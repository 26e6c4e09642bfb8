"""The database: one writer with group commit, readers beside it, migrations, backups, exports."""

from __future__ import annotations

from bot.storage.backups import integrity, restore
from bot.storage.engines import StorageError
from bot.storage.exports import export
from bot.storage.store import SqlStore
from bot.storage.upgrade import migrate

__all__ = ["SqlStore", "StorageError", "export", "integrity", "migrate", "restore"]
