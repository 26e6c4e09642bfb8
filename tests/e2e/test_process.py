"""The process as an operator sees it: signals, exit codes, log lines."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import sqlite3
import subprocess
import sys
import urllib.request
from pathlib import Path

from tests.e2e.conftest import CONFIG, ROOT, Bot, Desk, free_port

SECRET_WORDS = "豆腐馊了，我是张老师，电话13812345678"


def test_sigterm_ends_it_in_order(bot: Bot) -> None:
    assert bot.stop() == 0
    actions = re.findall(r"action=(service\.\w+)", bot.log.read_text(encoding="utf-8"))
    assert actions == ["service.started", "service.stopping", "service.stopped"]


def test_sigterm_does_not_wait_for_those_who_listen(desk: Desk) -> None:
    with socket.create_connection(("127.0.0.1", desk.port)) as listener:
        listener.sendall(b"GET /demo/feed?wait=25 HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
        assert desk.get("/demo/clock")["ahead"] == 0
        assert desk.stop() == 0


def test_ctrl_c_is_a_quiet_end(desk: Desk) -> None:
    desk.process.send_signal(signal.SIGINT)
    assert desk.process.wait(30) == 0
    assert "Traceback" not in desk.log.read_text(encoding="utf-8")


def test_a_port_that_is_taken_is_a_sentence(desk: Desk, tmp_path: Path) -> None:
    command = [
        sys.executable,
        "run_bot.py",
        "demo",
        "--port",
        str(desk.port),
        "--data",
        str(tmp_path / "other"),
    ]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 2
    assert done.stderr.startswith(f"error: 127.0.0.1:{desk.port} cannot be listened on")
    assert "--port" in done.stderr
    assert "Traceback" not in done.stderr


def test_fresh_empties_the_database_and_leaves_what_a_restore_set_aside(desk: Desk) -> None:
    desk.stop()
    kept = desk.folder / "demo.sqlite3.before-restore"
    kept.write_bytes(b"the one before")
    (desk.folder / "demo.sqlite3-wal").write_bytes(b"of no database")
    desk.start("--fresh")
    assert desk.get("/demo/board")["tickets"] == []
    assert kept.read_bytes() == b"the one before"


def test_nobody_else_reads_what_is_kept(desk: Desk) -> None:
    readable = [path.name for path in desk.folder.iterdir() if path.stat().st_mode & 0o077]
    assert readable == ["demo.sqlite3.lock"]  # which is empty


def test_a_second_bot_on_the_same_database_is_a_sentence(desk: Desk) -> None:
    command = [sys.executable, "run_bot.py", "demo", "--port", str(free_port()), "--data", str(desk.folder)]
    for flags in ([], ["--fresh"]):
        done = subprocess.run(
            [*command, *flags], cwd=ROOT, capture_output=True, text=True, check=False, timeout=60
        )
        assert done.returncode == 2
        assert "is in use by another bot" in done.stderr
    assert desk.get("/healthz")["ok"] is True


def test_a_configuration_is_read_anew_and_a_broken_one_is_not(bot: Bot) -> None:
    bot.write(title="第二小学", scheme="nope")
    bot.process.send_signal(signal.SIGHUP)
    assert "contracts[0].scheme" in bot.await_line("config.refused")
    assert "第一小学" in bot.say("zhao", "值班")
    bot.write(title="第二小学")
    bot.process.send_signal(signal.SIGHUP)
    bot.await_line("config.reloaded")
    assert "第二小学" in bot.say("zhao", "值班")


def refuse_tickets(database: Path) -> None:
    """From now on the database fails at every new ticket, and says with what."""
    with sqlite3.connect(database, timeout=30) as connection:
        connection.execute(
            "CREATE TRIGGER no_tickets BEFORE INSERT ON tickets "
            "BEGIN SELECT RAISE(ABORT, '面包发霉了，我是李老师'); END"
        )


def test_nothing_anybody_wrote_stands_in_the_log_even_when_things_break(bot: Bot) -> None:
    assert "已受理" in bot.say("customer", SECRET_WORDS)
    refuse_tickets(bot.file.parent / "data" / "yingnuo.sqlite3")
    body = json.dumps({"from": "other", "text": "面包发霉了，我是李老师，电话13987654321"}).encode()
    url = f"http://127.0.0.1:{bot.port}/local/messages"
    with urllib.request.urlopen(urllib.request.Request(url, body), timeout=30):
        pass
    assert "error=" in bot.await_line('"inbox row')
    assert bot.stop() == 0
    written = bot.log.read_text(encoding="utf-8")
    for word in ("豆腐", "面包", "老师", "13812345678", "13987654321", "Traceback"):
        assert word not in written
    for line in written.splitlines():
        assert re.match(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ (INFO|WARNING|ERROR) [\w.]+ action=", line), line


def test_secrets_of_the_environment_stay_there(tmp_path: Path) -> None:
    secret = "123456:" + "Zq" * 18
    (tmp_path / "config.toml").write_text(
        CONFIG.format(port=free_port(), title="第一小学", scheme="food")
        + '[[channels.telegram]]\ntoken = "${T_TOKEN}"\napi_base = "http://127.0.0.1:9"\n',
        encoding="utf-8",
    )
    command = [sys.executable, "run_bot.py", "check", "--config", str(tmp_path / "config.toml")]
    env = os.environ | {"T_TOKEN": secret}
    done = subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, check=False, env=env, timeout=120
    )
    assert done.returncode == 1
    assert "127.0.0.1:9" in done.stdout
    assert "ZqZq" not in done.stdout + done.stderr


def test_what_a_killed_process_had_leased_is_free_when_it_starts_again(bot: Bot) -> None:
    database = bot.file.parent / "data/yingnuo.sqlite3"
    bot.process.kill()
    bot.process.wait(30)
    with sqlite3.connect(database) as connection:
        connection.execute(
            "INSERT INTO leases VALUES ('wecom_aibot:default:connection', 'dead', '2999-01-01')"
        )
    again = Bot(bot.file.parent)
    with sqlite3.connect(database) as connection:
        assert connection.execute("SELECT holder FROM leases").fetchall() == []
    assert again.stop() == 0
