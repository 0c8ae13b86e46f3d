"""The chain of the audit's entries: each holds the hash of the one before, so that none can be changed unseen. Pure."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

from sync.canonical import NotCanonical, canonical_bytes

# Before the first entry there is none.
NOTHING_BEFORE = "0" * 64


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry. `at` is text, exactly as it is hashed; `hash` is over all the rest, `before` included."""

    number: int
    at: str
    who: str
    kind: str
    whom: str
    origin: str
    outcome: str
    details: str
    before: str
    hash: str


@dataclass(frozen=True, slots=True)
class Head:
    """The last entry of a chain, by number and hash: whoever keeps it elsewhere can prove all up to it."""

    number: int
    hash: str

    def __str__(self) -> str:
        return f"{self.number}:{self.hash}"


@dataclass(frozen=True, slots=True)
class Broken:
    """The first entry that is not as it was written, and why."""

    number: int
    why: str


EMPTY = Head(0, NOTHING_BEFORE)


def head_of(text: str) -> Head:
    """A head as it is written. Raises ValueError."""
    number, _, found = text.strip().partition(":")
    if not (number.isascii() and number.isdecimal()) or len(found) != len(NOTHING_BEFORE):
        raise ValueError("a head is a number, a colon and 64 digits, as station755 audit head prints it")
    return Head(int(number), found)


def linked(head: Head, values: dict[str, str]) -> Entry:
    """The entry that follows a head. `values` are its fields without number and hashes."""
    fields: dict[str, Any] = {"number": head.number + 1, **values, "before": head.hash}
    return Entry(**fields, hash=_hash(fields))


def spelled(at: datetime) -> str:
    """A time in hundredths of a second, with its offset (CJIS AU-8); cut off, not rounded."""
    at = at.astimezone(UTC)
    return f"{at:%Y-%m-%dT%H:%M:%S}.{at.microsecond // 10_000:02d}+00:00"


def verify(entries: Iterable[Entry], kept: Head | None = None) -> Head | Broken:
    """The head of a whole chain, in the order of its numbers; or its first entry that is not as it was written.

    A chain that was cut off at its end is whole as far as it goes: only a head that was `kept` elsewhere tells that.
    """
    head = EMPTY
    for entry in entries:
        broken = _why_not(entry, head) or _why_not_kept(entry, kept)
        if broken is not None:
            return broken
        head = Head(entry.number, entry.hash)
    if kept is not None and kept.number > head.number:
        return Broken(head.number + 1, f"it is gone, and all up to {kept.number}, which were there")
    return head


def _why_not(entry: Entry, head: Head) -> Broken | None:
    expected = head.number + 1
    if entry.number != expected:
        return Broken(expected, f"it is not there; {entry.number} stands in its place")
    if entry.before != head.hash:
        return Broken(expected, "it does not follow the entry before it")
    fields = asdict(entry)
    del fields["hash"]
    try:
        is_as_written = _hash(fields) == entry.hash
    except NotCanonical:  # SQLite lets whoever can write there put anything into a column
        is_as_written = False
    return None if is_as_written else Broken(expected, "it is not as it was written")


def _why_not_kept(entry: Entry, kept: Head | None) -> Broken | None:
    if kept is None or entry.number != kept.number or entry.hash == kept.hash:
        return None
    return Broken(entry.number, "it, or one before it, is not what was there when the head was kept")


def _hash(fields: dict[str, Any]) -> str:
    return sha256(canonical_bytes(fields)).hexdigest()
