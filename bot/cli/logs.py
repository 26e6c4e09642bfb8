"""Log lines: one line each, a named action, and never what somebody wrote, a phone number or a secret.

    2026-11-20T23:40:00Z WARNING bot.engine.outbox action=send_failed channel=telegram why=Temporary

Our own code logs actions and names; values go into `extra` only where they are ids, counts or types. Of an
exception the type and the places are written, never its words: a driver puts statement and parameters into them,
and a parser what it could not read. Of other packages' lines only the pattern is written, without its values.
"""

from __future__ import annotations

import asyncio
import logging
import traceback
from datetime import UTC, datetime
from typing import Any

_PLAIN = frozenset(logging.makeLogRecord({}).__dict__) | {"message", "asctime", "taskName"}
_QUIET = ("httpx", "httpcore", "telegram", "aiohttp.access", "alembic", "asyncio")
_FRAMES = 6


class OneLine(logging.Formatter):
    """Formats a record as described above."""

    def format(self, record: logging.LogRecord) -> str:
        """One line, whatever the record holds."""
        ours = record.name.partition(".")[0] == "bot"
        what = record.getMessage() if ours else str(record.msg)
        at = datetime.fromtimestamp(record.created, UTC)
        parts = [f"{at:%Y-%m-%dT%H:%M:%SZ}", record.levelname, record.name, f"action={_word(what)}"]
        if ours:
            parts += [f"{k}={_word(str(v))}" for k, v in record.__dict__.items() if k not in _PLAIN]
        if record.exc_info and record.exc_info[1]:
            parts += _places(record.exc_info[1])
        return " ".join(parts)


def _word(text: str) -> str:
    """As it stands where it is one plain word, else in quotation marks, on one line, at most 300 characters."""
    if text and len(text) < 120 and text.isascii() and text.isprintable() and not set(text) & set(' "='):
        return text
    return (
        '"' + ascii(text[:300])[1:-1].replace('"', "'") + '"' if not text.isprintable() else f'"{text[:300]}"'
    )


def _places(error: BaseException) -> list[str]:
    frames = traceback.extract_tb(error.__traceback__)[-_FRAMES:]
    where = ">".join(f"{frame.filename.rpartition('/')[2]}:{frame.lineno}:{frame.name}" for frame in frames)
    cause = error.__cause__ or error.__context__
    behind = [f"cause={type(cause).__name__}"] if cause else []
    return [f"error={type(error).__name__}", f"at={where or 'unknown'}", *behind]


def start(level: int = logging.INFO) -> None:
    """Log to stderr in this form from now on; chatty packages only when something is wrong."""
    handler = logging.StreamHandler()
    handler.setFormatter(OneLine())
    logging.basicConfig(level=level, handlers=[handler], force=True)
    for name in _QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)


def mind_the_loop() -> None:
    """What nobody awaited is logged by its type: asyncio's own line would hold the exception's words."""

    def forgotten(_: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        error = context.get("exception")
        log = logging.getLogger("bot.loop")
        log.error("loop.forgotten", exc_info=error if isinstance(error, BaseException) else None)

    asyncio.get_running_loop().set_exception_handler(forgotten)
