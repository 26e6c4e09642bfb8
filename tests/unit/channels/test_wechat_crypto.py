"""Every published callback envelope verifies, opens, and is made again to the byte."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import pytest

from bot.channels.crypto import Forged, Seal, Unreadable, decode_key, key_ring
from bot.channels.masked import SettingError

VECTORS: list[dict[str, Any]] = json.loads(
    (Path(__file__).parents[2] / "vectors" / "wechat_crypto.json").read_text(encoding="utf-8")
)["vectors"]
SEALED = [one for one in VECTORS if "encrypt" in one]
SIGNED = [one for one in VECTORS if "encrypt" not in one]
OTHER_KEY = "6qkdMrq68nTKduznJYO1A37W2oEgpkMUvkttRToqhUt"


def seal(vector: dict[str, Any], *more: str) -> Seal:
    keys = (*more, vector["encoding_aes_key"])
    return Seal(token=vector["token"], keys=keys, receive_id=vector["receive_id"])


def name(vector: dict[str, Any]) -> str:
    return vector["name"]


def test_there_are_all_sixteen() -> None:
    assert (len(SEALED), len(SIGNED)) == (12, 4)


@pytest.mark.parametrize("vector", SEALED, ids=name)
def test_a_sealed_vector_verifies_and_opens(vector: dict[str, Any]) -> None:
    it = seal(vector)
    it.check(vector["signature"], vector["timestamp"], vector["nonce"], vector["encrypt"])
    assert it.open(vector["encrypt"]).text == vector["plaintext"]


@pytest.mark.parametrize("vector", SEALED, ids=name)
def test_a_sealed_vector_is_made_again_to_the_byte(vector: dict[str, Any]) -> None:
    random = base64.b64decode(vector["random16_b64"]).decode()
    assert seal(vector).close(vector["plaintext"], random=random) == vector["encrypt"]


@pytest.mark.parametrize("vector", SIGNED, ids=name)
def test_a_signed_vector_verifies(vector: dict[str, Any]) -> None:
    Seal(token=vector["token"]).check(vector["signature"], vector["timestamp"], vector["nonce"])


@pytest.mark.parametrize("vector", SEALED, ids=name)
def test_any_changed_signature_is_forged(vector: dict[str, Any]) -> None:
    flipped = vector["signature"][:-1] + ("0" if vector["signature"][-1] != "0" else "1")
    for wrong in (flipped, "", vector["signature"].upper() + " ", "签名"):
        with pytest.raises(Forged):
            seal(vector).check(wrong, vector["timestamp"], vector["nonce"], vector["encrypt"])


def test_the_previous_key_still_opens_and_is_named() -> None:
    vector = SEALED[1]
    opened = seal(vector, OTHER_KEY).open(vector["encrypt"])
    assert (opened.text, opened.key) == (vector["plaintext"], 1)


def test_what_is_sealed_opens_again_with_either_key() -> None:
    it = Seal(token="t", keys=(OTHER_KEY, SEALED[0]["encoding_aes_key"]), receive_id="ww1")
    for key in (0, 1):
        assert it.open(it.close("已受理 😡", key=key)) == it.open(it.close("已受理 😡", key=key))
        assert it.open(it.close("已受理 😡", key=key)).key == key


def test_two_envelopes_of_the_same_words_differ() -> None:
    it = seal(SEALED[0])
    assert it.close("x") != it.close("x")


@pytest.mark.parametrize("rubbish", ["", "=", "AAAA", "密文", "A" * 44, "A" * 43, "!" * 64, "\x00" * 64])
def test_rubbish_is_unreadable(rubbish: str) -> None:
    with pytest.raises(Unreadable):
        seal(SEALED[0]).open(rubbish)


def test_a_message_for_another_receiver_is_unreadable() -> None:
    vector = SEALED[0]
    other = Seal(token=vector["token"], keys=(vector["encoding_aes_key"],), receive_id="ww-somebody-else")
    with pytest.raises(Unreadable):
        other.open(vector["encrypt"])


def test_a_wrong_key_in_the_settings_is_named_with_its_channel() -> None:
    good = SEALED[0]["encoding_aes_key"]
    assert key_ring("channels.wecom_kf shop", good, OTHER_KEY) == (good, OTHER_KEY)
    with pytest.raises(SettingError, match="wecom_kf shop: aes_key must be"):
        key_ring("channels.wecom_kf shop", "")
    with pytest.raises(SettingError, match="previous_aes_key must be"):
        key_ring("channels.wecom_kf shop", good, "short")


@pytest.mark.parametrize("key", ["", "short", "A" * 44, "!" * 43])
def test_a_wrong_key_says_where_the_right_one_is(key: str) -> None:
    with pytest.raises(ValueError, match="EncodingAESKey"):
        decode_key(key)
