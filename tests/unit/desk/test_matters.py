"""To which matter a message belongs."""

from __future__ import annotations

from datetime import timedelta

import pytest
from msgspec.structs import replace

from bot.desk.matters import Situation, decide
from bot.desk.meaning import codes_of, in_doubt
from bot.domain.messages import Address
from bot.domain.ticket import Field, Ticket
from bot.domain.words import Severity, Status
from bot.intake import CategoryScore, Span
from tests.unit.desk.conftest import NOON, understood

TICKET = Ticket(
    id=1,
    contract="demo",
    terms="t",
    requester=1,
    origin=Address(channel="local", chat="c"),
    kind="complaint",
    category="food.spoiled",
    categories=("food.spoiled",),
    severity=Severity.SERIOUS,
    summary="豆腐馊了",
    opened_at=NOON,
    received_at=NOON,
    last_said_at=NOON,
)
SPOILED, LATE = understood("food.spoiled"), understood("delivery.late")
QUERY = understood("query", complaint=False)
PRAISE = understood("praise", complaint=False, intent="praise")
FOLLOW = understood("follow_up", complaint=False, intent="follow_up")
NOT_SURE = understood("chitchat", complaint=False, intent="chitchat", band="unsure")
CHAT = understood("chitchat", complaint=False, intent="chitchat")


def situation(*tickets: Ticket, minutes: float = 30, **more: object) -> Situation:
    usual = {"burst": timedelta(minutes=3), "join": timedelta(hours=12)}
    return Situation(now=NOON + timedelta(minutes=minutes), tickets=tickets, **(usual | more))  # type: ignore[arg-type]


OPEN, DONE = TICKET, replace(TICKET, status=Status.RESOLVED, closed_at=NOON)
WITHDRAWN = replace(TICKET, status=Status.CANCELLED, closed_at=NOON)
WAITING = replace(TICKET, status=Status.WAITING)


@pytest.mark.parametrize(
    ("meaning", "found", "what"),
    [
        (SPOILED, situation(), "open"),
        (SPOILED, situation(OPEN), "join"),
        (SPOILED, situation(OPEN, minutes=1), "join"),
        (LATE, situation(OPEN), "open"),
        (LATE, situation(OPEN, minutes=1), "open"),
        (replace(LATE, band="unsure"), situation(OPEN, minutes=1), "join"),
        (SPOILED, situation(OPEN, minutes=13 * 60), "open"),
        (SPOILED, situation(DONE), "reopen"),
        (LATE, situation(DONE), "open"),
        (SPOILED, situation(WITHDRAWN), "open"),
        (understood("food.safety"), situation(OPEN, minutes=1), "join"),
        (understood("service.no_response"), situation(OPEN), "join"),
        (understood("service.no_response"), situation(DONE), "reopen"),
        (CHAT, situation(OPEN, minutes=1), "join"),
        (CHAT, situation(OPEN), "greet"),
        (CHAT, situation(WAITING), "join"),
        (LATE, situation(WAITING), "open"),
        (PRAISE, situation(OPEN), "thank"),
        (QUERY, situation(OPEN), "open"),
        (QUERY, situation(), "open"),
        (FOLLOW, situation(OPEN), "join"),
        (FOLLOW, situation(DONE), "thank"),
        (replace(FOLLOW, severity="serious"), situation(DONE), "reopen"),
        (FOLLOW, situation(), "open"),
        (NOT_SURE, situation(), "open"),
        (NOT_SURE, situation(group=True, addressed=False), "ignore"),
        (SPOILED, situation(group=True, addressed=False), "open"),
        (QUERY, situation(group=True, addressed=False), "ignore"),
        (QUERY, situation(group=True, addressed=True), "open"),
        (FOLLOW, situation(group=True, addressed=False), "ignore"),
        (CHAT, situation(OPEN, bare=True), "join"),
        (CHAT, situation(bare=True), "open"),
        (CHAT, situation(quoted=OPEN), "join"),
        (SPOILED, situation(quoted=DONE), "reopen"),
        (PRAISE, situation(quoted=DONE), "thank"),
    ],
)
def test_where_a_message_belongs(meaning: object, found: Situation, what: str) -> None:
    assert decide(meaning, found).what == what  # type: ignore[arg-type]


def in_group(*, minutes: float = 1, **more: object) -> Situation:
    """A colleague writes where somebody has just complained."""
    return situation(minutes=minutes, group=True, addressed=False, **({"colleagues": (OPEN,)} | more))


@pytest.mark.parametrize(
    ("meaning", "found", "what"),
    [
        (CHAT, in_group(), "ignore"),
        (QUERY, in_group(), "ignore"),
        (NOT_SURE, in_group(), "ignore"),
        (PRAISE, in_group(), "ignore"),
        (CHAT, in_group(colleagues=(WAITING,)), "ignore"),
        (SPOILED, in_group(), "join"),
        (FOLLOW, in_group(minutes=30), "join"),
        (LATE, in_group(), "open"),
        (LATE, in_group(echo=True), "join"),
        (CHAT, in_group(echo=True), "join"),
        (LATE, in_group(echo=True, minutes=13 * 60), "open"),
        (LATE, in_group(echo=True, colleagues=(DONE,)), "open"),
        (CHAT, in_group(bare=True), "join"),
        (CHAT, in_group(bare=True, minutes=13 * 60), "open"),
        (CHAT, in_group(bare=True, gesture=True), "ignore"),
    ],
)
def test_where_a_colleagues_message_belongs(meaning: object, found: Situation, what: str) -> None:
    assert decide(meaning, found).what == what  # type: ignore[arg-type]


def test_an_echo_means_what_was_said_last() -> None:
    older = replace(TICKET, id=2, last_said_at=NOON - timedelta(hours=1))
    assert decide(LATE, in_group(colleagues=(older, OPEN), echo=True)).ticket == OPEN


def test_a_burst_is_told_from_a_later_word() -> None:
    assert decide(SPOILED, situation(OPEN, minutes=3)).burst
    assert not decide(SPOILED, situation(OPEN, minutes=3.1)).burst


def test_another_order_is_another_matter() -> None:
    first = replace(TICKET, fields=(Field(name="order_no", text="A1", value="A1"),))
    other = replace(SPOILED, fields=(Span(field="order_no", text="B2", start=0, end=2, value="B2"),))
    assert decide(other, situation(first, minutes=1)).what == "open"
    assert decide(SPOILED, situation(first, minutes=1)).what == "join"


def scored(*pairs: tuple[str, float], **more: object) -> object:
    scores = tuple(CategoryScore(code=code, title=code, score=score) for code, score in pairs)
    return replace(understood(**more), categories=scores)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("pairs", "expected"),
    [
        ([("food.spoiled", 0.98), ("food.expired", 0.2)], ("food.spoiled",)),
        ([("food.spoiled", 0.9), ("order.mismatch", 0.6)], ("food.spoiled", "order.mismatch")),
        ([("food.spoiled", 0.3), ("food.expired", 0.2)], ("food.spoiled",)),
        ([("other.complaint", 0.7), ("food.quality", 0.1)], ("food.quality",)),
        ([("chitchat", 0.5), ("book.damaged", 0.4)], ("book.damaged",)),
        ([("other.complaint", 0.7)], ("other.complaint",)),
        ([], ("other.complaint",)),
    ],
)
def test_only_likely_categories_count(pairs: list[tuple[str, float]], expected: tuple[str, ...]) -> None:
    assert codes_of(scored(*pairs)) == expected  # type: ignore[arg-type]


def test_a_question_has_the_one_category_it_is() -> None:
    assert codes_of(QUERY) == ("query",)


def test_what_points_to_a_fault_is_a_complaint_in_doubt() -> None:
    doubtful = scored(("chitchat", 0.5), ("food.spoiled", 0.45), complaint=False, band="unsure")
    found = in_doubt(doubtful)  # type: ignore[arg-type]
    assert (found.complaint, found.kind, codes_of(found)) == (True, "complaint", ("food.spoiled",))


@pytest.mark.parametrize(
    "meaning",
    [
        SPOILED,
        QUERY,
        scored(("chitchat", 0.5), ("food.spoiled", 0.3), complaint=False, band="unsure"),
        scored(("chitchat", 0.5), ("food.spoiled", 0.45), complaint=False, band="sure"),
        scored(("query", 0.9), complaint=False, band="unsure"),
    ],
)
def test_otherwise_intake_has_the_word(meaning: object) -> None:
    assert in_doubt(meaning) == meaning  # type: ignore[arg-type]
