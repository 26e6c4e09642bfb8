"""WeChat's and WeCom's callback envelope: one signature and one cipher for all of their servers.

    key       = base64(EncodingAESKey + "=")               32 bytes
    plain     = 16 random bytes, length (4 bytes, big endian), text, receive id
    encrypt   = base64(AES-256-CBC(key, iv=key[:16], PKCS#7 to 32 bytes))
    signature = sha1 of token, timestamp, nonce and encrypt, sorted and joined, in hex

Sources: developer.work.weixin.qq.com/document/path/90968; developers.weixin.qq.com 消息加解密说明.
wechatpy does the cipher. It compares signatures with `!=`, draws its random bytes from a guessable generator
and lets five kinds of exception out on malformed input; those three are done here.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import secrets
import struct
from typing import TYPE_CHECKING

import msgspec
from wechatpy.crypto import PrpCrypto
from wechatpy.exceptions import InvalidAppIdException

from bot.channels.masked import SettingError

if TYPE_CHECKING:
    from collections.abc import Sequence


class Forged(Exception):
    """The signature is not ours: the sender does not know the token."""


class Unreadable(Exception):
    """The ciphertext does not open with any key we hold, or is meant for somebody else."""


LEAKS = (LookupError, TypeError, ValueError, ArithmeticError, struct.error, InvalidAppIdException)


class Opened(msgspec.Struct, frozen=True, kw_only=True):
    """What stood in an envelope, and the key (by its place) that opened it: an answer must use the same."""

    text: str
    key: int = 0


class Seal:
    """Opens and closes the envelopes of one callback address.

    `keys` are EncodingAESKeys (43 characters), the current one first and the previous one after it, so that
    messages under way while the key is changed still open. No keys: signatures only (plain mode).
    """

    def __init__(self, *, token: str, keys: Sequence[str] = (), receive_id: str = "") -> None:
        self._token = token
        self._keys = tuple(decode_key(key) for key in keys)
        self._receive_id = receive_id

    @property
    def encrypts(self) -> bool:
        """Whether there is a key; without one messages are signed only."""
        return bool(self._keys)

    def signature(self, timestamp: str, nonce: str, encrypt: str = "") -> str:
        """The signature the provider would have made."""
        parts = sorted((self._token, timestamp, nonce, encrypt))
        return hashlib.sha1("".join(parts).encode()).hexdigest()  # noqa: S324  # the provider's choice

    def check(self, given: str, timestamp: str, nonce: str, encrypt: str = "") -> None:
        """Compare in constant time; raises Forged."""
        expected = self.signature(timestamp, nonce, encrypt)
        if not hmac.compare_digest(expected.encode(), given.encode()):
            raise Forged("the signature does not match the token")

    def open(self, encrypt: str) -> Opened:
        """Decrypt with the first key that fits; raises Unreadable."""
        for place, key in enumerate(self._keys):
            try:
                return Opened(text=self._decrypt(key, encrypt), key=place)
            except LEAKS:
                continue
        raise Unreadable("the message opens with none of the keys held for this address")

    def _decrypt(self, key: bytes, encrypt: str) -> str:
        if not encrypt.isascii() or len(binascii.a2b_base64(encrypt, strict_mode=True)) % 16:
            raise ValueError("not a whole number of cipher blocks")
        return str(PrpCrypto(key).decrypt(encrypt, self._receive_id))

    def close(self, text: str, *, key: int = 0, random: str = "") -> str:
        """Encrypt; `random` (16 characters) is given by tests of the published vectors only."""
        cipher = PrpCrypto(self._keys[key])
        cipher.get_random_string = lambda: random or secrets.token_hex(8)
        return bytes(cipher.encrypt(text, self._receive_id)).decode()


def key_ring(where: str, current: str, previous: str = "") -> tuple[str, ...]:
    """The keys of an address in the order in which they are tried; raises SettingError that begins with `where`."""
    keys = (current, previous) if previous else (current,)
    for name, key in zip(("aes_key", "previous_aes_key"), keys, strict=False):
        try:
            decode_key(key)
        except ValueError as error:
            raise SettingError(f"{where}: {name} {error}") from None
    return keys


def decode_key(key: str) -> bytes:
    """The 32 bytes of an EncodingAESKey; raises ValueError that says how to get a right one."""
    try:
        raw = base64.b64decode(key + "=")
    except ValueError:
        raw = b""
    if len(key) != 43 or len(raw) != 32:
        raise ValueError(
            "must be the 43 letters and digits that the admin page calls EncodingAESKey; copy it again"
        )
    return raw
