"""The second opinion over real HTTP: asked without personal data, shown as what it is, silent when it fails."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from msgspec.structs import replace

from bot.app import App, Parts
from bot.channels.base import Permanent
from bot.channels.local.recording import RecordingChannel
from bot.channels.opinion.channel import OpinionChannel, read_reply
from bot.channels.opinion.settings import OpinionSettings
from bot.cli.world import world
from bot.clock import DrillClock
from bot.config import build_book, shipped_schemes
from bot.desk.book import Turn
from bot.desk.opening import NewCase, open_ticket
from bot.desk.records import Requester
from bot.domain.messages import Address
from bot.intake import CategoryScore, Intake, Understanding
from bot.storage.store import SqlStore

WORDS = "这个不太对劲，电话13812345678，订单DD20260301"


class Model:
    """A stand-in for the endpoint: answers what it is told to, and remembers what it was asked."""

    def __init__(self) -> None:
        self.asked: list[dict[str, object]] = []
        self.keys: list[str] = []
        self.status = 200
        self.content = '好的：{"category": "food.spoiled", "why": "像是变质"}'

    async def answer(self, request: web.Request) -> web.Response:
        self.asked.append(await request.json())
        self.keys.append(request.headers.get("Authorization", ""))
        return web.json_response({"choices": [{"message": {"content": self.content}}]}, status=self.status)


@pytest.fixture
async def model():
    stand_in = Model()
    app = web.Application()
    app.router.add_post("/v1/chat/completions", stand_in.answer)
    server = TestServer(app)
    await server.start_server()
    stand_in.url = str(server.make_url("/v1"))
    yield stand_in
    await server.close()


@pytest.fixture
async def desk(tmp_path: Path, model: Model):
    clock = DrillClock(datetime(2026, 3, 2, 1, tzinfo=UTC))
    config = world("food")
    book = build_book(Path("world"), config, shipped_schemes())
    settings = OpinionSettings(api_base=model.url, key="k", model="m")
    store = await SqlStore.open(str(tmp_path / "desk.sqlite3"))
    phone = RecordingChannel("local", clock=clock)
    parts = Parts(
        store=store,
        book=replace(book, second_opinion="default"),
        clock=clock,
        intake=Intake(),
        channels=(phone, OpinionChannel(settings, clock=clock)),
        chats=config.chats,
    )
    app = App(parts)
    await app.prepare()
    await store.write(lambda tx: unsure(Turn(tx=tx, book=app.shelf.book, now=clock.now())))
    yield app, phone
    await app.stop()
    await store.close()


def unsure(turn: Turn) -> None:
    person = turn.tx.people.add(Requester(name="王", contract="demo", created_at=turn.now))
    meaning = Understanding(
        complaint=True,
        intent="complaint",
        categories=(CategoryScore(code="food.quality", title="品质不佳", score=0.3),),
        severity="normal",
        kind="complaint",
        fields=(),
        confidence=0.5,
        band="unsure",
        because=(),
    )
    origin = Address(channel="local", chat="wang", user="wang")
    case = NewCase(
        requester=person.id, contract="demo", origin=origin, received_at=turn.now, text=WORDS, meaning=meaning
    )
    open_ticket(turn, case)


def staff_heard(phone: RecordingChannel) -> str:
    return "\n".join(r.message.text for r in phone.sent if r.to.chat == "staff")


async def test_the_answer_is_shown_as_an_outside_guess(desk, model: Model) -> None:
    app, phone = desk
    await app.settle()
    assert "第二意见（外部模型，仅供参考）" in staff_heard(phone)
    assert "变质" in staff_heard(phone)
    assert model.keys == ["Bearer k"]


async def test_nothing_personal_is_asked(desk, model: Model) -> None:
    app, _ = desk
    await app.settle()
    asked = json.dumps(model.asked, ensure_ascii=False)
    assert "不太对劲" in asked
    assert "13812345678" not in asked
    assert "DD20260301" not in asked


@pytest.mark.parametrize(
    ("status", "content"), [(500, ""), (400, ""), (200, "没有答案"), (200, '{"category": "x"}')]
)
async def test_a_useless_answer_disturbs_nobody(desk, model: Model, status: int, content: str) -> None:
    app, phone = desk
    model.status, model.content = status, content
    await app.settle()
    assert "第二意见" not in staff_heard(phone)
    assert any("已受理" in r.message.text for r in phone.sent if r.to.chat == "wang")


@pytest.mark.parametrize(
    "body", [b"", b"[]", b'{"choices": []}', b'{"choices": [{"message": {"content": "}{"}}]}']
)
def test_what_is_not_an_answer_is_refused(body: bytes) -> None:
    with pytest.raises(Permanent):
        read_reply(body)
