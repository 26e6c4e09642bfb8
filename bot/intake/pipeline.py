"""From a message to its meaning: the order in which the parts speak."""

from pathlib import Path

from bot.intake import lexicon, rules, severity, verdict
from bot.intake.extract import extract
from bot.intake.normalise import normalise, table
from bot.intake.types import Context, Understanding


class Intake:
    """Understands messages. Built once at start-up, since it loads dictionaries; then pure and fast."""

    def __init__(self, *, cache_dir: Path | None = None) -> None:
        self._cache_dir = cache_dir
        self._lexicon = lexicon.load()
        table()

    def understand(self, text: str, context: Context = Context()) -> Understanding:
        """Return the meaning of `text`. Time is linear in its length."""
        normal = normalise(text)
        reading = rules.read(normal.text, self._lexicon)
        fields = extract(normal, context)
        grave = severity.judge(normal.text, reading)
        return verdict.decide(reading, grave, fields, context)
