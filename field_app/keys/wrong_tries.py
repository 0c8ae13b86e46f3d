"""Wrong PINs, remembered beside the store: a try is written down before it is looked at.

So neither a restart, nor pulling the battery at the right moment, gives a try for nothing.
"""

import json
from pathlib import Path

from field_app.clock import Clock
from field_app.keys.pins import Tries, anchored, one_more, seconds_to_wait, tries_from_json, tries_to_json
from field_app.store.disk import Disk
from field_app.store.faults import fault_of
from sync.canonical import MalformedJson, read_json

TRIES_NAME = "wrong-pins.json"


class WrongTries:
    """The wrong tries of every person on one device. Every method raises StoreFault."""

    def __init__(self, folder: Path, disk: Disk, clock: Clock) -> None:
        self._path = folder / TRIES_NAME
        self._disk = disk
        self._clock = clock

    def seconds_to_wait(self, person: str) -> int:
        """How long this person's next try has to wait."""
        kept = self._read()
        found = kept.get(person)
        if found is not None and (moved := anchored(found, self._clock)) != found:
            found = moved
            self._write({**kept, person: moved})
        return seconds_to_wait(found, self._clock)

    def count(self, person: str) -> Tries:
        """Write one more try down."""
        kept = self._read()
        found = one_more(kept.get(person), self._clock)
        self._write({**kept, person: found})
        return found

    def clear(self, person: str) -> None:
        """The PIN was right."""
        kept = self._read()
        if kept.pop(person, None) is not None:
            self._write(kept)

    def _read(self) -> dict[str, Tries]:
        try:
            found = read_json(self._disk.read(self._path))
            return {str(person): tries_from_json(each) for person, each in found.items()}
        except (FileNotFoundError, MalformedJson, KeyError, TypeError, ValueError, AttributeError):
            return {}  # whoever can spoil this file can try PINs without this program
        except OSError as problem:
            raise fault_of(problem) from problem

    def _write(self, kept: dict[str, Tries]) -> None:
        data = json.dumps({person: tries_to_json(tries) for person, tries in kept.items()}).encode()
        try:
            self._disk.write_whole(self._path, data)
        except OSError as problem:
            raise fault_of(problem) from problem
