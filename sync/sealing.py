"""Sealing at rest: AES-256-GCM under a key of the device. With signing.py the only file that touches cryptography.

A sealed text is `key name (4 bytes) | nonce (12) | ciphertext | tag (16)`. The nonce is drawn at random each time, never
counted: a counter would repeat after a crash that forgets it, or in a restored copy of the device. With 96 random bits the
chance that any two of 2^32 texts under one key share a nonce is 2^-33; a device that logs 200 contacts a day writes 2^17
a year. The key's name is the beginning of its SHA-256, so that old texts stay readable when the key changes.
"""

import os
from collections.abc import Iterable
from hashlib import sha256

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

KEY_BYTES = 32
KEY_NAME_BYTES = 4
_NONCE_BYTES = 12
_TAG_BYTES = 16
_BEFORE_TEXT = KEY_NAME_BYTES + _NONCE_BYTES
SEAL_BYTES = _BEFORE_TEXT + _TAG_BYTES


class NotOpened(Exception):
    """The sealed text was changed, or is bound to another place than the one it was found at."""


class KeyMissing(Exception):
    """The text is sealed under a key that is not at hand."""


def new_key() -> bytes:
    """A fresh data key."""
    return os.urandom(KEY_BYTES)


def key_name(key: bytes) -> bytes:
    """What a key is called in the texts sealed with it; tells nothing of the key."""
    return sha256(b"contact755-key-name" + key).digest()[:KEY_NAME_BYTES]


class Sealer:
    """Seals under one key; opens what was sealed under it or one of the older keys. Raises ValueError for a bad key."""

    def __init__(self, key: bytes, older_keys: Iterable[bytes] = ()) -> None:
        keys = [key, *older_keys]
        if any(len(each) != KEY_BYTES for each in keys):
            raise ValueError(f"A data key has {KEY_BYTES} bytes.")
        self._name = key_name(key)
        self._ciphers = {key_name(each): AESGCM(each) for each in keys}
        self._cipher = self._ciphers[self._name]

    def seal(self, text: bytes, bound: bytes) -> bytes:
        """The text sealed, and bound to some bytes beside it that stay readable."""
        nonce = os.urandom(_NONCE_BYTES)
        return self._name + nonce + self._cipher.encrypt(nonce, text, bound)

    def open(self, sealed: bytes, bound: bytes) -> bytes:
        """The text again. Raises KeyMissing, NotOpened."""
        cipher = self._ciphers.get(sealed[:KEY_NAME_BYTES])
        if cipher is None:
            raise KeyMissing
        try:
            return cipher.decrypt(sealed[KEY_NAME_BYTES:_BEFORE_TEXT], sealed[_BEFORE_TEXT:], bound)
        except InvalidTag:
            raise NotOpened from None
