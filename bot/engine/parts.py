"""What the engines share: the current book, the channels by name."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from bot.channels.base import Channel
from bot.desk.book import Book
from bot.desk.ports import Store, Tx
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


async def together(store: Store, work: Callable[[Tx], None]) -> bool:
    """Do many rows as one piece of work; False, with nothing done, where one of them cannot be done.

    The engine then tries each alone, and tells what is wrong with the one that fails.
    """
    try:
        await store.write(work)
    except Exception:  # noqa: BLE001  # it comes again, with its row, when that is tried alone
        return False
    return True
