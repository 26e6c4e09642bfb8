"""How grave: whatever touches people's bodily safety is critical, whoever says it and however.

Two voices are heard. A safety phrase is enough unless it is denied, supposed or asked about. Where no phrase is
known, the learned voice is enough, and at a low threshold: missing such a case is far worse than a needless page.
"""

from msgspec import Struct

from bot.intake.rules import Evidence, Reading
from bot.intake.types import Severity
from bot.intake.verdict import Opinion, probability

_LEARNED_CRITICAL = 0.04
_HARDLY_COMPLAINT = 0.15
_IMPOSSIBLE = 0.015
_LEARNED_SERIOUS = 0.35
_REACH = 5
_EXCUSED = {"asks", "supposes", "negated"}


class Gravity(Struct, frozen=True, gc=False):
    """The severity with the sentences that say why."""

    severity: Severity
    because: tuple[str, ...]


_NORMAL = Gravity("normal", ())


def judge(reading: Reading, opinion: Opinion) -> Gravity:
    """Weigh the safety cues of a text against what denies them (“没有人受伤”, “会不会中毒？”)."""
    learned = probability(opinion.of("critical"))
    heard = [item.text for item in _undenied(reading)]
    if heard and learned > _IMPOSSIBLE:
        return Gravity("critical", tuple(f"“{words}”关系到人身安全" for words in dict.fromkeys(heard))[:3])
    if learned >= _LEARNED_CRITICAL and opinion.complaint >= _HARDLY_COMPLAINT:
        return Gravity("critical", (f"与以往伤到人的事相像（把握{learned:.0%}）",))
    return _serious(reading, opinion)


def _serious(reading: Reading, opinion: Opinion) -> Gravity:
    chance = probability(opinion.of("serious"))
    if chance < _LEARNED_SERIOUS:
        return _NORMAL
    grave = [item.text for item in reading.evidence if item.code == "cue.serious"]
    because = tuple(f"“{words}”说明影响较大" for words in dict.fromkeys(grave))[:2]
    return Gravity("serious", because or (f"与以往影响较大的事相像（把握{chance:.0%}）",))


def _undenied(reading: Reading) -> list[Evidence]:
    said = [item for item in reading.evidence if item.code == "safety" and item.mood not in _EXCUSED]
    if not said:
        return []
    denied = {
        place
        for item in reading.evidence
        if item.code == "safety.denied"
        for place in range(item.start, item.end + _REACH)
    }
    return [item for item in said if not (item.start in denied and item.end in denied)]
