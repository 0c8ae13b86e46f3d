"""Passwords at the console: chosen by their owner or made at random, kept only as Argon2id hashes."""

import secrets

from argon2 import PasswordHasher
from argon2.exceptions import VerifyMismatchError
from zxcvbn import zxcvbn  # type: ignore[import-untyped]  # it has no types

# RFC 9106's second recommended choice: 64 MiB and three passes. A guess costs a thief what it costs us, about 0.1 s.
_HASHER = PasswordHasher(time_cost=3, memory_cost=64 * 1024, parallelism=4, hash_len=32, salt_len=16)
# Compared with when nobody has the name, so that the answer takes as long as for a name that somebody has. The hash of
# 32 random bytes that were not kept.
NOBODYS_HASH = "$argon2id$v=19$m=65536,t=3,p=4$oABIQ5MNuVz/QbmPmND9xA$dWp+bnS+iqsrjwao8BHq7GtupLQfOvLOYAZd6xaskM8"
# No two of these look alike.
_LETTERS = "23456789abcdefghjkmnpqrstvwxyz"
# Four groups of five: 98 random bits, which no lock-out is needed to protect.
_GROUPS, _GROUP_CHARACTERS = 4, 5

# CJIS Security Policy IA-5: at least eight characters, none cut off, and none that stand on a list of banned ones.
PASSWORD_CHARACTERS_MIN = 8
PASSWORD_CHARACTERS_MAX = 200  # a sentence; more would only make the hash slow
# Fewer guesses than this (ten to this power) and it counts as banned: common, leaked, repeated, a row of keys, a date, or
# made of the words beside. The lock after five tries and the hash's price do the rest.
_GUESSES_LOG10_MIN = 6
_OWN_WORDS = ("contact", "contact755", "755", "sheriff", "lasd", "deputy", "station", "password")
# The library looks at no more; what is unlike all others so far stays so.
_LOOKED_AT_CHARACTERS_MAX = 64


def new_password() -> str:
    """A fresh password like 7kq2m-4tx9w-hb3fz-c8vnd, from the system's random source."""
    return random_words(_GROUPS, _GROUP_CHARACTERS)


def random_words(groups: int, characters: int) -> str:
    """Random letters and digits in groups, none of which look alike."""
    words = ("".join(secrets.choice(_LETTERS) for _ in range(characters)) for _ in range(groups))
    return "-".join(words)


def hash_password(password: str) -> str:
    """The salted Argon2id hash, with its parameters, as text."""
    return _HASHER.hash(password)


def is_password(typed: str, password_hash: str) -> bool:
    """Whether this is the password. Takes about 0.1 s and 64 MiB, whatever the answer."""
    try:
        return _HASHER.verify(password_hash, typed)
    except VerifyMismatchError:
        return False


def password_problem(password: str, name: str, station: str) -> str | None:
    """Why this password cannot be chosen by somebody, in a sentence; None if it can."""
    if len(password) < PASSWORD_CHARACTERS_MIN:
        return f"A password has at least {PASSWORD_CHARACTERS_MIN} characters."
    if len(password) > PASSWORD_CHARACTERS_MAX:
        return f"A password has at most {PASSWORD_CHARACTERS_MAX} characters."
    if name and name in password:
        return "A password does not hold your number."
    words = [name, *_OWN_WORDS, *station.split()]
    found = zxcvbn(password[:_LOOKED_AT_CHARACTERS_MAX], user_inputs=words)
    if found["guesses_log10"] < _GUESSES_LOG10_MIN:
        return "That password is one of those that are guessed first, or close to one. Three or four odd words do well."
    return None
