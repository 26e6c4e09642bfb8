"""What the web application is built from, and where handlers find it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import timedelta
from pathlib import Path

import msgspec
from aiohttp import web

from bot.channels.base import Channel
from bot.channels.local.sentbox import Sentbox
from bot.channels.local.settings import LocalSettings
from bot.clock import Clock
from bot.desk.book import Book
from bot.desk.ports import Store

Committed = Callable[[frozenset[str]], None]


class Demo(msgspec.Struct, frozen=True, kw_only=True):
    """What the page with the phones needs beside the site.

    customers: ids of the people on the first phone. media: the folder of stored attachments. book: as it is at
    the moment. advance: moves the clock; None where it is the real one. switch: goes over to another scheme;
    None where there is only one.
    """

    settings: LocalSettings
    sentbox: Sentbox
    book: Callable[[], Book]
    customers: tuple[str, ...]
    media: Path
    advance: Callable[[timedelta], None] | None = None
    schemes: Mapping[str, str] = {}  # msgspec copies empty defaults
    switch: Callable[[str], Awaitable[None]] | None = None


class Site(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that is served: the channels' webhooks, health, metrics, and the page where there is one.

    loops: the name of each engine, and whether its loop runs. on_commit: takes a function that is to be told
    the names of the tables written, after each commit.
    """

    store: Store
    clock: Clock
    channels: Sequence[Channel]
    counters: Counter[str]
    loops: Callable[[], Mapping[str, bool]]
    on_commit: Callable[[Committed], None]
    demo: Demo | None = None


SITE = web.AppKey("site", Site)
