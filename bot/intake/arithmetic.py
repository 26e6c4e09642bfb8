"""Complaints that no keyword gives away: the numbers of a message that do not fit together."""

import re
from collections.abc import Iterator
from datetime import date, timedelta

from msgspec import Struct

from bot.intake.numerals import parse_number
from bot.intake.types import Span

_N = r"(\d{1,5}(?:\.\d)?|[一二两三四五六七八九十百千半]{1,5})"
_CL = r"(本|套|册|箱|袋|盒|公斤|千克|斤|件|个|包|瓶|桶|筐|板|台|支|张|份|只|条|捆|吨|提|幅|人|卷|块|罐|项)"
_ORDERED = re.compile(
    rf"(?:要|订|定|买|报|拍|点|下单|应到|应收|应有|应该|清单|合同|单子?上?|标|写|说好|约定|计划|申报|显示)[^。！？\n0-9]{{0,10}}?{_N}{_CL}"
)
_RECEIVED = re.compile(
    rf"(?:到|收|送|来|给|有|发|称|点|数|实|剩|装|只|才)[^。！？\n0-9一二两三四五六七八九十百千半]{{0,6}}?{_N}{_CL}?"
)
_CLOCK = r"(上午|早上|中午|下午|晚上)?(\d{1,2}|[一二两三四五六七八九十]{1,3})(?:点|：|时)(半|[0-5]?\d分?)?"
_PROMISED = re.compile(
    rf"(?:说|约|讲|定|承诺|通知|答应|保证|要求|应该|规定|下单|点的?)[^。！？\n0-9]{{0,8}}?{_CLOCK}"
)
_STATED = re.compile(rf"(?:现在|都|已经|这会儿?|眼看|快|到了?|才|都快|拖到)[^。！？\n0-9]{{0,4}}?{_CLOCK}")
_PAGES = re.compile(
    r"第?(\d{1,4})页?[^。！？\n0-9]{0,12}?(?:到|跳|接|是|成|变|为)[^。！？\n0-9]{0,6}?第?(\d{1,4})页?"
)
_NUMERAL = re.compile(r"[0-9]+|[一二两三四五六七八九十百千半]+")
_NUMERALS = frozenset("0123456789一二两三四五六七八九十百千半")
_PAGE = re.compile("页")
_NEAR = 40


class Finding(Struct, frozen=True, gc=False):
    """Numbers that do not fit, what they speak for and why."""

    code: str
    start: int
    end: int
    because: str


def has_numbers(text: str) -> bool:
    """Tell whether there are two numbers that could contradict each other."""
    return not _NUMERALS.isdisjoint(text) and len(_NUMERAL.findall(text)) > 1


def find(text: str) -> Iterator[Finding]:
    """Yield what the numbers of a normalised text give away."""
    for rule in (_short_or_surplus, _late, _pages):
        finding = rule(text)
        if finding:
            yield finding


def _short_or_surplus(text: str) -> Finding | None:
    ordered = _ORDERED.search(text)
    if not ordered:
        return None
    received = _RECEIVED.search(text, ordered.end(), ordered.end() + _NEAR)
    if not received or (received[2] and received[2] != ordered[2]):
        return None
    wanted, got = parse_number(ordered[1]), parse_number(received[1])
    if wanted is None or got is None or wanted == got:
        return None
    code = "order.mismatch" if got < wanted else "order.surplus"
    because = f"订的是{ordered[1]}{ordered[2]}，到的是{received[1]}{ordered[2]}，对不上"
    return Finding(code, ordered.start(), received.end(), because)


def _late(text: str) -> Finding | None:
    promised = _PROMISED.search(text)
    if not promised:
        return None
    stated = _STATED.search(text, promised.end(), promised.end() + _NEAR)
    if not stated:
        return None
    due, now = _minutes(promised), _minutes(stated)
    if due is None or now is None or not 0 < now - due < 12 * 60:
        return None
    because = f"说好{promised[2]}点，已经{stated[2]}点，晚了"
    return Finding("delivery.late", promised.start(), stated.end(), because)


def _minutes(match: re.Match[str]) -> int | None:
    hour = parse_number(match[2])
    if hour is None or hour > 24:
        return None
    afternoon = match[1] in ("下午", "晚上") and hour < 12
    half = 30 if match[3] == "半" else int(re.sub(r"\D", "", match[3] or "") or 0)
    return int(hour + (12 if afternoon else 0)) * 60 + half


def _pages(text: str) -> Finding | None:
    match = _PAGES.search(text)
    if not match or not _PAGE.search(match[0]):
        return None
    before, after = int(match[1]), int(match[2])
    if after in (before, before + 1):
        return None
    code = "book.missing_pages" if after > before else "book.binding"
    return Finding(code, match.start(), match.end(), f"第{before}页之后是第{after}页，页码不连")


def shelf_life(fields: tuple[Span, ...], today: date) -> Finding | None:
    """Judge goods delivered today: past their date, or less than two thirds of their life left (F07)."""
    dates = {span.field: span for span in fields}
    made, life = dates.get("produced_on"), dates.get("shelf_life")
    if not made or not life:
        return None
    days = round(float(life.value.split()[0]))
    last = date.fromisoformat(made.value) + timedelta(days=days)
    left = (last - today).days
    if left >= days * 2 / 3:
        return None
    said = f"已过期{-left}天" if left < 0 else f"剩余{left}天，不足保质期{days}天的三分之二"
    start, end = min(made.start, life.start), max(made.end, life.end)
    return Finding("food.expired", start, end, f"{made.value}生产，保质期{days}天，{said}")
