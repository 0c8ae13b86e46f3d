"""Whole stores to be damaged: what is in which frame, and what a store may still hold when some frames were touched."""

import random
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, NamedTuple

from crash_states import FOLDER
from examples import CONTACT
from sim_disk import SimDisk
from workloads import KEY

from field_app.store.changes import Change
from field_app.store.codec import Codec
from field_app.store.frames import scan
from field_app.store.journal import JournalDB
from field_app.store.records import RecordStore
from field_app.store.segments import segments_in
from sync.records import Contact

# A table's name and an id; what it may be found to hold. None stands for nothing.
Allowed = dict[tuple[str, str], list[dict[str, Any] | None]]


class Placed(NamedTuple):
    """A frame that was written: its file and place, and what it says."""

    path: str
    start: int
    end: int
    changes: list[Change]


@dataclass(frozen=True, slots=True)
class Store:
    """A store without a fault; `is_proved` if each frame can be proved by more than its CRC, so that a bit is mended."""

    name: str
    files: Mapping[str, bytes]
    frames: tuple[Placed, ...]
    key: bytes | None
    is_proved: bool

    @property
    def last(self) -> str:
        """The file that grows."""
        return self.frames[-1].path

    def allowed(self, path: str, touched: Iterable[tuple[int, int]]) -> Allowed:
        """What each document may be when some stretches of a file were touched: frames elsewhere are as they were."""
        stretches = list(touched)
        found: Allowed = {}
        for frame in self.frames:
            is_touched = frame.path == path and any(start < frame.end and end > frame.start for start, end in stretches)
            for name, verb, *rest in frame.changes:
                if verb in ("p", "d"):
                    before = found.get((name, rest[0]), [None])
                    found[name, rest[0]] = [*(before if is_touched else []), rest[1] if verb == "p" else None]
        return found


def opened(store: Store, files: Mapping[str, bytes]) -> JournalDB:
    """The store on these files, read but for what closed files hold."""
    return JournalDB(FOLDER, store.key, disk=SimDisk(files, ("/", FOLDER)))


def taps(db: JournalDB, lot: random.Random, count: int) -> None:
    """Documents without a hash: new ones, changed ones, some taken away; some as long as pages."""
    for n in range(count):
        db.insert({"n": n, "text": "ü" * lot.choice([5, 30, 200, 3_000 if n % 10 == 9 else 9])})
        if n % 5 == 0:
            db.named_table("notes").put(lot.choice("abcd"), {"note": n})
        if n % 7 == 6:
            db.remove(doc_ids=[n - 1])


def _contact(key: str, note: str, sequence: int) -> Contact:
    return replace(CONTACT, id=key, sequence=sequence, note=note)


def contacts(db: JournalDB, lot: random.Random, count: int) -> None:
    """Records, which carry their hash; here and there two in one frame."""
    store = RecordStore(db)
    made = 0
    while made < count:
        ids = [f"id-{made + place}" for place in range(lot.choice([1, 1, 1, 2]))]
        notes = "ü" * lot.choice([0, 30, 200])
        store.add([partial(_contact, one, notes) for one in ids])
        made += len(ids)


# How a store is filled; its key; whether frames can be proved; the length at which files are closed; is it compacted.
KINDS: Mapping[str, tuple[Callable[[JournalDB, random.Random, int], None], bytes | None, int, bool]] = {
    "one file": (taps, None, 1_000_000, False),
    "one file, sealed": (taps, KEY, 1_000_000, False),
    "one file of contacts": (contacts, None, 1_000_000, False),
    "closed files": (taps, None, 2_000, False),
    "closed files, sealed": (taps, KEY, 8_500, False),
    "closed files of contacts": (contacts, None, 9_000, False),
    "compacted": (taps, None, 2_000, True),
    "compacted, sealed": (contacts, KEY, 6_000, True),
}


def store_of(kind: str, lot: random.Random, count: int = 40) -> Store:
    """A store of this kind; let files be closed at the length that it says before, and keep it so."""
    fill, key, _, is_compacted = KINDS[kind]
    disk = SimDisk()
    db = JournalDB(FOLDER, key, disk=disk)
    fill(db, lot, count)
    if is_compacted:
        db.journal.compact()
        db.insert({"n": "after"})
    files, codec, placed = disk.image(), Codec(key), []
    for segment in segments_in(path.rpartition("/")[2] for path in files):
        path = f"{FOLDER}/{segment.name}"
        found = scan(files[path], segment.frame_number)
        placed += [Placed(path, frame.start, frame.end, codec.changes(frame)) for frame in found.frames]
    return Store(kind, files, tuple(placed), key, key is not None or fill is contacts)
