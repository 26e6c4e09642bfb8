"""What staff may say: each command is one use case and one answer."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from bot.desk import correct, life
from bot.desk.addressees import may_see
from bot.desk.book import frozen
from bot.desk.clockwork import holder
from bot.desk.opening import wanted_time
from bot.desk.wording import category_title, clock_time
from bot.domain.messages import Button
from bot.domain.roster import Person
from bot.domain.scheme import Terms
from bot.domain.ticket import Field, Ticket
from bot.domain.words import Role, Severity, Status
from bot.handlers.call import Answer, Call, Run, by_number, staff_ticket
from bot.handlers.teach import hint
from bot.intake import Context, Intake
from bot.texts import say

_SEVERITIES = {"一般": Severity.NORMAL, "较大": Severity.SERIOUS, "重大": Severity.CRITICAL}


def _done(key: str, ticket: Ticket, **fields: object) -> Answer:
    return Answer(text=say(f"done.{key}", number=ticket.number, **fields))


def take(call: Call) -> Answer:
    """接单"""
    ticket = staff_ticket(call)
    if ticket.assignee == call.asker.id == holder(call.turn, ticket) and not ticket.closed:
        return _done("already_taken", ticket)
    ticket = life.take(call.turn, ticket, call.asker)
    return _done(
        "take", ticket, who=call.asker.name, due=life.deadline_words(call.turn, ticket) or say("done.none")
    )


def report(stage: str) -> Run:
    """派员, 到场 and the other stages."""

    def run(call: Call) -> Answer:
        ticket = life.report(call.turn, staff_ticket(call), call.asker, stage, call.command.words)
        return _done("report", ticket, stage=say(f"stage.{stage}"))

    return run


def resolve(call: Call) -> Answer:
    """解决 + how"""
    ticket = life.resolve(call.turn, staff_ticket(call), call.asker, call.command.words)
    return _done("resolve", ticket)


def reply(call: Call) -> Answer:
    """回复 + words for the customer"""
    ticket = life.reply(call.turn, staff_ticket(call), call.asker, call.command.words, call.incoming.media)
    return _done("reply", ticket)


def note(call: Call) -> Answer:
    """备注 + words for colleagues"""
    return _done("note", life.note(call.turn, staff_ticket(call), call.asker, call.command.words))


def transfer(call: Call) -> Answer:
    """转派 + whom"""
    ticket = staff_ticket(call)
    name = call.command.words.split(maxsplit=1)[0].lstrip("@") if call.command.words else ""
    to = call.turn.book.person(name)
    if to is None or not to.may(Role.AGENT, Role.LEAD, Role.SUPERVISOR, Role.MANAGER):
        return _choose_person(call, ticket, name)
    life.transfer(call.turn, ticket, call.asker, to)
    return _done("transfer", ticket, who=to.name)


def _choose_person(call: Call, ticket: Ticket, name: str) -> Answer:
    people = [p for p in call.turn.book.roster.people.values() if _can_take(p, ticket)]
    rows = tuple((Button(label=p.name, action=f"transfer:{ticket.id}:{p.id}"[:60]),) for p in people[:10])
    key = "ask.transfer_unknown" if name else "ask.transfer"
    names = "、".join(p.name for p in people[:10])
    return Answer(text=say(key, number=ticket.number, name=name, names=names), buttons=rows)


def _can_take(person: Person, ticket: Ticket) -> bool:
    return person.serves(ticket.contract) and person.id not in ticket.blamed and person.id != ticket.assignee


def release(call: Call) -> Answer:
    """退回: back to the ladder"""
    ticket = staff_ticket(call)
    if ticket.closed or not ticket.assignee:
        raise life.Refusal(say("refuse.not_taken", number=ticket.number))
    life.release(call.turn, ticket, call.command.words or "given_back", call.asker.id)
    return _done("release", ticket)


def wait(call: Call) -> Answer:
    """待客户: repair clocks pause"""
    return _done(
        "wait", life.pause(call.turn, staff_ticket(call), call.asker, Status.WAITING, call.command.words)
    )


def dispute(call: Call) -> Answer:
    """争议: repair clocks pause until the arbiter has ruled (F17, M19)"""
    return _done(
        "dispute", life.pause(call.turn, staff_ticket(call), call.asker, Status.DISPUTED, call.command.words)
    )


def resume(call: Call) -> Answer:
    """继续"""
    ticket = life.resume(call.turn, staff_ticket(call), call.asker.id)
    return _done("resume", ticket, due=life.deadline_words(call.turn, ticket) or say("done.none"))


def merge(call: Call) -> Answer:
    """合并 A B: the newer goes into the older"""
    ticket = staff_ticket(call)
    if not call.command.words:
        raise life.Refusal(say("refuse.merge_which", number=ticket.number))
    other = by_number(call, call.command.words.split()[0])
    if not may_see(call.turn, other, call.asker):
        raise life.Refusal(say("refuse.unknown_ticket", number=call.command.words))
    closed, kept = correct.merge(call.turn, ticket, other, call.asker.id)
    return _done("merge", closed, into=kept.number)


def split(call: Call) -> Answer:
    """拆分 A 类别 words: a second matter gets its own ticket"""
    ticket = staff_ticket(call)
    title, _, words = call.command.words.partition(" ")
    category = correct.find_category(frozen(call.turn, ticket.terms), title)
    fresh = correct.split(call.turn, ticket, words.strip(), category, call.asker.id)
    return _done("split", ticket, into=fresh.number)


def invalid(call: Call) -> Answer:
    """误报"""
    return _done("invalid", correct.mark_invalid(call.turn, staff_ticket(call), call.asker.id))


def reclassify(intake: Intake) -> Run:
    """改类 + category, or the kind of matter (退换货, 咨询 …)"""

    def run(call: Call) -> Answer:
        ticket = life.still_open(staff_ticket(call))
        terms = frozen(call.turn, ticket.terms)
        if not call.command.words:
            return _which_category(terms, ticket)
        kind = correct.find_kind(terms, call.command.words)
        if kind:
            ticket = correct.change_kind(call.turn, ticket, kind, call.asker.id)
            return _done("reclassify", ticket, category=terms.kinds[kind])
        category = correct.find_category(terms, call.command.words)
        ticket = correct.reclassify(call.turn, ticket, category, call.asker.id)
        done = _done("reclassify", ticket, category=category_title(terms, category))
        return Answer(text="\n".join(filter(None, [done.text, hint(intake, call, ticket)])))

    return run


def _which_category(terms: Terms, ticket: Ticket) -> Answer:
    rows = tuple(
        (Button(label=category_title(terms, c), action=f"reclassify:{ticket.id}:{c}"[:60]),)
        for c in terms.categories
        if c != ticket.category
    )
    return Answer(text=say("ask.reclassify", number=ticket.number), buttons=rows)


def severity(call: Call) -> Answer:
    """程度 一般|较大|重大"""
    ticket = staff_ticket(call)
    wanted = _SEVERITIES.get(call.command.words)
    if wanted is None or ticket.closed:
        raise life.Refusal(say("refuse.severity", number=ticket.number))
    correct.set_severity(call.turn, ticket, wanted, call.asker.id)
    return _done("severity", ticket, severity=call.command.words)


def appoint(intake: Intake) -> Run:
    """约定 + the time the customer chose (B07)"""

    def run(call: Call) -> Answer:
        ticket = life.still_open(staff_ticket(call))
        zone = frozen(call.turn, ticket.terms).zone
        at = _said_time(intake, call, zone)
        if at is None:
            raise life.Refusal(say("refuse.no_time", number=ticket.number))
        life.request_time(call.turn, ticket, at, call.asker.id)
        return _done("appoint", ticket, at=clock_time(at, zone, call.turn.now))

    return run


def _said_time(intake: Intake, call: Call, zone: str) -> datetime | None:
    context = Context(now=call.turn.now, zone=zone)
    spans = intake.understand(call.command.words, context).fields
    fields = tuple(Field(name=s.field, text=s.text, value=s.value) for s in spans)
    return wanted_time(fields, call.turn.now)


def day_start(now: datetime, zone: str, days: int = 0) -> datetime:
    """Midnight of today in that zone, so many days back."""
    local = now.astimezone(ZoneInfo(zone))
    return local.replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(days=days)
