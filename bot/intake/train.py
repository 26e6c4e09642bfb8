"""Trains the model file from the own corpus: `python -m bot.intake.train`.

Two layers. The first is the learned voice: strings to codes. The second weighs that voice together with the
evidence of the rules. To weigh fairly it must not see the voice praise texts the voice has learned by heart, so the
voice that speaks to it is trained on the other folds. Everything is deterministic.
"""

import math
import sys
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from itertools import chain
from pathlib import Path

from msgspec import Struct

from bot.intake import calibrate, corpus, features, fit, lexicon, model, ngrams, packed, rules
from bot.intake.corpus import Example
from bot.intake.fit import Truth
from bot.intake.normalise import normalise

FOLDS = 3
_VOICE_COST, _VOICE_EPOCHS = 128.0, 12
_VERDICT_COST, _VERDICT_EPOCHS = 1.0, 15
_UNIT = 256
_RARE, _RARE_PAIR, _RARE_FEATURE = 3, 4, 2  # strings in fewer texts are left out: twice the file for nothing


def train(examples: Sequence[Example], *, workers: int = 1) -> model.Model:
    """Train both layers on the examples."""
    truths = [_truth(example) for example in examples]
    heard, strings = _read(examples)
    voice, *folds = _in_parallel([_Share(strings, truths, fold) for fold in range(-1, FOLDS)], workers)
    voices = [ngrams.Voice(fold) for fold in folds]
    rows = [
        row | dict(zip(model.VOICE, voices[place % FOLDS].speak(said), strict=True))
        for place, (row, said) in enumerate(zip(heard, strings, strict=True))
    ]
    return model.Model.of(voice, packed.pack(_verdict(rows, truths), 32767))


def _read(examples: Sequence[Example]) -> tuple[list[dict[str, int]], list[list[str]]]:
    """Return for each text what the rules heard and those of its strings that are not rare.

    Equal strings are one object, to spare memory.
    """
    heard, strings, one = [], [], dict[str, str]()
    for example in examples:
        reading = rules.read(normalise(example.text).text, lexicon.load())
        heard.append(features.of_reading(reading))
        strings.append(sorted(map(one.setdefault, reading.strings, reading.strings)))
    counts = Counter(chain.from_iterable(strings))
    return heard, [[string for string in said if not _is_rare(string, counts)] for said in strings]


def _is_rare(string: str, counts: Counter[str]) -> bool:
    return counts[string] < (_RARE_PAIR if ngrams.NEAR in string else _RARE)


def _truth(example: Example) -> Truth:
    names = {*example.codes, example.severity} | ({"complaint"} if example.complaint else set())
    outputs = frozenset(place for place, name in enumerate(model.OUTPUTS) if name in names)
    return Truth(outputs, example.weight)


class _Share(Struct, frozen=True, gc=False):
    """What one process trains a voice on: every text outside one fold (fold -1: every text)."""

    strings: list[list[str]]
    truths: list[Truth]
    fold: int

    def train(self) -> packed.Layer:
        inside = [n for n in range(len(self.strings)) if n % FOLDS != self.fold]
        return packed.pack(_voice([self.strings[n] for n in inside], [self.truths[n] for n in inside]), 127)


def _in_parallel(shares: list[_Share], workers: int) -> list[packed.Layer]:
    if workers == 1:
        return [share.train() for share in shares]
    with ProcessPoolExecutor(workers) as pool:
        return list(pool.map(_Share.train, shares))


def _voice(found: list[list[str]], truths: list[Truth]) -> packed.Table:
    counts = Counter(chain.from_iterable(found))
    known = sorted(string for string in counts if not _is_rare(string, counts))
    rarity = {string: math.log((1 + len(found)) / (1 + counts[string])) + 1 for string in known}
    number = {string: place for place, string in enumerate(known, start=1)}
    rows = [_unit_row([s for s in strings if s in rarity], number, rarity) for strings in found]
    solved = fit.fit(fit.Problem(rows, truths, len(model.OUTPUTS), _UNIT, _VOICE_COST, _VOICE_EPOCHS))
    weights = {
        string: [*(weight * rarity[string] for weight in solved[number[string]]), rarity[string] ** 2]
        for string in known
    }
    return packed.Table((*model.OUTPUTS, ngrams.NORM), [*solved[0], 0.0], weights)


def _unit_row(strings: list[str], number: dict[str, int], rarity: dict[str, float]) -> list[tuple[int, int]]:
    length = math.sqrt(sum(rarity[string] ** 2 for string in strings)) or 1.0
    return [(0, _UNIT), *((number[s], round(rarity[s] / length * _UNIT)) for s in strings)]


def _verdict(rows: list[dict[str, int]], truths: list[Truth]) -> packed.Table:
    counts = Counter(name for row in rows for name in row)
    known = sorted(name for name, count in counts.items() if count >= _RARE_FEATURE)
    number = {name: place for place, name in enumerate(known, start=1)}
    numbered = [
        [
            (0, features.UNIT),
            *((number[name], value) for name, value in sorted(row.items()) if name in number),
        ]
        for row in rows
    ]
    solved = fit.fit(
        fit.Problem(numbered, truths, len(model.OUTPUTS), features.UNIT, _VERDICT_COST, _VERDICT_EPOCHS)
    )
    weights = {name: [weight / features.UNIT for weight in solved[number[name]]] for name in known}
    table = packed.Table(model.OUTPUTS, solved[0], weights)
    return packed.Table(model.OUTPUTS, calibrate.biases(packed.pack(table, 32767), rows, truths), weights)


def main() -> None:
    """Train on the own corpus and write the model file into the package."""
    workers = int(sys.argv[1]) if len(sys.argv) > 1 else 4
    block = model.dump(train(corpus.read("train"), workers=workers))
    path = Path(__file__).parent / "data" / "model.bin"
    path.write_bytes(block)
    sys.stdout.write(f"{path}: {len(block)} bytes\n")


if __name__ == "__main__":
    main()
