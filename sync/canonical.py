"""One spelling per record, so that one hash names one content.

The canonical bytes of a record are its JSON with sorted keys, no spaces, UTF-8, integers only (RFC 8785 without
floating point, which no record needs). The content hash is BLAKE2b-128 over those bytes, in hexadecimal.
"""

import json
from collections import UserString
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from hashlib import blake2b
from typing import Any, Self

from sync.limits import INTEGER_MAX

# Decoded JSON is Any by nature: every reader checks what it takes (records.py, wire.py).
JsonObject = dict[str, Any]

HASH_BYTES = 16
_DIGITS_MAX = 17  # one more than 2^53 has; longer numbers are kept as text so that no number can stop a batch
# No record nests deeper than two; what comes far below Python's own limit can be checked and kept by every reader.
NESTING_MAX = 100
# json.dumps would make one at every tap, and for every record taken in.
_CANONICAL = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)


class MalformedJson(ValueError):
    """The bytes are not JSON; the text says where."""


class NotCanonical(ValueError):
    """The value has no canonical bytes; the text says why."""


class HugeNumber(UserString):
    """A number that not even a Decimal can hold, as it was spelled."""


class SpelledNumber(Decimal):
    """A number that remembers how it was spelled: 1.50, 1e3."""

    spelled: str

    def __new__(cls, spelled: str) -> Self:
        """The number in this text. Raises InvalidOperation."""
        made = super().__new__(cls, spelled)
        made.spelled = spelled
        return made

    def __str__(self) -> str:
        return self.spelled


def read_json(raw: bytes | str) -> Any:  # noqa: ANN401 - decoded JSON is whatever the sender wrote
    """Decode JSON strictly: UTF-8, no NaN, no duplicate keys, no nesting without end.

    Numbers that are not small integers become SpelledNumber, or HugeNumber.

    Raises MalformedJson.
    """
    try:
        text = raw if isinstance(raw, str) else raw.decode("utf-8")
        found = json.loads(
            text,
            parse_int=lambda digits: int(digits) if len(digits) <= _DIGITS_MAX else SpelledNumber(digits),
            parse_float=_number,
            parse_constant=_refuse_constant,
            object_pairs_hook=_without_duplicates,
        )
    except (ValueError, RecursionError) as problem:
        raise MalformedJson(str(problem)) from None
    # Counting brackets costs next to nothing, and nearly always answers the question.
    if text.count("{") + text.count("[") > NESTING_MAX and _is_nested_too_deeply(found):
        raise MalformedJson(f"values are nested more than {NESTING_MAX} deep")
    return found


def canonical_bytes(value: Mapping[str, Any]) -> bytes:
    """The one spelling of a JSON object. Raises NotCanonical for floats, huge numbers and broken text."""
    _check(value)
    try:
        return _CANONICAL.encode(value).encode()
    except (
        TypeError,
        ValueError,
    ) as problem:  # UnicodeEncodeError is a ValueError: half of a surrogate pair
        raise NotCanonical(str(problem)) from None


def content_hash(canonical: bytes) -> str:
    """BLAKE2b-128 of canonical bytes, as 32 hexadecimal digits."""
    return blake2b(canonical, digest_size=HASH_BYTES).hexdigest()


def readable_bytes(value: Any) -> bytes:  # noqa: ANN401 - any decoded JSON
    """Any decoded JSON as ASCII bytes, for quarantine: nothing is refused, and numbers stay as they were spelled."""
    return _readable(value).encode("ascii")


def _readable(value: Any) -> str:  # noqa: ANN401 - any decoded JSON
    if isinstance(value, dict):
        return "{" + ", ".join(f"{json.dumps(key)}: {_readable(inner)}" for key, inner in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(_readable, value)) + "]"
    return str(value) if isinstance(value, Decimal | HugeNumber) else json.dumps(value, default=str)


def _check(value: Any) -> None:  # noqa: ANN401 - any decoded JSON
    if isinstance(value, Mapping):
        for key, inner in value.items():
            if not isinstance(key, str):
                raise NotCanonical("a key is not text")
            kind = type(inner)  # asked of every tap and of every record that comes in: most are these
            if kind is not str and (kind is not int or abs(inner) > INTEGER_MAX):
                _check(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            _check(inner)
    elif isinstance(value, float | Decimal | HugeNumber) or (isinstance(value, int) and abs(value) > INTEGER_MAX):
        raise NotCanonical(f"{str(value)[:40]} is not an integer of at most {INTEGER_MAX}.")


def _number(spelled: str) -> SpelledNumber | HugeNumber:
    try:
        return SpelledNumber(spelled)
    except InvalidOperation:
        return HugeNumber(spelled)


def _is_nested_too_deeply(value: Any) -> bool:  # noqa: ANN401 - any decoded JSON
    level = [value]
    for _ in range(NESTING_MAX):
        level = [
            inner
            for item in level
            if isinstance(item, dict | list)
            for inner in (item.values() if isinstance(item, dict) else item)
        ]
    return any(isinstance(item, dict | list) for item in level)


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


def _without_duplicates(pairs: list[tuple[str, Any]]) -> JsonObject:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key appears twice in one object")
    return found
