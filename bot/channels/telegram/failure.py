"""From what went wrong at the Bot API to what delivery should do next."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import httpx
import msgspec
from telegram.error import (
    BadRequest,
    ChatMigrated,
    Conflict,
    Forbidden,
    InvalidToken,
    RetryAfter,
    TelegramError,
)

from bot.channels.base import ChannelError, Moved, Permanent, Temporary, Uncertain
from bot.channels.telegram.client import ServerError

if TYPE_CHECKING:
    from bot.domain.messages import Address

# The request never left this machine.
_NOT_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError, RuntimeError)
_GATEWAY_TIMEOUT = 504  # says nothing of whether the message was taken


def failure(error: TelegramError, to: Address, *, repeatable: bool = False) -> ChannelError:
    """Say what became of a call to `to` that raised `error`; `repeatable` calls do no harm when made twice.

    The sentences carry Telegram's own reason but neither the token nor the message.
    """
    match error:
        case RetryAfter():
            return Temporary("Telegram asks to send more slowly to this chat", retry_after=seconds(error))
        case ChatMigrated():
            return Moved(msgspec.structs.replace(to, chat=str(error.new_chat_id)))
        case InvalidToken():
            return Permanent("Telegram refuses the bot token: get it anew from @BotFather")
        case Forbidden() | BadRequest():
            return Permanent(f"Telegram refuses the message: {error.message[:200]}")
        case Conflict():
            return Temporary(f"Telegram reports a conflict: {error.message[:200]}")
        case _:
            return _network(error, repeatable=repeatable)


def seconds(error: RetryAfter) -> float:
    """How long Telegram asks to wait."""
    after = error.retry_after
    return after.total_seconds() if isinstance(after, timedelta) else float(after)


def _network(error: TelegramError, *, repeatable: bool) -> ChannelError:
    cause = error.__cause__
    if isinstance(cause, _NOT_SENT):
        return Temporary(f"Telegram cannot be reached ({type(cause).__name__}): check network and proxy")
    if isinstance(error, ServerError) and error.status != _GATEWAY_TIMEOUT:
        return Temporary(f"Telegram is out of order (HTTP {error.status}): the message was not taken")
    if repeatable:
        return Temporary("the connection to Telegram broke before its answer came")
    return Uncertain("Telegram's answer did not come: the message may or may not have been delivered")
