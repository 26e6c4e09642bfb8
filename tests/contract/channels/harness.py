"""The test bench that the shared suite needs of each channel: channel, stand-in, and hands to work both.

A new channel is put under the suite by writing `<name>_harness.py` with a class of this shape and adding it
to `HARNESSES` in `conftest.py`. Each class says by its `traits` what its provider does and by its `faults`
what can be staged; a test asks for them with `@needs(…)` and `@faces(…)` and runs on every harness that has
them all, so nothing is ever skipped.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, ClassVar, Protocol, Self

import msgspec
import pytest

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence
    from types import TracebackType

    from bot.channels.base import Channel
    from bot.clock import DrillClock
    from bot.domain.messages import Address
    from tests.contract.channels.inlet import RecordingInlet


class Trait(StrEnum):
    """What a provider does, as far as its harness can stage it."""

    RECEIVES = "people can write to us"
    CONFIRMS = "what we do not confirm is delivered again"
    REPEATS = "the same message may be delivered twice"
    GROUPS = "there are group chats"
    PICTURES = "people can send pictures"
    PRESSES = "people can press our buttons"
    EDITS = "people can edit what they wrote"
    AWAY = "what is written while we are away is kept for us"
    SENDS = "we can write to people"
    NAMES = "the provider names what it has taken from us"
    SENDS_TO_GROUPS = "we can write to a group"
    REPLACES = "we can replace what we wrote"
    REQUESTS = "the channel answers HTTP requests from outside"
    CREDENTIAL = "there is a credential that can be wrong"


class Fault(StrEnum):
    """What can go wrong at the provider while we send; a harness lists in `faults` those it can stage."""

    FLOODED = "too much was sent: not now"
    DOWN = "the provider answers that it is out of order"
    UNREACHABLE = "no connection comes about"
    LOST_ANSWER = "the message is taken and the connection breaks before the answer"
    SLOW = "the message is taken and the answer does not come in time"
    UNKNOWN_CHAT = "the provider does not know the chat"
    BLOCKED = "the person does not want our messages"


class Delivered(msgspec.Struct, frozen=True, kw_only=True):
    """One message as the provider shows it to people."""

    ref: str
    chat: str
    text: str
    mentions: tuple[str, ...] = ()  # the provider's ids of those who were pinged
    buttons: tuple[tuple[str, str], ...] = ()  # label and action
    replaces: str = ""  # the `ref` of the message that this one has replaced


class Hostile(msgspec.Struct, frozen=True, kw_only=True):
    """A request that must be refused: what is wrong with it, and how to make it (returns the HTTP status)."""

    wrong: str
    send: Callable[[], Awaitable[int]]


class Harness(Protocol):
    """A channel connected to its stand-in and receiving, between `async with` and its end."""

    traits: ClassVar[frozenset[Trait]]
    faults: ClassVar[frozenset[Fault]]

    channel: Channel
    inlet: RecordingInlet
    clock: DrillClock

    async def __aenter__(self) -> Self:
        """Start the stand-in and the channel (`start`, `run`, `routes` mounted)."""

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop both; stopping twice is allowed."""

    async def writes(self, text: str, *, person: str = "customer", group: bool = False) -> str:
        """A person writes. Returns the provider's handle of it without waiting for the channel."""

    async def sends_picture(self, data: bytes, *, caption: str = "") -> str:
        """A person sends a picture. Returns the provider's handle of it."""

    async def presses(self, action: str) -> str:
        """A person presses a button of ours. Returns the provider's handle of it."""

    async def edits(self, handle: str, text: str) -> str:
        """A person changes what was written. Returns the provider's handle of the change."""

    async def repeats(self, handle: str) -> None:
        """The provider delivers that one once more."""

    def confirmed(self, handle: str) -> bool:
        """Whether the channel has told the provider that it has got that one."""

    async def settled(self) -> None:
        """Wait until everything is confirmed and no delivery is under way."""

    async def leave(self) -> None:
        """End the receiving loop and stop the channel; the stand-in goes on."""

    async def come_back(self) -> None:
        """Start a new channel on the same inlet, as after a restart of the process."""

    async def stage(self, fault: Fault) -> Address:
        """Let that fault happen from now on to what is sent; returns an address where it happens."""

    async def clear(self) -> None:
        """End the fault; a provider that could not be reached is there again."""

    def person(self, name: str = "customer") -> Address:
        """Where one person is reached; two names are two chats."""

    def group(self) -> Address:
        """Where the group is reached."""

    def member(self) -> str:
        """The provider's id of somebody in that group, for a mention."""

    async def delivered(self) -> Sequence[Delivered]:
        """What people were shown of ours, oldest first."""

    def hostile(self) -> Sequence[Hostile]:
        """Requests from outside that are malformed, forged or too large."""

    def misconfigured(self) -> Channel:
        """A second channel to the same stand-in whose credential is wrong."""


def needs(*traits: Trait) -> pytest.MarkDecorator:
    """Run the test on the channels whose provider has all these traits."""
    return pytest.mark.needs(*traits)


def faces(*faults: Fault) -> pytest.MarkDecorator:
    """Run the test on the channels where all these faults can be staged."""
    return pytest.mark.faces(*faults)
