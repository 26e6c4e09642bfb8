"""`GET /demo/feed`: what was said on the phones since the last look; it waits for news where there is none."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
from aiohttp import web

from bot.channels.local.settings import LocalSettings
from bot.clock import Bell
from bot.desk.ports import Tx
from bot.desk.records import Message
from bot.domain.messages import Address
from bot.domain.words import Role
from bot.web.pictures import said_url, stored_url
from bot.web.site import Demo, Site

HERE = "local"  # the name of the channel on which the phones are
_BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)
_OVERLAP = timedelta(minutes=10)  # conversations are worked off side by side
_MOST = 400  # messages of one conversation
_NEWS = frozenset({"local_messages", "messages"})


class Marks(msgspec.Struct, frozen=True, kw_only=True):
    """Where a page has read up to: number of the last sent and of the last said message."""

    sent: int = 0
    said: int = 0


class Feed:
    """Waits for commits that brought something to read."""

    def __init__(self, site: Site, demo: Demo) -> None:
        self._site = site
        self._demo = demo
        self._bells: set[Bell] = set()
        self._closed = False

    def ring(self, touched: frozenset[str]) -> None:
        """Something was committed."""
        if touched & _NEWS:
            for bell in self._bells:
                bell.ring()

    def close(self) -> None:
        """Let everybody who waits go."""
        self._closed = True
        self.ring(_NEWS)

    async def news(self, marks: Marks, seconds: float) -> dict[str, list[dict[str, Any]]]:
        """What is new; empty lists after that many seconds without any."""
        clock = self._site.clock
        until = clock.now() + timedelta(seconds=seconds)
        bell = Bell()
        self._bells.add(bell)
        try:
            while True:
                news = {"sent": await self._sent(marks.sent), "said": await self._said(marks.said)}
                if any(news.values()) or self._closed or clock.now() >= until:
                    return news
                await clock.wait(until, bell)
        finally:
            self._bells.discard(bell)

    def _readers(self) -> Iterable[str]:
        people = self._demo.book().roster.people.values()
        reached = (p.reach[HERE] for p in people if HERE in p.reach)
        return dict.fromkeys((*self._demo.customers, self._demo.settings.group, *reached))

    async def _sent(self, after: int) -> list[dict[str, Any]]:
        rows = await self._demo.sentbox.among(list(self._readers()), after)
        return [_sent(number, msgspec.json.decode(payload)) for number, payload in rows]

    async def _said(self, after: int) -> list[dict[str, Any]]:
        account, book = self._demo.settings.account, self._demo.book()

        def read(tx: Tx) -> list[Message]:
            last = tx.messages.get(after) if after else None
            since = last.at - _OVERLAP if last else _BEGINNING
            keys = [Address(channel=HERE, account=account, chat=c).key for c in self._readers()]
            found = [m for key in keys for m in tx.messages.recent(key, since, _MOST)]
            return [m for m in found if m.direction == "in" and m.id > after]

        messages = sorted(await self._site.store.read(read), key=lambda m: m.id)
        names = {p.reach[HERE]: p.name for p in book.roster.people.values() if HERE in p.reach}
        return [_said(message, names) for message in messages]


def _said(message: Message, names: dict[str, str]) -> dict[str, Any]:
    speaker = message.address.user
    return {
        "id": message.id,
        "post": message.provider_id,
        "at": message.at.isoformat(),
        "chat": message.address.chat,
        "from": speaker,
        "name": names.get(speaker, message.sender_name),
        "text": message.text,
        "media": [
            {"kind": media.kind, "name": media.name, "url": said_url(message.id, n, media)}
            for n, media in enumerate(message.media)
        ],
    }


def _sent(number: int, row: dict[str, Any]) -> dict[str, Any]:
    media = [{**one, "url": stored_url(one.get("path", ""))} for one in row["media"]]
    return {**row, "id": number, "media": media}


def marks_of(request: web.Request) -> tuple[Marks, float]:
    """The question's marks and its patience in seconds. Raises ValueError."""
    query = request.query
    sent, said = int(query.get("sent", "0")), int(query.get("said", "0"))
    seconds = float(query.get("wait", "0"))
    if not (0 <= sent < 2**53 and 0 <= said < 2**53 and 0 <= seconds < float("inf")):
        raise ValueError("out of range")
    return Marks(sent=sent, said=said), min(seconds, 25.0)


def people(demo: Demo, *, names: dict[str, str]) -> dict[str, Any]:
    """Who sits at which phone: those of the people who can be reached here."""
    everyone = [p for p in demo.book().roster.people.values() if HERE in p.reach]
    chiefs = [p for p in everyone if p.may(Role.SUPERVISOR, Role.MANAGER)]
    return {
        "customers": [{"id": c, "name": names.get(c, c)} for c in demo.customers],
        "staff": [{"id": p.reach[HERE], "name": p.name} for p in everyone if p not in chiefs],
        "chiefs": [{"id": p.reach[HERE], "name": p.name} for p in chiefs],
    }


def settings_of(settings: LocalSettings) -> dict[str, Any]:
    """What of the channel's settings the page must know."""
    return {"group": settings.group, "bot": settings.sender, "max_text": settings.max_text}
