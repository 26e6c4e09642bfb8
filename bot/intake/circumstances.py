"""What is known beside the words, and how it moves the verdict.

“还没好吗” is a reminder from somebody whose ticket is open and a complaint from anybody else; a bare number is the
answer to the question just asked; a canteen does not complain about bindings.
"""

import re

from msgspec import Struct

from bot.intake.model import titles
from bot.intake.types import Context, Span
from bot.intake.verdict import Opinion

_CHASE = re.compile(
    r"还没|还不|怎么还|好了[吗没么]|到哪|进度|进展|结果|处理得?怎|怎么样了|什么时候|多久|催|人呢|在哪|几点|来了[吗没]|没[人来到]|弄好|修好|补了?[吗没]|换了?[吗没]|没有?反应|没有?收到|没动静"
)
_RELUCTANT = re.compile(r"(?:怎么|咋|为啥|为什么|凭什么)(?:还|又|都|一直)(?:没|不|木)")
_REPROACH = 3.5
_STRANGE = -12.0
_SHORT = 24
_FOREIGN = {
    "books": ("food.", "equipment.", "data."),
    "food": ("book.", "equipment.", "data."),
    "medical": ("book.", "data.", "food."),
    "survey": ("book.", "food."),
}
_CHASED = ("delivery.late", "service.no_response", "other.complaint")
_ANSWERED = {
    "order_no": ("order_no",),
    "quantity": ("quantity",),
    "wanted_at": ("wanted_at",),
    "phone": ("phone",),
}
_TRIAGE = re.compile(r"^(?:[1-9]|其他|其它|不是投诉|不是|第[一二三]个?|选?[一二三123])[。！]?$")


class Shift(Struct, frozen=True, gc=False):
    """How far log-odds move, and the sentence that says why."""

    odds: dict[str, float]
    because: str = ""


def apply(
    opinion: Opinion, text: str, fields: tuple[Span, ...], context: Context
) -> tuple[Opinion, tuple[str, ...]]:
    """Return the opinion after everything that is known has been weighed, with the reasons."""
    shifts = _taught(text, context) if context.extra_words else []
    if context.trade:
        shifts += _trade(context)
    if len(text) <= _SHORT:
        shifts += (*_answer(text, fields, context), *_chase(opinion, text, context))
    for shift in shifts:
        opinion = opinion.shifted(shift.odds)
    return opinion, tuple(shift.because for shift in shifts if shift.because)


def _taught(text: str, context: Context) -> list[Shift]:
    found = [(word, code) for word, code in context.extra_words if word and word in text and code in titles()]
    return [
        Shift(
            {"complaint": -6.0 if code in _QUIET else 6.0, code: 6.0},
            f"主管教过：“{word}”属于{titles()[code]}",
        )
        for word, code in found
    ]


_QUIET = ("query", "praise", "chitchat", "follow_up")
_FOLLOWS = {"complaint": -8.0, "query": -8.0, "praise": -8.0, "chitchat": -8.0, "follow_up": 8.0}


def _trade(context: Context) -> list[Shift]:
    strange = _FOREIGN.get(context.trade or "", ())
    odds = {code: _STRANGE for code in titles() if strange and code.startswith(strange)}
    return [Shift(odds)] if odds else []


def _answer(text: str, fields: tuple[Span, ...], context: Context) -> list[Shift]:
    if context.last_question is None:
        return []
    asked = _ANSWERED.get(context.last_question, ())
    answered = any(span.field in asked for span in fields) or (
        context.last_question == "triage" and _TRIAGE.match(text) is not None
    )
    return [Shift(_FOLLOWS, "这是对刚才提问的回答")] if answered else []


def _chase(opinion: Opinion, text: str, context: Context) -> list[Shift]:
    if not context.open_tickets:
        reluctant = ("还" in text or "又" in text or "都" in text or "一直" in text) and _RELUCTANT.search(
            text
        )
        return [Shift({"complaint": _REPROACH})] if reluctant else []
    if not _CHASE.search(text):
        return []
    known = {*_CHASED, *(ticket.category for ticket in context.open_tickets)}
    best = max((code for code in titles() if code not in _QUIET), key=opinion.of)
    if best not in known and opinion.of(best) > 0:
        return []
    numbers = "、".join(ticket.number for ticket in context.open_tickets[:3])
    return [Shift(_FOLLOWS, f"客户有未办结的工单{numbers}，这是在催问")]
