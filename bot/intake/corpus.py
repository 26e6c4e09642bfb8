"""Reads labelled texts: the project's own corpus and whatever people have taught."""

from collections.abc import Iterable, Iterator
from importlib.resources import files
from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

INTENTS = ("query", "praise", "chitchat", "follow_up")


_ORDINARY = ("plain-", "shop-", "supply-")
_STUDY = 0.1  # tried from 0 to 1: on outside texts a study teaches a tenth of what an ordinary line does


class Example(Struct, frozen=True, gc=False):
    """A text with its codes (most important first), its severity and what makes it hard.

    `weight` says how much it counts in training. An ordinary line, as people really write, counts 1. A study, which
    collects riddles, ironies and dangers far more densely than life does, counts little: it adds words without
    tilting the scales.
    """

    text: str
    codes: tuple[str, ...]
    severity: str = "normal"
    note: str = ""
    weight: float = 1.0

    @property
    def complaint(self) -> bool:
        """Tell whether the text is a complaint."""
        return self.codes[0] not in INTENTS


def read(split: Literal["train", "test"]) -> list[Example]:
    """Return one half of the own corpus, in a fixed order."""
    folder = files("bot.intake") / "corpus" / split
    names = sorted((item.name, item) for item in folder.iterdir() if item.name.endswith(".tsv"))
    return [
        replace(example, weight=1.0 if name.startswith(_ORDINARY) else _STUDY)
        for name, item in names
        for example in parse(item.read_text(encoding="utf-8").splitlines())
    ]


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
