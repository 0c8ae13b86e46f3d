"""Wrong PINs, remembered beside the store: a try is written down before it is looked at.

So neither a restart, nor pulling the battery at the right moment, gives a try for nothing. The file is made with all the
space that it will need and then written over in place, so that a device with a full disk can be unlocked, and cannot be
guessed at. It has two halves, the older of which is written each time: a torn write leaves the other.
"""

import json
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from field_app.clock import Clock
from field_app.keys.pins import Tries, anchored, one_more, seconds_to_wait, tries_from_json, tries_to_json
from field_app.store.disk import Disk
from field_app.store.faults import fault_of
from sync.canonical import JsonObject, MalformedJson, NotCanonical, read_json
from sync.records import hashed, unhashed

TRIES_NAME = "wrong-pins"
# Room for wrong tries of some twenty people at once, a block of most disks; it grows when that is not enough.
HALF_BYTES = 4_096
_TURN, _TRIES = "turn", "tries"


@dataclass(frozen=True, slots=True)
class _Kept:
    """What the file says: the tries, which write this was, and how long a half is (0: there is no file)."""

    tries: dict[str, Tries]
    turn: int
    half_bytes: int


class WrongTries:
    """The wrong tries of every person on one device. Every method raises StoreFault."""

    def __init__(self, folder: Path, disk: Disk, clock: Clock) -> None:
        self._path = folder / TRIES_NAME
        self._disk = disk
        self._clock = clock

    def make_room(self) -> None:
        """Make the file, if it is not there; where even that fails, a try is refused until there is space."""
        with suppress(OSError):
            if not self._disk.exists(str(self._path)):
                self._disk.write_whole(self._path, b" " * (2 * HALF_BYTES))

    def seconds_to_wait(self, person: str) -> int:
        """How long this person's next try has to wait."""
        kept = self._read()
        found = kept.tries.get(person)
        if found is not None and (moved := anchored(found, self._clock)) != found:
            found = moved
            self._write(kept, {**kept.tries, person: moved})
        return seconds_to_wait(found, self._clock)

    def count(self, person: str) -> Tries:
        """Write one more try down."""
        kept = self._read()
        found = one_more(kept.tries.get(person), self._clock)
        self._write(kept, {**kept.tries, person: found})
        return found

    def clear(self, person: str) -> None:
        """The PIN was right."""
        kept = self._read()
        if person in kept.tries:
            self._write(kept, {number: tries for number, tries in kept.tries.items() if number != person})

    def _read(self) -> _Kept:
        try:
            data = self._disk.read(self._path)
        except FileNotFoundError:
            data = b""
        except OSError as problem:
            raise fault_of(problem) from problem
        half = len(data) // 2
        halves = [_in_half(data[:half], half), _in_half(data[half:], half)]
        return max(halves, key=lambda kept: kept.turn)

    def _write(self, before: _Kept, tries: dict[str, Tries]) -> None:
        turn = before.turn + 1
        found: JsonObject = {_TURN: turn, _TRIES: {person: tries_to_json(each) for person, each in tries.items()}}
        data = json.dumps(hashed(found)).encode()
        half = before.half_bytes
        try:
            if len(data) <= half:
                self._disk.write_over(self._path, (turn % 2) * half, data.ljust(half))
                return
            half = max(2 * half, HALF_BYTES, 2 * len(data))
            halves = [data.ljust(half), b" " * half]
            self._disk.write_whole(self._path, b"".join(halves if turn % 2 == 0 else reversed(halves)))
        except OSError as problem:
            raise fault_of(problem) from problem


def _in_half(data: bytes, half: int) -> _Kept:
    """What a half says; nothing if it is empty or torn. Whoever can spoil both can try PINs without this program."""
    try:
        found = read_json(data)
        if hashed(unhashed(found)) != found:
            return _Kept({}, 0, half)
        tries = {str(person): tries_from_json(each) for person, each in found[_TRIES].items()}
        return _Kept(tries, int(found[_TURN]), half)
    except (MalformedJson, NotCanonical, KeyError, TypeError, ValueError, AttributeError):
        return _Kept({}, 0, half)
