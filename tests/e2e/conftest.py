"""The real process and a real browser."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

ROOT = Path(__file__).parents[2]
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


expect.set_options(
    timeout=20_000
)  # how long a busy machine may take; the bound on speed is a test of its own


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Desk:
    """`run_bot.py demo` as its own process, on a folder that outlives it."""

    def __init__(self, folder: Path, log: Path) -> None:
        self.folder = folder
        self.log = log
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"

    def start(self, *flags: str) -> Desk:
        command = [sys.executable, "run_bot.py", "demo", "--port", str(self.port), "--data", str(self.folder)]
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [*command, *flags],
                cwd=ROOT,
                stdout=subprocess.PIPE,
                stderr=log,
                env=os.environ | {"TZ": "UTC"},
            )
        assert self.process.stdout is not None
        assert self.url in self.process.stdout.readline().decode(), self.log.read_text()
        return self

    def stop(self) -> int:
        self.process.terminate()
        code = self.process.wait(30)
        assert self.process.stdout is not None
        self.process.stdout.close()
        return code

    def get(self, path: str) -> Any:
        with urllib.request.urlopen(self.url + path, timeout=30) as answer:
            return json.load(answer)

    def post(self, path: str, body: dict[str, Any]) -> Any:
        data = json.dumps(body).encode()
        request = urllib.request.Request(self.url + path, data, {"Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=30) as answer:
            return json.load(answer)


CONFIG = """
[desk]
company = "示范公司"
default_contract = "school1"
[web]
port = {port}
demo = true
[[contracts]]
id = "school1"
title = "{title}"
scheme = "{scheme}"
[[people]]
id = "wang"
name = "王师傅"
reach = {{ local = "w01" }}
[[people]]
id = "zhao"
name = "赵主管"
roles = ["supervisor"]
reach = {{ local = "zhao" }}
[[shifts]]
name = "全天"
people = ["wang"]
[[chats]]
channel = "local"
chat = "staff"
[channels.local]
"""


class Bot:
    """`run_bot.py serve` with a configuration that can be rewritten."""

    def __init__(self, folder: Path) -> None:
        self.file = folder / "config.toml"
        self.log = folder / "stderr.log"
        self.port = free_port()
        self.heard = 0
        self.write()
        command = [sys.executable, "run_bot.py", "serve", "--config", str(self.file)]
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(command, cwd=ROOT, stdout=log, stderr=log)
        self.await_line("service.started")

    def write(self, *, title: str = "第一小学", scheme: str = "food") -> None:
        text = CONFIG.format(port=self.port, title=title, scheme=scheme)
        self.file.write_text(text, encoding="utf-8")

    def await_line(self, action: str) -> str:
        """The first log line with that action; follows the file as it grows."""
        with self.log.open(encoding="utf-8") as lines:
            while self.process.poll() is None:
                line = lines.readline()
                if f"action={action}" in line and line.endswith("\n"):
                    return line
        raise AssertionError(self.log.read_text(encoding="utf-8"))

    def say(self, sender: str, text: str) -> str:
        """Say something and return the answer."""
        body = json.dumps({"from": sender, "text": text, "chat": "private"}).encode()
        base = f"http://127.0.0.1:{self.port}/local/messages"
        with urllib.request.urlopen(urllib.request.Request(base, body), timeout=30):
            pass
        with urllib.request.urlopen(f"{base}?to={sender}&after={self.heard}&wait=20", timeout=30) as answer:
            told: list[dict[str, Any]] = json.load(answer)
        self.heard = told[-1]["id"]
        return str(told[-1]["text"])

    def stop(self) -> int:
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(30)


@pytest.fixture
def bot(tmp_path: Path) -> Iterator[Bot]:
    running = Bot(tmp_path)
    yield running
    if running.process.poll() is None:
        assert running.stop() == 0


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    running = Desk(tmp_path / "data", tmp_path / "stderr.log").start()
    yield running
    if running.process.poll() is None:
        assert running.stop() == 0


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One for each module: Playwright's loop must be gone before a test with a loop of its own begins."""
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    if chromium is None:
        pytest.skip("there is no Chromium on this machine: install it, e.g. apt-get install chromium")
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        yield opened
        opened.close()


class Screen:
    """The page as its users see it; whatever the browser complains about fails the test."""

    def __init__(self, page: Page, url: str) -> None:
        self.page = page
        self.complaints: list[str] = []
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("console", lambda m: self.complaints.append(m.text) if m.type == "error" else None)
        page.on("dialog", lambda dialog: self.complaints.append(dialog.message))
        page.goto(url)
        expect(page.locator("#clock")).not_to_have_text("--:--:--")

    def phone(self, seat: str) -> Any:
        return self.page.locator(f'[data-seat="{seat}"]')

    def say(self, seat: str, words: str) -> None:
        box = self.phone(seat).get_by_label("输入消息")
        box.fill(words)
        box.press("Enter")

    def be(self, seat: str, name: str) -> None:
        self.phone(seat).locator(".who button", has_text=name).click()

    def last(self, seat: str) -> Any:
        return self.phone(seat).locator("article.msg").last

    def forward(self, label: str) -> None:
        self.page.locator("#forward button", has_text=label).click()
        expect(self.page.locator("#forward[aria-busy]")).to_have_count(0, timeout=20_000)


@pytest.fixture
def screen(desk: Desk, browser: Browser) -> Iterator[Screen]:
    context = browser.new_context(viewport={"width": 1440, "height": 900}, locale="zh-CN")
    seen = Screen(context.new_page(), desk.url)
    yield seen
    context.close()
    assert seen.complaints == []


@pytest.fixture
def handset(desk: Desk, browser: Browser) -> Iterator[Screen]:
    context = browser.new_context(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    seen = Screen(context.new_page(), desk.url)
    yield seen
    context.close()
    assert seen.complaints == []
