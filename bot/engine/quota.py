"""How many messages may go to a conversation right now. Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import datetime, timedelta

import msgspec

from bot.channels.base import Capabilities
from bot.desk.records import Chat, OutboxRow
from bot.domain.messages import Outgoing, Purpose

MERGEABLE = frozenset({Purpose.REMIND, Purpose.ESCALATE, Purpose.PROGRESS, Purpose.DIGEST})


class Room(msgspec.Struct, frozen=True, kw_only=True):
    """`slots` messages may go now; the next one after those at `again`."""

    slots: int
    again: datetime | None = None


def longest(capabilities: Capabilities) -> timedelta:
    """How far back the ledger must be read."""
    return timedelta(seconds=max((q.seconds for q in capabilities.quotas), default=0.0))


def room(capabilities: Capabilities, sent: Sequence[datetime], now: datetime) -> Room:
    """What the channel's quotas leave, given when messages were sent there lately."""
    slots, again = 1_000, None
    for quota in capabilities.quotas:
        span = timedelta(seconds=quota.seconds)
        recent = sorted(at for at in sent if at > now - span)
        free = quota.limit - len(recent)
        if free <= 0 and (again is None or recent[-quota.limit] + span > again):
            again = recent[-quota.limit] + span
        slots = min(slots, max(free, 0))
    return Room(slots=slots, again=again)


def window_open(capabilities: Capabilities, chat: Chat | None, row: OutboxRow, now: datetime) -> bool:
    """Whether the provider still takes this notice after the customer's last message (e.g. five in 48 hours).

    The last of them is kept for the outcome. An answer in place (a welcome code, a response URL) needs no window:
    its token is the permission.
    """
    window = capabilities.window
    if window is None or row.message.reply_token:
        return True
    if chat is None or chat.last_in_at is None or now - chat.last_in_at >= timedelta(seconds=window.seconds):
        return False
    limit = window.limit if row.purpose == Purpose.OUTCOME else window.limit - window.reserve
    return chat.sent_since_in < limit


def squeeze(rows: Sequence[OutboxRow], slots: int) -> tuple[list[list[OutboxRow]], list[OutboxRow]]:
    """Which rows go together as one message, and which must wait: reminders are joined, never dropped.

    Rows come in order of priority; each group is sent as one.
    """
    if len(rows) <= slots:
        return [[row] for row in rows], []
    groups: list[list[OutboxRow]] = []
    merged: list[OutboxRow] = []
    for row in rows:
        if row.purpose not in MERGEABLE:
            groups.append([row])
            continue
        if not merged:
            groups.append(merged)  # all of them go at the place of the most urgent
        merged.append(row)
    return groups[:slots], [row for group in groups[slots:] for row in group]


def joined(group: Sequence[OutboxRow]) -> Outgoing:
    """Several notices as one message: their texts under each other, everybody pinged once.

    Its key names all of them: under the first one's alone a provider that has seen that would drop the others.
    """
    first = group[0].message
    if len(group) == 1:
        return first
    mentions = {m.person: m for row in group for m in row.message.mentions}
    text = "\n————\n".join(row.message.text for row in group)
    key = hashlib.sha256("\n".join(row.message.key for row in group).encode()).hexdigest()
    return msgspec.structs.replace(
        first,
        key=key,
        text=text,
        mentions=tuple(mentions.values()),
        buttons=(),
        media=tuple(m for row in group for m in row.message.media),
    )
