"""What customers attach is fetched after the acknowledgement, kept under its digest, and shown to staff."""

from __future__ import annotations

import base64
import hashlib
from datetime import UTC, datetime
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from bot.app import App, Parts
from bot.channels.base import Permanent
from bot.channels.local.channel import LocalChannel
from bot.channels.local.sentbox import MemorySentbox
from bot.cli.world import world
from bot.clock import DrillClock
from bot.config import build_book, local_settings, shipped_schemes
from bot.desk.records import TicketFilter
from bot.domain.messages import Media
from bot.engine.attachments import ending, write_once
from bot.intake import Intake
from bot.storage.store import SqlStore

PICTURE = b"\x89PNG not really"


class Running:
    """The desk with its local channel over real HTTP."""

    def __init__(self, app: App, client: TestClient, store: SqlStore) -> None:
        self.app, self.client, self.store = app, client, store

    async def sends(self, text: str, *attachments: bytes) -> None:
        media = [
            {
                "kind": "photo",
                "name": f"{n}.PNG",
                "mime": "image/png",
                "data": base64.b64encode(data).decode(),
            }
            for n, data in enumerate(attachments)
        ]
        answer = await self.client.post(
            "/local/messages", json={"from": "customer", "text": text, "media": media}
        )
        assert answer.status == 200
        await self.app.settle()

    async def heard(self, who: str) -> list[str]:
        answer = await self.client.get(f"/local/messages?to={who}&after=0")
        return [message["text"] for message in await answer.json()]

    async def kept(self) -> list[Media]:
        tickets = await self.store.read(lambda tx: tx.tickets.find(TicketFilter()))
        messages = await self.store.read(lambda tx: tx.messages.of_ticket(tickets[0].id))
        return [media for message in messages if message.direction == "in" for media in message.media]


@pytest.fixture
async def running(tmp_path: Path):
    config = world("food")
    book = build_book(Path("world"), config, shipped_schemes())
    clock = DrillClock(datetime(2026, 3, 2, 1, tzinfo=UTC))
    store = await SqlStore.open(str(tmp_path / "desk.sqlite3"))
    channel = LocalChannel(local_settings(config, book), clock=clock, sentbox=MemorySentbox())
    parts = Parts(
        store=store,
        book=book,
        clock=clock,
        intake=Intake(),
        channels=(channel,),
        chats=config.chats,
        media=tmp_path / "media",
    )
    app = App(parts)
    await app.prepare()
    site = web.Application()
    site.add_routes(channel.routes())
    async with TestClient(TestServer(site)) as client:
        yield Running(app, client, store)
    await app.stop()
    await store.close()


async def test_a_photo_is_kept_and_shown_to_staff(running: Running, tmp_path: Path) -> None:
    await running.sends("今天送的豆腐有馊味，20斤，要求换货", PICTURE)
    (media,) = await running.kept()
    digest = hashlib.sha256(PICTURE).hexdigest()
    assert (media.sha256, media.size, media.ref) == (digest, len(PICTURE), "")
    assert (tmp_path / "media" / media.path).read_bytes() == PICTURE
    assert media.path == f"{digest[:2]}/{digest}.png"
    assert any("附件 1 个" in text for text in await running.heard("staff"))


async def test_the_acknowledgement_goes_before_the_picture(running: Running) -> None:
    await running.sends("今天送的豆腐有馊味，20斤，要求换货", PICTURE, b"another")
    assert "已受理" in (await running.heard("customer"))[0]
    staff = await running.heard("staff")
    assert "新工单" in staff[0]
    assert "附件 2 个" in staff[-1]


async def test_the_same_picture_twice_is_one_file(running: Running, tmp_path: Path) -> None:
    await running.sends("今天送的豆腐有馊味，20斤，要求换货", PICTURE)
    await running.sends("再发一次照片", PICTURE)
    assert len([p for p in (tmp_path / "media").rglob("*") if p.is_file()]) == 1


@pytest.mark.parametrize(
    ("name", "mime", "expected"),
    [
        ("a.JPG", "", ".jpg"),
        ("../../etc/passwd", "", ""),
        ("x.p/hp", "", ""),
        ("", "image/png", ".png"),
        ("a.b c", "", ""),
    ],
)
def test_an_ending_is_harmless(name: str, mime: str, expected: str) -> None:
    assert ending(Media(kind="file", name=name, mime=mime)) == expected


def test_a_file_is_written_whole(tmp_path: Path) -> None:
    write_once(tmp_path / "a" / "b", b"1")
    write_once(tmp_path / "a" / "b", b"2")
    assert (tmp_path / "a" / "b").read_bytes() == b"1"
    assert [p.name for p in (tmp_path / "a").iterdir()] == ["b"]


async def test_one_that_is_gone_costs_nobody_the_others(running: Running, tmp_path: Path) -> None:
    fetch = running.app.channels[0].fetch

    async def expired(media: Media) -> bytes:
        if media.name == "0.PNG":
            raise Permanent("attachments expire after five minutes")
        return await fetch(media)

    running.app.channels[0].fetch = expired
    await running.sends("今天送的豆腐有馊味，20斤，要求换货", b"gone", PICTURE)
    gone, kept = await running.kept()
    assert (gone.path, kept.sha256) == ("", hashlib.sha256(PICTURE).hexdigest())
    assert any("附件 1 个" in text for text in await running.heard("staff"))
