"""Passwords at the console: made at random, kept only as Argon2id hashes."""

import secrets

from argon2 import PasswordHasher
from argon2.exceptions import VerifyMismatchError

# RFC 9106's second recommended choice: 64 MiB and three passes. A guess costs a thief what it costs us, about 0.1 s.
_HASHER = PasswordHasher(time_cost=3, memory_cost=64 * 1024, parallelism=4, hash_len=32, salt_len=16)
# Compared with when nobody has the name, so that the answer takes as long as for a name that somebody has. The hash of
# 32 random bytes that were not kept.
NOBODYS_HASH = "$argon2id$v=19$m=65536,t=3,p=4$oABIQ5MNuVz/QbmPmND9xA$dWp+bnS+iqsrjwao8BHq7GtupLQfOvLOYAZd6xaskM8"
# No two of these look alike.
_LETTERS = "23456789abcdefghjkmnpqrstvwxyz"
# Four groups of five: 98 random bits, which no lock-out is needed to protect.
_GROUPS, _GROUP_CHARACTERS = 4, 5


def new_password() -> str:
    """A fresh password like 7kq2m-4tx9w-hb3fz-c8vnd, from the system's random source."""
    groups = ("".join(secrets.choice(_LETTERS) for _ in range(_GROUP_CHARACTERS)) for _ in range(_GROUPS))
    return "-".join(groups)


def hash_password(password: str) -> str:
    """The salted Argon2id hash, with its parameters, as text."""
    return _HASHER.hash(password)


def is_password(typed: str, password_hash: str) -> bool:
    """Whether this is the password. Takes about 0.1 s and 64 MiB, whatever the answer."""
    try:
        return _HASHER.verify(password_hash, typed)
    except VerifyMismatchError:
        return False
