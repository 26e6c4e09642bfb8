"""What supervisors and managers ask: how things stand, figures, incidents, codes, taught words."""

from __future__ import annotations

from datetime import timedelta

from msgspec.structs import replace

from bot.desk.addressees import may_see
from bot.desk.alarms import page as page_staff
from bot.desk.figures import figures, overdue
from bot.desk.life import Refusal
from bot.desk.log import Entry, record
from bot.desk.opening import NewCase, open_ticket
from bot.desk.receive import said_without_words
from bot.desk.records import Requester, TicketFilter
from bot.desk.wording import time_left
from bot.domain.roster import Need, on_duty
from bot.domain.scheme import Terms
from bot.domain.ticket import Ticket
from bot.domain.words import EventType
from bot.handlers import views
from bot.handlers.call import Answer, Call, Run, staff_ticket, visible
from bot.handlers.passed_on import quoted_words
from bot.handlers.staff import day_start
from bot.intake import CategoryScore, Context, Intake, Understanding
from bot.texts import say

_CODE_LIFE = timedelta(hours=24)


def status(call: Call) -> Answer:
    """/status: all, one ticket, one contract, or one agent."""
    words = call.command.words
    if not words:
        return Answer(text=_overview(call))
    person = call.turn.book.person(words.lstrip("@"))
    if person:
        tickets = call.turn.tx.tickets.find(TicketFilter(assignee=person.id, open_only=True))
        return Answer(
            text=views.listing(call.turn, visible(call, tickets), say("view.of_person", who=person.name))
        )
    terms = next((t for t in call.turn.book.terms.values() if words in {t.contract, t.contract_title}), None)
    if terms:
        tickets = call.turn.tx.tickets.find(TicketFilter(contract=terms.contract, open_only=True))
        title = say("view.of_contract", contract=terms.contract_title)
        return Answer(text=views.listing(call.turn, visible(call, tickets), title))
    return ticket(_with_number(call))


def _with_number(call: Call) -> Call:
    number, _, words = call.command.words.partition(" ")
    return replace(call, command=replace(call.command, number=number, words=words))


def _overview(call: Call) -> str:
    tickets = visible(call, call.turn.tx.tickets.find(TicketFilter(open_only=True, limit=1000)))
    late = {t.id for t, _ in overdue(call.turn.tx, _contracts(call), call.turn.now)}
    free = sum(not t.assignee for t in tickets)
    title = say("view.overview", open=len(tickets), free=free, late=sum(t.id in late for t in tickets))
    return views.listing(call.turn, tickets, title)


def _contracts(call: Call) -> list[str]:
    return call.turn.book.contracts_of(call.asker)


def ticket(call: Call) -> Answer:
    """One ticket in full."""
    return Answer(text=views.page(call.turn, staff_ticket(call)))


def mine(call: Call) -> Answer:
    """我的: what the asker has taken."""
    tickets = call.turn.tx.tickets.find(TicketFilter(assignee=call.asker.id, open_only=True))
    return Answer(text=views.listing(call.turn, tickets, say("view.mine")))


def late(call: Call) -> Answer:
    """超时: every promise that is late and still owed."""
    found = [
        (t, x)
        for t, x in overdue(call.turn.tx, _contracts(call), call.turn.now)
        if may_see(call.turn, t, call.asker)
    ]
    if not found:
        return Answer(text=say("view.no_overdue"))
    lines = [f"{t.number} {time_left(x, call.turn.now)}" for t, x in found[:30]]
    more = [say("view.more", count=len(found) - 30)] if len(found) > 30 else []
    return Answer(text="\n".join([say("view.overdue", count=len(found)), *lines, *more]))


def period(key: str) -> Run:
    """今日, 本周, 本月: figures from the log."""

    def run(call: Call) -> Answer:
        zone = call.turn.book.of("").zone
        midnight = day_start(call.turn.now, zone)
        back = {"today": 0, "week": midnight.weekday(), "month": midnight.day - 1}[key]
        since = midnight - timedelta(days=back)
        sums = figures(call.turn.tx, _contracts(call), since, call.turn.now + timedelta(seconds=1))
        return Answer(text=views.period(sums, say(f"figures.{key}")))

    return run


def roster(call: Call) -> Answer:
    """值班: who is on duty now, per contract."""
    lines = []
    for contract in _contracts(call):
        people = on_duty(call.turn.book.roster, Need(contract=contract), call.turn.now)
        names = "、".join(p.name + (say("view.external") if p.external else "") for p in people)
        lines.append(
            say(
                "view.roster",
                contract=call.turn.book.of(contract).contract_title,
                names=names or say("view.no_one"),
            )
        )
    return Answer(text="\n".join(lines) or say("view.none"))


def escalate(call: Call) -> Answer:
    """升级: page again now, by hand."""
    found = staff_ticket(call)
    if found.closed:
        raise Refusal(say("refuse.closed", number=found.number, state=say(f"status.{found.status}")))
    event = record(
        call.turn, found, Entry(type=EventType.ESCALATED, actor=call.asker.id, data={"by_hand": True})
    )
    page_staff(call.turn, found, why="escalated", key=f"page:{found.id}:hand:{event}")
    return Answer(text=say("done.escalate", number=found.number))


def opened_by_staff(kind: str, intake: Intake) -> Run:
    """应急 (B09), 缺货 (F10), 录入: staff open a ticket in their own words; contract and kind may lead."""

    def run(call: Call) -> Answer:
        if call.command.ticket:
            call = _handed_on(call)
        contract, words = _contract_and_words(call)
        terms = call.turn.book.of(contract)
        said, words = (kind, words) if kind else _kind_and_words(terms, words)
        words = "\n".join(part for part in (quoted_words(call.incoming), words) if part)
        if not words:
            raise Refusal(say(f"refuse.no_words_{kind or 'enter'}"))
        meaning = _meaning(intake, words, call, said)
        case = NewCase(
            requester=_spokesman(call, contract),
            contract=contract,
            origin=call.incoming.address,
            received_at=call.incoming.sent_at,
            text=words,
            meaning=meaning,
            message=call.message.id,
            kind=next((k for k in (said, meaning.kind) if k in terms.kinds), "complaint"),
            actor=call.asker.id,
        )
        return Answer(text=say("done.enter", number=_open(call, case).number))

    return run


def _open(call: Call, case: NewCase) -> Ticket:
    return open_ticket(call.turn, case)


def _handed_on(call: Call) -> Call:
    """The call as if the message behind the pressed button had been entered by hand. Raises Refusal."""
    message = call.turn.tx.messages.get(call.command.ticket)
    if message is None or message.sender != call.asker.id or call.command.words not in _contracts(call):
        raise Refusal(say("refuse.button"))
    known = call.turn.tx.tickets.get(message.ticket) if message.ticket else None
    if known:
        raise Refusal(say("done.enter", number=known.number))
    words = message.text or said_without_words(message)
    command = replace(call.command, words=f"{call.command.words} {words}")
    return replace(call, command=command, message=message)


def _contract_and_words(call: Call) -> tuple[str, str]:
    """Whose matter it is, and the words left: the contract's name leads, or stands anywhere beside what is quoted."""
    words, quoted = call.command.words, quoted_words(call.incoming)
    chat = call.turn.tx.people.chat(call.incoming.address)
    for terms in call.turn.book.terms.values():
        for name in (terms.contract_title, terms.contract):
            if terms.contract not in _contracts(call):
                continue
            if words.startswith(name):
                return terms.contract, words[len(name) :].strip(" ，,：:")
            if quoted and (name in words or quoted.startswith(name)):
                return terms.contract, words
    bound = chat.contract if chat and chat.contract else call.turn.book.default_contract
    mine = _contracts(call)
    if bound not in mine and len(mine) != 1:
        raise Refusal(say("refuse.whose", known="、".join(call.turn.book.of(c).contract_title for c in mine)))
    return (bound if bound in mine else mine[0]), words.strip()


def _kind_and_words(terms: Terms, words: str) -> tuple[str, str]:
    """`退换货 缺页书三十本`: the kind of matter may lead."""
    for kind, title in terms.kinds.items():
        if words.startswith(title):
            return kind, words[len(title) :].strip(" ，,：:")
    return "", words


def _meaning(intake: Intake, words: str, call: Call, kind: str) -> Understanding:
    meaning = intake.understand(words, Context(now=call.turn.now, trade=call.turn.book.of("").scheme))
    if meaning.complaint or not kind:
        return meaning
    other = CategoryScore(code="other.complaint", title="", score=1.0, because=())
    return replace(meaning, categories=meaning.categories or (other,))


def _spokesman(call: Call, contract: str) -> int:
    """The requester of a ticket staff entered: the supplier's own desk, one per contract."""
    name = say("actor.desk")
    key = f"desk:{contract}"
    known = call.turn.tx.state.load(key)
    if known:
        return int(known)
    person = call.turn.tx.people.add(Requester(name=name, contract=contract, created_at=call.turn.now))
    call.turn.tx.state.save(key, str(person.id))
    return person.id
