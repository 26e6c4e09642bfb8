"""What the verdict is weighed from: the evidence of the rules and the opinion of the learned voice, as numbers.

Values are small whole numbers so that they can be added up in packed rows. The names are stable: they are the
keys of the model file.
"""

from bot.intake.clauses import Clause
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
    if not reading.evidence:
        features["no evidence"] = UNIT
    _shape(reading.clauses, features)
    return features


def _shape(parts: list[Clause], features: dict[str, int]) -> None:
    length = parts[-1].end if parts else 0
    features["length"] = round(min(length, 120) / 60 * UNIT)
    features["clauses"] = round(min(len(parts), 12) / 6 * UNIT)
    for part in parts:
        if part.asks:
            features["asks"] = UNIT
        if part.supposes:
            features["supposes"] = UNIT
        if part.states_fact:
            features["states_fact"] = UNIT
        if part.after_contrast:
            features["after_contrast"] = UNIT
    if parts and parts[-1].asks:
        features["ends asking"] = UNIT
        if all(part.asks or part.end - part.start < _GREETING for part in parts):
            features["only asks"] = UNIT
