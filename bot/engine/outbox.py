"""Sends what must go out: by priority, within each provider's quotas, and writes down what became of it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from datetime import datetime, timedelta

from msgspec.structs import replace

from bot.channels.base import Attended, Channel, ChannelError, Moved, Permanent, Sent, Temporary, Uncertain
from bot.desk import delivery
from bot.desk.book import Book, Turn
from bot.desk.masking import masked
from bot.desk.ports import Store, Tx
from bot.desk.records import OutboxRow
from bot.desk.wording import clock_time, duration
from bot.domain.messages import Address, Outgoing
from bot.engine.parts import Shelf, Switchboard
from bot.engine.quota import Spent, joined, longest, room, squeeze, weighing, window_open
from bot.texts import say

BATCH = 100
LEASE = timedelta(seconds=90)
PATIENCE = 2  # failures running
_LATE = timedelta(minutes=1)

log = logging.getLogger(__name__)


class OutboxEngine:
    """One message at a time to each conversation; conversations side by side."""

    def __init__(self, store: Store, shelf: Shelf, switchboard: Switchboard) -> None:
        self._store = store
        self._shelf = shelf
        self._switchboard = switchboard
        self._fresh = True

    async def run_once(self, now: datetime) -> bool:
        """Send what is due; True while there may be more.

        One process serves a database, so what is still being sent when it starts was left by one that died.
        """
        dead = now + LEASE if self._fresh else now
        rows = await self._store.write(lambda tx: self._claim(tx, now, dead))
        self._fresh = False
        lanes: dict[str, list[OutboxRow]] = {}
        for row in rows:
            lanes.setdefault(row.routes[row.route].key if row.routes else "", []).append(row)
        await asyncio.gather(*(self._lane(lane, now) for lane in lanes.values()))
        return bool(rows)

    async def next_at(self) -> datetime | None:
        """When the next row may be sent, or a lease runs out."""
        return await self._store.read(lambda tx: tx.outbox.next_at())

    def _claim(self, tx: Tx, now: datetime, dead: datetime) -> list[OutboxRow]:
        self._reap(tx, now, dead)
        return tx.outbox.claim(now, now + LEASE, BATCH)

    def _reap(self, tx: Tx, now: datetime, dead: datetime) -> None:
        for row in tx.outbox.expired(dead):
            channel = self._switchboard.channel(row.routes[row.route]) if row.routes else None
            again = channel is None or channel.capabilities.idempotent
            delivery.expired(Turn(tx=tx, book=self._shelf.book, now=now), row, idempotent=again)

    async def _lane(self, rows: list[OutboxRow], now: datetime) -> None:
        """Everything for one conversation, in order of priority."""
        address = rows[0].routes[rows[0].route] if rows[0].routes else None
        channel = self._switchboard.channel(address) if address else None
        if address is None or channel is None:
            for row in rows:
                await self._settle(row, now, Permanent("no such channel is configured"))
            return
        allowed = await self._within_window(channel, address, rows, now)
        free = room(channel.capabilities, await self._ledger(channel, address, now), now)
        groups, waiting = squeeze(allowed, free.slots, weighing(channel))
        await self._in_turn(channel, address, groups, now)
        again = free.again or now + timedelta(seconds=1)
        for row in waiting:
            later = replace(row, state="pending", next_at=again, leased_until=None)
            await self._store.write(lambda tx, later=later: tx.outbox.save(later))  # type: ignore[misc]

    async def _ledger(self, channel: Channel, address: Address, now: datetime) -> list[datetime]:
        """When messages were sent there lately, as far back as the channel's quotas look."""
        if not channel.capabilities.quotas:
            return []
        since = now - longest(channel.capabilities)
        return await self._store.read(lambda tx: tx.outbox.sent_to(address.key, since))

    async def _within_window(
        self, channel: Channel, address: Address, rows: Sequence[OutboxRow], now: datetime
    ) -> list[OutboxRow]:
        """Those the provider still takes; the others go their next route."""
        window, weigh = channel.capabilities.window, weighing(channel)
        if window is None:
            return list(rows)
        chat = await self._store.read(lambda tx: tx.people.chat(address))
        gone = chat.sent_since_in if chat else 0
        allowed: list[OutboxRow] = []
        for row in rows:
            with_it = gone + weigh(row.message)
            spent = Spent(last_in_at=chat.last_in_at if chat else None, messages=with_it)
            if window_open(window, spent, row, now):
                allowed.append(row)
                gone = gone if row.message.reply_token else with_it
            else:
                await self._settle(row, now, Permanent("the reply window is closed or used up"))
        return allowed

    async def _in_turn(
        self, channel: Channel, address: Address, groups: Sequence[Sequence[OutboxRow]], now: datetime
    ) -> None:
        """A route that has failed twice running is not asked again in this round: its time limits hold up others."""
        silent: list[Temporary | Uncertain] = []
        for group in groups:
            if len(silent) < PATIENCE:
                outcome = await self._send(channel, address, group, now)
            else:
                outcome = Temporary(str(silent[-1]), retry_after=getattr(silent[-1], "retry_after", None))
            silent = [*silent, outcome] if isinstance(outcome, Temporary | Uncertain) else []
            for n, row in enumerate(group):
                await self._settle(row, now, outcome if n == 0 else _free(outcome))

    async def _send(
        self, channel: Channel, address: Address, group: Sequence[OutboxRow], now: datetime
    ) -> ChannelError | Sent:
        message = dated(addressed(joined(group), address, self._shelf.book), group[0], self._shelf.book, now)
        try:
            return await channel.send(address, message)
        except ChannelError as error:
            return error
        except Exception as error:  # a bug in an adapter must not lose the notice
            log.exception("the channel %s failed in a way it should not", channel.name)
            return Temporary(type(error).__name__)

    async def _settle(self, row: OutboxRow, now: datetime, outcome: ChannelError | Sent) -> None:
        book = self._shelf.book
        await self._store.write(lambda tx: _write_down(Turn(tx=tx, book=book, now=now), row, outcome))


def _free(outcome: ChannelError | Sent) -> ChannelError | Sent:
    """What went out within another's message took nothing of the allowance."""
    return replace(outcome, spent=0) if isinstance(outcome, Sent) else outcome


def dated(message: Outgoing, row: OutboxRow, book: Book, now: datetime) -> Outgoing:
    """A notice that could not go out when it was written says so."""
    waited = now - row.created_at
    if waited <= _LATE:
        return message
    at = clock_time(row.created_at, book.of("").zone, now)
    return replace(message, text=message.text + "\n" + say("timer.delayed", at=at, span=duration(waited)))


def addressed(message: Outgoing, address: Address, book: Book) -> Outgoing:
    """Mentions get each person's id on the channel it goes by; in a group no phone number stands in full.

    This is the last door: a notice for one person that falls back on the group is masked here.
    """
    if address.user != address.chat:
        message = replace(message, text=masked(message.text))
    if not message.mentions:
        return message
    if address.user:  # alone with them, nobody needs pinging
        return replace(message, mentions=())
    known = book.roster.people
    mentions = tuple(
        replace(m, user=known[m.person].reach.get(address.channel, "")) if m.person in known else m
        for m in message.mentions
    )
    return replace(message, mentions=mentions)


def _write_down(turn: Turn, row: OutboxRow, outcome: ChannelError | Sent) -> None:
    match outcome:
        case Sent():
            delivery.accepted(turn, replace(row, spent=outcome.spent), outcome.ref)
            turn.tx.people.told(row.routes[row.route], outcome.spent)
        case Moved():
            delivery.moved(turn, row, outcome.new.chat)
        case Temporary():
            delivery.put_off(turn, row, str(outcome), outcome.retry_after)
        case Attended():
            delivery.attended(turn, row, str(outcome))
        case Uncertain():
            delivery.uncertain(turn, row, str(outcome))
        case _:
            delivery.refused(turn, row, str(outcome))
