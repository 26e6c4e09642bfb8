"""What went wrong, as one sentence for whoever typed the command."""

from __future__ import annotations


class UsageError(Exception):
    """The command cannot be done as it was given; the message says what to write instead."""


def explain(error: Exception) -> str:
    """Say what is wrong and what to do; never a traceback. Our own errors are sentences already."""
    if type(error).__module__.startswith("bot."):
        return f"error: {error}"
    if isinstance(error, OSError) and error.strerror:
        where = f"{error.filename}: " if error.filename else ""
        return f"error: {where}{error.strerror.lower()}"
    return (
        f"error: this should not happen ({type(error).__name__}); run it again with YINGNUO_DEBUG=1 in the "
        "environment to see where, and report it"
    )
