"""`learn`: learn from what people corrected, compare before and after on a frozen set, refuse to get worse."""

from __future__ import annotations

import argparse
import asyncio
from collections.abc import Sequence

from bot.cli import place
from bot.cli.learned import model_of
from bot.cli.table import table
from bot.desk.records import Example
from bot.intake.learn import Correction, Outcome, Verdict, adopt, retrain
from bot.intake.model import titles
from bot.storage import SqlStore
from bot.texts import say

_VERDICTS: dict[str, Verdict] = {
    "invalid": "false_alarm",
    "reclassified": "recategorised",
    "customer": "answered",
}
_FIGURES = ("precision", "recall", "f1", "first", "among_three", "safety_recall")


def arguments(parser: argparse.ArgumentParser) -> None:
    """--dry-run --workers, and which database."""
    parser.add_argument("--dry-run", action="store_true", help="compare, and change nothing")
    parser.add_argument("--workers", type=int, default=2, help="processes to train with (default 2)")
    place.arguments(parser)


def run(args: argparse.Namespace) -> int:
    """Train, show, and keep the new model unless it is worse; 1 where it is."""
    database = place.database(args)
    corrections = asyncio.run(_read(str(database)))
    if not corrections:
        print(say("learn.nothing"))
        return 0
    outcome = retrain(corrections, workers=max(1, args.workers))
    print("\n".join(_shown(outcome)))
    if not outcome.accepted:
        return 1
    if not args.dry_run:
        adopt(outcome, model_of(database))
        print(say("learn.kept", path=model_of(database)))
    return 0


async def _read(url: str) -> list[Correction]:
    store = await SqlStore.open(url)
    try:
        examples = await store.read(lambda tx: tx.state.examples())
    finally:
        await store.close()
    return list(corrections_of(examples))


def corrections_of(examples: Sequence[Example]) -> list[Correction]:
    """What humans said of whole messages; taught words count by themselves.

    A category of a scheme's own teaches nothing: intake does not know it.
    """
    return [
        Correction(
            text=example.text,
            verdict=_VERDICTS[example.source],
            code=example.labels[0],
            severity=example.severity,  # type: ignore[arg-type]  # stored from the same three words
            at=example.at,
        )
        for example in examples
        if example.source in _VERDICTS and not titles().keys().isdisjoint(example.labels[:1])
    ]


def _shown(outcome: Outcome) -> list[str]:
    rows = [[say("learn.figure"), say("learn.before"), say("learn.after")]]
    for name in _FIGURES:
        before, after = getattr(outcome.before, name), getattr(outcome.after, name)
        rows.append([say(f"learn.{name}"), f"{before:.2%}", f"{after:.2%}"])
    taught = say("learn.taught", taught=outcome.taught, learned=outcome.learned, texts=outcome.before.texts)
    return [*table(rows), taught, *outcome.reasons]
