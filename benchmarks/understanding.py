"""How well and how fast messages are understood: `make understanding`.

Prints the figures for the project's own test half and, with `--extra FILE`, for a table of texts with the columns
text, is_complaint, category, severity and note. Speed stands beside plain `jieba.lcut` on the same texts in the
same run.
"""

from __future__ import annotations

import argparse
import csv
import logging
import sys
import tempfile
import time
from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import jieba

from bot.intake import Intake, Understanding, corpus
from bot.intake.corpus import Example

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

_ROUNDS = 5
_BINS = 10
_LONG = 100_000
_HARD_NOTES = 24


class Case(NamedTuple):
    """A labelled text and what the bot made of it."""

    item: Example
    answer: Understanding

    @property
    def right(self) -> bool:
        return self.item.complaint == self.answer.complaint


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--extra", type=Path, help="another table of labelled texts (CSV)")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        intake = Intake(cache_dir=Path(folder))
        plain = jieba.Tokenizer()
        plain.tmp_dir = folder
        jieba.setLogLevel(logging.WARNING)
        plain.initialize()
        for name, examples in _sets(options.extra):
            print(f"\n== {name}: {len(examples)} texts")
            quality([Case(item, intake.understand(item.text)) for item in examples])
            speed(intake, plain, [item.text for item in examples])
        linearity(intake)


def _sets(extra: Path | None) -> list[tuple[str, list[Example]]]:
    found = [("own test half", corpus.read("test"))]
    if extra and extra.exists():
        with extra.open(encoding="utf-8", newline="") as file:
            found.append((extra.name, [_example(row) for row in csv.DictReader(file)]))
    elif extra:
        print(f"{extra} is not there; only the own test half is measured")
    return found


def _example(row: dict[str, str]) -> Example:
    severity = "critical" if row["severity"] == "safety" else row["severity"]
    return Example(row["text"], tuple(row["category"].split("|")), severity, row["note"])


def quality(cases: Sequence[Case]) -> None:
    precision, recall, f1 = scores(cases)
    print(f"complaint    precision {precision:.3f}  recall {recall:.3f}  F1 {f1:.3f}")
    surest = sorted(cases, key=lambda case: -certainty(case))[: len(cases) * 3 // 4]
    print(f"surest 75 %  F1 {scores(surest)[2]:.3f}   calibration error {calibration_error(cases):.3f}")
    true = [case for case in cases if case.item.complaint]
    found = [case for case in true if case.answer.complaint]
    for name, group in (("of all complaints", true), ("of those found  ", found)):
        print(f"category     first {hit_rate(group, 1):.3f}  among three {hit_rate(group, 3):.3f}  {name}")
    grave = [case for case in cases if case.item.severity == "critical"]
    paged = [case for case in cases if case.answer.severity == "critical"]
    caught = sum(case.answer.severity == "critical" for case in grave)
    print(f"safety       recall {caught}/{len(grave)}, needless pages {len(paged) - caught}")
    by_note(cases)


def scores(cases: Sequence[Case]) -> tuple[float, float, float]:
    both = sum(case.item.complaint and case.answer.complaint for case in cases)
    said = sum(case.answer.complaint for case in cases)
    true = sum(case.item.complaint for case in cases)
    return both / max(said, 1), both / max(true, 1), 2 * both / max(said + true, 1)


def certainty(case: Case) -> float:
    return 1.0 if case.answer.severity == "critical" else case.answer.confidence


def hit_rate(cases: Sequence[Case], count: int) -> float:
    hits = sum(any(s.code in case.item.codes for s in case.answer.categories[:count]) for case in cases)
    return hits / max(len(cases), 1)


def calibration_error(cases: Sequence[Case]) -> float:
    """Return the expected calibration error: promised against true correctness in ten bins of confidence."""
    bins: defaultdict[int, list[Case]] = defaultdict(list)
    for case in cases:
        bins[min(int(case.answer.confidence * _BINS), _BINS - 1)].append(case)
    gaps = [abs(sum(c.answer.confidence for c in b) - sum(c.right for c in b)) for b in bins.values()]
    return sum(gaps) / max(len(cases), 1)


def by_note(cases: Sequence[Case]) -> None:
    groups: defaultdict[str, list[Case]] = defaultdict(list)
    for case in cases:
        groups[case.item.note or "（无）"].append(case)
    largest = sorted(groups.items(), key=lambda group: -len(group[1]))[:_HARD_NOTES]
    print("by what makes it hard (texts, found, missed, false alarms, passed):")
    for note, group in largest:
        cells = [sum(c.item.complaint == t and c.answer.complaint == s for c in group) for t, s in _CELLS]
        print(f"  {note:<10}\t{len(group):4d} {cells[0]:5d} {cells[1]:4d} {cells[2]:4d} {cells[3]:5d}")


_CELLS = ((True, True), (True, False), (False, True), (False, False))


def speed(intake: Intake, plain: jieba.Tokenizer, texts: Sequence[str]) -> None:
    whole, cutting = compare(intake.understand, plain.lcut, texts)
    print(
        f"speed        whole pipeline {whole:.0f} µs a text, plain jieba.lcut {cutting:.0f} µs: x{cutting / whole:.2f}"
    )
    hundred = [(text * (100 // max(len(text), 1) + 1))[:100] for text in texts if text]
    times = sorted(min(_took(intake.understand, text) for _ in range(3)) for text in hundred)
    median, p99 = (times[len(times) * share // 100] * 1e3 for share in (50, 99))
    print(f"100 characters: median {median:.2f} ms, p99 {p99:.2f} ms")


def compare(
    ours: Callable[[str], object], theirs: Callable[[str], object], texts: Sequence[str]
) -> tuple[float, float]:
    """Return the best of several rounds for both, in microseconds a text; the rounds take turns."""
    best = [float("inf"), float("inf")]
    for _ in range(_ROUNDS):
        for place, work in enumerate((ours, theirs)):
            best[place] = min(best[place], sum(_took(work, text) for text in texts))
    return best[0] / len(texts) * 1e6, best[1] / len(texts) * 1e6


def _took(work: Callable[[str], object], text: str) -> float:
    start = time.process_time_ns()
    work(text)
    return (time.process_time_ns() - start) / 1e9


def linearity(intake: Intake) -> None:
    print("\n== time for a long text against one tenth of it (10 is linear)")
    for name, piece in (
        ("letters", "a"),
        ("one character", "坏"),
        ("a sentence", "书破了，怎么还没到？"),
        ("digits", "1"),
    ):
        long = (piece * _LONG)[:_LONG]
        tenth = min(_took(intake.understand, long[: _LONG // 10]) for _ in range(3))
        full = min(_took(intake.understand, long) for _ in range(3))
        print(f"  {name:<14} {full * 1e3:8.1f} ms   x{full / max(tenth, 1e-9):.1f}")


if __name__ == "__main__":
    main()
