"""How grave: whatever touches people's bodily safety is critical, whoever says it and however."""

from msgspec import Struct

from bot.intake.rules import Reading
from bot.intake.types import Severity


class Gravity(Struct, frozen=True):
    """The severity with the words that make it so; `safety` when people's bodies are concerned."""

    severity: Severity
    because: tuple[str, ...]


def judge(text: str, reading: Reading) -> Gravity:
    """Weigh the safety cues of a text against what denies them (“没有人受伤”, “会不会中毒？”)."""
    heard = [
        text[item.hit.start : item.hit.end]
        for item in reading.evidence
        if item.hit.code == "safety" and not _denied(item.hit.start, item.hit.end, reading)
    ]
    if heard:
        return Gravity("critical", tuple(f"“{words}”关系到人身安全" for words in dict.fromkeys(heard)))
    grave = [text[item.hit.start : item.hit.end] for item in reading.evidence if item.hit.code == "cue.serious"]
    if grave:
        return Gravity("serious", tuple(f"“{words}”说明影响较大" for words in dict.fromkeys(grave)))
    return Gravity("normal", ())


def _denied(start: int, end: int, reading: Reading) -> bool:
    for item in reading.evidence:
        if item.hit.code == "safety.denied" and item.hit.start <= start and end <= item.hit.end + 4:
            return True
        if item.hit.code == "safety" and (item.hit.start, item.hit.end) == (start, end) and item.mood in _EXCUSED:
            return True
    return False


_EXCUSED = {"asks", "supposes", "negated"}
