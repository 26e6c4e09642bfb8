"""The page at `/`: three phones side by side, the board, and the clock that can be moved."""

from __future__ import annotations

import secrets
from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
from aiohttp import web

from bot.channels.local.guard import objection
from bot.desk.book import Turn
from bot.texts import catalogue
from bot.web.board import board
from bot.web.feed import Feed, marks_of, people, settings_of
from bot.web.forward import MOST, Forward
from bot.web.pictures import Pictures
from bot.web.site import Demo, Site

STATIC = Path(__file__).with_name("static")
ASSETS = {path.name: path for path in STATIC.iterdir() if path.suffix in {".js", ".css", ".svg"}}
_TYPES = {".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml", ".html": "text/html"}

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Step(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The body of `POST /demo/advance`: so many seconds, or to the next due moment."""

    seconds: float = 0
    to: str = ""


class Choice(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The body of `POST /demo/scheme`."""

    scheme: str


def mount(app: web.Application, site: Site, demo: Demo) -> None:
    """Put the page and what it asks for on the application."""
    page = Page(site, demo)
    for path, handler in {
        "/": page.index,
        "/static/{name}": page.asset,
        "/demo/world": page.world,
        "/demo/clock": page.clock,
        "/demo/board": page.board,
        "/demo/feed": page.news,
        "/demo/media/{message:\\d{1,15}}/{number:\\d{1,3}}": page.pictures.said,
        "/demo/files/{path:.+}": page.pictures.stored,
    }.items():
        app.router.add_get(path, page.guarded(handler))
    app.router.add_post("/demo/advance", page.guarded(page.advance))
    app.router.add_post("/demo/scheme", page.guarded(page.scheme))
    app.on_startup.append(page.opened)
    app.on_shutdown.append(page.closing)


class Page:
    """The handlers. Only this machine is answered, unless the local channel was opened to others."""

    def __init__(self, site: Site, demo: Demo) -> None:
        self._site = site
        self._demo = demo
        self._run = secrets.token_hex(4)  # a page that is still open after a restart starts anew
        self._feed = Feed(site, demo)
        self.pictures = Pictures(site.store, demo.media)
        self._forward = Forward(site.store, site.clock, demo.advance) if demo.advance else None

    async def opened(self, _: web.Application) -> None:
        """Listen for commits, and let the clock go on from where it stood."""
        if self._forward:
            await self._forward.restore()
        self._site.on_commit(self._committed)

    async def closing(self, _: web.Application) -> None:
        """Let everybody who waits for news go."""
        self._feed.close()

    def _committed(self, touched: frozenset[str]) -> None:
        self._feed.ring(touched)
        if self._forward:
            self._forward.bell.ring()

    def guarded(self, handler: Handler) -> Handler:
        """Refuse callers from elsewhere and pages of other sites."""

        async def guarded(request: web.Request) -> web.StreamResponse:
            reason = objection(request, self._demo.settings)
            if reason:
                self._site.counters["demo.forbidden"] += 1
                return web.json_response({"error": reason}, status=403)
            return await handler(request)

        return guarded

    async def index(self, _: web.Request) -> web.StreamResponse:
        """The page itself."""
        return _file(STATIC / "index.html")

    async def asset(self, request: web.Request) -> web.StreamResponse:
        """Its scripts and styles; nothing else is served from the disk."""
        path = ASSETS.get(request.match_info["name"])
        if path is None:
            raise web.HTTPNotFound
        return _file(path)

    async def world(self, _: web.Request) -> web.StreamResponse:
        """Who there is, which schemes, and the texts of the sample complaints."""
        book = self._demo.book()
        terms = book.of("")
        texts = {k.removeprefix("demo."): v for k, v in catalogue().items() if k.startswith("demo.")}
        names = {c: texts.get(f"name_{c}", c) for c in self._demo.customers}
        samples = [texts[k] for k in sorted(texts) if k.startswith(f"sample_{terms.scheme}_")]
        return web.json_response(
            {
                "company": book.company,
                "customer_company": terms.contract_title,
                "scheme": terms.scheme,
                "schemes": dict(self._demo.schemes),
                "zone": terms.zone,
                "forward": self._forward is not None,
                "samples": samples,
                **people(self._demo, names=names),
                **settings_of(self._demo.settings),
                **self._time(),
            }
        )

    async def clock(self, _: web.Request) -> web.StreamResponse:
        """The demo's time, how far it has been moved, and which run of the process this is."""
        return web.json_response(self._time())

    def _time(self) -> dict[str, Any]:
        ahead = self._forward.ahead.total_seconds() if self._forward else 0
        return {"now": self._site.clock.now().isoformat(), "ahead": round(ahead), "run": self._run}

    async def advance(self, request: web.Request) -> web.StreamResponse:
        """Move the clock, and answer once everything that was due on the way is done."""
        if self._forward is None:
            return _wrong("this clock is the real one and cannot be moved", 409)
        step = await _read(request, Step)
        if isinstance(step, str):
            return _wrong(step)
        moved = True
        if step.to == "next":
            moved = await self._forward.to_next()
        elif 0 < step.seconds <= MOST.total_seconds():
            await self._forward.by(timedelta(seconds=step.seconds))
        else:
            return _wrong(f'give {{"seconds": N}}, at most {MOST.total_seconds():.0f}, or {{"to": "next"}}')
        return web.json_response({**self._time(), "moved": moved})

    async def scheme(self, request: web.Request) -> web.StreamResponse:
        """Go over to another trade; tickets keep the terms they were opened under."""
        choice = await _read(request, Choice)
        if isinstance(choice, str):
            return _wrong(choice)
        if self._demo.switch is None or choice.scheme not in self._demo.schemes:
            return _wrong(f"`scheme` must be one of {', '.join(self._demo.schemes)}")
        await self._demo.switch(choice.scheme)
        return web.json_response({"scheme": choice.scheme})

    async def board(self, _: web.Request) -> web.StreamResponse:
        """Open tickets and the time left on each."""
        now, book = self._site.clock.now(), self._demo.book()
        rows = await self._site.store.read(lambda tx: board(Turn(tx=tx, book=book, now=now)))
        return web.json_response({**self._time(), "tickets": rows})

    async def news(self, request: web.Request) -> web.StreamResponse:
        """What was said and sent since the given marks."""
        try:
            marks, seconds = marks_of(request)
        except ValueError:
            return _wrong("`sent` and `said` must be whole numbers and `wait` seconds, none of them negative")
        news = await self._feed.news(marks, seconds)
        return web.json_response({**self._time(), **news})


async def _read(request: web.Request, kind: type[msgspec.Struct]) -> Any:
    """The body as a struct, or the sentence that says what is wrong with it."""
    if request.content_type != "application/json":
        return "the body must be JSON, with the header Content-Type: application/json"
    try:
        return msgspec.json.decode(await request.read(), type=kind)
    except (msgspec.DecodeError, UnicodeError) as error:
        return f"the body is not as expected: {error}"


def _file(path: Path) -> web.Response:
    return web.Response(body=path.read_bytes(), content_type=_TYPES[path.suffix], charset="utf-8")


def _wrong(reason: str, status: int = 400) -> web.Response:
    return web.json_response({"error": reason}, status=status)
