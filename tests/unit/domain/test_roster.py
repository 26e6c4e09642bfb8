"""Who is on duty for what, who stands in, who is never the one told."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from bot.domain.calendar import CalendarText, parse_calendar
from bot.domain.roster import (
    Need,
    Override,
    Person,
    Roster,
    Shift,
    avoided,
    duty_holders,
    holders,
    on_duty,
    stand_in,
)
from bot.domain.words import Role

DAY = parse_calendar("day", CalendarText(tz="Asia/Shanghai", hours="Mon-Sun=08:00-20:00"))
NIGHT = parse_calendar("night", CalendarText(tz="Asia/Shanghai", hours="Mon-Sun=20:00-32:00"))
NOON = datetime(2026, 3, 5, 4, tzinfo=UTC)  # 12:00 in Shanghai
MIDNIGHT = datetime(2026, 3, 5, 16, tzinfo=UTC)

WANG = Person(id="wang", name="王师傅", duties=("质检",), reach={"local": "wang"})
LI = Person(id="li", name="李师傅", duties=("财务",))
ZHOU = Person(id="zhou", name="周师傅", contracts=("b",), external=True)
ZHAO = Person(id="zhao", name="赵主管", roles=(Role.SUPERVISOR,), duties=("组长",))
PEOPLE = {p.id: p for p in (WANG, LI, ZHOU, ZHAO)}


def roster(*overrides: Override, shifts: tuple[Shift, ...] = ()) -> Roster:
    usual = (
        Shift(name="白班", people=("wang", "li", "zhou"), hours=DAY),
        Shift(name="夜班", people=("li",), hours=NIGHT),
    )
    return Roster(people=PEOPLE, shifts=shifts or usual, overrides=overrides)


def names(found: list[Person]) -> list[str]:
    return [p.id for p in found]


def away(person: str, instead: str = "", *, hours: int = 2) -> Override:
    return Override(person=person, since=NOON, until=NOON + timedelta(hours=hours), instead=instead)


def test_the_shift_of_the_hour_is_asked_in_its_order() -> None:
    assert names(on_duty(roster(), Need(contract="a"), NOON)) == ["wang", "li"]
    assert names(on_duty(roster(), Need(contract="a"), MIDNIGHT)) == ["li"]


def test_at_the_change_of_shift_the_next_one_is_on() -> None:
    change = datetime(2026, 3, 5, 12, tzinfo=UTC)
    assert names(on_duty(roster(), Need(contract="a"), change - timedelta(seconds=1))) == ["wang", "li"]
    assert names(on_duty(roster(), Need(contract="a"), change)) == ["li"]


def test_external_staff_serve_their_contracts_only() -> None:
    assert names(on_duty(roster(), Need(contract="b"), NOON)) == ["wang", "li", "zhou"]


def test_holders_of_the_wanted_duty_come_first() -> None:
    assert names(on_duty(roster(), Need(contract="a", duty="财务"), NOON)) == ["li", "wang"]


def test_shifts_for_certain_categories_or_contracts() -> None:
    food = Shift(name="食品", people=("wang",), hours=DAY, categories=("food.*",))
    own = Shift(name="甲", people=("li",), hours=DAY, contracts=("a",))
    found = roster(shifts=(food, own))
    assert names(on_duty(found, Need(contract="a", category="food.spoiled"), NOON)) == ["wang", "li"]
    assert names(on_duty(found, Need(contract="a", category="price_or_invoice"), NOON)) == ["li"]
    assert names(on_duty(found, Need(contract="b", category="price_or_invoice"), NOON)) == []


def test_whoever_is_complained_about_is_not_told() -> None:
    assert names(on_duty(roster(), Need(contract="a", avoid=("王师傅",)), NOON)) == ["li"]
    assert names(on_duty(roster(), Need(contract="a", avoid=("wang", "li")), NOON)) == []
    assert avoided(WANG, ("wang",))
    assert avoided(WANG, ("王师傅",))
    assert not avoided(WANG, ("王",))


def test_a_stand_in_takes_the_place_while_the_exception_lasts() -> None:
    found = roster(away("wang", "zhao"))
    assert names(on_duty(found, Need(contract="a"), NOON)) == ["zhao", "li"]
    assert names(on_duty(found, Need(contract="a"), NOON + timedelta(hours=2))) == ["wang", "li"]


def test_nobody_stands_in_where_nobody_is_named() -> None:
    assert names(on_duty(roster(away("wang")), Need(contract="a"), NOON)) == ["li"]
    assert stand_in(roster(away("wang")), "wang", NOON) == ""


def test_a_stand_in_who_is_away_too_passes_on() -> None:
    assert stand_in(roster(away("wang", "li"), away("li", "zhao")), "wang", NOON) == "zhao"


def test_two_who_stand_in_for_each_other_do_not_go_on_for_ever() -> None:
    assert stand_in(roster(away("wang", "li"), away("li", "wang")), "wang", NOON) in {"wang", "li"}


def test_superiors_and_duties_are_found_whether_on_shift_or_not() -> None:
    assert names(holders(roster(), Role.SUPERVISOR, Need(contract="a"), MIDNIGHT)) == ["zhao"]
    assert names(duty_holders(roster(), "组长", Need(contract="a"), MIDNIGHT)) == ["zhao"]
    assert names(duty_holders(roster(), "组长", Need(contract="a", avoid=("zhao",)), NOON)) == []
    assert names(duty_holders(roster(away("zhao", "li")), "组长", Need(contract="a"), NOON)) == ["li"]
    assert names(holders(roster(), Role.MANAGER, Need(contract="a"), NOON)) == []
