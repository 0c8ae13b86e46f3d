"""The values of one field, spelled short: for each field whichever spelling is the shortest (columns.py).

    [v, v, …]                           the values
    {"all": v}                          the same value everywhere
    {"ints": [n, …]}                    whole numbers
    {"times": [n, …]}                   times (times.py), in milliseconds since 1970
    {"uuids": [n, …], "rest": "…"}      UUIDs: the first 48 bits as a number (a UUIDv7's time), the other 80 in base64
    {"hex": "…", "bytes": n}            lower-case hexadecimal digits of n bytes each, in base64

Numbers may be given from a time of the same record on ("from": true), and each as its step from the one before
("steps": true).
"""

import json
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from itertools import accumulate, pairwise
from typing import Any
from uuid import UUID

from sync.canonical import JsonObject
from sync.limits import INTEGER_MAX, YEAR_MAX, YEAR_MIN
from sync.times import read_time, write_time

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)
_FIRST, _LAST = ((datetime(year, 1, 1, tzinfo=UTC) - _EPOCH) // _MILLISECOND for year in (YEAR_MIN, YEAR_MAX + 1))
_UUID_TIME_BYTES, _UUID_REST_BYTES = 6, 10
# Shorter ones are codes and numbers, which pack better as they are; no field of a record is longer than a key.
_HEX_BYTES_MIN, _HEX_BYTES_MAX = 8, 64
_HEX_DIGITS = frozenset("0123456789abcdef")


def spelled(values: Sequence[Any], bases: Sequence[int] | None) -> Any:  # noqa: ANN401 - JSON
    """The shortest spelling of some JSON values; `bases` are the times to reckon from, in milliseconds, if there are any."""
    return min(_spellings(list(values), bases), key=lambda spelling: len(_text(spelling)))


def values_of(spelling: Any, length: int, bases: Sequence[Any] | None) -> list[Any]:  # noqa: ANN401 - decoded JSON
    """The values again; `bases` are times as text. Raises ValueError, TypeError, KeyError or OverflowError for anything else."""
    if isinstance(spelling, list):
        found = spelling
    elif "all" in spelling:
        found = [spelling["all"]] * length
    elif "hex" in spelling:
        found = _hexes(_unpacked(spelling["hex"]), spelling["bytes"])
    else:
        kind = next((kind for kind in _NUMBERED if kind in spelling), None)
        if kind is None:
            raise ValueError("a spelling that is not known here")
        found = _NUMBERED[kind][2](_numbers(spelling, kind, bases), spelling)
    if len(found) != length:
        raise ValueError("a column has as many values as records have its field")
    return found


def repeated_characters(spelling: Any, length: int) -> int:  # noqa: ANN401 - decoded JSON
    """How much a value for all makes, if this is one: cheap to send, dear to take in."""
    if not isinstance(spelling, dict) or "all" not in spelling:
        return 0
    return length * len(json.dumps(spelling["all"], default=str))


def milliseconds(time: Any) -> int:  # noqa: ANN401 - decoded JSON
    """A time's text in milliseconds since 1970. Raises ValueError for anything else."""
    return (read_time(time) - _EPOCH) // _MILLISECOND


def is_whole(value: object) -> bool:
    """Whether a decoded value is a whole number, which true and false are not."""
    return isinstance(value, int) and not isinstance(value, bool)


def _spellings(values: list[Any], bases: Sequence[int] | None) -> Iterator[Any]:
    """Every way to spell these values that gives them back exactly, the plain one first."""
    yield values
    if len(values) > 1 and len({_text(value) for value in values}) == 1:
        yield {"all": values[0]}
    for kind, (number_of, rest_of, _) in _NUMBERED.items():
        numbers = numbers_of(number_of, values)
        if numbers is not None:
            rest = rest_of(values)
            yield from ({kind: spelling} | rest | how for spelling, how in _numberings(numbers, bases))
    if values and (length := _hex_bytes(values[0])) and all(_hex_bytes(value) == length for value in values):
        yield {"hex": _packed(bytes.fromhex("".join(values))), "bytes": length}


def numbers_of(number_of: Callable[[Any], int], values: Sequence[Any]) -> list[int] | None:
    """The number of each value; None if one of them has none."""
    try:
        return [number_of(value) for value in values]
    except (ValueError, TypeError, AttributeError):
        return None


def _numberings(numbers: list[int], bases: Sequence[int] | None) -> Iterator[tuple[list[int], JsonObject]]:
    yield numbers, {}
    yield _steps(numbers), {"steps": True}
    if bases is not None:
        apart = [number - base for number, base in zip(numbers, bases, strict=True)]
        yield apart, {"from": True}
        yield _steps(apart), {"from": True, "steps": True}


def _numbers(spelling: JsonObject, kind: str, bases: Sequence[Any] | None) -> list[int]:
    numbers = spelling[kind]
    if not isinstance(numbers, list) or not all(is_whole(number) for number in numbers):
        raise ValueError("numbers are whole")
    if not all(isinstance(spelling.get(how, False), bool) for how in ("steps", "from")):
        raise ValueError("how numbers are reckoned is said with true or false")
    if spelling.get("steps"):
        numbers = list(accumulate(numbers))
    if spelling.get("from"):
        if bases is None:
            raise ValueError("there is no time to reckon from")
        numbers = [number + milliseconds(base) for number, base in zip(numbers, bases, strict=True)]
    return list(numbers)


def _whole(value: Any) -> int:  # noqa: ANN401 - decoded JSON
    if not is_whole(value) or abs(value) > INTEGER_MAX:
        raise ValueError("no whole number that a record may have")
    return int(value)


def _time(number: int) -> str:
    if not _FIRST <= number < _LAST:
        raise ValueError("a time that no record may have")
    return write_time(_EPOCH + timedelta(milliseconds=number))


def _uuid_time(value: Any) -> int:  # noqa: ANN401 - decoded JSON
    found = UUID(value)
    if str(found) != value:
        raise ValueError("not the one spelling")
    return int.from_bytes(found.bytes[:_UUID_TIME_BYTES])


def _uuid_rests(values: Sequence[str]) -> JsonObject:
    return {"rest": _packed(b"".join(UUID(value).bytes[_UUID_TIME_BYTES:] for value in values))}


def _uuids(numbers: list[int], spelling: JsonObject) -> list[str]:
    rest = _unpacked(spelling["rest"])
    if len(rest) != _UUID_REST_BYTES * len(numbers):
        raise ValueError("each UUID has its rest")
    parts = (rest[at : at + _UUID_REST_BYTES] for at in range(0, len(rest), _UUID_REST_BYTES))
    found = ((number.to_bytes(_UUID_TIME_BYTES) + part).hex() for number, part in zip(numbers, parts, strict=True))
    return [f"{each[:8]}-{each[8:12]}-{each[12:16]}-{each[16:20]}-{each[20:]}" for each in found]


def _hex_bytes(value: object) -> int:
    """How many bytes a text is the hexadecimal spelling of; 0 if it is none."""
    if not isinstance(value, str) or len(value) % 2 or not _HEX_BYTES_MIN <= len(value) // 2 <= _HEX_BYTES_MAX:
        return 0
    return len(value) // 2 if set(value) <= _HEX_DIGITS else 0


def _hexes(packed: bytes, length: Any) -> list[str]:  # noqa: ANN401 - decoded JSON
    if not is_whole(length) or not 0 < length <= _HEX_BYTES_MAX or len(packed) % length:
        raise ValueError("hexadecimal values have one length")
    return [packed[at : at + length].hex() for at in range(0, len(packed), length)]


# By kind: the number of a value, what the column has beside the numbers, and the values of both.
_NUMBERED: Mapping[str, tuple[Callable[[Any], int], Callable[[Any], JsonObject], Callable[[Any, Any], list[Any]]]] = {
    "ints": (_whole, lambda _: {}, lambda numbers, _: [_whole(number) for number in numbers]),
    "times": (milliseconds, lambda _: {}, lambda numbers, _: [_time(number) for number in numbers]),
    "uuids": (_uuid_time, _uuid_rests, _uuids),
}


def _steps(numbers: list[int]) -> list[int]:
    return numbers[:1] + [after - before for before, after in pairwise(numbers)]


def _packed(data: bytes) -> str:
    return b64encode(data).decode("ascii")


def _unpacked(text: str) -> bytes:
    return b64decode(text, validate=True)


def _text(value: Any) -> str:  # noqa: ANN401 - JSON
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
