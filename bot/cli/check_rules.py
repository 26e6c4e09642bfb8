"""What `check` finds in a configuration by itself: calendars, ladders, the roster, how people are reached."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from bot.channels.base import Finding
from bot.config import Config
from bot.desk.book import Book
from bot.domain.calendar import WorkCalendar, find_zone, unpublished_years
from bot.domain.clocks import calendar_of
from bot.domain.roster import Need, duty_holders, holders, on_duty
from bot.domain.scheme import Terms
from bot.domain.words import Role
from bot.texts import say

AHEAD = 60  # days
WATCH = timedelta(days=7)
_STEP = timedelta(minutes=15)
_ROLES = {Role.LEAD, Role.SUPERVISOR, Role.MANAGER}


def rules(config: Config, book: Book, now: datetime) -> Iterator[Finding]:
    """Everything that will go wrong, or may, without anybody touching the file."""
    yield from _calendars(book, now)
    for terms in book.terms.values():
        yield from _ladders(book, terms, now)
        yield from _roster(book, terms, now)
        yield from _staff_chat(config, terms)
    yield from _reach(config, book)


def _calendars(book: Book, now: datetime) -> Iterator[Finding]:
    """A year whose public holidays are not published is refused, never guessed; so it is said in advance."""
    used = {name: calendar for terms in book.terms.values() for name, calendar in _used(terms)}
    used |= {shift.name: shift.hours for shift in book.roster.shifts}
    for name, calendar in used.items():
        for year in unpublished_years(calendar, now, AHEAD):
            current = year == now.astimezone(find_zone(calendar.zone)).year
            yield Finding(
                subject=say("check.calendar", name=name),
                state="error" if current else "warning",
                says=say("check.unpublished", year=year),
                todo=say("check.unpublished_todo", year=year),
            )


def _used(terms: Terms) -> Iterator[tuple[str, WorkCalendar]]:
    for policy in terms.policies:
        yield policy.calendar, calendar_of(terms, policy.calendar)


def _ladders(book: Book, terms: Terms, now: datetime) -> Iterator[Finding]:
    """Somebody must stand on every rung that a promise of this contract can reach."""
    reached = {policy.ladder for policy in terms.policies} | {"acknowledge"}
    wanted = {word for name in sorted(reached) for rung in terms.ladders.get(name, ()) for word in rung.to}
    need = Need(contract=terms.contract)
    for word in sorted(wanted):
        if not _held(book, word, need, now):
            yield _finding(terms, "error", "rung", _title(word))
    for duty in _duties(terms):
        if not duty_holders(book.roster, duty, need, now):
            yield _finding(terms, "warning", "duty", duty)


def _held(book: Book, word: str, need: Need, now: datetime) -> bool:
    if word in _ROLES:
        return bool(holders(book.roster, Role(word), need, now))
    if word.startswith("duty:"):
        return bool(duty_holders(book.roster, word.removeprefix("duty:"), need, now))
    return True  # whoever is on shift, or has the ticket


def _duties(terms: Terms) -> list[str]:
    return sorted({spec.duty for spec in terms.categories.values() if spec.duty})


def _title(word: str) -> str:
    return word.removeprefix("duty:") if word.startswith("duty:") else say(f"role.{word}")


def _roster(book: Book, terms: Terms, now: datetime) -> Iterator[Finding]:
    """Nobody on duty is an alarm when it happens; seven days earlier it is a line in this table."""
    gaps: dict[tuple[datetime, ...], list[str]] = {}
    for code in terms.categories:
        need = Need(contract=terms.contract, category=code)
        empty = tuple(at for at in _moments(now) if not on_duty(book.roster, need, at))
        if empty:
            gaps.setdefault(empty, []).append(terms.categories[code].title)
    if not gaps:
        yield Finding(subject=terms.contract_title, state="ok", says=say("check.manned"))
    for empty, titles in gaps.items():
        whole = len(titles) == len(terms.categories)
        yield Finding(
            subject=terms.contract_title,
            state="error",
            says=say(
                "check.gap",
                what=say("check.everything") if whole else "、".join(titles[:6]),
                at=f"{empty[0].astimezone(ZoneInfo(terms.zone)):%m-%d %H:%M}",
                hours=round(len(empty) * _STEP / timedelta(hours=1), 1),
            ),
            todo=say("check.gap_todo"),
        )


def _moments(now: datetime) -> Iterator[datetime]:
    for n in range(int(WATCH / _STEP)):
        yield now + n * _STEP


def _staff_chat(config: Config, terms: Terms) -> Iterator[Finding]:
    if not any(c.role == "staff" and c.contract in {"", terms.contract} for c in config.chats):
        yield Finding(
            subject=terms.contract_title,
            state="warning",
            says=say("check.no_chat"),
            todo=say("check.no_chat_todo", contract=terms.contract_title),
        )


def _reach(config: Config, book: Book) -> Iterator[Finding]:
    """People and groups on channels that there are."""
    there = {name for name in config.channels.__struct_fields__ if getattr(config.channels, name)}
    there |= {"local"} if config.web.demo else set()
    for person in book.roster.people.values():
        if not there & set(person.reach):
            yield Finding(
                subject=person.name,
                state="warning",
                says=say("check.no_reach"),
                todo=say("check.no_reach_todo", channels="、".join(sorted(there)) or "—"),
            )
    for chat in config.chats:
        if chat.channel in there and chat.account not in _accounts(config, chat.channel):
            yield Finding(
                subject=chat.title or chat.chat,
                state="error",
                says=say("check.no_account", channel=chat.channel, account=chat.account),
                todo=say("check.no_account_todo", known="、".join(_accounts(config, chat.channel))),
            )
        if chat.channel not in there:
            yield Finding(
                subject=chat.title or chat.chat,
                state="error",
                says=say("check.no_channel", channel=chat.channel),
                todo=say("check.no_channel_todo", channel=chat.channel),
            )


def _accounts(config: Config, channel: str) -> list[str]:
    found = getattr(config.channels, channel, None)
    return [one.account for one in found] if isinstance(found, tuple) else ["default"]


def _finding(terms: Terms, state: Literal["warning", "error"], key: str, what: str) -> Finding:
    says, todo = say(f"check.{key}", what=what), say(f"check.{key}_todo", what=what)
    return Finding(subject=terms.contract_title, state=state, says=says, todo=todo)
