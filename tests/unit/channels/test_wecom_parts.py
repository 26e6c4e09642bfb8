"""Long texts in pieces: within the bytes, nothing lost, no character cut; a repeat goes on where it failed."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from bot.channels.tencent.parts import Progress, clip, split

WORDS = st.text(alphabet=st.characters(codec="utf-8"), max_size=400)
MIXED = st.lists(
    st.sampled_from(["豆腐", "馊了。", "\n", "👨‍👩‍👧‍👦", "👍🏽", "é", "a", " "]), max_size=120
).map("".join)


@given(WORDS | MIXED, st.integers(40, 300))
def test_the_pieces_are_the_text_and_fit(text: str, limit: int) -> None:
    pieces = split(text, limit)
    assert "".join(pieces) == text
    assert all(len(piece.encode()) <= limit for piece in pieces)
    assert all(pieces) or pieces == [""]


@given(MIXED, st.integers(40, 300))
def test_no_shown_character_is_cut(text: str, limit: int) -> None:
    for piece in split(text, limit)[1:]:
        assert piece[0] not in "\u200d\u0301"
        assert not 0x1F3FB <= ord(piece[0]) <= 0x1F3FF


@given(WORDS, st.integers(1, 100))
def test_a_clipped_text_is_the_beginning_and_fits(text: str, limit: int) -> None:
    head = clip(text, limit)
    assert text.startswith(head)
    assert len(head.encode()) <= max(limit, 4)


def test_a_piece_ends_with_a_sentence_where_one_ends() -> None:
    assert split("今天的豆腐馊了。早饭没法做了", 30) == ["今天的豆腐馊了。", "早饭没法做了"]


def test_progress_is_remembered_until_finished_and_bounded() -> None:
    progress = Progress(remember=2)
    for key in ("a", "b", "c"):
        progress.note(key, 1, f"ref-{key}")
    assert [progress.of(key) for key in ("a", "b", "c")] == [(0, ""), (1, "ref-b"), (1, "ref-c")]
    progress.finish("b")
    progress.note("", 5, "unnamed messages are not remembered")
    assert (progress.of("b"), progress.of("")) == ((0, ""), (0, ""))
