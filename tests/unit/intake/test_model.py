"""The machinery below the verdict: lanes, training, calibration, words, corpus, data files."""

import random
from importlib.resources import files
from operator import mul

import pytest

from bot.intake import calibrate, corpus, fit, model, packed, train
from bot.intake.segment import careful, cut, trade_words, words_of_trade

_TABLE = packed.Table(("a", "b", "c"), (0.5, 0.0, -0.5), {"x": (1.0, -2.0, 0.0), "y": (-1.0, 0.5, 3.0)})


def test_a_packed_layer_adds_up_like_plain_arithmetic():
    layer = packed.pack(_TABLE, 32767)
    assert layer.add_up({"x": 3, "y": -2, "unknown": 9}) == pytest.approx([5.5, -7.0, -6.5], abs=1e-3)
    sums = map(mul, layer.sums_of("xyz"), layer.scale)
    assert list(sums) == pytest.approx([0.0, -1.5, 3.0], abs=1e-3)


@pytest.mark.parametrize("most", [127, 32767])
def test_a_layer_survives_being_written_and_read(most):
    layer = packed.pack(_TABLE, most)
    assert packed.load(packed.dump(layer)) == layer


@pytest.fixture(scope="module")
def small():
    return train.train([corpus.Example(f"{text}了", ("book.damaged",)) for text in ("破", "又破", "还是破")])


def test_a_model_survives_being_written_and_read(small):
    again = model.load(model.dump(small))
    assert (again.voice, again.verdict) == (small.voice, small.verdict)


@pytest.mark.parametrize("harm", ["cut", "older", "other categories"])
def test_a_model_file_that_is_not_whole_or_not_ours_is_refused(harm, small, monkeypatch):
    data = model.dump(small)
    if harm == "other categories":
        monkeypatch.setattr(model, "OUTPUTS", model.OUTPUTS[1:])
    changed = {"cut": data[:-5], "older": data[20:]}.get(harm, data)
    with pytest.raises(ValueError, match="make it anew"):
        model.load(changed)


def test_a_favourite_is_the_output_a_string_speaks_most_for():
    table = packed.Table(
        ("a", "b"),
        (0.0, 0.0),
        {"掉页": (0.1, 0.9), "页": (0.0, 5.0), "很好": (-1.0, -2.0), "了~，": (0.0, 9.0)},
    )
    assert packed.pack(table, 127).favourites(range(2)) == [("掉页", 1)]


def test_fitting_separates_what_can_be_separated_for_every_output_at_once():
    mixed = random.Random(1)
    rows = [[(0, 16), *((n, 16) for n in sorted(mixed.sample(range(1, 9), 3)))] for _ in range(200)]
    truths = [
        fit.Truth(
            frozenset(output for output, wanted in enumerate((1, 2)) if any(n == wanted for n, _ in row))
        )
        for row in rows
    ]
    weights = fit.fit(fit.Problem(rows, truths, 2, 16, 10.0, 20))
    for row, truth in zip(rows, truths, strict=True):
        odds = [sum(weights[number][output] * value / 16 for number, value in row) for output in range(2)]
        assert {output for output, value in enumerate(odds) if value > 0} == truth.outputs


def test_a_row_that_counts_little_gives_way_to_one_that_counts():
    rows = [[(0, 16), (1, 16)]] * 2
    truths = [fit.Truth(frozenset({0}), 0.1), fit.Truth(frozenset(), 1.0)]
    weights = fit.fit(fit.Problem(rows, truths, 1, 16, 10.0, 20))
    assert weights[0][0] + weights[1][0] < 0


def test_calibration_counts_by_weight():
    layer = packed.pack(packed.Table(("a",), (0.0,), {"x": (1.0,)}), 32767)
    truths = [fit.Truth(frozenset({0}), 0.5), fit.Truth(frozenset(), 1.5)]
    moved = calibrate.biases(layer, [{}, {}], truths)
    assert calibrate.probability(moved[0]) == pytest.approx(0.25, abs=0.001)


def test_calibration_promises_as_many_cases_as_there_are():
    layer = packed.pack(packed.Table(("a",), (4.0,), {"x": (1.0,)}), 32767)
    rows = [{"x": 1}, {}, {"x": 2}, {}]
    truths = [fit.Truth(frozenset(output)) for output in ({0}, (), (), ())]
    moved = calibrate.biases(layer, rows, truths)
    promised = sum(calibrate.probability(moved[0] + row.get("x", 0)) for row in rows)
    assert promised == pytest.approx(1.0, abs=0.01)


def test_the_model_file_is_small():
    assert len((files("bot.intake") / "data" / "model.bin").read_bytes()) < 6_000_000


def test_both_twins_cut_alike(tmp_path):
    texts = [item.text for item in corpus.read("test")[:400]]
    same = sum(cut(text) == careful(tmp_path).lcut(text) for text in texts)
    assert same >= 0.95 * len(texts)
    assert list(tmp_path.iterdir())


def test_the_words_of_the_trade_stay_whole():
    assert [word.text for word in words_of_trade("正射影像坐标偏移了，硒鼓漏粉")] == [
        "正射影像",
        "坐标偏移",
        "硒鼓",
        "漏粉",
    ]
    assert set(trade_words().values()) == {"food", "book", "machine", "supply", "survey", "goods", "defect"}


@pytest.mark.parametrize("split", ["train", "test"])
def test_the_corpus_is_well_formed(split):
    examples = corpus.read(split)
    assert len(examples) > 1000
    assert {code for item in examples for code in item.codes} <= model.titles().keys()
    assert {item.severity for item in examples} <= {"normal", "serious", "critical"}
    assert len({item.text for item in examples}) == len(examples)


def test_no_test_text_stands_in_the_training_half():
    assert not {item.text for item in corpus.read("train")} & {item.text for item in corpus.read("test")}


def test_a_line_without_labels_is_reported_with_its_number():
    with pytest.raises(ValueError, match="line 2"):
        list(corpus.parse(["书破了\tbook.damaged", "没有标签"]))
