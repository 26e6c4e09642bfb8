"""Attachments of 智能机器人: AES-256-CBC with a key of their own. Source: path/100719, path/101463."""

from __future__ import annotations

import base64

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from bot.channels.base import Permanent


def opened(key: str, content: bytes) -> bytes:
    """Decrypt a file (PKCS#7 to 32 bytes); without a key it is as it should be. Raises Permanent."""
    if not key:
        return content
    try:
        raw = base64.b64decode(key + "=" * (-len(key) % 4))
        cipher = Cipher(algorithms.AES(raw), modes.CBC(raw[:16])).decryptor()
        plain = cipher.update(content) + cipher.finalize()
    except ValueError:
        raise Permanent("the attachment does not open with the key that came with it") from None
    pad = plain[-1] if plain else 0
    if not 1 <= pad <= 32 or plain[-pad:] != bytes([pad]) * pad:
        raise Permanent("the attachment does not open with the key that came with it")
    return plain[:-pad]
