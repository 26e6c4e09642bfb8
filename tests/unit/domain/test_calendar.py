"""The work calendar's own promises that the table of questions does not show."""

from datetime import UTC, date, datetime, timedelta, timezone

import msgspec
import pytest
from chinese_calendar import constants
from chinese_calendar import is_workday as package_says_workday

from bot.domain import holidays_cn
from bot.domain.calendar import (
    ALWAYS,
    CN_OFFICE,
    CalendarError,
    CalendarText,
    Pause,
    WorkCalendar,
    deadline,
    elapsed,
    is_open,
    is_workday,
    next_open,
    parse_calendar,
    parse_span,
    shift,
    unpublished_years,
)

CN = timezone(timedelta(hours=8))


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=CN)


def office(**text: str) -> WorkCalendar:
    return parse_calendar(
        "office", CalendarText(**{"tz": "Asia/Shanghai", "hours": "Mon-Fri=09:00-17:00"} | text)
    )


def test_times_come_out_in_utc_with_whole_seconds():
    due = deadline(CN_OFFICE, at("2026-03-02 09:00:00.7"), parse_span("10m"))
    assert due == datetime(2026, 3, 2, 1, 10, tzinfo=UTC)
    assert due.tzinfo is UTC


@pytest.mark.parametrize(
    ("time", "expected"),
    [("08:59:59", False), ("09:00:00", True), ("16:59:59", True), ("17:00:00", False), ("23:00:00", False)],
)
def test_open_from_opening_until_closing(time, expected):
    assert is_open(office(), at(f"2026-03-02 {time}")) is expected


def test_always_is_open_and_bypasses_everything():
    closed = msgspec.structs.replace(ALWAYS, holidays=("2026-03-02",))
    assert is_open(ALWAYS, at("2026-03-02 03:00"))
    assert next_open(closed, at("2026-03-02 03:00")) == at("2026-03-02 03:00")
    assert deadline(closed, at("2026-03-02 03:00"), parse_span("15d")) == at("2026-03-17 03:00")


def test_a_calendar_survives_the_journey_through_json():
    calendar = office(
        holidays="*-05-01", extra_workdays="2026-05-09", special_hours="2026-12-31=09:00-12:00", years="2027"
    )
    again = msgspec.json.decode(msgspec.json.encode(calendar), type=WorkCalendar)
    assert again == calendar
    assert hash(again) == hash(calendar)
    start = at("2026-04-30 16:00")
    assert deadline(again, start, parse_span("4h")) == deadline(calendar, start, parse_span("4h"))


@pytest.mark.parametrize(
    ("span", "due"),
    [
        ("eod", "2026-03-02 17:00"),
        ("1wd", "2026-03-03 10:30:05"),
        ("1wd-eod", "2026-03-03 17:00"),
        ("90s", "2026-03-02 10:31:35"),
        ("8h", "2026-03-03 10:30:05"),
    ],
)
def test_every_kind_of_span(span, due):
    assert deadline(office(), at("2026-03-02 10:30:05"), parse_span(span)) == at(due)


@pytest.mark.parametrize(
    ("start", "due"),
    [
        ("2026-03-02 16:59:59", "2026-03-02 17:00"),
        ("2026-03-02 17:00:00", "2026-03-03 17:00"),
        ("2026-03-06 18:00:00", "2026-03-09 17:00"),
        ("2026-03-07 10:00:00", "2026-03-09 17:00"),
    ],
)
def test_end_of_day_is_the_first_closing_still_to_come(start, due):
    assert deadline(office(), at(start), parse_span("eod")) == at(due)


def test_end_of_day_always_is_midnight():
    assert deadline(ALWAYS, at("2026-03-02 23:59:59"), parse_span("eod")) == at("2026-03-03 00:00")
    assert deadline(ALWAYS, at("2026-03-02 00:00:00"), parse_span("eod")) == at("2026-03-03 00:00")


def test_end_of_day_waits_for_what_pauses_took():
    pause = Pause(since=at("2026-03-02 11:00"), until=at("2026-03-02 13:00"))
    assert deadline(office(), at("2026-03-02 10:00"), parse_span("eod"), [pause]) == at("2026-03-03 11:00")


def test_an_open_pause_stops_the_clock_until_further_notice():
    pauses = [Pause(since=at("2026-03-02 11:00"))]
    assert deadline(office(), at("2026-03-02 10:00"), parse_span("1h"), pauses) == at("2026-03-02 11:00")
    assert elapsed(office(), at("2026-03-02 10:00"), at("2026-03-09 10:00"), pauses) == 3600
    for calendar in (office(), ALWAYS, CN_OFFICE):
        with pytest.raises(
            CalendarError, match=r"^pauses: the clock has stood still since 2026-03-02T03:00:00"
        ):
            deadline(calendar, at("2026-03-02 10:00"), parse_span("3h"), pauses)


def test_an_open_pause_does_not_ask_for_years_to_come():
    start = at("2026-12-30 10:00")
    with pytest.raises(CalendarError, match=r"^pauses: "):
        deadline(CN_OFFICE, start, parse_span("3h"), [Pause(since=start)])


@pytest.mark.parametrize("seconds", [1, 3600, 28800, 28801, 200_000])
def test_a_shift_there_and_back(seconds):
    start = at("2026-03-02 10:30:05")
    assert shift(office(), shift(office(), start, seconds), -seconds) == start


def test_a_shift_by_nothing_stays_even_when_closed():
    assert shift(office(), at("2026-03-07 03:00"), 0) == at("2026-03-07 03:00")


@pytest.mark.parametrize(("seconds", "expected"), [(-1, "2026-03-06 16:59:59"), (1, "2026-03-09 09:00:01")])
def test_a_shift_from_closed_time_counts_from_the_nearest_open_one(seconds, expected):
    assert shift(office(), at("2026-03-07 03:00"), seconds) == at(expected)


def test_a_time_without_offset_is_refused():
    with pytest.raises(CalendarError, match=r"^start: 2026-03-02T10:00:00 has no offset"):
        deadline(office(), datetime(2026, 3, 2, 10), parse_span("1h"))  # noqa: DTZ001  # what is refused


def test_an_unknown_year_is_refused_loudly():
    with pytest.raises(
        CalendarError, match=r"public holidays of 2199 are not known.*chinesecalendar.*add 2199"
    ) as caught:
        deadline(CN_OFFICE, at("2199-01-05 10:00"), parse_span("1h"))
    assert caught.value.key == "calendar"


def test_the_last_known_year_can_be_used_to_its_last_second():
    last = max(holidays_cn.years_known())
    evening = at(f"{last}-12-31 23:00:00")
    assert not is_open(CN_OFFICE, evening)
    assert elapsed(CN_OFFICE, at(f"{last}-12-31 00:00:00"), evening) in (0, 34200)
    with pytest.raises(CalendarError, match=f"holidays of {last + 1}"):
        next_open(CN_OFFICE, evening)


def test_holidays_listed_by_hand_open_a_year():
    text = CalendarText(
        tz="Asia/Shanghai",
        hours="Mon-Fri=08:00-17:30",
        cn_public_holidays=True,
        holidays="2199-01-01;2199-01-02",
        extra_workdays="2199-01-05",
        years="2199",
    )
    calendar = parse_calendar("by-hand", text)
    assert next_open(calendar, at("2199-01-01 09:00")) == at("2199-01-03 08:00")
    assert is_workday(calendar, at("2199-01-05 09:00"))
    instead = msgspec.structs.replace(calendar, years=(2026,), holidays=("2026-10-02",))
    assert is_workday(instead, at("2026-10-01 09:00"))
    assert not is_workday(instead, at("2026-10-02 09:00"))
    with pytest.raises(CalendarError, match="holidays of 2198"):
        is_workday(calendar, at("2198-12-31 09:00"))


def test_check_warns_sixty_days_before_a_year_that_is_not_published():
    last = max(holidays_cn.years_known())
    assert unpublished_years(CN_OFFICE, at(f"{last}-11-01 12:00")) == ()
    assert unpublished_years(CN_OFFICE, at(f"{last}-11-02 12:00")) == (last + 1,)
    assert unpublished_years(CN_OFFICE, at(f"{last + 1}-03-02 12:00")) == (last + 1,)
    assert unpublished_years(office(), at(f"{last}-12-31 12:00")) == ()
    assert unpublished_years(ALWAYS, at(f"{last}-12-31 12:00")) == ()
    by_hand = msgspec.structs.replace(CN_OFFICE, years=(last + 1,))
    assert unpublished_years(by_hand, at(f"{last}-12-31 12:00")) == ()


def test_public_days_agree_with_the_published_notices_on_every_day():
    day = date(min(holidays_cn.years_known()), 1, 1)
    while day.year in holidays_cn.years_known():
        noon = datetime(day.year, day.month, day.day, 12, tzinfo=CN)
        assert is_workday(CN_OFFICE, noon) is package_says_workday(day), day
        day += timedelta(days=1)
    assert day.year > 2026


def test_every_public_holiday_has_a_chinese_name():
    for day in (*constants.holidays, *constants.workdays):
        found = holidays_cn.public_day(day)
        assert found
        assert not found.name.isascii()


def test_next_new_years_day_alone_does_not_make_a_year_known(monkeypatch):
    early = {**constants.holidays, date(2198, 1, 1): "New Year's Day", date(2198, 2, 3): "Spring Festival"}
    monkeypatch.setattr(constants, "holidays", early)
    assert 2198 not in holidays_cn.years_known.__wrapped__()
    assert holidays_cn.years_known.__wrapped__() == holidays_cn.years_known()


def test_extra_workdays_win_over_holidays_and_special_hours_over_both():
    calendar = office(
        holidays="*-05-01;2026-05-04",
        extra_workdays="2026-05-01;2026-05-04",
        special_hours="2026-05-04=13:00-14:00",
    )
    assert next_open(calendar, at("2026-05-01 00:00")) == at("2026-05-01 09:00")
    assert next_open(calendar, at("2026-05-04 00:00")) == at("2026-05-04 13:00")


def test_a_dated_exception_wins_over_a_yearly_one():
    calendar = office(special_hours="*-12-31=09:00-12:00;2026-12-31=09:00-15:00")
    assert deadline(calendar, at("2026-12-31 08:00"), parse_span("eod")) == at("2026-12-31 15:00")
    assert deadline(calendar, at("2027-12-31 08:00"), parse_span("eod")) == at("2027-12-31 12:00")


def test_a_night_shift_before_a_date_that_never_was_keeps_its_length():
    apia = parse_calendar("apia", CalendarText(tz="Pacific/Apia", hours="Thu=22:00-30:00;Sat=00:00-24:00"))
    thursday = datetime(2011, 12, 29, 12, tzinfo=timezone(timedelta(hours=-10)))
    sunday = datetime(2012, 1, 1, 12, tzinfo=timezone(timedelta(hours=14)))
    # Eight hours of Thursday's shift run to 06:00 on Saturday; what Saturday adds begins there.
    assert elapsed(apia, thursday, sunday) == (2 + 24) * 3600
    only_thursday = msgspec.structs.replace(apia, hours=(*apia.hours[:5], (), ()))
    saturday_morning = datetime(2011, 12, 31, 5, 59, 59, tzinfo=timezone(timedelta(hours=14)))
    assert is_open(only_thursday, saturday_morning)
    assert not is_open(only_thursday, saturday_morning + timedelta(seconds=1))


def test_repeated_hours_around_midnight_count_once():
    # Until 2011 Goose Bay set its clocks back at 00:01, so Saturday's last hour came twice.
    saturday = parse_calendar("goose", CalendarText(tz="America/Goose_Bay", hours="Sat=00:00-24:00"))
    both = parse_calendar("goose", CalendarText(tz="America/Goose_Bay", hours="Sat-Sun=00:00-24:00"))
    start = datetime(2010, 11, 6, 3, tzinfo=UTC)
    end = start + timedelta(days=3)
    assert elapsed(saturday, start, end) == 24 * 3600
    assert elapsed(both, start, end) == 49 * 3600
    again = datetime(2010, 11, 7, 3, 30, tzinfo=UTC)
    assert shift(both, shift(both, again, -7200), 7200) == again
    assert elapsed(both, start, again) == 24 * 3600 + 1800


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ({"tz": "Asia"}, "tz"),
        ({"tz": "Etc/Nowhere"}, "tz"),
        ({"tz": "a" * 10_000}, "tz"),
        ({"hours": "Mon=9-17"}, "hours"),
        ({"holidays": "yesterday"}, "holidays"),
        ({"years": "next"}, "years"),
    ],
)
def test_a_mistake_in_settings_names_its_key(text, key):
    with pytest.raises(CalendarError) as caught:
        office(**text)
    assert caught.value.key == key
