"""What every channel is: how it declares its abilities, takes messages in, and says what became of one sent."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, Protocol, runtime_checkable

import msgspec
from aiohttp import web

from bot.domain.messages import Address, Incoming, Media, Outgoing


class Quota(msgspec.Struct, frozen=True, kw_only=True):
    """At most `limit` messages in `seconds` for each `scope`."""

    limit: int
    seconds: float
    scope: Literal["chat", "user", "account"]


class Window(msgspec.Struct, frozen=True, kw_only=True):
    """A reply window: `limit` messages within `seconds` after each message of the customer."""

    limit: int
    seconds: float
    reserve: int = 1  # kept back for the outcome


class Capabilities(msgspec.Struct, frozen=True, kw_only=True):
    """What a channel can do; delivery obeys it, so no adapter has to say no late."""

    receive: bool = True
    push: bool = True  # may speak without having been spoken to
    window: Window | None = None
    quotas: tuple[Quota, ...] = ()
    mention: bool = False
    buttons: bool = False
    edit: bool = False
    media: bool = False
    max_chars: int = 4096  # channels split longer texts themselves
    max_bytes: int | None = None
    idempotent: bool = False  # the provider drops repeats of the same Outgoing.key
    private: bool = True  # can reach one person alone


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """One line of `check`: what was looked at, whether it is right, and what to do."""

    subject: str
    state: Literal["ok", "warning", "error"]
    says: str
    todo: str = ""


class Sent(msgspec.Struct, frozen=True, kw_only=True):
    """The provider accepted it; `ref` is its id of the (first part of the) message.

    `spent` is how many messages it took of the provider's allowance: several where the text was too long for one,
    none where the provider does not count it (an answer in place).
    """

    ref: str = ""
    spent: int = 1


class ChannelError(Exception):
    """Something on the way to a provider failed; the subclass says what delivery should do next."""


class Temporary(ChannelError):
    """Not now: try again, after `retry_after` seconds if the provider said so."""

    def __init__(self, why: str, *, retry_after: float | None = None) -> None:
        super().__init__(why)
        self.retry_after = retry_after


class Permanent(ChannelError):
    """Never on this route (blocked, unknown chat, window closed): take the next one."""


class Attended(Permanent):
    """Not by the bot: one of our people is speaking with them in that conversation."""


class Uncertain(ChannelError):
    """It may or may not have arrived (time-out after the request went out) and a repeat would show twice."""


class Moved(ChannelError):
    """The chat has a new address; store it and send again there."""

    def __init__(self, new: Address) -> None:
        super().__init__(f"the chat has moved to {new.key}")
        self.new = new


class Inlet(Protocol):
    """The desk's side of a channel: takes messages in, keeps what must survive, shares it between replicas."""

    async def receive(self, messages: Sequence[Incoming], *, state: dict[str, str] | None = None) -> None:
        """Store messages and, in the same transaction, `state`: a channel's cursors and offsets, by key.

        Repeats of a provider id are ignored. Returns only when all of it is durable (committed).
        """

    async def load(self, key: str) -> str | None:
        """What was stored under that key by `receive` or `save`."""

    async def save(self, key: str, value: str) -> None:
        """Store a token or the like, durably."""

    async def lease(self, key: str, holder: str, seconds: float) -> bool:
        """Take or extend the lease on `key`; False while somebody else holds it."""

    async def release(self, key: str, holder: str) -> None:
        """Give the lease back early."""

    async def first_seen(self, key: str, seconds: float) -> bool:
        """True once per key within that time: refuses replayed nonces."""

    def count(self, what: str) -> None:
        """Add one to a counter of the metrics page, e.g. `wecom.bad_signature`."""


@runtime_checkable
class Counting(Protocol):
    """A channel that can say beforehand how many of the provider's messages a notice takes; others take one."""

    def messages(self, message: Outgoing) -> int:
        """As many as `send` will make of it at most."""


class Channel(Protocol):
    """One way to reach people. Built from its own settings; knows nothing of tickets."""

    name: str
    account: str
    capabilities: Capabilities

    async def start(self, inlet: Inlet) -> None:
        """Open connections; returns when ready. Background work goes through `run`."""

    async def run(self) -> None:
        """The receiving loop (long polling, web socket), until cancelled; returns at once where there is none."""

    async def stop(self) -> None:
        """Close connections."""

    def routes(self) -> Sequence[web.RouteDef]:
        """Webhook routes to mount, if any."""

    async def send(self, to: Address, message: Outgoing) -> Sent:
        """Send; raises Temporary, Permanent, Uncertain or Moved."""

    async def fetch(self, media: Media) -> bytes:
        """Download an attachment (bounded size); raises Temporary or Permanent."""

    async def check(self) -> Sequence[Finding]:
        """Talk to the provider and say what is wrong, in its own words, and what to do."""
