"""The model file: the learned voice and the weights of the verdict, in one file of the package (5 MB)."""

import zlib
from collections.abc import Iterator, Sequence
from functools import cache
from importlib.resources import files

import msgspec
from msgspec import Struct

from bot.intake import packed
from bot.intake.lexicon import read_data
from bot.intake.ngrams import NORM, Favourites, Voice

_TRUST = 6.4  # of the 8 it is trained with: of texts unlike its examples the voice is surer than it should be


class Model(Struct, frozen=True, gc=False):
    """Both layers; `favourites` tells for each output the strings that speak most for it.

    `voice_rows` are the verdict's weights for what the voice says, in the order of `OUTPUTS`; `speaker` says it.
    """

    voice: packed.Layer
    verdict: packed.Layer
    favourites: tuple[Favourites, ...]
    voice_rows: list[int]
    speaker: Voice

    @classmethod
    def of(cls, voice: packed.Layer, verdict: packed.Layer) -> "Model":
        """Put two layers together."""
        spoken: list[list[str]] = [[] for _ in OUTPUTS]
        for string, output in voice.favourites(range(1, 1 + len(titles()))):
            spoken[output].append(string)
        return cls.with_favourites(voice, verdict, spoken)

    @classmethod
    def with_favourites(
        cls, voice: packed.Layer, verdict: packed.Layer, spoken: Sequence[Sequence[str]]
    ) -> "Model":
        """Put two layers together where each output's favourites are known already."""
        favourites = tuple(map(Favourites, spoken))
        return cls(voice, verdict, favourites, verdict.rows_of(VOICE), Voice(voice, _TRUST))


@cache
def titles() -> dict[str, str]:
    """Return the Chinese title of every code."""
    rows = (line.split("\t") for line in read_data("categories.tsv").splitlines())
    return {code: title for code, title, _ in rows}


SEVERITIES = ("serious", "critical")
OUTPUTS = ("complaint", *titles(), *SEVERITIES)
_MARK = b"yingnuo model 2\n"
VOICE = tuple(f"voice {output}" for output in OUTPUTS)


def dump(model: Model) -> bytes:
    """Return the bytes of the model file: a mark, then three blocks, each behind its length."""
    favourites = zlib.compress(msgspec.json.encode([of.strings for of in model.favourites]))
    blocks = (packed.dump(model.voice), packed.dump(model.verdict), favourites)
    return _MARK + b"".join(len(block).to_bytes(4, "little") + block for block in blocks)


def load(data: bytes) -> Model:
    """Read the bytes of a model file; raise ValueError for one that this version did not write."""
    if not data.startswith(_MARK):
        raise ValueError("the model file is of another version; make it anew with `learn` or `make model`")
    try:
        first, second, third = _blocks(data)
        voice, verdict = packed.load(first), packed.load(second)
        spoken = msgspec.json.decode(zlib.decompress(third), type=list[list[str]])
    except (ValueError, zlib.error, msgspec.MsgspecError) as error:
        raise ValueError("the model file is damaged; make it anew with `learn` or `make model`") from error
    if (voice.outputs, verdict.outputs, len(spoken)) != ((*OUTPUTS, NORM), OUTPUTS, len(OUTPUTS)):
        raise ValueError("the model file knows other categories; make it anew with `learn` or `make model`")
    return Model.with_favourites(voice, verdict, spoken)


def _blocks(data: bytes) -> Iterator[bytes]:
    place = len(_MARK)
    while place < len(data):
        size = int.from_bytes(data[place : place + 4], "little")
        yield data[place + 4 : place + 4 + size]
        place += 4 + size


@cache
def shipped() -> Model:
    """Return the model of the package."""
    return load((files("bot.intake") / "data" / "model.bin").read_bytes())
