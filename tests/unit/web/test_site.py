"""Health, metrics, headers, limits, and who is answered."""

from __future__ import annotations

import asyncio
import re

import pytest

from bot.cli.service import Service
from bot.web import guard
from bot.web.metrics import METRICS, render
from tests.unit.web.conftest import Client


async def test_health_names_every_loop(client: Client) -> None:
    answer = await client.get("/healthz")
    body = await answer.json()
    assert answer.status == 200
    assert body["ok"] is True
    assert body["loops"] == {"inbox": True, "timers": True, "outbox": True}
    assert body["lag_seconds"] == {"inbox": 0.0, "timers": 0.0, "outbox": 0.0}


async def test_a_loop_that_has_ended_makes_it_unwell(client: Client, service: Service) -> None:
    await service.app.stop()
    answer = await client.get("/healthz")
    assert answer.status == 503
    assert (await answer.json())["wrong"] == ["not started yet"]


async def test_a_database_that_is_gone_makes_it_unwell(client: Client, service: Service) -> None:
    await service.app.stop()
    await service.store.close()
    service.plan.database.unlink()
    service.plan.database.mkdir()
    answer = await client.get("/healthz")
    assert answer.status == 503
    assert "the database does not answer" in " ".join((await answer.json())["wrong"])


async def test_metrics_speak_prometheus(client: Client) -> None:
    await client.post("/local/messages", json={"from": "customer", "text": "豆腐馊了"})
    await client.get("/local/messages?to=customer&wait=20")
    answer = await client.get("/metrics")
    text = await answer.text()
    assert answer.content_type == "text/plain"
    line = re.compile(r'[a-z_]+(\{([a-z]+="[^"\n]*",?)+\})? -?[0-9.e+]+')
    for row in text.splitlines():
        assert row.startswith(("# HELP ", "# TYPE ")) or line.fullmatch(row), row
    assert 'yingnuo_counter_total{name="inbox.received"} 1' in text
    assert set(re.findall(r"# TYPE (\S+)", text)) == set(METRICS)
    opened = re.findall(r"yingnuo_tickets_open\{severity=\"\w+\"\} (\d+)", text)
    assert sum(map(int, opened)) == 1


def test_label_values_are_escaped() -> None:
    text = render([("yingnuo_counter_total", {"name": 'a"b\\c\nd'}, 1)])
    assert 'yingnuo_counter_total{name="a\\"b\\\\c\\nd"} 1' in text


@pytest.mark.parametrize("path", ["/", "/healthz", "/static/main.js", "/nothing", "/demo/board"])
async def test_every_answer_keeps_a_browser_safe(client: Client, path: str) -> None:
    headers = (await client.get(path)).headers
    policy = headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "script-src 'self'" in policy
    assert "unsafe" not in policy
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["X-Frame-Options"] == "DENY"
    assert "Python" not in headers["Server"]


async def test_the_page_needs_nothing_from_elsewhere(client: Client) -> None:
    page = await (await client.get("/")).text()
    assets = re.findall(r'(?:src|href)="([^"]+)"', page)
    assert assets
    for asset in assets:
        assert asset.startswith("/static/")
        assert (await client.get(asset)).status == 200
    assert "<script>" not in page
    assert " style=" not in page
    assert not re.search(r"\son\w+=", page)


@pytest.mark.parametrize("name", ["..%2Fdemo.py", "%2e%2e/app.py", "index.html", ".env", "main.js/.."])
async def test_nothing_else_is_served_from_the_disk(client: Client, name: str) -> None:
    assert (await client.get(f"/static/{name}")).status == 404


async def test_a_page_of_another_site_is_refused(client: Client, service: Service) -> None:
    foreign = {"Origin": "https://evil.example"}
    assert (await client.post("/demo/advance", json={"seconds": 60}, headers=foreign)).status == 403
    assert (await client.get("/demo/feed", headers={"Host": "evil.example"})).status == 403
    assert (await client.get("/demo/board", headers={"X-Forwarded-For": "8.8.8.8"})).status == 403
    assert service.app.counters["demo.forbidden"] == 3
    assert service.app.counters["web.status_403"] == 3


async def test_a_form_of_another_site_cannot_move_the_clock(client: Client) -> None:
    answer = await client.post(
        "/demo/advance", data='{"seconds": 60}', headers={"Content-Type": "text/plain"}
    )
    assert answer.status == 400


@pytest.mark.parametrize(
    "body",
    [
        "{",
        "[]",
        '{"seconds": "x"}',
        '{"seconds": -5}',
        '{"seconds": 1e99}',
        '{"to": "end"}',
        '{"x": 1}',
        "{}",
    ],
)
async def test_a_step_that_makes_no_sense_is_refused(client: Client, body: str) -> None:
    before = (await (await client.get("/demo/clock")).json())["ahead"]
    answer = await client.post("/demo/advance", data=body, headers={"Content-Type": "application/json"})
    assert answer.status == 400
    assert (await answer.json())["error"]
    assert (await (await client.get("/demo/clock")).json())["ahead"] == before


async def test_a_body_that_never_ends_is_given_up(
    client: Client, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(guard, "BODY_SECONDS", 0.05)
    reader, writer = await asyncio.open_connection("127.0.0.1", client.port)
    writer.write(b"POST /local/messages HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 100\r\n\r\n{")
    answer = await asyncio.wait_for(reader.readuntil(b"}"), 15)
    assert answer.startswith(b"HTTP/1.1 408")
    assert "web.failed" not in caplog.text
    writer.close()


async def test_too_large_a_body_is_refused(client: Client) -> None:
    body = b'{"seconds": 1' + b" " * (2 * 1024 * 1024) + b"}"
    answer = await client.post("/demo/advance", data=body, headers={"Content-Type": "application/json"})
    assert answer.status == 413


@pytest.mark.parametrize("query", ["sent=x", "said=-1", "wait=nan", "wait=-1", "sent=99999999999999999999"])
async def test_marks_that_make_no_sense_are_refused(client: Client, query: str) -> None:
    assert (await client.get(f"/demo/feed?{query}")).status == 400


async def test_wrong_methods_and_paths_get_plain_refusals(client: Client) -> None:
    assert (await client.put("/healthz")).status == 405
    answer = await client.get("/no/such/page")
    assert answer.status == 404
    assert await answer.json() == {"error": "Not Found"}
