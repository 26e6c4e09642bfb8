"""What the desk makes of intake's scores: which categories count, and what is taken for a complaint in doubt. Pure."""

from __future__ import annotations

from msgspec.structs import replace

from bot.intake import Understanding

OTHER = "other.complaint"
_INTENTS = frozenset({"query", "praise", "chitchat", "follow_up"})
_LIKELY, _SUSPECTED = 0.5, 0.4


def codes_of(meaning: Understanding) -> tuple[str, ...]:
    """The likely categories, best first; at least one. 其他投诉 stands only where there is nothing better."""
    if not meaning.complaint:
        return tuple(c.code for c in meaning.categories[:1]) or (OTHER,)
    matters = [c for c in meaning.categories if c.code not in _INTENTS and c.code != OTHER]
    likely = [c for c in matters if c.score >= _LIKELY] or matters[:1]
    return tuple(c.code for c in likely) or (OTHER,)


def in_doubt(meaning: Understanding) -> Understanding:
    """Intake is unsure and something points to a fault: then it is a complaint until somebody says otherwise."""
    suspected = tuple(c for c in meaning.categories if c.code not in _INTENTS and c.score >= _SUSPECTED)
    if meaning.complaint or meaning.band == "sure" or not suspected:
        return meaning
    return replace(meaning, complaint=True, intent="complaint", kind="complaint", categories=suspected)
