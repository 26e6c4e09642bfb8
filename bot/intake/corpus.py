"""Reads labelled texts: the project's own corpus and whatever people have taught."""

from collections.abc import Iterable, Iterator
from importlib.resources import files
from typing import Literal

from msgspec import Struct

INTENTS = ("query", "praise", "chitchat", "follow_up")


class Example(Struct, frozen=True, gc=False):
    """A text with its codes (most important first), its severity and what makes it hard."""

    text: str
    codes: tuple[str, ...]
    severity: str = "normal"
    note: str = ""

    @property
    def complaint(self) -> bool:
        """Tell whether the text is a complaint."""
        return self.codes[0] not in INTENTS


def read(split: Literal["train", "test"]) -> list[Example]:
    """Return one half of the own corpus, in a fixed order."""
    folder = files("bot.intake") / "corpus" / split
    names = sorted((item.name, item) for item in folder.iterdir() if item.name.endswith(".tsv"))
    return [example for _, item in names for example in parse(item.read_text(encoding="utf-8").splitlines())]


def parse(lines: Iterable[str]) -> Iterator[Example]:
    """Read lines of text, codes joined by “|”, severity and note, separated by tabs."""
    for number, line in enumerate(lines, start=1):
        parts = line.split("\t")
        if len(parts) < 2:
            raise ValueError(
                f"line {number} of the corpus has no labels: expected text, tab, codes: {line[:40]}"
            )
        text, codes, severity, note = (*parts, "", "")[:4]
        yield Example(text, tuple(codes.split("|")), severity or "normal", note)
