"""What the page asks for: the feed, the board, the clock that can be moved, pictures."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest
from msgspec.structs import replace

from bot.channels.local.listed import Listed
from bot.channels.local.sentbox import MemorySentbox
from bot.cli.service import Service
from bot.web.feed import Feed, Marks
from tests.unit.web.conftest import Client, demo_of

PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg=="


async def say(client: Client, **post: Any) -> dict[str, Any]:
    answer = await client.post("/local/messages", json=post)
    assert answer.status == 200
    return dict(await answer.json())


async def complain(client: Client) -> list[dict[str, Any]]:
    """A complaint, and what its writer is told."""
    await say(client, **{"from": "customer", "text": "今天送的豆腐有馊味，20斤"})
    return list(await (await client.get("/local/messages?to=customer&wait=20")).json())


async def ask(client: Client, path: str) -> dict[str, Any]:
    return dict(await (await client.get(path)).json())


async def test_the_feed_brings_what_was_said_and_sent_to_everybody(client: Client) -> None:
    posted = await say(client, **{"from": "customer", "text": "今天送的豆腐有馊味，20斤"})
    await client.get("/local/messages?to=customer&wait=20")
    await client.get("/local/messages?to=staff&wait=20")
    news = await ask(client, "/demo/feed")
    assert [(row["chat"], row["from"], row["post"]) for row in news["said"]] == [
        ("customer", "customer", posted["id"])
    ]
    assert {row["to"] for row in news["sent"]} == {"customer", "staff"}
    marks = f"sent={max(r['id'] for r in news['sent'])}&said={news['said'][0]['id']}"
    again = await ask(client, f"/demo/feed?{marks}")
    assert again["sent"] == []
    assert again["said"] == []


async def test_the_feed_waits_for_news(client: Client) -> None:
    waiting = asyncio.ensure_future(ask(client, "/demo/feed?wait=20"))
    await say(client, **{"from": "customer2", "text": "豆腐馊了"})
    news = await asyncio.wait_for(waiting, 15)
    assert news["said"] or news["sent"]


class Interrupted(MemorySentbox):
    """Two notices are sent while somebody reads: one to the reader just asked, one to the next."""

    def __init__(self) -> None:
        super().__init__()
        self._interruptions = [("customer", "first"), ("supervisor", "second")]

    async def list(self, to: str, after: int) -> Sequence[tuple[int, str]]:
        rows = await super().list(to, after)
        await self._interrupt()
        return rows

    async def among(self, readers: Sequence[str], after: int) -> Sequence[tuple[int, str]]:
        rows = await super().among(readers, after)
        await self._interrupt()
        return rows

    async def _interrupt(self) -> None:
        while self._interruptions:
            to, text = self._interruptions.pop(0)
            listed = Listed(at=datetime(2026, 3, 2, tzinfo=UTC), sender="应诺", to=to, text=text)
            await self.append(to, msgspec.json.encode(listed).decode())


async def test_nothing_sent_while_the_feed_is_read_is_passed_over(service: Service) -> None:
    demo = replace(demo_of(service), sentbox=Interrupted())
    feed = Feed(service.site(demo), demo)
    seen: list[str] = []
    after = 0
    for _ in range(2):
        news = await feed.news(Marks(sent=after), 0)
        seen += [row["text"] for row in news["sent"]]
        after = max([after, *(row["id"] for row in news["sent"])])
    assert seen == ["first", "second"]


async def test_the_feed_lets_go_when_the_server_stops(client: Client, service: Service) -> None:
    waiting = asyncio.ensure_future(client.get("/demo/feed?wait=20"))
    await ask(client, "/demo/clock")
    await client.server.app.shutdown()  # type: ignore[union-attr]
    assert (await asyncio.wait_for(waiting, 15)).status == 200


async def test_the_board_counts_down(client: Client) -> None:
    await complain(client)
    [row] = (await ask(client, "/demo/board"))["tickets"]
    assert row["category"] == "变质"
    assert row["status_title"] == "待接单"
    assert row["stage"] == "响应"
    assert 840 < row["seconds_left"] <= 900
    await client.post("/demo/advance", json={"seconds": 1200})
    [row] = (await ask(client, "/demo/board"))["tickets"]
    assert -310 < row["seconds_left"] < -290


async def test_the_clock_stops_at_every_due_moment_on_its_way(client: Client, service: Service) -> None:
    ack = (await complain(client))[0]
    began = datetime.fromisoformat(ack["at"])
    await client.post("/demo/advance", json={"seconds": 3600})
    news = await ask(client, "/demo/feed")
    times = {
        row["to"]: round((datetime.fromisoformat(row["at"]) - began).total_seconds() / 60, 1)
        for row in news["sent"]
        if "升级" in row["text"]
    }
    assert times == {"supervisor": 15.0, "manager": 30.0}
    assert not any("晚发" in row["text"] for row in news["sent"])


async def test_to_the_next_moment_and_no_further(client: Client) -> None:
    ack = (await complain(client))[0]
    answer = await (await client.post("/demo/advance", json={"to": "next"})).json()
    passed = datetime.fromisoformat(answer["now"]) - datetime.fromisoformat(ack["at"])
    assert answer["moved"] is True
    assert 440 < passed.total_seconds() < 460  # half of the fifteen minutes
    reminded = [r for r in (await ask(client, "/demo/feed"))["sent"] if "提醒" in r["text"]]
    assert len(reminded) == 1


async def test_without_anything_due_the_clock_stands(client: Client) -> None:
    answer = await (await client.post("/demo/advance", json={"to": "next"})).json()
    assert answer["moved"] is False
    assert answer["ahead"] == 0


async def test_two_who_move_the_clock_do_not_get_in_each_others_way(client: Client) -> None:
    await complain(client)
    await asyncio.gather(*(client.post("/demo/advance", json={"seconds": 600}) for _ in range(3)))
    assert 1795 < (await ask(client, "/demo/clock"))["ahead"] <= 1801


async def picture(client: Client, mime: str, data: str, name: str = "a.png") -> dict[str, Any]:
    media = [{"kind": "photo", "name": name, "mime": mime, "data": data}]
    await say(client, **{"from": "customer", "media": media})
    await client.get("/local/messages?to=customer&wait=20")
    return dict((await ask(client, "/demo/feed"))["said"][0]["media"][0])


async def test_a_picture_is_shown_as_what_it_is(client: Client) -> None:
    shown = await picture(client, "image/png", PIXEL)
    answer = await client.get(shown["url"])
    assert answer.content_type == "image/png"
    assert await answer.read() == base64.b64decode(PIXEL)


SCRIPT = base64.b64encode(b"<script>alert(1)</script>").decode()
RUNNABLE = [("text/html", "a.html"), ("image/svg+xml", "a.svg"), ("application/javascript", "a.js")]


@pytest.mark.parametrize(("mime", "name"), RUNNABLE)
async def test_what_a_browser_would_run_is_never_served(client: Client, mime: str, name: str) -> None:
    shown = await picture(client, mime, SCRIPT, name)
    assert shown["url"] == ""
    assert (await client.get("/demo/media/1/0")).status == 404


@pytest.mark.parametrize("mime", [mime for mime, _ in RUNNABLE])
async def test_a_script_that_calls_itself_a_picture_is_served_as_one(client: Client, mime: str) -> None:
    await picture(client, mime, SCRIPT)
    answer = await client.get("/demo/media/1/0")
    assert answer.status == 404 or answer.content_type == "image/png"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


async def test_staff_see_the_picture_once_it_is_stored(client: Client) -> None:
    shown = await picture(client, "image/png", PIXEL)
    told = [row for row in (await ask(client, "/demo/feed"))["sent"] if row["to"] == "staff" and row["media"]]
    marks = 0
    while not told:
        listed = await (await client.get(f"/local/messages?to=staff&after={marks}&wait=20")).json()
        marks = listed[-1]["id"]
        told = [
            row for row in (await ask(client, "/demo/feed"))["sent"] if row["to"] == "staff" and row["media"]
        ]
    url = told[0]["media"][0]["url"]
    assert url.startswith("/demo/files/")
    for address in (url, shown["url"]):
        answer = await client.get(address)
        assert answer.content_type == "image/png"
        assert await answer.read() == base64.b64decode(PIXEL)


@pytest.mark.parametrize(
    "path",
    [
        "/demo/media/99/0",
        "/demo/media/1/7",
        "/demo/media/x/0",
        "/demo/files/ab/" + "0" * 64 + ".png",
        "/demo/files/..%2Fdb",
        "/demo/files/%2Fetc%2Fpasswd",
        "/demo/files/ab/" + "0" * 64 + ".html",
    ],
)
async def test_pictures_that_do_not_exist(client: Client, path: str) -> None:
    await picture(client, "image/png", PIXEL)
    assert (await client.get(path)).status == 404


async def test_a_scheme_cannot_be_switched_where_there_is_one(client: Client) -> None:
    assert (await client.post("/demo/scheme", json={"scheme": "books"})).status == 400


async def test_the_world_names_everybody_at_the_phones(client: Client) -> None:
    world = await ask(client, "/demo/world")
    assert [p["id"] for p in world["staff"]] == ["agent1", "agent2", "lead"]
    assert [p["id"] for p in world["chiefs"]] == ["supervisor", "manager"]
    assert len(world["samples"]) == 4
