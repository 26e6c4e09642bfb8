"""Sends one notice as the messages it takes, and takes up an interrupted one where it stopped."""

from __future__ import annotations

from collections import OrderedDict
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from telegram import LinkPreviewOptions, ReplyParameters
from telegram.error import BadRequest, RetryAfter, TelegramError

from bot.channels.base import ChannelError, Permanent, Sent, Temporary, Uncertain
from bot.channels.telegram.attach import Attachments
from bot.channels.telegram.failure import failure, seconds
from bot.channels.telegram.render import Part, parts
from bot.clock import Bell

if TYPE_CHECKING:
    from datetime import datetime

    from telegram import Bot

    from bot.clock import Clock
    from bot.domain.messages import Address, Outgoing

_REMEMBERED = 1000  # interrupted notices
_PACE = timedelta(seconds=1)  # between messages to one chat


class Sender:
    """Sends through one bot.

    A long notice is several messages. If one of them fails, what has arrived is remembered by the notice's
    key, and the next try goes on from there; without a key it is Uncertain, for a repeat would show twice.
    After a 429 the chat, and only that chat, is left alone for as long as Telegram asked.
    """

    def __init__(self, bot: Bot, clock: Clock, media_dir: str) -> None:
        self._bot = bot
        self._clock = clock
        self._attachments = Attachments(bot, media_dir)
        self._done: OrderedDict[tuple[str, str], tuple[str, ...]] = OrderedDict()
        self._quiet: dict[str, datetime] = {}

    async def send(self, to: Address, message: Outgoing) -> Sent:
        """Send what of the notice has not been sent yet; returns the id of its first message."""
        self._refuse_while_quiet(to.chat)
        rendered = parts(message)
        key = (to.key, message.key)
        refs = self._done.pop(key, ()) if message.key else ()
        for number in range(len(refs), len(rendered)):
            if refs:
                await self._clock.wait(self._clock.now() + _PACE, Bell())
            try:
                refs = (*refs, await self._part(to, message, rendered[number], is_first=number == 0))
            except ChannelError as error:
                raise self._interrupted(key, refs, error) from error
        return Sent(ref=refs[0])

    def _refuse_while_quiet(self, chat: str) -> None:
        """Do not ask again before Telegram wants to be asked: it would prolong the wait."""
        now = self._clock.now()
        self._quiet = {one: until for one, until in self._quiet.items() if until > now}
        if chat in self._quiet:
            left = (self._quiet[chat] - now).total_seconds()
            raise Temporary("Telegram asks to send more slowly to this chat", retry_after=left)

    def _interrupted(self, key: tuple[str, str], refs: tuple[str, ...], error: ChannelError) -> ChannelError:
        if not refs or isinstance(error, (Permanent, Uncertain)):
            return error
        if not key[1]:
            return Uncertain(f"only the first {len(refs)} messages of this notice have arrived: {error}")
        self._done[key] = refs
        while len(self._done) > _REMEMBERED:
            self._done.popitem(last=False)
        return error

    async def _part(self, to: Address, message: Outgoing, part: Part, *, is_first: bool) -> str:
        is_edit = bool(message.edit) and is_first and part.media is None
        try:
            return await (
                self._edit(to, message.edit, part) if is_edit else self._new(to, message, part, is_first)
            )
        except RetryAfter as error:
            self._quiet[to.chat] = self._clock.now() + timedelta(seconds=seconds(error))
            raise failure(error, to) from error
        except TelegramError as error:
            raise failure(error, to, repeatable=is_edit) from error

    async def _edit(self, to: Address, ref: str, part: Part) -> str:
        try:
            await self._bot.edit_message_text(
                part.text,
                chat_id=_chat(to),
                message_id=_number(ref, "the message to replace"),
                entities=part.entities,
                reply_markup=part.keyboard,
                link_preview_options=LinkPreviewOptions(is_disabled=True),
            )
        except BadRequest as error:
            if "not modified" not in error.message.lower():
                raise
        return ref

    async def _new(self, to: Address, message: Outgoing, part: Part, is_first: bool) -> str:  # noqa: FBT001
        where: dict[str, Any] = {"chat_id": _chat(to)}
        if to.thread:
            where["message_thread_id"] = _number(to.thread, "the topic")
        if message.reply_to.isdecimal() and is_first:  # better said without the quotation than not at all
            number = int(message.reply_to)
            where["reply_parameters"] = ReplyParameters(number, allow_sending_without_reply=True)
        try:
            return await self._say(part, where)
        except BadRequest as error:
            if "thread not found" not in error.message.lower() or not to.thread:
                raise
            del where["message_thread_id"]  # the topic was deleted: better in the group than nowhere
            return await self._say(part, where)

    async def _say(self, part: Part, where: dict[str, Any]) -> str:
        if part.media is not None:
            return await self._attachments.send(part.media, where)
        shown = await self._bot.send_message(
            text=part.text,
            entities=part.entities,
            reply_markup=part.keyboard,
            link_preview_options=LinkPreviewOptions(is_disabled=True),
            **where,
        )
        return str(shown.message_id)


def _chat(to: Address) -> int | str:
    """Return the chat as Telegram wants it: a number, or @name of a public group."""
    return to.chat if to.chat.startswith("@") else _number(to.chat, "the chat")


def _number(text: str, what: str) -> int:
    try:
        return int(text)
    except ValueError:
        raise Permanent(f"{what} must be a number of Telegram's, not {text[:40]!r}") from None
