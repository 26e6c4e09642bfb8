"""What is wrong with a Telegram bot, in Chinese, and what to click."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from telegram.constants import ChatMemberStatus
from telegram.error import BadRequest, Forbidden, InvalidToken, TelegramError

from bot.channels.base import Finding
from bot.channels.telegram.client import ALLOWED
from bot.texts import say

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Literal

    from telegram import User, WebhookInfo

    from bot.channels.telegram.client import Api
    from bot.channels.telegram.settings import TelegramSettings

_TOKEN = re.compile(r"\d{5,16}:[A-Za-z0-9_-]{30,}")
_MANY_PENDING = 100  # updates that Telegram keeps for us


async def examine(api: Api, settings: TelegramSettings) -> Sequence[Finding]:
    """Look at token, connection, privacy mode, webhook and groups."""
    examiner = _Examiner(api, settings)
    if not _TOKEN.fullmatch(settings.token):
        return [examiner.finding("error", "token_malformed")]
    try:
        me = await api.bot.get_me()
    except InvalidToken:
        return [examiner.finding("error", "token_refused")]
    except TelegramError:
        return [examiner.finding("error", "unreachable", where=settings.api_base)]
    found = [examiner.finding("ok", "connected", username=me.username, id=me.id)]
    found += examiner.abilities(me)
    found += await examiner.reception()
    for group in settings.groups:
        found.append(await examiner.group(group, me))
    return found


class _Examiner:
    """Looks at one thing after the other."""

    def __init__(self, api: Api, settings: TelegramSettings) -> None:
        self._api = api
        self._settings = settings

    def finding(self, state: Literal["ok", "warning", "error"], key: str, **fields: object) -> Finding:
        """Say it from the catalogue; what is not right has a `…_todo` there."""
        todo = "" if state == "ok" else say(f"telegram.{key}_todo", **fields)
        subject = f"telegram:{self._settings.account}"
        return Finding(subject=subject, state=state, says=say(f"telegram.{key}", **fields), todo=todo)

    def abilities(self, me: User) -> Sequence[Finding]:
        """Tell whether the bot may join groups and hears what is said there."""
        privacy = (
            self.finding("ok", "hears_all")
            if me.can_read_all_group_messages
            else self.finding("warning", "privacy", username=me.username)
        )
        if me.can_join_groups is False:
            return [privacy, self.finding("warning", "no_groups", username=me.username)]
        return [privacy]

    async def reception(self) -> Sequence[Finding]:
        """Tell whether messages come in: by polling without a webhook, or by ours without errors."""
        try:
            webhook = await self._api.bot.get_webhook_info()
        except TelegramError:
            return [self.finding("error", "unreachable", where=self._settings.api_base)]
        if self._settings.mode == "polling":
            return [*self._pending(webhook), self._polling(webhook)]
        return [*self._pending(webhook), self._hook(webhook)]

    def _polling(self, webhook: WebhookInfo) -> Finding:
        if webhook.url:
            return self.finding("warning", "foreign_webhook")
        return self.finding("ok", "polling")

    def _hook(self, webhook: WebhookInfo) -> Finding:
        if webhook.url != self._settings.webhook_url:
            return self.finding("warning", "webhook_unset", url=self._settings.webhook_url)
        if webhook.last_error_message:
            return self.finding("warning", "webhook_fails", why=webhook.last_error_message[:200])
        if webhook.allowed_updates and set(webhook.allowed_updates) != set(ALLOWED):
            return self.finding("warning", "webhook_unset", url=self._settings.webhook_url)
        return self.finding("ok", "webhook")

    def _pending(self, webhook: WebhookInfo) -> list[Finding]:
        if webhook.pending_update_count < _MANY_PENDING:
            return []
        return [self.finding("warning", "pending", count=webhook.pending_update_count)]

    async def group(self, chat: str, me: User) -> Finding:
        """Tell whether we are in that group and hear what is said there."""
        try:
            member = await self._api.bot.get_chat_member(chat, me.id)
        except (BadRequest, Forbidden):
            return self.finding("error", "group_unknown", chat=chat, username=me.username)
        except TelegramError:
            return self.finding("error", "unreachable", where=self._settings.api_base)
        if member.status in {ChatMemberStatus.LEFT, ChatMemberStatus.BANNED}:
            return self.finding("error", "group_unknown", chat=chat, username=me.username)
        if member.status in {ChatMemberStatus.ADMINISTRATOR, ChatMemberStatus.OWNER}:
            return self.finding("ok", "group_admin", chat=chat)
        if me.can_read_all_group_messages:
            return self.finding("ok", "group_member", chat=chat)
        return self.finding("warning", "group_deaf", chat=chat, username=me.username)
