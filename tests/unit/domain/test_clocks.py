"""Promised clocks: when each is due, what happens on the way there, and what meets it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from msgspec.structs import replace

from bot.config import shipped_schemes
from bot.domain import clocks
from bot.domain.calendar import Pause
from bot.domain.clocks import (
    Step,
    breach,
    due_at,
    meet,
    met_by,
    next_step,
    pauses_of,
    rebase,
    start_targets,
    steps,
)
from bot.domain.messages import Address
from bot.domain.scheme import CalendarSpec, Contract, Policy, Rung, Terms, When, effective
from bot.domain.ticket import Interval, Target, Ticket
from bot.domain.words import EventType, Severity, Status

NOON = datetime(2026, 3, 5, 4, tzinfo=UTC)  # Thursday 12:00 in Shanghai
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


def terms(scheme: str = "food", **overrides: object) -> Terms:
    contract = Contract(id="a", title="甲", scheme=scheme, **overrides)  # type: ignore[arg-type]
    return effective(shipped_schemes()[scheme], contract)


def ticket(**fields: object) -> Ticket:
    usual = {
        "id": 1,
        "contract": "a",
        "terms": "t",
        "requester": 1,
        "origin": Address(channel="local", chat="c"),
        "kind": "complaint",
        "category": "food.spoiled",
        "severity": Severity.SERIOUS,
        "summary": "豆腐馊了",
        "opened_at": NOON,
        "received_at": NOON,
        "last_said_at": NOON,
    }
    return Ticket(**(usual | fields))  # type: ignore[arg-type]


def targets(found: Terms, of: Ticket, taken: datetime | None = None) -> dict[str, Target]:
    return {t.stage: t for t in start_targets(found, of, taken)}


def test_a_complaint_starts_every_clock_that_was_promised() -> None:
    found = targets(terms(), ticket())
    assert {stage: t.due for stage, t in found.items()} == {
        "acknowledge": NOON + MINUTE,
        "respond": NOON + 15 * MINUTE,
        "resolve": NOON + 4 * HOUR,
        "arrive": None,
    }
    assert found["resolve"].policy == "F03.exchange"
    assert all(t.state == "open" for t in found.values())


def test_the_clock_counts_from_what_was_said_not_from_when_we_read_it() -> None:
    said = NOON - 10 * MINUTE
    assert targets(terms(), ticket(received_at=said))["respond"].due == said + 15 * MINUTE


def test_a_chosen_time_is_the_deadline_and_the_way_there_begins_with_the_message() -> None:
    chosen = NOON + DAY
    arrive = targets(terms(), ticket(requested_at=chosen))["arrive"]
    assert (arrive.started_at, arrive.due) == (NOON, chosen)


def test_a_promise_that_gives_way_to_the_customers_time() -> None:
    books, case = terms("books"), ticket(category="book.damaged", kind="return")
    assert targets(books, case)["arrive"].due == NOON + 2 * HOUR
    chosen = targets(books, replace(case, requested_at=NOON + DAY))
    assert chosen["arrive"].due == chosen["replace"].due == NOON + DAY
    assert chosen["dispatch"].due == NOON + HOUR


def test_a_notice_ahead_of_a_time() -> None:
    policy = Policy(id="F10", stage="notify", starts="requested", before="24h")
    assert due_at(terms(), policy, NOON) == NOON - DAY


def test_a_clock_may_wait_for_the_take() -> None:
    policy = Policy(id="x", stage="dispatch", within="30m", starts="taken", when=When())
    found = terms(policies=(policy,))
    assert targets(found, ticket())["dispatch"].due is None
    assert targets(found, ticket(), NOON + HOUR)["dispatch"].due == NOON + 90 * MINUTE


def test_rebasing_starts_what_waited_and_leaves_the_rest() -> None:
    found, before = terms(), targets(terms(), ticket())
    known = ticket(requested_at=NOON + DAY)
    assert rebase(found, before["arrive"], known, None).due == NOON + DAY
    assert rebase(found, before["respond"], known, None) == before["respond"]


def test_what_is_met_broken_or_cancelled_never_moves() -> None:
    found, arrive = terms(), targets(terms(), ticket(requested_at=NOON + HOUR))["arrive"]
    later = ticket(requested_at=NOON + DAY)
    for settled in (
        replace(arrive, met_at=NOON),
        breach(arrive, NOON + 2 * HOUR),
        replace(arrive, cancelled_at=NOON),
    ):
        assert rebase(found, settled, later, None) == settled


def test_a_pause_moves_repair_clocks_and_no_other() -> None:
    pause = Interval(since=NOON + HOUR, until=NOON + 3 * HOUR)
    paused = ticket(pauses=(pause,), last_said_at=NOON + 3 * HOUR)
    found = targets(terms(), paused)
    assert found["resolve"].due == NOON + 6 * HOUR
    assert found["respond"].due == NOON + 15 * MINUTE


def test_an_unfinished_pause_lasts_until_now() -> None:
    still = ticket(status=Status.WAITING, pauses=(Interval(since=NOON),))
    assert pauses_of(still, NOON + HOUR) == (Pause(since=NOON, until=NOON + HOUR),)
    assert pauses_of(still, NOON - HOUR) == (Pause(since=NOON, until=NOON),)


def test_the_way_of_a_clock() -> None:
    respond = targets(terms(), ticket())["respond"]
    assert steps(terms(), respond) == [
        Step(at=NOON + 7.5 * MINUTE, what="warn", to=("assignee",)),
        Step(at=NOON + 12 * MINUTE, what="warn", to=("assignee", "lead")),
        Step(at=NOON + 15 * MINUTE, what="breach"),
        Step(at=NOON + 15 * MINUTE, what="escalate", to=("supervisor",)),
        Step(at=NOON + 30 * MINUTE, what="escalate", to=("manager",)),
        Step(at=NOON + 75 * MINUTE, what="escalate", to=("supervisor", "manager", "duty:总经理")),
    ]


def test_the_bots_own_clock_climbs_no_ladder() -> None:
    own = targets(terms(), ticket())["acknowledge"]
    assert steps(terms(), own) == [Step(at=NOON + MINUTE, what="breach")]


def test_a_clock_without_a_deadline_has_no_way() -> None:
    assert steps(terms(), targets(terms(), ticket())["arrive"]) == []


def test_warnings_come_in_working_time_and_the_ladder_in_plain_time() -> None:
    office = CalendarSpec(hours="Mon-Fri=09:00-17:00")
    ladder = tuple(Rung(at=at, to=("lead",)) for at in ("50%", "-1h", "0s", "+1h"))
    policy = Policy(
        id="x", stage="answer", within="8h", calendar="office", ladder="mine", when=When(kinds=())
    )
    found = terms("survey", policies=(policy,), calendars={"office": office}, ladders={"mine": ladder})
    answer = targets(found, ticket(kind="other", category="other.complaint", received_at=NOON + DAY))[
        "answer"
    ]
    friday = NOON + DAY  # 12:00: five hours on Friday, three on Monday until 12:00
    monday = friday + 3 * DAY
    assert answer.due == monday
    assert [(s.at, s.what) for s in steps(found, answer)] == [
        (friday + 4 * HOUR, "warn"),
        (monday - HOUR, "warn"),
        (monday, "breach"),
        (monday, "escalate"),
        (monday + HOUR, "escalate"),
    ]


def test_a_deadline_that_lies_behind_goes_straight_to_the_ladder() -> None:
    found = terms()
    late = targets(found, ticket(kind="shortage", category="order.mismatch", requested_at=NOON + HOUR))[
        "notify"
    ]
    assert late.due == NOON + HOUR - DAY
    way = steps(found, late)
    assert [s.what for s in way] == ["breach", "escalate", "escalate", "escalate"]
    assert way[0].at == late.due


def test_rungs_from_the_start() -> None:
    incident = targets(terms("books"), ticket(kind="incident", category="book.print"))["respond"]
    way = steps(terms("books"), incident)
    assert [(s.at - NOON, s.to) for s in way if s.what == "warn"] == [
        (timedelta(0), ("duty:组长",)),
        (3 * MINUTE, ("duty:副组长",)),
        (6 * MINUTE, ("duty:成员",)),
    ]


@pytest.mark.parametrize(
    ("seconds", "expected"), [(0, 0), (449, 0), (450, 1), (720, 2), (900, 4), (1800, 5), (4500, 6)]
)
def test_the_next_step(seconds: int, expected: int) -> None:
    way = steps(terms(), targets(terms(), ticket())["respond"])
    assert next_step(way, NOON + timedelta(seconds=seconds)) == expected


@pytest.mark.parametrize(
    ("after", "state"),
    [(timedelta(0), "met"), (15 * MINUTE, "met"), (15 * MINUTE + timedelta(seconds=1), "breached")],
)
def test_the_due_second_is_still_in_time(after: timedelta, state: str) -> None:
    respond = targets(terms(), ticket())["respond"]
    done = meet(respond, NOON + after, event=7, detected=NOON + DAY)
    assert (done.state, done.met_at, done.met_by) == (state, NOON + after, 7)
    assert not done.running


def test_broken_at_the_deadline_found_out_later() -> None:
    respond = targets(terms(), ticket())["respond"]
    late = breach(respond, NOON + DAY)
    assert (late.breached_at, late.detected_at, late.running) == (respond.due, NOON + DAY, True)
    done = meet(late, NOON + 2 * DAY, event=1, detected=NOON + 2 * DAY)
    assert (done.state, done.detected_at, done.met_at) == ("breached", NOON + DAY, NOON + 2 * DAY)


def test_what_meets_a_clock_is_the_stages_unless_the_policy_says_otherwise() -> None:
    found = terms()
    respond = targets(found, ticket())["respond"]
    assert EventType.TAKEN in met_by(found, respond)
    solution = targets(found, ticket(kind="incident", category="delivery.late"))["respond"]
    assert EventType.TAKEN not in met_by(found, solution)
    assert EventType.PLANNED in met_by(found, solution)


def test_a_promise_whose_policy_is_gone_keeps_its_stages_rules() -> None:
    orphan = replace(targets(terms(), ticket())["respond"], policy="gone")
    assert EventType.TAKEN in met_by(terms(), orphan)
    assert rebase(terms(), orphan, ticket(received_at=NOON - DAY), None) == orphan


def test_calendars_by_name() -> None:
    found = terms("survey")
    assert clocks.calendar_of(found, "hotline").cn_public_holidays
    assert clocks.calendar_of(found, "always").zone == "Asia/Shanghai"
    assert clocks.calendar_of(found, "cn-office").name == "cn-office"
    with pytest.raises(KeyError):
        clocks.calendar_of(found, "weekends")


@pytest.mark.parametrize(("text", "seconds"), [("90s", 90), ("30m", 1800), ("12h", 43200), ("7d", 604800)])
def test_plain_lengths(text: str, seconds: int) -> None:
    assert clocks.length(text) == timedelta(seconds=seconds)
