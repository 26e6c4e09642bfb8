"""To which matter a message belongs: a new ticket, an open one, one to reopen, or none. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Literal

import msgspec

from bot.desk.meaning import codes_of
from bot.domain.ticket import Ticket
from bot.domain.words import Status
from bot.intake import Understanding

What = Literal["open", "join", "reopen", "thank", "greet", "ignore"]

_VAGUE = frozenset({"other.complaint", "service.no_response"})
_DISTINCT = ("order_no", "isbn")


class Situation(msgspec.Struct, frozen=True, kw_only=True):
    """What is known when a message comes: who speaks where, and which tickets there are."""

    now: datetime
    tickets: Sequence[Ticket]  # the requester's: open ones and those closed lately, newest first
    colleagues: Sequence[Ticket] = ()  # those of the others in the group, likewise
    quoted: Ticket | None = None
    group: bool = False
    addressed: bool = True
    burst: timedelta
    join: timedelta
    bare: bool = False  # no words, only media
    gesture: bool = False  # nothing but a sticker
    echo: bool = False  # words like 「我们班也是」, which say no more than that a colleague is right

    @property
    def known(self) -> Sequence[Ticket]:
        """Everybody's, their own first."""
        return (*self.tickets, *self.colleagues)


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """What to do with the message. `burst`: it belongs to what was just said, so nobody need be told twice."""

    what: What
    ticket: Ticket | None = None
    burst: bool = False


def decide(meaning: Understanding, situation: Situation) -> Verdict:
    """To which matter the message belongs."""
    if situation.quoted:
        return _quoted(meaning, situation.quoted)
    return _overheard(situation) or _said(meaning, situation)


def _overheard(situation: Situation) -> Verdict | None:
    """What words in a group that were not meant for us say by their form alone; None where they must be understood."""
    if not situation.group or situation.addressed:
        return None
    if situation.gesture:
        return Verdict(what="ignore")
    same = _latest(situation, situation.join) if situation.echo else None
    return Verdict(what="join", ticket=same, burst=_in_burst(same, situation)) if same else None


def _said(meaning: Understanding, situation: Situation) -> Verdict:
    """By the requester's own tickets first: a colleague's are joined only by words about the same matter."""
    latest = next((t for t in situation.tickets if not t.closed), None)
    if latest and _in_burst(latest, situation) and not _second_matter(meaning, latest):
        asks = meaning.intent == "query" and meaning.band == "sure"  # who asks is answered
        return Verdict(what="join", ticket=latest, burst=not asks)
    waiting = next((t for t in situation.tickets if t.status == Status.WAITING), None)
    if waiting and not _second_matter(meaning, waiting):
        return Verdict(what="join", ticket=waiting)  # they were asked: this is the answer
    if meaning.complaint or (meaning.band == "unsure" and not situation.group):
        return (_complaint if meaning.complaint else _unclear)(meaning, situation)
    if meaning.intent == "follow_up":
        return _follow_up(meaning, situation)
    return _small(meaning, situation)


def _in_burst(ticket: Ticket, situation: Situation) -> bool:
    return situation.now - ticket.last_said_at <= situation.burst


def _latest(situation: Situation, within: timedelta) -> Ticket | None:
    """The open ticket of which somebody spoke last, if that was so lately."""
    lately = [t for t in situation.known if not t.closed and situation.now - t.last_said_at <= within]
    return max(lately, key=lambda t: t.last_said_at, default=None)


def _quoted(meaning: Understanding, ticket: Ticket) -> Verdict:
    if not ticket.closed:
        return Verdict(what="join", ticket=ticket)
    if meaning.complaint or meaning.intent == "follow_up":
        return Verdict(what="reopen", ticket=ticket)
    return Verdict(what="thank", ticket=ticket)


def _second_matter(meaning: Understanding, ticket: Ticket) -> bool:
    """Something clearly else than the ticket: another category that was said outright, or another order."""
    if not meaning.complaint:
        return False
    return _other_order(meaning, ticket) or (meaning.band == "sure" and not _akin(meaning, ticket))


def _akin(meaning: Understanding, ticket: Ticket) -> bool:
    """The categories overlap, or what is said is too vague to be something else."""
    codes = set(codes_of(meaning))
    mine = {*ticket.categories, ticket.category}
    return bool(codes & mine) or codes <= _VAGUE or mine <= _VAGUE or _same_trade_danger(codes, mine)


def _same_trade_danger(codes: set[str], mine: set[str]) -> bool:
    """People ill after eating what was just reported as spoiled: the same matter, grown worse."""
    return "food.safety" in codes and any(c.startswith("food.") for c in mine)


def _other_order(meaning: Understanding, ticket: Ticket) -> bool:
    for name in _DISTINCT:
        said = {s.value for s in meaning.fields if s.field == name}
        known = {f.value for f in ticket.fields if f.name == name}
        if said and known and not said & known:
            return True
    return False


def _complaint(meaning: Understanding, situation: Situation) -> Verdict:
    akin = [t for t in situation.known if _akin(meaning, t) and not _other_order(meaning, t)]
    for ticket in akin:
        if not ticket.closed and situation.now - ticket.last_said_at <= situation.join:
            return Verdict(what="join", ticket=ticket, burst=_in_burst(ticket, situation))
    for ticket in akin:
        if ticket.status == Status.RESOLVED:
            return Verdict(what="reopen", ticket=ticket)
    return Verdict(what="open")


def _unclear(meaning: Understanding, situation: Situation) -> Verdict:
    """Words nobody can place speak of what is under way, or say that what was called settled is not."""
    for ticket in situation.known:
        if not ticket.closed and not _other_order(meaning, ticket):
            return Verdict(what="join", ticket=ticket)
    for ticket in situation.known:
        if ticket.status == Status.RESOLVED and not _other_order(meaning, ticket):
            return Verdict(what="reopen", ticket=ticket)
    return Verdict(what="open")


def _follow_up(meaning: Understanding, situation: Situation) -> Verdict:
    """Words about a matter under way; where none is known, a human had better look."""
    known = situation.known
    for ticket in known:
        if not ticket.closed:
            return Verdict(what="join", ticket=ticket)
    if known and known[0].status == Status.RESOLVED and meaning.severity != "normal":
        return Verdict(what="reopen", ticket=known[0])
    if known:
        return Verdict(what="thank", ticket=known[0])
    return Verdict(what="ignore" if situation.group and not situation.addressed else "open")


def _small(meaning: Understanding, situation: Situation) -> Verdict:
    """Questions, thanks, small talk; a picture without words is nobody's small talk."""
    latest = next((t for t in situation.tickets if not t.closed), None)
    if situation.bare and latest is None:
        latest = _latest(situation, situation.join)
    if situation.bare:
        return Verdict(what="join", ticket=latest) if latest else Verdict(what="open")
    if situation.group and not situation.addressed:
        return Verdict(what="ignore")
    if meaning.intent == "query" or meaning.kind == "suggestion":
        return Verdict(what="open")
    return Verdict(what="thank" if meaning.intent == "praise" else "greet", ticket=latest)
