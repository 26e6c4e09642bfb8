"""What the desk needs from storage: one transaction, seen as a handful of small repositories.

A use case is a plain function that takes a `Tx` and `now`; storage runs it on its writer and commits what it did
whole or not at all.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Protocol, TypeVar

from bot.desk.records import (
    BindCode,
    Chat,
    Example,
    Identity,
    InboxRow,
    Message,
    OutboxRow,
    Requester,
    TargetFilter,
    TaughtWord,
    TicketFilter,
)
from bot.domain.messages import Address, Incoming, Media
from bot.domain.ticket import Target, Ticket, TicketEvent, Timer

T = TypeVar("T")


class InboxRepo(Protocol):
    """What came in and is not worked off yet."""

    def add(self, incoming: Incoming, now: datetime) -> int | None:
        """Store it; its id, or None where that provider id was stored before."""

    def pending(self, limit: int, now: datetime, after: int = 0) -> list[InboxRow]:
        """The oldest unhandled rows, in order of arrival.

        Rows put off by `retry` wait for their time, and so do the later rows of the same conversation.
        """

    def next_at(self) -> datetime | None:
        """When the earliest row put off by `retry` is to be tried again; None where none is."""

    def done(self, now: datetime, *rows: int) -> None:
        """They have been worked off."""

    def retry(self, row: int, at: datetime, error: str) -> None:
        """Handling it failed; try again at that time."""

    def fail(self, row: int, now: datetime, error: str) -> None:
        """Given up (a human has been told); kept for ever."""


class MessageRepo(Protocol):
    """Everything said, in threads."""

    def add(self, message: Message) -> int: ...
    def get(self, message: int) -> Message | None: ...
    def by_provider(self, address: Address, provider_id: str) -> Message | None: ...
    def attach(self, message: int, ticket: int) -> None: ...
    def replace_text(self, message: int, text: str) -> None: ...
    def of_ticket(self, ticket: int) -> list[Message]: ...
    def recent(self, conversation: str, since: datetime, limit: int = 20) -> list[Message]: ...
    def texts_since(self, since: datetime, limit: int = 5000) -> list[str]: ...
    def set_media(self, message: int, media: tuple[Media, ...]) -> None: ...
    def set_understanding(self, message: int, understanding: str) -> None: ...


class TicketRepo(Protocol):
    """Tickets by number, requester and state."""

    def add(self, ticket: Ticket) -> Ticket:
        """Store it under its `number`; returned with its id."""

    def save(self, ticket: Ticket) -> Ticket:
        """Store the new value; raises `StaleTicket` if its version is not the stored one."""

    def get(self, ticket: int) -> Ticket | None: ...
    def by_number(self, number: str) -> Ticket | None: ...
    def next_number(self, scope: str) -> int:
        """Counts up per scope, from 1."""

    def open_of(self, requester: int) -> list[Ticket]: ...
    def recent_of(self, requester: int, since: datetime) -> list[Ticket]:
        """Open ones and those closed after `since`, newest first."""

    def of_chat(self, conversation: str, since: datetime) -> list[Ticket]:
        """Like `recent_of`, for those whose origin is that conversation (a customer group)."""

    def find(self, wanted: TicketFilter) -> list[Ticket]: ...


class EventRepo(Protocol):
    """The append-only log."""

    def append(self, event: TicketEvent) -> int: ...
    def of_ticket(self, ticket: int) -> list[TicketEvent]: ...
    def between(self, since: datetime, until: datetime) -> list[TicketEvent]: ...


class TargetRepo(Protocol):
    """Promises on tickets."""

    def add_all(self, targets: Sequence[Target]) -> list[Target]: ...
    def save(self, target: Target) -> None: ...
    def get(self, target: int) -> Target | None: ...
    def of_ticket(self, ticket: int, cycle: int | None = None) -> list[Target]: ...
    def find(self, wanted: TargetFilter) -> list[tuple[Ticket, Target]]: ...


class TimerRepo(Protocol):
    """Durable alarms."""

    def set(self, *timers: Timer) -> None:
        """Store them; one with the same (kind, ticket, target, key) is moved."""

    def due(self, now: datetime, limit: int) -> list[Timer]:
        """Those whose time has come, earliest first."""

    def next_at(self) -> datetime | None: ...
    def done(self, timer: int) -> None: ...
    def put_off(self, timer: int, at: datetime) -> None:
        """Handling it failed: again at that time, attempts counted."""

    def clear(self, ticket: int, *, target: int | None = None, kind: str | None = None) -> None: ...


class OutboxRepo(Protocol):
    """Notices that must go out."""

    def add(self, *rows: OutboxRow) -> list[int]:
        """Store those whose key is new; the ids that rows get if they are stored."""

    def claim(self, now: datetime, lease_until: datetime, limit: int) -> list[OutboxRow]:
        """Take pending due rows, by priority and age, marked `sending` until the lease runs out."""

    def expired(self, now: datetime) -> list[OutboxRow]:
        """Rows whose lease ran out while `sending`: the process died between send and mark."""

    def next_at(self) -> datetime | None: ...
    def get(self, row: int) -> OutboxRow | None: ...
    def save(self, row: OutboxRow) -> None:
        """Store what became of it: state, routes, tries, times, reference and error."""

    def of_ticket(self, ticket: int) -> list[OutboxRow]: ...
    def sent_to(self, conversation: str, since: datetime) -> list[datetime]:
        """When messages were sent there since then, a time for each message spent: the quota ledger."""

    def pending_like(self, coalesce: str) -> list[OutboxRow]: ...
    def by_ref(self, channel: str, ref: str) -> OutboxRow | None: ...


class PeopleRepo(Protocol):
    """Requesters, how they are known, chats, and codes that bind them."""

    def add(self, requester: Requester) -> Requester: ...
    def save(self, requester: Requester) -> None: ...
    def get(self, requester: int) -> Requester | None: ...
    def by_phone(self, phone: str) -> list[Requester]: ...
    def identity(self, channel: str, account: str, external_id: str) -> Identity | None: ...
    def put_identity(self, identity: Identity) -> None: ...
    def identities(self, requester: int) -> list[Identity]: ...
    def merge(self, old: int, into: int) -> None:
        """Everything of the one requester now belongs to the other."""

    def chat(self, address: Address) -> Chat | None: ...
    def put_chat(self, chat: Chat) -> None: ...
    def heard(self, chat: Chat) -> Chat:
        """A message came from there, at its `last_in_at`; what is known of it, which is `chat` where nothing was."""

    def told(self, address: Address, spent: int) -> None:
        """So many messages were spent there since its last."""

    def chats(self, role: str, contract: str | None = None) -> list[Chat]: ...
    def move_chat(self, old: Address, new: Address) -> None: ...
    def add_code(self, code: BindCode) -> None: ...
    def use_code(self, digest: str, now: datetime) -> BindCode | None:
        """The code, marked as used; None where unknown, used or expired."""


class StateRepo(Protocol):
    """Cursors, tokens, leases, nonces, frozen contract versions, taught words, examples."""

    def load(self, key: str) -> str | None: ...
    def save(self, key: str, value: str) -> None: ...
    def delete(self, key: str) -> None: ...
    def lease(self, key: str, holder: str, now: datetime, until: datetime) -> bool: ...
    def release(self, key: str, holder: str) -> None: ...
    def free_leases(self) -> None:
        """Give back every lease: whoever held one is known to be dead."""

    def first_seen(self, key: str, now: datetime, until: datetime) -> bool: ...
    def put_terms(self, terms: str, body: bytes) -> None:
        """Store a frozen contract version under its digest; storing it again changes nothing."""

    def get_terms(self, terms: str) -> bytes | None: ...
    def add_example(self, example: Example) -> None: ...
    def examples(self) -> list[Example]: ...
    def put_word(self, word: TaughtWord) -> None: ...
    def words(self) -> list[TaughtWord]: ...


class Tx(Protocol):
    """One transaction."""

    inbox: InboxRepo
    messages: MessageRepo
    tickets: TicketRepo
    events: EventRepo
    targets: TargetRepo
    timers: TimerRepo
    outbox: OutboxRepo
    people: PeopleRepo
    state: StateRepo


class Store(Protocol):
    """Where transactions run."""

    async def write(self, work: Callable[[Tx], T]) -> T:
        """Run `work` on the writer, whole or not at all; returns once committed."""

    async def read(self, work: Callable[[Tx], T]) -> T:
        """Run `work` beside the writer on what has been committed; it must not write."""


class StaleTicket(Exception):
    """Somebody else changed the ticket meanwhile; read it again and decide anew."""
