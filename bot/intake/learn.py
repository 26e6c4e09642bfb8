"""Learning from people: what they corrected becomes examples, and nothing gets worse.

Three things, all pure. `example` turns a correction (误报, 改类, a customer's answer) into a labelled text.
`retrain` trains again with such examples, measures before and after on the frozen test half of the own corpus, and
tells whether the new model may take the old one's place. `trial` shows what a taught word would have changed in
past messages, before it counts.
"""

import re
from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Literal

from msgspec import Struct

from bot.intake import corpus, model, train
from bot.intake.corpus import INTENTS, Example
from bot.intake.normalise import normalise
from bot.intake.pipeline import Intake
from bot.intake.types import Context, Understanding

Verdict = Literal["false_alarm", "recategorised", "answered"]
_TAUGHT_WEIGHT = 3
_TOLERANCE = 0.002
_WORD_LENGTHS = range(2, 13)
_LETTER = re.compile(r"[^\W\d_]")


class Correction(Struct, frozen=True, kw_only=True):
    """What somebody said about one message: 误报 (no complaint), 改类, or the customer's own answer.

    `code` is the right category; for a false alarm the right intent, “chitchat” where nobody said which.
    """

    text: str
    verdict: Verdict
    code: str = "chitchat"
    severity: Literal["normal", "serious", "critical"] = "normal"
    at: datetime | None = None


class Material(Struct, frozen=True, gc=False):
    """What is learned from, what is examined on and never learned from, and the model in use until now."""

    lessons: Sequence[Example]
    frozen: Sequence[Example]
    before: model.Model

    @classmethod
    def own(cls) -> "Material":
        """Return the project's own corpus and the model of the package."""
        return cls(corpus.read("train"), corpus.read("test"), model.shipped())


class Figures(Struct, frozen=True, kw_only=True):
    """How well a model does on a set of texts, each from 0 to 1; `texts` is how many there were."""

    texts: int
    precision: float
    recall: float
    f1: float
    first: float
    among_three: float
    safety_recall: float


class Outcome(Struct, frozen=True, kw_only=True):
    """The result of retraining: `accepted` with the new model's bytes, or the Chinese sentences that say why not."""

    accepted: bool
    before: Figures
    after: Figures
    learned: int
    taught: int
    reasons: tuple[str, ...]
    model: bytes = b""


class Change(Struct, frozen=True, kw_only=True):
    """A past message that a taught word would have understood differently: the titles before and after."""

    text: str
    before: str
    after: str
    new_ticket: bool


def example(correction: Correction) -> Example:
    """Turn a correction into a labelled text; raise ValueError for a code that does not exist."""
    if correction.code not in model.titles():
        raise ValueError(f"“{correction.code}” is no category; choose one of {', '.join(model.titles())}")
    if correction.verdict == "false_alarm" and correction.code not in INTENTS:
        raise ValueError(f"a false alarm is no complaint, so “{correction.code}” cannot be its category")
    return Example(correction.text, (correction.code,), correction.severity, "taught")


def latest(corrections: Iterable[Correction]) -> list[Correction]:
    """Keep the last word on each text, in the order in which the texts first came up."""
    kept: dict[str, Correction] = {}
    for correction in corrections:
        kept[correction.text] = correction
    return list(kept.values())


def retrain(
    corrections: Iterable[Correction], material: Material | None = None, *, workers: int = 1
) -> Outcome:
    """Train with the corrections and compare on the frozen texts; the answer says whether to use the result."""
    material = material or Material.own()
    taught = [example(correction) for correction in latest(corrections)]
    known = {item.text for item in taught}
    lessons = [item for item in material.lessons if item.text not in known]
    trained = train.train([*lessons, *taught * _TAUGHT_WEIGHT], workers=workers)
    frozen = [item for item in material.frozen if item.text not in known]
    old, new = Intake(trained=material.before), Intake(trained=trained)
    before, after = measure(old, frozen), measure(new, frozen)
    reasons = tuple(_objections(before, after))
    return Outcome(
        accepted=not reasons,
        before=before,
        after=after,
        learned=sum(_right(new.understand(item.text), item) for item in taught),
        taught=len(taught),
        reasons=reasons,
        model=b"" if reasons else model.dump(trained),
    )


def adopt(outcome: Outcome, path: Path) -> None:
    """Write an accepted model to a file; raise ValueError for one that was refused."""
    if not outcome.accepted:
        raise ValueError("the model was refused and is not written: " + "；".join(outcome.reasons))
    written = path.with_suffix(".new")
    written.write_bytes(outcome.model)
    written.replace(path)


def measure(intake: Intake, examples: Sequence[Example]) -> Figures:
    """Measure an intake on labelled texts."""
    answers = [(item, intake.understand(item.text)) for item in examples]
    said, true = (
        sum(answer.complaint for _, answer in answers),
        [pair for pair in answers if pair[0].complaint],
    )
    both = sum(answer.complaint for _, answer in true)
    grave = [answer.severity == "critical" for item, answer in answers if item.severity == "critical"]
    return Figures(
        texts=len(answers),
        precision=both / max(said, 1),
        recall=both / max(len(true), 1),
        f1=2 * both / max(said + len(true), 1),
        first=sum(_right(answer, item) for item, answer in true) / max(len(true), 1),
        among_three=sum(_among(answer, item, 3) for item, answer in true) / max(len(true), 1),
        safety_recall=sum(grave) / max(len(grave), 1),
    )


def trial(
    word: str, code: str, past: Iterable[str], intake: Intake, context: Context | None = None
) -> list[Change]:
    """Tell which past messages would have been understood differently had the (normalised) word been known."""
    if code not in model.titles():
        raise ValueError(f"“{code}” is no category; choose one of {', '.join(model.titles())}")
    if problem := objection(word):
        raise ValueError(problem)
    plain = context or Context()
    taught = Context(trade=plain.trade, zone=plain.zone, extra_words=(*plain.extra_words, (word, code)))
    changes = []
    for text in past:
        if word in normalise(text).text:
            before, after = intake.understand(text, plain), intake.understand(text, taught)
            if _title(before) != _title(after):
                changes.append(_change(text, before, after))
    return changes


def objection(word: str) -> str:
    """Return why a word cannot be taught, in Chinese, or nothing."""
    if len(word) not in _WORD_LENGTHS:
        return f"“{word}”太{'短' if len(word) < _WORD_LENGTHS.start else '长'}了，请用2到12个字的词"
    return "" if _LETTER.search(word) else f"“{word}”里没有字，不能当词来学"


def _change(text: str, before: Understanding, after: Understanding) -> Change:
    return Change(
        text=text,
        before=_title(before),
        after=_title(after),
        new_ticket=after.complaint and not before.complaint,
    )


def _title(meaning: Understanding) -> str:
    return meaning.categories[0].title if meaning.complaint else model.titles()[meaning.intent]


def _right(answer: Understanding, item: Example) -> bool:
    return answer.complaint == item.complaint and answer.categories[0].code in item.codes


def _among(answer: Understanding, item: Example, count: int) -> bool:
    return any(score.code in item.codes for score in answer.categories[:count])


def _objections(before: Figures, after: Figures) -> Iterable[str]:
    for name, title in (
        ("f1", "识别投诉的综合得分"),
        ("first", "类别首选正确率"),
        ("safety_recall", "安全事项识别率"),
    ):
        old, new = getattr(before, name), getattr(after, name)
        if new < old - _TOLERANCE:
            yield f"{title}从{old:.1%}降到{new:.1%}，新模型不启用"
