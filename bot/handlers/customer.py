"""What a requester may ask for besides just writing: 我的工单 进度 撤销 人工 评价 绑定."""

from __future__ import annotations

from datetime import timedelta
from unicodedata import normalize

from msgspec.structs import replace

from bot.desk import correct, life
from bot.desk.alarms import page, tell_staff
from bot.desk.life import Refusal
from bot.desk.masking import masked
from bot.desk.notices import Notice
from bot.desk.opening import NewCase, open_ticket
from bot.desk.triage import open_question
from bot.desk.wording import brief
from bot.domain.messages import Purpose
from bot.domain.ticket import Ticket
from bot.domain.words import Status
from bot.handlers import views
from bot.handlers.call import Answer, Call, named
from bot.handlers.commands import Command
from bot.intake import Understanding
from bot.texts import say

_LOOK_BACK = timedelta(days=30)
_FEW = 3  # characters behind a command that are still no sentence
_DIGITS = {"一": 1, "二": 2, "三": 3, "四": 4, "五": 5}


def own_tickets(call: Call) -> list[Ticket]:
    """The requester's tickets of the last month, newest first."""
    return call.turn.tx.tickets.recent_of(call.speaker.id, call.turn.now - _LOOK_BACK)


def _own(call: Call, *, closed: bool = False) -> Ticket:
    """The ticket meant, theirs only: by number, button or quote, else the newest that fits."""
    tickets, wanted = own_tickets(call), call.command.number
    meant = [t for t in tickets if call.command.ticket == t.id or (wanted and named(t, wanted))]
    if meant:  # numbers begin anew each day: of two with the same end the one that still runs is meant
        return next((t for t in meant if t.closed == closed), meant[0])
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
    text = say("staff.withdrawn", number=ticket.number)
    tell_staff(call.turn, ticket, _to_staff(ticket, f"withdrawn:{call.message.id}", text))
    return Answer(text=say("done.withdraw", number=ticket.number))


def _to_staff(ticket: Ticket, key: str, text: str) -> Notice:
    return Notice(key=key, purpose=Purpose.PAGE, text=text, ticket=ticket.id)


def says_more(command: Command) -> bool:
    """Whether words that begin like a command are more than one: 「进度太慢」「评价：菜都臭了」 must be listened to."""
    if command.name in {"progress", "mytickets", "help"}:
        return len(command.words) > _FEW
    return command.name == "rate" and len(command.words) > _FEW and not _stars(command.words)


def human(call: Call) -> Answer:
    """人工: somebody is pinged at once, with or without a ticket."""
    if not call.command.number and not any(not t.closed for t in own_tickets(call)):
        return _called_for(call, open_ticket(call.turn, _wish(call)))
    ticket = _own(call)
    if ticket.closed:
        raise Refusal(say("refuse.human_how"))
    call.turn.tx.messages.attach(call.message.id, ticket.id)
    page(call.turn, ticket, why="human", key=f"page:{ticket.id}:human:{call.message.id}")
    if call.command.words:
        words = brief(masked(call.command.words), 200)
        text = say("staff.added", number=ticket.number, words=words)
        tell_staff(call.turn, ticket, _to_staff(ticket, f"added:{call.message.id}", text))
    return _called_for(call, ticket)


def _called_for(call: Call, ticket: Ticket) -> Answer:
    """Somebody has been called; whoever cannot wait is told the hotline, where there is one."""
    phone = call.turn.book.hotline
    hotline = say("done.hotline", phone=phone) if phone else ""
    return Answer(text=say("done.human", number=ticket.number) + hotline, hand_over=True)


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
    return ticket, _stars(command.words), command.words.strip()[1:].strip(" 星分，,")


def _stars(words: str) -> int:
    """`5`, `五`, `5 分`, `5星 很及时`; 0 where no number leads."""
    first = words.strip()[:1]
    return _DIGITS.get(first, 0) or (int(first) if first.isascii() and first.isdigit() else 0)


def triage(call: Call) -> Answer:
    """The answer to the question of what it is, by button or by number."""
    ticket = _own(call)
    offered = open_question(call.turn, ticket)
    if call.command.words not in offered or ticket.closed:
        raise Refusal(say("refuse.no_question", number=ticket.number))
    return Answer(text=correct.answer_triage(call.turn, ticket, call.command.words))


def triage_choice(call: Call, text: str) -> Answer | None:
    """A bare number (or the words on a button) as the answer to the open question; None where it is none."""
    said = normalize("NFKC", text[:40]).strip().rstrip(".。、")
    if not said or len(said) > 12:
        return None
    for ticket in own_tickets(call):
        offered = open_question(call.turn, ticket) if ticket.triage and not ticket.closed else []
        if said.isascii() and said.isdigit() and 1 <= int(said) <= len(offered):
            return Answer(text=correct.answer_triage(call.turn, ticket, offered[int(said) - 1]))
    return None
