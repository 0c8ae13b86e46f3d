"""Sealing: at rest under a key of the device, and to the station. With signing.py the only file that touches cryptography.

At rest it is AES-256-GCM under the device's data key.

A sealed text is `key name (4 bytes) | nonce (12) | ciphertext | tag (16)`. The nonce is drawn at random each time, never
counted: a counter would repeat after a crash that forgets it, or in a restored copy of the device. With 96 random bits the
chance that any two of 2^32 texts under one key share a nonce is 2^-33; a device that logs 200 contacts a day writes 2^17
a year. The key's name is the beginning of its SHA-256, so that old texts stay readable when the key changes.

What only the station shall open is sealed to its recovery key with HPKE (RFC 9180: X25519, HKDF-SHA256, AES-256-GCM):
anybody may seal to the public half, which tells nothing; who sealed it is proved by a signature, if need be.
"""

import os
from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

KEY_BYTES = 32
KEY_NAME_BYTES = 4
_NONCE_BYTES = 12
_TAG_BYTES = 16
_BEFORE_TEXT = KEY_NAME_BYTES + _NONCE_BYTES
SEAL_BYTES = _BEFORE_TEXT + _TAG_BYTES
_RECOVERY = Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.AES_256_GCM)
_RECOVERY_INFO = b"contact755-recovery-1\n"


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


@dataclass(frozen=True, slots=True)
class Stretch:
    """How dear a guess at a PIN is: scrypt's parameters, kept beside what they were used for."""

    n: int
    r: int
    p: int


# 32 MiB and about a tenth of a second on a tablet: the most that nobody minds at a sign-on.
STRETCH = Stretch(2**15, 8, 1)
# What a file may ask for at most: 1 GiB. A damaged one must not take the device's memory.
_STRETCH_BYTES_MAX = 2**30
_STRETCH_P_MAX = 16
SALT_BYTES = 16


def is_bearable(stretch: Stretch) -> bool:
    """Whether these are parameters of scrypt that a device can afford."""
    is_power = stretch.n > 1 and stretch.n & (stretch.n - 1) == 0
    is_small = stretch.r > 0 and 128 * stretch.n * stretch.r <= _STRETCH_BYTES_MAX
    return is_power and is_small and 0 < stretch.p <= _STRETCH_P_MAX


def new_salt() -> bytes:
    """A fresh salt."""
    return os.urandom(SALT_BYTES)


def stretched(secret: str, salt: bytes, stretch: Stretch) -> bytes:
    """A key made from something that a person remembers."""
    return Scrypt(salt=salt, length=KEY_BYTES, n=stretch.n, r=stretch.r, p=stretch.p).derive(secret.encode())


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
        except (InvalidTag, ValueError):  # ValueError: it was cut within its nonce
            raise NotOpened from None


def new_recovery_key() -> str:
    """A fresh private recovery key, as 64 hexadecimal digits. It never leaves the station."""
    return X25519PrivateKey.generate().private_bytes_raw().hex()


def recovery_public_key(private_key: str) -> str:
    """The public half of a private recovery key, as 64 hexadecimal digits."""
    return _recovery(private_key).public_key().public_bytes_raw().hex()


def seal_to(public_key: str, text: bytes, bound: bytes) -> bytes:
    """The text sealed so that only the station can open it, and bound to some bytes that both sides know.

    Raises ValueError for a key that is none.
    """
    return _RECOVERY.encrypt(text, X25519PublicKey.from_public_bytes(bytes.fromhex(public_key)), _RECOVERY_INFO + bound)


def open_with(private_key: str, sealed: bytes, bound: bytes) -> bytes:
    """The text again. Raises NotOpened."""
    try:
        return _RECOVERY.decrypt(sealed, _recovery(private_key), _RECOVERY_INFO + bound)
    except (InvalidTag, ValueError):
        raise NotOpened from None


def _recovery(private_key: str) -> X25519PrivateKey:
    return X25519PrivateKey.from_private_bytes(bytes.fromhex(private_key))
