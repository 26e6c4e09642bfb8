"""Plays a drill through the whole real system on a virtual clock: all is real but the phones."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from msgspec.structs import replace

from bot.app import App, Parts
from bot.channels.base import Temporary
from bot.channels.local.recording import Record, RecordingChannel
from bot.cli.drill_checks import Books, judge
from bot.cli.drill_report import Line, Report, report
from bot.cli.drill_script import Expectation, Script, Step
from bot.clock import DrillClock
from bot.config import load
from bot.domain.messages import Address, Incoming, Media
from bot.domain.words import Role
from bot.intake import Intake
from bot.storage.store import SqlStore

_PRIVATE = (Role.SUPERVISOR, Role.MANAGER)
_ENGINE = "engine"  # what `down` and `up` call the program itself


async def play(script: Script, intake: Intake) -> Report:
    """Play one drill in a database of its own; nothing of it is left behind."""
    with TemporaryDirectory(prefix="yingnuo-drill-") as folder:
        stage = Stage(script, intake, Path(folder) / "drill.sqlite3")
        await stage.open()
        try:
            return await stage.play()
        finally:
            await stage.close()


class Stage:
    """Where a drill plays: the app, its phones, the virtual clock."""

    def __init__(self, script: Script, intake: Intake, database: Path) -> None:
        self.script = script
        self.clock = DrillClock(script.start)
        self.lines: list[Line] = []
        self.failures: list[str] = []
        self._intake = intake
        self._database = database
        self._book = script.book
        self._spoken = 0
        self._up = True
        self._held: list[Incoming] = []  # said while it could not be heard: providers keep it
        self._phones = {
            (c, "default"): RecordingChannel(c, clock=self.clock) for c in sorted(self._channel_names())
        }
        self._seen: dict[str, int] = {}

    def _channel_names(self) -> set[str]:
        reach = {c for p in self._book.roster.people.values() for c in p.reach}
        return reach | {c.channel for c in self.script.config.chats} | {"local"}

    async def open(self) -> None:
        """Start the app on the database as it is."""
        self.store = await SqlStore.open(str(self._database))
        channels = tuple(self._phones.values())
        parts = Parts(
            store=self.store,
            book=self._book,
            clock=self.clock,
            intake=self._intake,
            channels=channels,
            chats=self.script.config.chats,
        )
        self.app = App(parts)
        await self.app.prepare()

    async def close(self) -> None:
        """Let go of everything."""
        if self._up:
            await self.app.stop()
            await self.store.close()

    async def play(self) -> Report:
        """Every step in its turn."""
        for number, step in enumerate(self.script.steps):
            await self._pass_time(self.script.start + step.at)
            await self._do(number, step)
        if not self._up:
            await self._route_up(_ENGINE)
        return self._judged(await report(self))

    def _judged(self, done: Report) -> Report:
        events = [(line.ticket, line.event) for line in done.timeline if line.direction == "event"]
        books = Books(tickets=done.tickets, targets=done.targets, events=events)
        failures = (*done.failures, *judge(self.script.checks, books))
        return replace(done, failures=failures, passed=not failures)

    async def _pass_time(self, until: datetime) -> None:
        """Let everything happen that is due on the way, each at its own instant."""
        await self._settle()
        while self._up and (due := await self.app.next_at()) and due < until:
            before = self.clock.now()
            self.clock.advance_to(due)
            await self.app.settle()
            if self.clock.now() == before:
                break
        self.clock.advance_to(until)

    async def _do(self, number: int, step: Step) -> None:
        if step.up:
            await self._route_up(step.up)
        if step.reload:
            config, self._book = load(self.script.file.parent / step.reload)
            await self.app.reload(self._book, config.chats)
        if step.speaker:
            await self._speak(step)
        if step.speaker and (step.restart or step.down):
            await self._work_off()
        if step.down:
            await self._route_down(step.down)
        if step.restart and self._up:
            await self.close()
            await self.open()
        await self._settle()
        self._look(number, step)

    async def _settle(self) -> None:
        if self._up:
            await self.app.settle()

    async def _route_down(self, name: str) -> None:
        if name != _ENGINE:
            self._route(name).down()
        elif self._up:
            await self.close()
            self._up = False

    async def _route_up(self, name: str) -> None:
        """A route that is back brings what was said meanwhile, with the time it was said."""
        if name != _ENGINE:
            self._route(name).up()
        elif not self._up:
            await self.open()
            self._up = True
        held, self._held = self._held, []
        for incoming in held:
            await self._hear(incoming)

    async def _hear(self, incoming: Incoming) -> None:
        try:
            await self._phones["local", "default"].hear(incoming)
        except Temporary:
            self._held.append(incoming)

    def _route(self, name: str) -> RecordingChannel:
        return self._phones[name, "default"]

    async def _work_off(self) -> None:
        """What was just said is committed with all that follows from it, and nothing of it sent yet."""
        while self._up and await self.app.inbox.run_once(self.clock.now()):
            pass

    async def _speak(self, step: Step) -> None:
        self._spoken += 1
        incoming = self._incoming(step)
        line = Line(
            at=self.clock.now(),
            direction="in",
            sender=step.speaker,
            to=incoming.address.chat,
            text=step.words,
        )
        self.lines.append(line)
        await self._hear(incoming)

    def _incoming(self, step: Step) -> Incoming:
        person = self._book.roster.people.get(step.speaker)
        chat = step.chat or ("staff" if person and not person.may(*_PRIVATE) else step.speaker)
        quoted = self._with_button(chat, step.words) if step.press else self._quoted(chat, step.quote)
        button = _action(quoted, step.words) if step.press and quoted else ""
        phone = step.speaker.removeprefix("call:") if step.speaker.startswith("call:") else ""
        return Incoming(
            provider_id=f"drill-{self._spoken}",
            address=Address(channel="local", chat=chat, user=step.speaker),
            sender=step.speaker,
            sender_name=person.name if person else step.speaker,
            sent_at=self.clock.now(),
            text="" if step.press else step.words,
            media=(Media(kind="photo", name=step.media),) if step.media else (),
            kind="button" if step.press else "message",
            group=chat != step.speaker,
            addressed=chat == step.speaker or bool(person) or step.words.startswith(("/", "@")),
            quoted_id=quoted.ref if quoted else "",
            quoted_text=quoted.message.text if quoted else step.quote,
            button=button,
            data={"phone": phone} if phone else {},
        )

    def _with_button(self, chat: str, label: str) -> Record | None:
        records = reversed(self._phones["local", "default"].sent)
        return next((r for r in records if r.to.chat == chat and _action(r, label)), None)

    def _quoted(self, chat: str, words: str) -> Record | None:
        records = reversed(self._phones["local", "default"].sent)
        return next((r for r in records if words and r.to.chat == chat and words in r.message.text), None)

    def _look(self, number: int, step: Step) -> None:
        if step.expect:
            fresh = self._fresh(step.expect)
            fitting = sum(_fits(r, step.expect) for r in fresh)
            if not fitting or (step.expect.times and fitting != step.expect.times):
                got = " / ".join(r.message.text.replace("\n", " ")[:120] for r in fresh) or "nothing"
                self.failures.append(f"step {number}: expected {_wanted(step.expect)}; got {got}")
        if step.expect_none:
            for record in self._fresh(step.expect_none):
                if _fits(record, step.expect_none):
                    self.failures.append(
                        f"step {number}: did not expect {_wanted(step.expect_none)}: {record.message.text}"
                    )

    def _fresh(self, wanted: Expectation) -> list[Record]:
        """What was sent to them since the last look."""
        records = [r for r in self._sent() if self.audience(r) == wanted.to]
        start = self._seen.get(wanted.to, 0)
        self._seen[wanted.to] = len(records)
        return records[start:]

    def _sent(self) -> Iterator[Record]:
        for phone in self._phones.values():
            yield from phone.sent

    def audience(self, record: Record) -> str:
        """The speaker (or `staff`) whose phone a message reached."""
        address = record.to
        for person in self._book.roster.people.values():
            if person.reach.get(address.channel) == address.chat:
                return person.id
        groups = {(c.channel, c.chat) for c in self.script.config.chats if c.role == "staff"}
        return "staff" if (address.channel, address.chat) in groups else address.chat

    def records(self) -> list[Record]:
        """Everything that was sent, in order of time."""
        return sorted(self._sent(), key=lambda r: r.at)


def _action(record: Record, label: str) -> str:
    buttons = (b for row in record.message.buttons for b in row)
    return next((b.action for b in buttons if label in b.label), "")


def _fits(record: Record, wanted: Expectation) -> bool:
    named = {m.person for m in record.message.mentions} | {m.name for m in record.message.mentions}
    return all(word in record.message.text for word in wanted.says) and (
        not wanted.mentions or wanted.mentions in named
    )


def _wanted(wanted: Expectation) -> str:
    parts = [f"to {wanted.to}", *(f"saying {s}" for s in wanted.says)]
    if wanted.times:
        parts.append(f"{wanted.times} times")
    return " ".join([*parts, f"mentioning {wanted.mentions}" if wanted.mentions else ""]).strip()
