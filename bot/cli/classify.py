"""`classify [FILE]`: JSON lines `{"id","text"}` in, what each means out; a bad line gets an error of its own."""

from __future__ import annotations

import argparse
import io
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import msgspec

from bot.clock import SystemClock
from bot.intake import Context, Intake, Understanding

MAX_LINE = 2_000_000


class Question(msgspec.Struct, frozen=True, kw_only=True):
    """One line: `id` is echoed; `trade` (books, food, medical, survey) may say which scheme it belongs to."""

    id: Any = None
    text: str
    trade: str | None = None


_read = msgspec.json.Decoder(Question)


def arguments(parser: argparse.ArgumentParser) -> None:
    """FILE."""
    parser.add_argument(
        "file", nargs="?", type=Path, metavar="FILE", help="JSON lines; default: standard input"
    )


def run(args: argparse.Namespace) -> int:
    """Answer every line, in order."""
    intake, clock = Intake(), SystemClock()
    with _source(args.file) as lines:
        for line in lines:
            if line.strip():
                context = Context(now=clock.now())
                sys.stdout.write(msgspec.json.encode(answer(intake, line, context)).decode() + "\n")
                sys.stdout.flush()
    return 0


def _source(path: Path | None) -> Any:
    if path is not None:
        return path.open("rb")
    raw: Iterable[bytes] = getattr(sys.stdin, "buffer", None) or io.BytesIO(sys.stdin.read().encode())
    return raw


def answer(intake: Intake, line: bytes, context: Context) -> dict[str, Any]:
    """What one line means, or its error."""
    if len(line) > MAX_LINE:
        return {"id": None, "error": f"the line has more than {MAX_LINE} bytes"}
    try:
        question = _read.decode(line.lstrip(b"\xef\xbb\xbf"))
    except (msgspec.DecodeError, UnicodeError) as error:
        return {
            "id": None,
            "error": f'the line must be a JSON object such as {{"id": 1, "text": "…"}}: {error}',
        }
    context = msgspec.structs.replace(context, trade=question.trade)
    return {"id": question.id, **shown(intake.understand(question.text, context))}


def shown(meaning: Understanding) -> dict[str, Any]:
    """As DESIGN's command line has it; a field found several times is a list."""
    fields: dict[str, Any] = {}
    for span in meaning.fields:
        known = fields.get(span.field)
        fields[span.field] = (
            span.value if known is None else [*([known] if isinstance(known, str) else known), span.value]
        )
    return {
        "complaint": meaning.complaint,
        "intent": meaning.intent,
        "categories": [msgspec.to_builtins(category) for category in meaning.categories],
        "severity": meaning.severity,
        "fields": fields,
        "confidence": meaning.confidence,
        "band": meaning.band,
        "because": meaning.because,
    }
