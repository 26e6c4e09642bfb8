"""What the verdict is weighed from: the evidence of the rules and the opinion of the learned voice, as numbers.

Values are small whole numbers so that they can be added up in packed rows. The names are stable: they are the
keys of the model file.
"""

from collections.abc import Iterator

from bot.intake.rules import Reading

UNIT = 16
_GREETING = 4


def of_reading(reading: Reading) -> dict[str, int]:
    """Return the features of what the rules heard."""
    features = {f"score {code}": round(min(score, 6.0) / 3 * UNIT) for code, score in reading.scores.items()}
    features.update((f"cue {cue}", round(min(count, 3.0) / 3 * UNIT)) for cue, count in reading.cues.items())
    last = reading.clauses[-1].start if reading.clauses else 0
    for item in reading.evidence:
        said = f"{item.code} {item.mood}"
        features[f"said {said}"] = UNIT
        features[f"word {item.source}"] = UNIT // 2
        if item.clause.start == last:
            features[f"last {said}"] = UNIT
        if item.clause.after_contrast:
            features[f"after contrast {said}"] = UNIT
    features.update(_shape(reading))
    return features


def _shape(reading: Reading) -> Iterator[tuple[str, int]]:
    parts = reading.clauses
    length = parts[-1].end if parts else 0
    yield "length", round(min(length, 120) / 60 * UNIT)
    yield "clauses", round(min(len(parts), 12) / 6 * UNIT)
    if not reading.evidence:
        yield "no evidence", UNIT
    for name in ("asks", "supposes", "states_fact", "after_contrast"):
        if any(getattr(part, name) for part in parts):
            yield name, UNIT
    if parts and parts[-1].asks:
        yield "ends asking", UNIT
        if all(part.asks or part.end - part.start < _GREETING for part in parts):
            yield "only asks", UNIT


def of_voice(odds: list[float]) -> list[int]:
    """Return what the learned voice said, one value for each output: log-odds in eighths, cut off at seven."""
    return [-56 if value < -7 else 56 if value > 7 else int(value * 8) for value in odds]
