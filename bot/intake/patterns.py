"""The pattern language of the lexicon files, compiled to something that finds thousands of patterns in one pass.

A pattern is read like the words it stands for, with a few signs:

- `(a|b)` either, `x?` or `(a)?` may be missing, `[abc]` one of these characters, `.` any one character;
- `~` up to six characters of the same clause, `~~` up to fourteen that may pass a comma;
- `{name}` one word of the class `name`, `{n}` a number.

There is no unbounded repetition, so no text, however hostile, can make a search slow. Each pattern has an
anchor: literal text without which it cannot match. A text is looked through once for all anchors, and only the
patterns whose anchor is there are searched for.
"""

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from itertools import chain

from msgspec import Struct

from bot.intake import ngrams

STOPS = "，。！？；：\n"
_GAP = f"[^{STOPS}]{{0,6}}?"
_WIDE_GAP = r"[^。！？\n]{0,14}?"
NUMBER = r"(?:\[数字x\]|[0-9][0-9,.]{0,8}|[零一二两三四五六七八九十百千万半几俩仨]{1,7})"
_MOST_SPELLINGS = 400
_ANYTHING: frozenset[str] = frozenset()
_Search = Callable[[str], re.Match[str] | None]


class PatternError(ValueError):
    """A pattern cannot be read; the message says which and why."""


class Piece(Struct, frozen=True, gc=False):
    """A part of a pattern: its regular expression and, where it is finite, every spelling it matches.

    `anchors` are known for a choice between parts that cannot all be spelled out.
    """

    regex: str
    spellings: tuple[str, ...] | None
    anchors: frozenset[str] = frozenset()


class Pattern(Struct, frozen=True, gc=False):
    """A compiled pattern.

    `anchors` are texts of one to three characters, one of which every match contains; so are `others`, where the
    pattern has a second literal part. `literal` is the pattern where it is nothing but one text.
    """

    source: str
    regex: re.Pattern[str]
    anchors: frozenset[str]
    others: frozenset[str]
    literal: str = ""


class _Reader:
    """Reads one pattern from left to right."""

    def __init__(self, source: str, classes: Mapping[str, tuple[str, ...]]) -> None:
        self.source = source
        self.classes = classes
        self.at = 0

    def peek(self) -> str:
        return self.source[self.at : self.at + 1]

    def take(self) -> str:
        char = self.peek()
        self.at += 1
        return char

    def until(self, end: str) -> str:
        stop = self.source.find(end, self.at)
        if stop < 0:
            raise PatternError(f"the pattern “{self.source}” lacks a closing “{end}”")
        inside, self.at = self.source[self.at : stop], stop + 1
        return inside

    def sequence(self, ends: str = "") -> list[Piece]:
        pieces = []
        while (char := self.peek()) and char not in ends:
            pieces.append(self.item())
        return pieces

    def item(self) -> Piece:
        piece = self.atom()
        if self.peek() != "?":
            return piece
        self.take()
        spellings = None if piece.spellings is None else (*piece.spellings, "")
        return Piece(f"(?:{piece.regex})?", spellings)

    def atom(self) -> Piece:
        char = self.take()
        if char == "(":
            return self.group()
        if char == "[":
            return _either(tuple(self.until("]")))
        if char == "{":
            return self.word_class(self.until("}"))
        if char == "~":
            return self.gap()
        if char in ")|]}*+":
            raise PatternError(f"the pattern “{self.source}” has a stray “{char}”")
        return Piece(f"[^{STOPS}]", None) if char == "." else Piece(re.escape(char), (char,))

    def gap(self) -> Piece:
        if self.peek() != "~":
            return Piece(_GAP, None)
        self.take()
        return Piece(_WIDE_GAP, None)

    def group(self) -> Piece:
        branches = [self.sequence("|)")]
        while self.take() == "|":
            branches.append(self.sequence("|)"))
        if self.source[self.at - 1 : self.at] != ")":
            raise PatternError(f"the pattern “{self.source}” lacks a closing “)”")
        regex = "|".join("".join(piece.regex for piece in branch) for branch in branches)
        spelled = [_spellings(branch) for branch in branches]
        if any(words is None for words in spelled):
            choices = [_anchors(branch) for branch in branches]
            known = frozenset().union(*(choice[0] for choice in choices)) if all(choices) else frozenset()
            return Piece(f"(?:{regex})", None, known)
        return _either(tuple(word for words in spelled for word in words or ()))

    def word_class(self, name: str) -> Piece:
        if name == "n":
            return Piece(NUMBER, None)
        if name not in self.classes:
            raise PatternError(f"the pattern “{self.source}” uses the class “{name}”, which no file defines")
        return _either(self.classes[name])


def _either(words: tuple[str, ...]) -> Piece:
    longest_first = sorted(set(words), key=lambda word: (-len(word), word))
    return Piece("(?:" + "|".join(map(re.escape, longest_first)) + ")", tuple(longest_first))


def _spellings(pieces: list[Piece]) -> tuple[str, ...] | None:
    """Return every text the pieces match one after the other, None where that is endless or too many."""
    words: tuple[str, ...] = ("",)
    for piece in pieces:
        if piece.spellings is None or len(words) * len(piece.spellings) > _MOST_SPELLINGS:
            return None
        words = tuple(word + more for word in words for more in piece.spellings)
    return words


def _runs(pieces: list[Piece]) -> Iterable[tuple[str, ...]]:
    """Yield the stretches of the pattern that can be spelled out."""
    run: list[Piece] = []
    for piece in pieces:
        if _spellings([*run, piece]) is not None:
            run.append(piece)
            continue
        if run:
            yield _spellings(run) or ()
        run = [piece] if piece.spellings is not None else []
    if run:
        yield _spellings(run) or ()


def _anchors(pieces: list[Piece]) -> list[frozenset[str]]:
    """Return the sets of anchors of a sequence, the most telling first."""
    runs = [frozenset(word[:3] for word in run) for run in _runs(pieces)]
    usable = [run for run in runs if run and all(run)] + [piece.anchors for piece in pieces if piece.anchors]
    return sorted(usable, key=lambda run: (-min(map(len, run)), len(run), sorted(run)))


def compile_pattern(source: str, classes: Mapping[str, tuple[str, ...]]) -> Pattern:
    """Compile one pattern; raise PatternError when it cannot be read or has nothing literal to hold on to."""
    reader = _Reader(source, classes)
    pieces = reader.sequence()
    anchors = _anchors(pieces)
    if not anchors:
        raise PatternError(
            f"the pattern “{source}” has no literal part; every spelling of one part must be known"
        )
    regex = re.compile("".join(piece.regex for piece in pieces))
    second = anchors[1] if len(anchors) > 1 else frozenset()
    spelled = _spellings(pieces) or ()
    literal = spelled[0] if len(spelled) == 1 else ""
    return Pattern(source, regex, anchors[0], frozenset(map(ngrams.plain, second)), literal)


class Index:
    """Many patterns, ready to be looked for at once."""

    def __init__(self, patterns: Iterable[Pattern]) -> None:
        anchors: defaultdict[str, list[int]] = defaultdict(list)
        self._tries: list[tuple[_Search, frozenset[str], str]] = []
        for number, pattern in enumerate(patterns):
            self._tries.append((pattern.regex.search, pattern.others or _ANYTHING, pattern.literal))
            for anchor in pattern.anchors:
                anchors[ngrams.plain(anchor)].append(number)
        self._anchors = {anchor: tuple(numbers) for anchor, numbers in anchors.items()}
        self._keys = frozenset(anchors)

    def find(self, text: str, here: set[str]) -> list[tuple[int, int, int]]:
        """Return (pattern number, start, end) of every first match of every pattern, in the patterns' order.

        `here` are the strings of one to three characters of the text (see `bot/intake/ngrams.py`).
        """
        tries, found = self._tries, []
        for number in {*chain.from_iterable(map(self._anchors.__getitem__, self._keys & here))}:
            search, others, literal = tries[number]
            if literal:
                place = text.find(literal)
                if place >= 0:
                    found.append((number, place, place + len(literal)))
            elif (others is _ANYTHING or not here.isdisjoint(others)) and (match := search(text)):
                found.append((number, match.start(), match.end()))
        found.sort()
        return found
