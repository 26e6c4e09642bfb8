"""What the engines share: the current book, the channels by name."""

from __future__ import annotations

from collections.abc import Mapping

from bot.channels.base import Channel
from bot.desk.book import Book
from bot.domain.messages import Address


class Shelf:
    """Holds the book the desk goes by; putting a new one there is how a configuration is reloaded."""

    def __init__(self, book: Book) -> None:
        self.book = book


class Switchboard:
    """Channels by name and account."""

    def __init__(self, channels: Mapping[tuple[str, str], Channel]) -> None:
        self._channels = dict(channels)

    def channel(self, address: Address) -> Channel | None:
        """The channel an address belongs to; None where it is not configured (any more)."""
        return self._channels.get((address.channel, address.account))

    def all(self) -> list[Channel]:
        """Every channel."""
        return list(self._channels.values())
