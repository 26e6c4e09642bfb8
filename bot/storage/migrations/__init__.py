"""Alembic migrations, run by `bot.storage.upgrade`."""
