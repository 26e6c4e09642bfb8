"""The explanation of a due time: every line of it, as a customer would read it."""

from datetime import datetime, timedelta, timezone

import pytest

from bot.domain.calendar import (
    ALWAYS,
    CN_OFFICE,
    CalendarError,
    CalendarText,
    Pause,
    deadline,
    parse_calendar,
    parse_span,
)
from bot.domain.calendar_chinese import explain_lines
from bot.domain.calendar_explain import explain

CN = timezone(timedelta(hours=8))


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=CN)


def pause(since: str, until: str) -> Pause:
    return Pause(since=at(since), until=at(until))


def lines(calendar, start, span, *pauses):
    return explain_lines(calendar, at(start), parse_span(span), pauses)


def test_hours_over_a_holiday_and_a_pause():
    assert lines(CN_OFFICE, "2026-09-24 16:00:05", "12h", pause("2026-09-28 09:00", "2026-09-28 10:30")) == [
        "起算：2026年9月24日（周四）16:00:05",
        "时限：12小时（只计工作时间）",
        "9月24日（周四）16:00:05至17:30：计1小时29分钟55秒，还剩10小时30分钟5秒",
        "9月25日（周五）至9月27日（周日）：中秋节，不计",
        "9月28日（周一）08:00至09:00：计1小时，还剩9小时30分钟5秒",
        "9月28日（周一）09:00至10:30：暂停计时，不计",
        "9月28日（周一）10:30至17:30：计7小时，还剩2小时30分钟5秒",
        "9月29日（周二）08:00至10:30:05：计2小时30分钟5秒，时限用完",
        "到期：2026年9月29日（周二）10:30:05",
    ]


def test_working_days_over_national_day_with_a_make_up_day_and_a_pause():
    assert lines(CN_OFFICE, "2026-09-30 17:40", "3wd-eod", pause("2026-10-09 09:00", "2026-10-10 10:30")) == [
        "起算：2026年9月30日（周三）17:40",
        "时限：3个工作日（当日下班前）",
        "9月30日（周三）：起算当日，从次日起数工作日",
        "10月1日（周四）至10月7日（周三）：国庆节，不计",
        "10月8日（周四）：工作日，还剩2个工作日",
        "10月9日（周五）：工作日，还剩1个工作日",
        "10月10日（周六）：工作日，数满（国庆节调休上班）",
        "应于2026年10月10日（周六）17:30前完成",
        "暂停期间占用工作时间11小时，顺延",
        "10月11日（周日）：周末，不计",
        "10月12日（周一）08:00至17:30：计9小时30分钟，还剩1小时30分钟",
        "10月13日（周二）08:00至09:30：计1小时30分钟，时限用完",
        "到期：2026年10月13日（周二）09:30",
    ]


def test_end_of_day_after_closing():
    assert lines(CN_OFFICE, "2026-03-06 17:40", "eod") == [
        "起算：2026年3月6日（周五）17:40",
        "时限：当日下班前",
        "3月6日（周五）：当日工作时间已过，不计",
        "3月7日（周六）至3月8日（周日）：周末，不计",
        "应于2026年3月9日（周一）17:30前完成",
        "到期：2026年3月9日（周一）17:30",
    ]


def test_always_is_one_line_around_its_pauses():
    assert lines(ALWAYS, "2026-09-30 23:40", "2h", pause("2026-10-01 00:00", "2026-10-01 10:30")) == [
        "起算：2026年9月30日（周三）23:40",
        "时限：2小时",
        "9月30日（周三）23:40至10月1日（周四）00:00：计20分钟，还剩1小时40分钟",
        "10月1日（周四）00:00至10:30：暂停计时，不计",
        "10月1日（周四）10:30至12:10：计1小时40分钟，时限用完",
        "到期：2026年10月1日（周四）12:10",
    ]


def test_due_exactly_at_midnight_has_no_line_after_it():
    night = parse_calendar("night", CalendarText(tz="Asia/Shanghai", hours="Mon-Fri=22:00-30:00"))
    assert lines(night, "2026-03-09 22:00", "2h")[2:] == [
        "3月9日（周一）22:00至3月10日（周二）00:00：计2小时，时限用完",
        "到期：2026年3月10日（周二）00:00",
    ]


def test_exceptions_are_named():
    text = CalendarText(
        tz="Asia/Shanghai",
        hours="Mon-Tue=09:00-12:00",
        holidays="2026-03-10",
        special_hours="2026-03-11=10:00-11:00;2026-03-16=closed",
        extra_workdays="2026-03-14",
    )
    assert lines(parse_calendar("x", text), "2026-03-09 11:00", "6h")[2:] == [
        "3月9日（周一）11:00至12:00：计1小时，还剩5小时",
        "3月10日（周二）：节假日，不计",
        "3月11日（周三）10:00至11:00：计1小时，还剩4小时（当日另行安排）",
        "3月12日（周四）至3月13日（周五）：休息日，不计",
        "3月14日（周六）09:00至12:00：计3小时，还剩1小时（调休上班）",
        "3月15日（周日）：周末，不计",
        "3月16日（周一）：当日另行安排，不营业，不计",
        "3月17日（周二）09:00至10:00：计1小时，时限用完",
        "到期：2026年3月17日（周二）10:00",
    ]


def test_a_pause_that_covers_whole_days_is_shown_on_each():
    shown = lines(CN_OFFICE, "2026-03-02 17:00", "1h", pause("2026-03-02 17:00", "2026-03-04 08:00"))
    assert shown[2:] == [
        "3月2日（周一）17:00至17:30：暂停计时，不计",
        "3月3日（周二）08:00至17:30：暂停计时，不计",
        "3月4日（周三）08:00至09:00：计1小时，时限用完",
        "到期：2026年3月4日（周三）09:00",
    ]


def test_a_time_from_elsewhere_is_shown_in_the_calendars_zone():
    shown = explain_lines(CN_OFFICE, datetime.fromisoformat("2026-03-02T01:00:00+00:00"), parse_span("1h"))
    assert shown[0] == "起算：2026年3月2日（周一）09:00"


@pytest.mark.parametrize("span", ["30m", "8h", "100h", "2wd", "2wd-eod", "eod"])
@pytest.mark.parametrize("start", ["2026-09-24 16:00", "2026-09-26 03:00", "2026-09-30 17:30"])
@pytest.mark.parametrize("pauses", [(), (pause("2026-09-28 09:00", "2026-10-09 11:00"),)])
def test_the_steps_add_up_to_the_deadline(span, start, pauses):
    span, start = parse_span(span), at(start)
    steps = explain(CN_OFFICE, start, span, pauses)
    counted = sum(step.seconds for step in steps if step.kind == "counted")
    extended = sum(step.seconds for step in steps if step.kind == "extended")

    assert steps[-1].until == deadline(CN_OFFICE, start, span, pauses)
    assert counted == (span.amount if span.kind == "seconds" else extended)
    assert [s.remaining for s in steps if s.kind in ("counted", "workday")][-1:] in ([0], [])
    times = [s.since for s in steps if s.since] + [steps[-1].until]
    assert times == sorted(times)


def test_what_has_no_deadline_has_no_explanation():
    with pytest.raises(CalendarError, match="holidays of 2199"):
        explain(CN_OFFICE, at("2199-01-01 09:00"), parse_span("1h"))
