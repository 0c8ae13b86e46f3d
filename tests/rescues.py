"""Stores for the tests of check, salvage and recover: made on real disks, then spoiled."""

import json
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path

from doubles import FixedClock
from examples import contact

from field_app.device import Device
from field_app.keys.ring import recovery_slot, slots_over
from field_app.store.check import Report, report_on
from field_app.store.codec import Codec
from field_app.store.disk import Disk
from field_app.store.findings import Finding
from field_app.store.records import RecordStore
from field_app.store.survey import Surveyed, read_files, survey
from sync.keyslots import slots_to_json
from sync.records import Contact
from sync.sealing import new_key

# A note that makes a record large: 300 of them fill a journal file.
LONG_NOTE = "x" * 500


def add_contacts(store: RecordStore, clock: FixedClock, count: int, **changes: object) -> list[Contact]:
    """Keep so many contacts of this device, all in one frame."""
    device = Device(store).identity().device

    def make(sequence: int) -> Contact:
        times = {"entered_at": clock.now(), "claimed_at": clock.now()}
        return contact(id=clock.new_id(), device=device, sequence=sequence, **times, **changes)

    return store.add([make] * count)  # type: ignore[return-value]  # contacts in, contacts out


def surveyed(folder: Path, key: bytes | None = None) -> list[Surveyed]:
    """A store, looked through."""
    return survey(read_files(folder, Disk()), Codec(key))


def report(folder: Path, key: bytes | None = None) -> Report:
    """What a check finds."""
    return report_on(surveyed(folder, key), Codec(key))


def wrong(folder: Path, key: bytes | None = None) -> list[str]:
    """What a check finds wrong."""
    return lines([each for each in report(folder, key).findings if each.is_wrong])


def lines(findings: Sequence[Finding]) -> list[str]:
    """What findings say."""
    return [each.line for each in findings]


def spoil(path: Path, at: int, bits: int = 0xFF, count: int = 1) -> None:
    """Turn some bits of some bytes over."""
    data = bytearray(path.read_bytes())
    for place in range(at, at + count):
        data[place] ^= bits
    path.write_bytes(bytes(data))


def fingerprint(folder: Path) -> dict[str, tuple[str, int, int]]:
    """Everything in a folder: contents, times of change, rights."""
    return {
        path.relative_to(folder).as_posix(): (
            sha256(path.read_bytes()).hexdigest() if path.is_file() else "",
            path.stat().st_mtime_ns,
            path.stat().st_mode,
        )
        for path in sorted(folder.rglob("*"))
    }


def key_file(recovery_key: str, *data_keys: bytes) -> bytes:
    """A keys.json whose recovery slot is sealed to a station."""
    ring_key = new_key()
    return json.dumps(slots_to_json(slots_over(ring_key, data_keys, [recovery_slot(recovery_key, ring_key)]))).encode()
