"""What goes into intake and what comes out of it.

Every value is frozen and made of plain types, so that it can be logged, stored as JSON and compared in tests.
"""

from datetime import datetime
from typing import Literal

from msgspec import Struct

Intent = Literal["complaint", "query", "praise", "chitchat", "follow_up"]
Severity = Literal["normal", "serious", "critical"]
Band = Literal["sure", "unsure"]


class Span(Struct, frozen=True, kw_only=True, gc=False):
    """A field found in the text.

    `start` and `end` count characters of the text as the customer wrote it, so `text[start:end]` is `span.text`.
    `value` is the normalised form: digits, "20 斤", an ISO time with offset.
    """

    field: str
    text: str
    start: int
    end: int
    value: str


class CategoryScore(Struct, frozen=True, kw_only=True, gc=False):
    """One category with its probability (0 to 1) and the Chinese sentences that speak for it."""

    code: str
    title: str
    score: float
    because: tuple[str, ...] = ()


class OpenTicket(Struct, frozen=True, kw_only=True, gc=False):
    """A ticket of the same requester that is not settled yet."""

    number: str
    category: str
    opened_at: datetime
    last_text: str = ""


class Context(Struct, frozen=True, kw_only=True, gc=False):
    """What is known beside the words: all of it optional."""

    now: datetime | None = None
    zone: str = "Asia/Shanghai"
    trade: str | None = None
    open_tickets: tuple[OpenTicket, ...] = ()
    last_question: str | None = None
    quoted: str | None = None
    extra_words: tuple[tuple[str, str], ...] = ()


class Understanding(Struct, frozen=True, kw_only=True, gc=False):
    """The meaning of one message; `confidence` is the probability that `complaint` is right."""

    complaint: bool
    intent: Intent
    categories: tuple[CategoryScore, ...]
    severity: Severity
    kind: str
    fields: tuple[Span, ...]
    confidence: float
    band: Band
    because: tuple[str, ...]
