"""What a requester may ask for besides just writing: 我的工单 进度 撤销 人工 评价 绑定."""

from __future__ import annotations

from datetime import timedelta

from msgspec.structs import replace

from bot.desk import correct, life
from bot.desk.alarms import page
from bot.desk.life import Refusal
from bot.desk.opening import NewCase, open_ticket
from bot.desk.triage import open_question
from bot.domain.ticket import Ticket
from bot.domain.words import Status
from bot.handlers import views
from bot.handlers.call import Answer, Call
from bot.intake import Understanding
from bot.texts import say

_LOOK_BACK = timedelta(days=30)
_DIGITS = {"一": 1, "二": 2, "三": 3, "四": 4, "五": 5}


def own_tickets(call: Call) -> list[Ticket]:
    """The requester's tickets of the last month, newest first."""
    return call.turn.tx.tickets.recent_of(call.speaker.id, call.turn.now - _LOOK_BACK)


def _own(call: Call, *, closed: bool = False) -> Ticket:
    """The ticket meant, theirs only: by number, button or quote, else the newest that fits."""
    tickets = own_tickets(call)
    wanted = call.command.number.upper().rpartition("-")[2].zfill(3) if call.command.number else ""
    for ticket in tickets:
        if call.command.ticket == ticket.id or (wanted and ticket.number.endswith(f"-{wanted}")):
            return ticket
    if call.command.ticket or wanted:
        raise Refusal(say("refuse.not_yours", number=call.command.number or call.command.ticket))
    if call.quoted and call.quoted in tickets:
        return call.quoted
    fitting = [t for t in tickets if t.closed == closed] or tickets
    if not fitting:
        raise Refusal(say("refuse.no_ticket_yet"))
    return fitting[0]


def mytickets(call: Call) -> Answer:
    """我的工单"""
    tickets = own_tickets(call)
    if not tickets:
        return Answer(text=say("refuse.no_ticket_yet"))
    lines = [views.progress(call.turn, t) for t in tickets[:5]]
    return Answer(text="\n\n".join(lines))


def progress(call: Call) -> Answer:
    """进度"""
    return Answer(text=views.progress(call.turn, _own(call)))


def withdraw(call: Call) -> Answer:
    """撤销"""
    ticket = _own(call)
    life.close_without_work(call.turn, ticket, f"requester:{ticket.requester}", Status.CANCELLED)
    return Answer(text=say("done.withdraw", number=ticket.number))


def human(call: Call) -> Answer:
    """人工: somebody is pinged at once, with or without a ticket."""
    if not call.command.number and not any(not t.closed for t in own_tickets(call)):
        return Answer(text=say("done.human", number=open_ticket(call.turn, _wish(call)).number))
    ticket = _own(call)
    if ticket.closed:
        raise Refusal(say("refuse.human_how"))
    page(call.turn, ticket, why="human", key=f"page:{ticket.id}:human:{call.message.id}")
    return Answer(text=say("done.human", number=ticket.number))


def _wish(call: Call) -> NewCase:
    """Somebody wants a person and has not said why: a question nobody may leave open."""
    words = call.command.words or say("customer.wants_human")
    meaning = Understanding(
        complaint=False,
        intent="query",
        categories=(),
        severity="normal",
        kind="consultation",
        fields=(),
        confidence=1.0,
        band="sure",
        because=(),
    )
    return NewCase(
        requester=call.speaker.id,
        contract=call.speaker.contract,
        origin=call.incoming.address,
        received_at=call.incoming.sent_at,
        text=words,
        meaning=meaning,
        message=call.message.id,
    )


def rate(call: Call) -> Answer:
    """评价 1–5"""
    ticket, stars, words = _rating(call)
    life.rate(call.turn, ticket, f"requester:{ticket.requester}", stars, words)
    return Answer(text=say("done.rate", number=ticket.number, stars="★" * stars))


def _rating(call: Call) -> tuple[Ticket, int, str]:
    """`评价 5 很及时` rates the last settled ticket; `评价 SC260216-001 5` that one."""
    command = call.command
    if command.number and len(command.number) == 1:
        command = replace(command, number="", words=f"{command.number} {command.words}")
    ticket = _own(replace(call, command=command), closed=True)
    first, _, words = command.words.strip().partition(" ")
    stars = _DIGITS.get(first[:1]) or (int(first[:1]) if first[:1].isdigit() and first[:1].isascii() else 0)
    return ticket, stars, (first[1:] + " " + words).strip(" 星分，,")


def triage(call: Call) -> Answer:
    """The answer to the question of what it is, by button or by number."""
    ticket = _own(call)
    offered = open_question(call.turn, ticket)
    if call.command.words not in offered or ticket.closed:
        raise Refusal(say("refuse.no_question", number=ticket.number))
    return Answer(text=correct.answer_triage(call.turn, ticket, call.command.words))


def triage_choice(call: Call, text: str) -> Answer | None:
    """A bare number (or the words on a button) as the answer to the open question; None where it is none."""
    said = text.strip().rstrip(".。、")
    if not said or len(said) > 12:
        return None
    for ticket in own_tickets(call):
        offered = open_question(call.turn, ticket) if ticket.triage and not ticket.closed else []
        if said.isascii() and said.isdigit() and 1 <= int(said) <= len(offered):
            return Answer(text=correct.answer_triage(call.turn, ticket, offered[int(said) - 1]))
    return None
