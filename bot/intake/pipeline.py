"""From a message to its meaning: the order in which the parts speak."""

from pathlib import Path

from bot.intake import (
    arithmetic,
    circumstances,
    extract,
    kinds,
    lexicon,
    model,
    plain_words,
    rules,
    segment,
    severity,
    verdict,
)
from bot.intake.normalise import normalise, table
from bot.intake.types import Context, Understanding

_PLAIN = Context()


class Intake:
    """Understands messages. Built once at start-up, since it loads dictionaries; then pure and fast.

    `cache_dir` is where jieba keeps its dictionary; without it the user's cache folder is used.
    """

    def __init__(self, *, cache_dir: Path | None = None, trained: model.Model | None = None) -> None:
        self._lexicon = lexicon.load()
        self._model = trained or model.shipped()
        self._folder = cache_dir or Path.home() / ".cache" / "yingnuo"
        segment.cut("")
        table()

    def teachable(self, text: str) -> list[str]:
        """Return the words of a misread message that may be worth teaching, the least common first.

        Takes a second and 70 MB when first called, since jieba reads its dictionary then.
        """
        return segment.uncommon(normalise(text).text, self._folder)

    def understand(self, text: str, context: Context = _PLAIN) -> Understanding:
        """Return the meaning of `text`. Time is linear in its length."""
        normal = normalise(text)
        reading = rules.read(normal.text, self._lexicon)
        fields = extract.extract(normal, context)
        opinion = verdict.weigh(reading, self._model)
        grave = severity.judge(reading, opinion)
        opinion = plain_words.unmet(plain_words.weigh(opinion, reading, normal.text), normal.text, context)
        opinion, known = circumstances.apply(opinion, normal.text, fields, context)
        if context.now and (aged := arithmetic.shelf_life(fields, context.now.date())):
            opinion, known = opinion.shifted({"complaint": 8.0, aged.code: 8.0}), (aged.because, *known)
        critical = grave.severity == "critical"
        chance = opinion.complaint
        complaint = critical or chance >= verdict.DOUBT
        confidence = chance if complaint else 1 - chance
        sure = critical or confidence >= verdict.SURE
        ranked = verdict.rank(opinion, complaint=complaint, sure=sure)
        scores = verdict.explain(
            reading, verdict.voice_says(reading.strings, ranked[0][0], self._model), ranked
        )
        intent = verdict.intent(opinion, complaint=complaint)
        kind = kinds.propose(intent, scores[0].code, normal.text)
        asked = not sure or (kind == "complaint" and not critical and verdict.is_guess(ranked))
        return Understanding(
            complaint=complaint,
            intent=intent,
            categories=scores,
            severity=grave.severity if complaint else "normal",
            kind=kind,
            fields=fields,
            confidence=confidence,
            band="unsure" if asked else "sure",
            because=(*(grave.because if complaint else ()), *known, *scores[0].because),
        )
