"""How one field of a record is read and written: a table entry per kind of value.

A reader takes decoded JSON and gives the value, or raises ValueError with the end of a sentence ("must be …").
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sync.limits import YEAR_MAX, YEAR_MIN
from sync.times import read_time, write_time

HEADER_PATTERN = "[!-~]+"
_UUID = re.compile("[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
# Control characters, halves of characters, line and paragraph separators; and characters that turn the direction of what
# follows, or are not seen at all: a note must read as it was written.
_BANNED = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff\u2028-\u202e\u2066-\u2069\ufeff]")


@dataclass(frozen=True, slots=True)
class Field:
    """A named field of a record's JSON; an optional one is left out when it is None, never written as null.

    `read_again` is how a value is read that was found good before; None where it is the JSON itself.
    """

    read: Callable[[Any], Any]
    write: Callable[[Any], Any]
    required: bool = True
    read_again: Callable[[Any], Any] | None = None


def as_it_is(value: Any) -> Any:  # noqa: ANN401 - JSON in, JSON out
    """Write a value that already is JSON."""
    return value


def uuid_text(*, required: bool = True) -> Field:
    """A UUID in its one canonical spelling: lower case, with hyphens."""

    def read(value: Any) -> str:  # noqa: ANN401 - decoded JSON
        if not isinstance(value, str) or not _UUID.fullmatch(value):
            raise ValueError("must be a UUID in lower case")
        return value

    return Field(read, as_it_is, required)


def uuid_texts(items_max: int) -> Field:
    """A list of different UUIDs, each in its canonical spelling."""

    def read(value: Any) -> tuple[str, ...]:  # noqa: ANN401 - decoded JSON
        if not isinstance(value, list) or len(value) > items_max:
            raise ValueError(f"must be a list of at most {items_max} UUIDs")
        if not all(isinstance(each, str) and _UUID.fullmatch(each) for each in value) or len(set(value)) != len(value):
            raise ValueError("must hold different UUIDs in lower case, and nothing else")
        return tuple(value)

    return Field(read, list, read_again=tuple)


def day() -> Field:
    """A date, like 2026-11-22."""

    def read(value: Any) -> date:  # noqa: ANN401 - decoded JSON
        try:
            found = date.fromisoformat(value)
        except (TypeError, ValueError):
            raise ValueError("must be a date like 2026-11-22") from None
        if found.isoformat() != value or not YEAR_MIN <= found.year <= YEAR_MAX:
            raise ValueError(f"must be a date like 2026-11-22, from {YEAR_MIN} to {YEAR_MAX}")
        return found

    return Field(read, date.isoformat, read_again=date.fromisoformat)


def hexadecimal(digits: int, *, required: bool = True) -> Field:
    """So many hexadecimal digits, in lower case."""
    return text(digits, required=required, pattern=f"[0-9a-f]{{{digits}}}", like=f"{digits} hexadecimal digits")


def text(
    characters_max: int,
    *,
    required: bool = True,
    pattern: str | None = None,
    like: str = "",
) -> Field:
    """Text of 1 to characters_max characters without control characters, of a pattern if one is given."""
    matches = None if pattern is None else re.compile(pattern).fullmatch

    def read(value: Any) -> str:  # noqa: ANN401 - decoded JSON
        if not isinstance(value, str) or not 1 <= len(value) <= characters_max:
            raise ValueError(f"must be text of 1 to {characters_max} characters")
        if _BANNED.search(value):
            raise ValueError("must be on one line, without control characters")
        if matches is not None and not matches(value):
            raise ValueError(f"must be {like}")
        return value

    return Field(read, as_it_is, required)


def lines(characters_max: int) -> Field:
    """Text of several lines, each ended by a line feed, otherwise like `text`."""

    def read(value: Any) -> str:  # noqa: ANN401 - decoded JSON
        if not isinstance(value, str) or not 1 <= len(value) <= characters_max:
            raise ValueError(f"must be text of 1 to {characters_max} characters")
        if _BANNED.search(value.replace("\n", "")):
            raise ValueError("must be plain text, without control characters")
        return value

    return Field(read, as_it_is)


def header_text(characters_max: int) -> Field:
    """Text that can stand in an HTTP header: visible ASCII."""
    return text(characters_max, pattern=HEADER_PATTERN, like="visible ASCII characters")


def whole(least: int, most: int, *, required: bool = True) -> Field:
    """A whole number from least to most, both allowed."""

    def read(value: Any) -> int:  # noqa: ANN401 - decoded JSON
        if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
            raise ValueError(f"must be a whole number from {least} to {most}")
        return value

    return Field(read, as_it_is, required)


def time(*, required: bool = True) -> Field:
    """An aware UTC time with milliseconds."""

    def read(value: Any) -> datetime:  # noqa: ANN401 - decoded JSON
        try:
            return read_time(value)
        except ValueError as problem:
            raise ValueError(f"must be {problem}") from None

    return Field(read, write_time, required, datetime.fromisoformat)


def one_of(words: type[StrEnum]) -> Field:
    """One of a fixed list of words."""
    by_spelling = {str(word): word for word in words}

    def read(value: Any) -> StrEnum:  # noqa: ANN401 - decoded JSON
        found = by_spelling.get(value) if isinstance(value, str) else None
        if found is None:
            raise ValueError(f"must be one of {', '.join(words)}")
        return found

    return Field(read, str, read_again=by_spelling.__getitem__)
