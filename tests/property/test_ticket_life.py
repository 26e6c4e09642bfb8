"""Whatever people say and do, in whatever order, with outages in between: what must always be so of a ticket."""

from __future__ import annotations

import asyncio
import tempfile
from collections import Counter
from collections.abc import Coroutine
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from bot.cli.drill_run import Stage
from bot.cli.drill_script import Script, Step
from bot.cli.world import world
from bot.config import build_book, shipped_schemes
from bot.desk.clockwork import standing
from bot.desk.ports import Tx
from bot.desk.records import OutboxRow, TicketFilter
from bot.domain.ticket import Target, Ticket, TicketEvent, Timer
from bot.domain.words import EventType
from bot.intake import Intake

START = datetime(2026, 3, 6, 8, 30, tzinfo=UTC)  # a Friday afternoon in Shanghai

WORDS = st.sampled_from(
    [
        "今天送的豆腐有馊味，20斤",
        "有8本语文书缺页了，少了好几页",
        "成果的坐标数据偏移了三米，对不上控制点",
        "发票金额开错了，多收了我们200元",
        "王师傅态度恶劣，还骂人",
        "学生吃了今天的饭上吐下泻，已经送医院",
        "请明天上午十点前派人来处理，今天送的豆腐有馊味",
        "请问你们周末可以送货吗？",
        "还是没有解决",
        "早上好",
        "",
        "1",
        "进度",
        "人工",
        "撤销",
        "评价 5",
    ]
)
COMMANDS = st.sampled_from(
    [
        "接单 {n}",
        "派员 {n} 出发",
        "到场 {n}",
        "解决 {n} 换货20斤",
        "回复 {n} 马上处理",
        "备注 {n} 在查",
        "转派 {n} 李师傅",
        "退回 {n}",
        "待客户 {n} 请提供照片",
        "争议 {n} 送检",
        "继续 {n}",
        "误报 {n}",
        "改类 {n} 价格发票",
        "改类 {n} 咨询",
        "程度 {n} 重大",
        "程度 {n} 一般",
        "约定 {n} 明天上午11点",
        "合并 {n} 001",
        "拆分 {n} 配送延误 送货也晚了",
    ]
)
SPANS = st.sampled_from(
    [timedelta(seconds=s) for s in (1, 59, 300, 601, 900, 3600, 4 * 3600, 86400, 3 * 86400)]
)
STAFF = st.sampled_from(["agent1", "agent2", "lead", "supervisor"])
CUSTOMERS = st.sampled_from(["customer", "customer2"])


@cache
def intake() -> Intake:
    return Intake()


class Books:
    """Everything the database holds about tickets, read at once."""

    def __init__(self, tx: Tx) -> None:
        self.tickets = {t.id: t for t in tx.tickets.find(TicketFilter(limit=10_000))}
        self.targets: dict[int, Target] = {x.id: x for t in self.tickets for x in tx.targets.of_ticket(t)}
        self.events: dict[int, list[TicketEvent]] = {t: tx.events.of_ticket(t) for t in self.tickets}
        self.outbox: dict[int, list[OutboxRow]] = {t: tx.outbox.of_ticket(t) for t in self.tickets}
        forever = datetime(2100, 1, 1, tzinfo=UTC)
        self.timers: list[Timer] = tx.timers.due(forever, 100_000)

    def ticket_of(self, target: Target) -> Ticket:
        return self.tickets[target.ticket]


class Life(RuleBasedStateMachine):
    """Random commands, messages, jumps of time, restarts and outages over the real desk and database."""

    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.new_event_loop()
        memory = Path("/dev/shm")  # where there is one: thousands of full syncs, and no power cut to survive
        place = memory if memory.is_dir() else None
        self.folder = tempfile.TemporaryDirectory(prefix="yingnuo-life-", dir=place)
        self.facts: dict[int, tuple[datetime | None, datetime | None]] = {}
        self.log: dict[int, list[TicketEvent]] = {}
        self.at = timedelta(0)

    def wait_for(self, work: Coroutine[Any, Any, Any]) -> Any:
        return self.loop.run_until_complete(work)

    @initialize(scheme=st.sampled_from(["books", "food", "medical", "survey"]))
    def begin(self, scheme: str) -> None:
        config = world(scheme)
        book = build_book(Path("life.toml"), config, shipped_schemes())
        script = Script(file=Path("life.toml"), title="", start=START, config=config, book=book, steps=())
        self.stage = Stage(script, intake(), Path(self.folder.name) / "life.sqlite3")
        self.wait_for(self.stage.open())

    def do(self, step: Step) -> None:
        self.wait_for(self.stage._do(0, step))

    @rule(who=CUSTOMERS, words=WORDS, restart=st.booleans())
    def customer_says(self, who: str, words: str, restart: bool) -> None:
        media = "" if words else "照片.jpg"
        self.do(Step(at=self.at, speaker=who, words=words, media=media, restart=restart))

    @rule(who=STAFF, words=COMMANDS, n=st.sampled_from(["001", "002", "003"]))
    def staff_says(self, who: str, words: str, n: str) -> None:
        self.do(Step(at=self.at, speaker=who, words=words.format(n=n)))

    @rule(span=SPANS)
    def time_passes(self, span: timedelta) -> None:
        self.at += span
        self.wait_for(self.stage._pass_time(START + self.at))
        self.wait_for(self.stage._settle())

    @rule()
    def restart(self) -> None:
        self.do(Step(at=self.at, restart=True))

    @rule(span=SPANS, who=CUSTOMERS, words=WORDS, staff=STAFF, order=COMMANDS)
    def outage(self, span: timedelta, who: str, words: str, staff: str, order: str) -> None:
        """The engine is away; what is said meanwhile waits at the provider."""
        self.do(Step(at=self.at, down="engine"))
        self.at += span
        self.wait_for(self.stage._pass_time(START + self.at))
        self.do(Step(at=self.at, speaker=who, words=words, media="" if words else "照片.jpg"))
        self.do(Step(at=self.at, speaker=staff, words=order.format(n="001")))
        self.do(Step(at=self.at, up="engine"))

    @rule(span=st.sampled_from([timedelta(seconds=20), timedelta(minutes=5), timedelta(minutes=40)]))
    def line_down(self, span: timedelta) -> None:
        self.do(Step(at=self.at, down="local"))
        self.time_passes(span)
        self.do(Step(at=self.at, up="local"))

    def teardown(self) -> None:
        if hasattr(self, "stage"):
            self.wait_for(self.stage.close())
        self.loop.close()
        self.folder.cleanup()

    # What must always be so.

    @invariant()
    def everything_holds(self) -> None:
        if not hasattr(self, "stage"):
            return
        books = self.wait_for(self.stage.store.read(Books))
        self.one_timer_per_running_target(books)
        self.closed_tickets_owe_nothing(books)
        self.due_promises_are_decided(books)
        self.breaches_are_not_early_and_are_told(books)
        self.facts_and_log_only_grow(books)
        self.acknowledged_once(books)

    def one_timer_per_running_target(self, books: Books) -> None:
        timers = Counter(t.target for t in books.timers if t.kind == "target")
        for target in books.targets.values():
            ticket = books.ticket_of(target)
            owed = target.running and not ticket.closed and target.cycle == ticket.cycle
            if not owed or standing(ticket, target) or target.due is None:
                assert timers[target.id] == 0, (ticket.number, target)
            elif target.breached_at:
                assert timers[target.id] <= 1, (ticket.number, target)  # the rest of the ladder
            else:
                assert timers[target.id] == 1, (ticket.number, target)

    def closed_tickets_owe_nothing(self, books: Books) -> None:
        closed = {t.id for t in books.tickets.values() if t.closed}
        assert not [t for t in books.timers if t.ticket in closed]
        assert not [x for x in books.targets.values() if x.ticket in closed and x.state == "open"]

    def due_promises_are_decided(self, books: Books) -> None:
        now = self.stage.clock.now()
        for target in books.targets.values():
            ticket = books.ticket_of(target)
            if target.due and target.due < now and target.cycle == ticket.cycle:
                assert target.state != "open" or standing(ticket, target), (ticket.number, target)

    def breaches_are_not_early_and_are_told(self, books: Books) -> None:
        for target in books.targets.values():
            if target.met_at and target.due and target.met_at <= target.due:
                assert target.breached_at is None, target
            if target.breached_at is None:
                continue
            assert target.due is not None
            assert target.breached_at == target.due
            assert target.detected_at is not None
            assert target.due <= target.detected_at <= self.stage.clock.now()
            events = [e for e in books.events[target.ticket] if e.type == EventType.BREACHED]
            assert [e.at for e in events if e.data["target"] == target.id] == [target.breached_at]
            keys = [row.key for row in books.outbox[target.ticket]]
            assert any(f"{key}:".startswith(f"breach:{target.id}:") for key in keys), target

    def facts_and_log_only_grow(self, books: Books) -> None:
        for target in books.targets.values():
            met, broken = self.facts.get(target.id, (None, None))
            assert met in (None, target.met_at), target
            assert broken in (None, target.breached_at), target
            assert not (met and not broken and target.breached_at), "kept, and broken afterwards"
            self.facts[target.id] = target.met_at, target.breached_at
        for ticket, events in books.events.items():
            before = self.log.get(ticket, [])
            assert events[: len(before)] == before
            self.log[ticket] = events

    def acknowledged_once(self, books: Books) -> None:
        sent = Counter(r.message.key for r in self.stage.records() if r.message.key.startswith("ack:"))
        assert all(count == 1 for count in sent.values()), sent
        for ticket in books.tickets.values():
            rows = [row for row in books.outbox[ticket.id] if row.key.startswith("ack:")]
            assert len(rows) == ticket.cycle, ticket
            cycles = Counter(e.cycle for e in books.events[ticket.id] if e.type == EventType.ACKNOWLEDGED)
            assert all(count == 1 for count in cycles.values()), ticket


Life.TestCase.settings = settings(
    max_examples=25,
    stateful_step_count=20,
    deadline=None,
    derandomize=True,  # the same lives every time: a build must not fail by chance
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
TestLife = Life.TestCase
