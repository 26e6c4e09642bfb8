"""Schemes as data: which promise holds for a ticket, what a contract overrides, what a rung's time means."""

from __future__ import annotations

import pytest

from bot.config import shipped_schemes
from bot.domain.scheme import (
    CategorySpec,
    Contract,
    Pace,
    Policy,
    Rung,
    RungTime,
    Scheme,
    When,
    effective,
    parse_rung_time,
    promised,
)
from bot.domain.words import Severity

NORMAL, SERIOUS, CRITICAL = Severity
ANY = When()


@pytest.mark.parametrize(
    ("text", "base", "amount"),
    [
        ("80%", "share", 0.8),
        ("5%", "share", 0.05),
        ("-5m", "due", -300),
        ("0s", "due", 0),
        ("+1h", "due", 3600),
        ("2d", "due", 172800),
        ("start+3m", "start", 180),
        ("start+0s", "start", 0),
        ("start+7d", "start", 604800),
    ],
)
def test_rung_times(text: str, base: str, amount: float) -> None:
    assert parse_rung_time(text) == RungTime(base=base, amount=amount)  # type: ignore[arg-type]


@pytest.mark.parametrize("text", ["", "80", "100%", "5 m", "later", "start-3m", "+m", "1w", "-5%", "0.5h"])
def test_a_rung_time_that_is_none_is_refused_with_the_forms(text: str) -> None:
    with pytest.raises(ValueError, match=r"80%|start"):
        parse_rung_time(text)


def test_a_rung_without_anybody_is_refused() -> None:
    with pytest.raises(ValueError, match="somebody"):
        Rung(at="0s", to=())


@pytest.mark.parametrize(
    ("when", "ticket", "expected"),
    [
        (When(), ("complaint", "food.spoiled", NORMAL), True),
        (When(), ("consultation", "query", NORMAL), False),
        (When(kinds=()), ("consultation", "query", NORMAL), True),
        (When(categories=("food.*",)), ("complaint", "food.expired", NORMAL), True),
        (When(categories=("food.*",)), ("complaint", "goods.damaged", NORMAL), False),
        (When(severities=(CRITICAL,)), ("complaint", "food.safety", CRITICAL), True),
        (When(severities=(CRITICAL,)), ("complaint", "food.safety", SERIOUS), False),
    ],
)
def test_when_a_policy_speaks(when: When, ticket: tuple[str, str, Severity], expected: bool) -> None:
    assert when.matches(*ticket) is expected


def scheme(*policies: Policy) -> Scheme:
    return Scheme(
        name="shop",
        title="商店",
        prefix="SD",
        kinds={"complaint": "投诉", "return": "退货"},
        categories={"goods.damaged": CategorySpec(title="破损", duty="仓库")},
        policies=policies,
        ladders={"default": (Rung(at="0s", to=("supervisor",)),)},
    )


def stages(*policies: Policy, severity: Severity = NORMAL, category: str = "goods.damaged") -> dict[str, str]:
    terms = effective(scheme(*policies), Contract(id="a", title="甲", scheme="shop"))
    return {p.stage: p.id for p in promised(terms, "complaint", category, severity)}


def policy(name: str, stage: str = "respond", when: When = ANY) -> Policy:
    return Policy(id=name, stage=stage, within="1h", when=when)


def test_the_policy_that_says_most_holds_for_its_stage() -> None:
    wide, grave = policy("wide"), policy("grave", when=When(severities=(CRITICAL,)))
    group, named = (
        policy("group", when=When(categories=("goods.*",))),
        policy("named", when=When(categories=("goods.damaged",))),
    )
    assert stages(wide, grave, group, named, severity=CRITICAL) == {"respond": "named"}
    assert stages(named, group, wide) == {"respond": "named"}
    assert stages(wide, group, category="goods.fake") == {"respond": "group"}
    assert stages(wide, grave, severity=CRITICAL) == {"respond": "grave"}
    assert stages(wide, grave) == {"respond": "wide"}


def test_of_two_that_say_as_much_the_later_holds() -> None:
    assert stages(policy("first"), policy("second")) == {"respond": "second"}


def test_each_stage_has_one_promise() -> None:
    assert stages(policy("a"), policy("b", "resolve")) == {"respond": "a", "resolve": "b"}


def test_a_contract_replaces_adds_and_takes_away() -> None:
    contract = Contract(
        id="a",
        title="甲",
        scheme="shop",
        zone="Asia/Urumqi",
        policies=(
            Policy(id="respond", stage="respond", within="5m"),
            Policy(id="resolve", stage="resolve", off=True),
            Policy(id="extra", stage="arrive", within="2h"),
        ),
        categories={"goods.damaged": CategorySpec(title="碎了", duty="司机")},
        ladders={"mine": (Rung(at="+1m", to=("manager",)),)},
        pace=Pace(lease="5m"),
    )
    terms = effective(scheme(policy("respond"), policy("resolve", "resolve")), contract)
    assert {p.id: p.within for p in terms.policies} == {"respond": "5m", "extra": "2h"}
    assert terms.categories["goods.damaged"].title == "碎了"
    assert set(terms.ladders) == {"default", "mine"}
    assert (terms.zone, terms.pace.lease, terms.prefix) == ("Asia/Urumqi", "5m", "SD")


def test_without_overrides_the_scheme_holds() -> None:
    base = scheme(policy("respond"))
    terms = effective(base, Contract(id="a", title="甲", scheme="shop"))
    assert (terms.policies, terms.zone, terms.pace) == (base.policies, base.zone, base.pace)


# spec/commitments.csv, rows of kind clock: (scheme, kind, category, severity) → stage, within, calendar.
PROMISES = [
    ("books", "complaint", "book.damaged", NORMAL, {"respond": "10m", "dispatch": "1h", "arrive": "2h"}),
    ("books", "return", "book.damaged", NORMAL, {"replace": "15d", "respond": "10m"}),
    (
        "books",
        "order_change",
        "order.mismatch",
        NORMAL,
        {"feedback": "2h", "deliver": "5d", "collect": "48h"},
    ),
    ("books", "incident", "book.print", NORMAL, {"plan": "1h", "act": "3h"}),
    ("books", "consultation", "query", NORMAL, {"answer": "12h"}),
    ("food", "incident", "delivery.late", NORMAL, {"respond": "15m", "resolve": "4h"}),
    ("food", "complaint", "food.spoiled", SERIOUS, {"respond": "15m", "resolve": "4h", "arrive": ""}),
    ("food", "consultation", "query", NORMAL, {"answer": "1h", "arrive": ""}),
    ("food", "substitution", "other.complaint", NORMAL, {"feedback": "1h"}),
    ("food", "delivery", "other.complaint", NORMAL, {"deliver": "24h"}),
    ("medical", "complaint", "equipment.fault", NORMAL, {"respond": "2h", "arrive": "4h", "resolve": "24h"}),
    ("medical", "consumables", "equipment.consumable", NORMAL, {"arrive": "3h"}),
    ("medical", "complaint", "equipment.consumable", NORMAL, {"arrive": "3h"}),
    ("survey", "complaint", "data.error", NORMAL, {"respond": "30m", "arrive": "2h", "resolve": "eod"}),
    ("survey", "complaint", "data.error", SERIOUS, {"resolve": "1d"}),
    ("survey", "complaint", "data.error", CRITICAL, {"resolve": "3d"}),
    ("survey", "consultation", "query", NORMAL, {"answer": "eod"}),
]


@pytest.mark.parametrize(("name", "kind", "category", "severity", "expected"), PROMISES)
def test_the_shipped_schemes_promise_what_was_signed(
    name: str, kind: str, category: str, severity: Severity, expected: dict[str, str]
) -> None:
    terms = effective(shipped_schemes()[name], Contract(id="a", title="甲", scheme=name))
    found = {p.stage: p.within for p in promised(terms, kind, category, severity)}
    assert {stage: found.get(stage) for stage in expected} == expected
    assert found["acknowledge"] == "1m"


def test_a_shortage_is_announced_a_day_ahead() -> None:
    terms = effective(shipped_schemes()["food"], Contract(id="a", title="甲", scheme="food"))
    notify = next(p for p in promised(terms, "shortage", "order.mismatch", NORMAL) if p.stage == "notify")
    assert (notify.starts, notify.before) == ("requested", "24h")


def test_the_hotline_keeps_office_hours_and_public_holidays() -> None:
    hotline = shipped_schemes()["survey"].calendars["hotline"]
    assert (hotline.hours, hotline.cn_public_holidays) == ("Mon-Fri=08:00-17:30", True)


@pytest.mark.parametrize(
    ("name", "rung"), [("food", "duty:总经理"), ("books", "duty:总经理"), ("survey", "duty:总工办")]
)
def test_the_ladder_ends_at_the_top(name: str, rung: str) -> None:
    assert rung in shipped_schemes()[name].ladders["default"][-1].to
