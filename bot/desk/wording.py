"""How tickets, times and promises are put into words."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from bot.domain.scheme import Terms
from bot.domain.ticket import Target, Ticket
from bot.domain.words import STAGES
from bot.texts import catalogue, say


@lru_cache(maxsize=256)
def local(at: datetime, zone: str) -> datetime:
    """The time on the clocks there; kept, because all that is said of a ticket names the same few times."""
    return at.astimezone(ZoneInfo(zone))


UNSEEN = " \t\r\n\u3000\ufeff\u200b\u200c\u200d\u200e\u200f\u2060"  # what keyboards and copying leave
_SHOWN = 12  # fields on a line


def clock_time(at: datetime, zone: str, now: datetime) -> str:
    """`14:05`, or `2月17日 14:05` on another day than today; with the year where that differs."""
    there, today = local(at, zone), local(now, zone)
    time = f"{there.hour:02}:{there.minute:02}"
    if there.date() == today.date():
        return time
    day = f"{there.month}月{there.day}日 {time}"
    return day if there.year == today.year else f"{there.year}年{day}"


def duration(span: timedelta) -> str:
    """`3天4小时`, `2小时5分`, `8分钟`, `40秒`: two units at most, never negative."""
    seconds = max(0, round(abs(span.total_seconds())))
    days, rest = divmod(seconds, 86400)
    hours, rest = divmod(rest, 3600)
    minutes, seconds = divmod(rest, 60)
    if days:
        return f"{days}天{hours}小时" if hours else f"{days}天"
    if hours:
        return f"{hours}小时{minutes}分" if minutes else f"{hours}小时"
    if minutes:
        return f"{minutes}分钟" if minutes > 4 or not seconds else f"{minutes}分{seconds}秒"
    return f"{seconds}秒"


def stage_title(stage: str) -> str:
    """受理, 响应, 到场 …"""
    return STAGES[stage].title


def category_title(terms: Terms, code: str) -> str:
    """The category in Chinese; one the trade does not list is named by the catalogue."""
    spec = terms.categories.get(code)
    return spec.title if spec else catalogue().get(f"category.{code.replace('.', '_')}", code)


def severity_title(ticket: Ticket) -> str:
    """一般, 较大, 重大."""
    return say(f"severity.{ticket.severity}")


def status_title(ticket: Ticket) -> str:
    """待接单, 处理中 …"""
    return say(f"status.{ticket.status}")


def fields_line(ticket: Ticket) -> str:
    """`产品 豆腐 · 数量 20斤`: what was taken out of the customer's words."""
    return " · ".join(f"{field_title(f.name)} {brief(f.text, 40)}" for f in ticket.fields[:_SHOWN])


def field_title(name: str) -> str:
    """订单号, 数量 …"""
    return catalogue().get(f"field.{name}", name)


def matter(terms: Terms, ticket: Ticket) -> str:
    """`变质 · 较大`, with the further categories behind the first."""
    codes = ticket.categories or (ticket.category,)
    return "、".join(category_title(terms, c) for c in codes[:3]) + " · " + severity_title(ticket)


def promise_line(target: Target, terms: Terms, now: datetime) -> str:
    """`响应 00:05 前`."""
    return say(
        "promise.due", stage=stage_title(target.stage), at=clock_time(target.due or now, terms.zone, now)
    )


def promises(targets: Iterable[Target], terms: Terms, now: datetime) -> str:
    """What is promised by when, without the bot's own clock, nearest first."""
    wanted = [t for t in targets if t.stage != "acknowledge" and t.due]
    wanted.sort(key=lambda t: t.due or now)
    return "；".join(promise_line(t, terms, now) for t in wanted)


def time_left(target: Target, now: datetime, *, standing: bool = False) -> str:
    """`响应 还剩 8分钟`, `响应 超时 3分钟`, `响应 已兑现`; `解决 暂停计时` while a pause holds the clock."""
    title = stage_title(target.stage)
    if target.state == "cancelled":
        return say("left.cancelled", stage=title)
    if target.met_at:
        return say("left.late" if target.breached_at else "left.met", stage=title)
    if standing:
        return say("left.paused", stage=title)
    if target.due is None:
        return say("left.waiting", stage=title)
    key = "left.over" if now > target.due else "left.open"
    return say(key, stage=title, span=duration(target.due - now))


def brief(text: str, limit: int = 60) -> str:
    """The first words, on one line."""
    line = " ".join(text.split())
    return line if len(line) <= limit else line[: limit - 1] + "…"
