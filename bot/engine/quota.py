"""How many messages may go to a conversation right now. Pure."""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

import msgspec

from bot.channels.base import Capabilities, Channel, Counting, Window
from bot.desk.records import OutboxRow
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


Weigh = Callable[[Outgoing], int]


def weighing(channel: Channel) -> Weigh:
    """How many messages a notice takes there, and never more than a quota allows at once: it must go some time."""
    if not isinstance(channel, Counting):
        return lambda _message: 1
    most = min((quota.limit for quota in channel.capabilities.quotas), default=sys.maxsize)
    return lambda message: min(channel.messages(message), most)


class Spent(msgspec.Struct, frozen=True, kw_only=True):
    """What a conversation's window stands at: when the customer spoke last, and messages gone since then."""

    last_in_at: datetime | None = None
    messages: int = 0


def window_open(window: Window, spent: Spent, row: OutboxRow, now: datetime) -> bool:
    """Whether the provider still takes this notice after the customer's last message (e.g. five in 48 hours).

    `spent` includes the notice itself. The last of them is kept for the outcome. An answer in place (a welcome
    code, a response URL) needs no window: its token is the permission.
    """
    if row.message.reply_token:
        return True
    if spent.last_in_at is None or now - spent.last_in_at >= timedelta(seconds=window.seconds):
        return False
    limit = window.limit if row.purpose == Purpose.OUTCOME else window.limit - window.reserve
    return spent.messages <= limit


Groups = list[list[OutboxRow]]


def squeeze(rows: Sequence[OutboxRow], slots: int, weigh: Weigh) -> tuple[Groups, list[OutboxRow]]:
    """Which rows go together as one message, and which must wait: reminders are joined, never dropped.

    Rows come in order of priority; each group is sent as one. `slots` are messages, of which a long notice takes
    several.
    """
    groups: Groups = [[row] for row in rows]
    if sum(weigh(row.message) for row in rows) > slots:
        groups = _merged(rows, weigh)
    for at, group in enumerate(groups):
        slots -= weigh(joined(group))
        if slots < 0:
            return groups[:at], [row for late in groups[at:] for row in late]
    return groups, []


def _merged(rows: Sequence[OutboxRow], weigh: Weigh) -> Groups:
    """Reminders under each other, as many as one message holds, at the place of the most urgent of them."""
    groups: Groups = []
    merged: list[OutboxRow] = []
    for row in rows:
        if row.purpose not in MERGEABLE:
            groups.append([row])
        elif merged and weigh(joined([*merged, row])) == 1:
            merged.append(row)
        else:
            merged = [row]
            groups.append(merged)
    return groups


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
