"""The model file: the learned voice and the weights of the verdict, in one small file of the package."""

from functools import cache
from importlib.resources import files

from msgspec import Struct

from bot.intake import packed
from bot.intake.lexicon import read_data
from bot.intake.ngrams import Favourites


class Model(Struct, frozen=True, gc=False):
    """Both layers; `favourites` tells for each output the character strings that speak most for it.

    `voice_rows` are the verdict's weights for what the voice says, in the order of `OUTPUTS`.
    """

    voice: packed.Layer
    verdict: packed.Layer
    favourites: tuple[Favourites, ...]
    voice_rows: list[int]

    @classmethod
    def of(cls, voice: packed.Layer, verdict: packed.Layer) -> "Model":
        """Put two layers together."""
        spoken: tuple[dict[str, float], ...] = tuple({} for _ in OUTPUTS)
        for gram, (output, weight) in voice.favourites(range(1, 1 + len(titles()))).items():
            spoken[output][gram] = weight
        return cls(voice, verdict, tuple(map(Favourites, spoken)), verdict.rows_of(VOICE))


@cache
def titles() -> dict[str, str]:
    """Return the Chinese title of every code."""
    rows = (line.split("\t") for line in read_data("categories.tsv").splitlines())
    return {code: title for code, title, _ in rows}


SEVERITIES = ("serious", "critical")
OUTPUTS = ("complaint", *titles(), *SEVERITIES)
VOICE = tuple(f"voice {output}" for output in OUTPUTS)


def dump(model: Model) -> bytes:
    """Return the bytes of the model file."""
    voice, verdict = packed.dump(model.voice), packed.dump(model.verdict)
    return len(voice).to_bytes(4, "little") + voice + verdict


def load(block: bytes) -> Model:
    """Read the bytes of a model file."""
    size = int.from_bytes(block[:4], "little")
    return Model.of(packed.load(block[4 : 4 + size]), packed.load(block[4 + size :]))


@cache
def shipped() -> Model:
    """Return the model of the package."""
    return load((files("bot.intake") / "data" / "model.bin").read_bytes())
