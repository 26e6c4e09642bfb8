"""The tables. Columns that mirror a struct bear its field names; the others are derived, for lookups.

Everything here runs on SQLite and PostgreSQL alike. Partial indices keep the hot ones small: what is done
with leaves them. A change here needs a migration beside it; a test compares the two.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    DDL,
    BigInteger,
    Column,
    ColumnElement,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
    String,
    Table,
    Text,
    UniqueConstraint,
    event,
    literal_column,
    text,
)

from bot.domain.messages import Address, Incoming, Media, Outgoing, Purpose
from bot.domain.ticket import Field, Interval
from bot.domain.words import EventType, Severity, Status
from bot.storage.types import Flag, Json, Ref, Utc, Word

metadata = MetaData()


def _id() -> Column[int]:
    """A primary key; the writer allocates it (see `ids.py`)."""
    return Column("id", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=False)


def _text(name: str, **more: Any) -> Column[str]:
    return Column(name, Text, nullable=False, **more)


def _at(name: str, **more: Any) -> Column[Any]:
    return Column(name, Utc, nullable=False, **more)


def _maybe_at(name: str) -> Column[Any]:
    return Column(name, Utc)


def _json(name: str, of: Any) -> Column[Any]:
    return Column(name, Json(of), nullable=False)


def _number(name: str) -> Column[int]:
    return Column(name, Integer, nullable=False)


def _where(condition: str) -> dict[str, Any]:
    return {"sqlite_where": text(condition), "postgresql_where": text(condition)}


# Literals, because a partial index serves only a query that says its condition word for word.
EMPTY: ColumnElement[str] = literal_column("''")
SAID: ColumnElement[str] = literal_column("'in'")
PENDING: ColumnElement[str] = literal_column("'pending'")
SENDING: ColumnElement[str] = literal_column("'sending'")

inbox = Table(
    "inbox",
    metadata,
    _id(),
    _at("received_at"),
    _text("conversation"),
    _json("incoming", Incoming),
    _number("attempts"),
    _text("channel"),
    _text("account"),
    _text("provider_id"),
    _maybe_at("next_at"),  # put off until then
    _maybe_at("handled_at"),  # NULL while it waits
    Column("outcome", String(10)),  # done, failed
    Column("error", Text),
    UniqueConstraint("channel", "account", "provider_id", name="inbox_once"),
)
Index("inbox_waiting", inbox.c.id, **_where("handled_at IS NULL"))
Index(
    "inbox_put_off",
    inbox.c.conversation,
    inbox.c.id,
    inbox.c.next_at,
    **_where("handled_at IS NULL AND next_at IS NOT NULL"),
)
Index("inbox_retry", inbox.c.next_at, **_where("handled_at IS NULL AND next_at IS NOT NULL"))

requesters = Table(
    "requesters",
    metadata,
    _id(),
    _text("name"),
    _text("contract"),
    _text("phone"),
    _at("created_at"),
)
Index("requesters_phone", requesters.c.phone, **_where("phone <> ''"))

tickets = Table(
    "tickets",
    metadata,
    _id(),
    Column("number", String(64), nullable=False, unique=True),
    _text("contract"),
    _text("terms"),
    Column("requester", Ref, ForeignKey("requesters.id")),
    _json("origin", Address),
    _text("kind"),
    _text("category"),
    _json("categories", tuple[str, ...]),
    Column("severity", Word(Severity), nullable=False),
    Column("status", Word(Status), nullable=False),
    _text("summary"),
    _json("because", tuple[str, ...]),
    _json("fields", tuple[Field, ...]),
    Column("confidence", Float, nullable=False),
    Column("triage", Flag, nullable=False),
    _text("assignee"),
    _json("blamed", tuple[str, ...]),
    _number("cycle"),
    _at("opened_at"),
    _at("received_at"),
    _at("last_said_at"),
    _maybe_at("closed_at"),
    _text("outcome"),
    _json("pauses", tuple[Interval, ...]),
    _maybe_at("requested_at"),
    Column("parent", Ref, ForeignKey("tickets.id")),
    Column("merged_into", Ref, ForeignKey("tickets.id")),
    _number("version"),
    _text("conversation"),  # of the origin
)
Index("tickets_requester", tickets.c.requester, tickets.c.opened_at)
Index("tickets_status", tickets.c.status, tickets.c.opened_at)
Index("tickets_opened", tickets.c.opened_at)
Index("tickets_conversation", tickets.c.conversation, tickets.c.opened_at)

messages = Table(
    "messages",
    metadata,
    _id(),
    Column("direction", String(3), nullable=False),
    _json("address", Address),
    _text("provider_id"),
    _text("sender"),
    _text("sender_name"),
    _at("at"),
    _text("text"),
    _json("media", tuple[Media, ...]),
    _text("album"),
    Column("ticket", Ref, ForeignKey("tickets.id")),
    _text("understanding"),
    _text("conversation"),
    _text("source"),  # channel and account: within them a provider's id is unique
)
Index("messages_provider", messages.c.provider_id, messages.c.source, **_where("provider_id <> ''"))
Index("messages_conversation", messages.c.conversation, messages.c.at)
Index("messages_ticket", messages.c.ticket, **_where("ticket IS NOT NULL"))
Index("messages_said", messages.c.at, **_where("direction = 'in'"))

events = Table(
    "events",
    metadata,
    Column("id", BigInteger, nullable=False),
    Column("ticket", Ref, ForeignKey("tickets.id"), nullable=False),
    _number("cycle"),
    Column("type", Word(EventType), nullable=False),
    _at("at"),
    _maybe_at("recorded_at"),
    _text("actor"),
    Column("message", Ref),
    _json("data", dict[str, Any]),
    PrimaryKeyConstraint("ticket", "id"),
    sqlite_with_rowid=False,  # a ticket's log lies together, and needs no index beside it
)
Index("events_at", events.c.at)

_APPEND_ONLY = """CREATE TRIGGER events_no_{what} BEFORE {act} ON events BEGIN
SELECT RAISE(ABORT, 'events are append-only: add a correcting event instead'); END"""

for act in ("UPDATE", "DELETE"):
    ddl: Any = DDL  # untyped
    guard = ddl(_APPEND_ONLY.format(act=act, what=act.lower()))
    event.listen(events, "after_create", guard.execute_if(dialect="sqlite"))

targets = Table(
    "targets",
    metadata,
    _id(),
    Column("ticket", Ref, ForeignKey("tickets.id"), nullable=False),
    _number("cycle"),
    _text("stage"),
    _text("policy"),
    _text("within"),
    _text("calendar"),
    _text("ladder"),
    Column("pausable", Flag, nullable=False),
    _maybe_at("started_at"),
    _maybe_at("due"),
    _maybe_at("met_at"),
    Column("met_by", Ref),
    _maybe_at("breached_at"),
    _maybe_at("detected_at"),
    _maybe_at("cancelled_at"),
)
Index("targets_ticket", targets.c.ticket)
Index("targets_due", targets.c.due)
Index("targets_met", targets.c.met_at, **_where("met_at IS NOT NULL"))
Index("targets_running", targets.c.due, **_where("met_at IS NULL AND cancelled_at IS NULL"))

timers = Table(
    "timers",
    metadata,
    _id(),
    _at("at"),
    Column("kind", String(20), nullable=False),
    Column("ticket", BigInteger, nullable=False),  # 0 for none: in a key, NULL is never equal to NULL
    Column("target", BigInteger, nullable=False),
    _text("key"),
    _number("step"),
    _number("attempts"),
    UniqueConstraint("ticket", "kind", "target", "key", name="timers_once"),
)
# Holds every column, so that what is due is answered without touching the table.
Index(
    "timers_due",
    timers.c.at,
    timers.c.id,
    timers.c.kind,
    timers.c.ticket,
    timers.c.target,
    timers.c.key,
    timers.c.step,
    timers.c.attempts,
)

outbox = Table(
    "outbox",
    metadata,
    _id(),
    Column("key", Text, nullable=False, unique=True),
    Column("purpose", Word(Purpose), nullable=False),
    _number("priority"),
    _text("recipient"),
    _json("routes", tuple[Address, ...]),
    _number("route"),
    _json("message", Outgoing),
    Column("ticket", Ref, ForeignKey("tickets.id")),
    Column("target", Ref),
    Column("state", String(10), nullable=False),
    _number("attempts"),
    _at("created_at"),
    _at("next_at"),
    _maybe_at("leased_until"),
    _maybe_at("sent_at"),
    _text("ref"),
    _text("error"),
    _text("coalesce"),
    _text("conversation"),  # of the route in use
    _text("channel"),
    Column("spent", Integer, nullable=False, server_default="1"),
)
Index("outbox_pending", outbox.c.priority, outbox.c.id, outbox.c.next_at, **_where("state = 'pending'"))
Index("outbox_next", outbox.c.next_at, **_where("state = 'pending'"))
Index("outbox_leased", outbox.c.leased_until, **_where("state = 'sending'"))
Index("outbox_coalesce", outbox.c.coalesce, **_where("state = 'pending' AND coalesce <> ''"))
Index("outbox_ticket", outbox.c.ticket, **_where("ticket IS NOT NULL"))
Index("outbox_ledger", outbox.c.conversation, outbox.c.sent_at, **_where("sent_at IS NOT NULL"))
Index("outbox_ref", outbox.c.ref, outbox.c.channel, **_where("ref <> ''"))

identities = Table(
    "identities",
    metadata,
    _text("channel", primary_key=True),
    _text("account", primary_key=True),
    _text("external_id", primary_key=True),
    Column("requester", Ref, ForeignKey("requesters.id"), nullable=False),
    _json("address", Address),
    _maybe_at("last_in_at"),
)
Index("identities_requester", identities.c.requester)

chats = Table(
    "chats",
    metadata,
    _json("address", Address),
    _text("role"),
    _text("contract"),
    _text("title"),
    _maybe_at("last_in_at"),
    _number("sent_since_in"),
    _text("conversation", primary_key=True),
)
Index("chats_role", chats.c.role, chats.c.contract)

codes = Table(
    "codes",
    metadata,
    _text("hash", primary_key=True),
    _text("purpose"),
    _text("contract"),
    _text("role"),
    Column("requester", Ref, ForeignKey("requesters.id")),
    _at("expires_at"),
    _maybe_at("used_at"),
)

settings = Table("settings", metadata, _text("key", primary_key=True), _text("value"))

leases = Table("leases", metadata, _text("key", primary_key=True), _text("holder"), _at("until"))

nonces = Table("nonces", metadata, _text("key", primary_key=True), _at("until"))
Index("nonces_until", nonces.c.until)

terms = Table(
    "terms", metadata, _text("digest", primary_key=True), Column("body", LargeBinary, nullable=False)
)

examples = Table(
    "examples",
    metadata,
    _id(),
    _text("text"),
    _json("labels", tuple[str, ...]),
    _text("severity"),
    _text("source"),
    _text("by"),
    _at("at"),
    Column("ticket", Ref, ForeignKey("tickets.id")),
)

words = Table(
    "words",
    metadata,
    _text("word", primary_key=True),
    _text("category", primary_key=True),
    _text("by"),
    _at("at"),
    Column("active", Flag, nullable=False),
)

counters = Table(
    "counters", metadata, _text("scope", primary_key=True), Column("value", BigInteger, nullable=False)
)

local_messages = Table(
    "local_messages", metadata, _id(), _text("recipient"), _text("payload"), Column("key", Text, unique=True)
)
Index("local_messages_recipient", local_messages.c.recipient, local_messages.c.id)
