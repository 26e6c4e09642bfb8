"""Reads the lexicon files: what people say, as data.

A file is a list of sections. `[code]` names what its patterns are evidence for: a category, an intent or a cue
such as `cue.contrast`. A line `3: 缺页 少了~页` gives each pattern behind the colon the weight 3. A line
`{fruit} = 苹果 梨` defines a class of words. `#` starts a comment.
"""

from collections.abc import Iterator
from functools import cache
from importlib.resources import files

from msgspec import Struct

from bot.intake.corpus import INTENTS
from bot.intake.patterns import Index, Pattern, PatternError, compile_pattern

_DENIALS = frozenset("没不无未少缺")
_DATA = files("bot.intake") / "data"


class Entry(Struct, frozen=True, gc=False):
    """One pattern and what it is evidence for."""

    code: str
    weight: float
    pattern: Pattern
    is_cue: bool
    is_judgement: bool
    is_praise: bool
    gap_may_deny: bool


class Lexicon:
    """All patterns of all files."""

    def __init__(self, entries: tuple[Entry, ...]) -> None:
        self.entries = entries
        self._index = Index(entry.pattern for entry in entries)

    def find(self, text: str, here: set[str]) -> list[tuple[Entry, int, int]]:
        """Return what is found in `text` with its place; `here` are its strings of one to three characters."""
        entries = self.entries
        return [(entries[number], start, end) for number, start, end in self._index.find(text, here)]


def read_data(name: str) -> str:
    """Return a data file of the package as text."""
    return (_DATA / name).read_text(encoding="utf-8")


@cache
def load() -> Lexicon:
    """Read every file of `data/lexicon`; a mistake is reported with its file and line."""
    sources = sorted((item.name, item.read_text(encoding="utf-8")) for item in (_DATA / "lexicon").iterdir())
    lines = [(f"{name}:{number}", line) for name, text in sources for number, line in _lines(text)]
    return Lexicon(tuple(_entries(lines, _classes(lines))))


def _classes(lines: list[tuple[str, str]]) -> dict[str, tuple[str, ...]]:
    """Collect the classes; a class may contain the words of one that stands before it."""
    classes: dict[str, tuple[str, ...]] = {}
    for where, line in lines:
        if line.startswith("{") and "} = " in line:
            name, words = _class(where, line)
            nested = (classes.get(word[1:-1], ()) if word.startswith("{") else (word,) for word in words)
            classes[name] = tuple(word for group in nested for word in group)
    return classes


def _lines(text: str) -> Iterator[tuple[int, str]]:
    for number, line in enumerate(text.splitlines(), start=1):
        content = line.split("#", 1)[0].strip()
        if content:
            yield number, content


def _class(where: str, line: str) -> tuple[str, tuple[str, ...]]:
    name, _, words = line[1:].partition("} = ")
    if not words.split():
        raise PatternError(f"{where}: the class “{name}” has no words")
    return name, tuple(words.split())


def _entries(lines: list[tuple[str, str]], classes: dict[str, tuple[str, ...]]) -> Iterator[Entry]:
    code = ""
    for where, line in lines:
        if line.startswith("["):
            code = line.strip("[]")
        elif "} = " not in line:
            yield from _line_entries(where, line, code, classes)


def _line_entries(where: str, line: str, code: str, classes: dict[str, tuple[str, ...]]) -> Iterator[Entry]:
    weight, colon, patterns = line.partition(":")
    try:
        for source in patterns.split():
            cue = code.startswith("cue.")
            praise = code == "praise"
            judgement = praise or not (cue or code in INTENTS)
            gap = judgement and "~" in source and _DENIALS.isdisjoint(source)
            yield Entry(code, float(weight), compile_pattern(source, classes), cue, judgement, praise, gap)
    except ValueError as error:
        raise PatternError(f"{where}: {error}") from error
    if not (colon and code):
        raise PatternError(f"{where}: expected “weight: pattern pattern …” under a [section]")
