"""Stops a workload after every operation on its disk, and judges a fresh store on every image that a crash may leave."""

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from crash_images import Doubts, Left
from sim_disk import SimDisk
from witness import Allowed, Holding, Witness, allowed_of, text_of

from field_app.store.changes import Change
from field_app.store.journal import JournalDB
from field_app.store.memory import TableMemory
from field_app.store.outbox import RECORDS, VERDICTS
from field_app.store.records import RecordStore

FOLDER = "/store"
# Of so many images one is taken whose recovery is stopped in its turn after every operation.
RECOVERIES_ONE_IN = 40
# And of what such a crash may leave so many images at each moment, drawn by lot.
RECOVERY_IMAGES_MAX = 12
_NEXT = {"next": "tap"}


@dataclass(frozen=True, slots=True)
class Workload:
    """What was done, on which disk, with which key, and what was told."""

    name: str
    disk: SimDisk
    witness: Witness
    key: bytes | None = None


@dataclass(slots=True)
class Tally:
    """What was judged so far. An image is counted once, however many crashes leave it."""

    enough: int
    judged: int = 0
    recoveries: int = 0
    seen: set[int] = field(default_factory=set)
    checked: set[tuple[int, int]] = field(default_factory=set)

    @property
    def is_full(self) -> bool:
        """Whether as many different images were judged as were asked for."""
        return len(self.seen) >= self.enough

    def takes(self, left: Left, measure: int) -> bool:
        """Whether this image was not yet judged by this measure."""
        key = left.key()
        pair = (key, measure)
        if pair in self.checked:
            return False
        self.checked.add(pair)
        self.seen.add(key)
        self.judged += 1
        return True

    def __str__(self) -> str:
        return f"{len(self.seen)} different images, {self.judged} judged, {self.recoveries} recoveries stopped"


def explore(
    workload: Workload, lot: random.Random, tally: Tally, start: Left | None = None, *, most: int | None = None
) -> None:
    """Judge what a crash during a workload may leave: every image, or the `most` of each moment, drawn by lot."""
    doubts = Doubts(start or Left({}, ("/",)), lot)
    for done, operation in enumerate(workload.disk.operations, 1):
        doubts.take(operation)
        allowed = workload.witness.allowed(done)
        measure = hash(frozenset((text, str(holdings)) for text, holdings in allowed.items()))
        images = list(doubts.images())
        for left in images if most is None or len(images) <= most else lot.sample(images, most):
            if not tally.takes(left, measure):
                continue
            moment = f"{workload.name}, after operation {done} ({str(operation)[:80]})"
            recovery = judge(left, allowed, workload.key, moment)
            if start is None and lot.random() * RECOVERIES_ONE_IN < 1:
                tally.recoveries += 1
                explore(recovery, lot, tally, left, most=RECOVERY_IMAGES_MAX)
            if tally.is_full:
                return


def judge(left: Left, allowed: Allowed, key: bytes | None, moment: str) -> Workload:
    """Open a store on what a crash left, see that it holds what it may, log on, and open it again."""
    disk = SimDisk(left.files, left.folders)
    try:
        db = JournalDB(FOLDER, key, disk=disk)
        holdings = _look_at(db, allowed)
        found = holdings[0] if len(holdings) == 1 else _by_next_number(holdings, left, key)
        witness = Witness(disk, found)
        if RECORDS in found.tables:
            _look_at_outbox(RecordStore(db), found)
        changes = _next_changes(found)
        with witness.asking(changes):
            assert db.insert(_NEXT) == int(changes[0][2]), "An id was given out twice, or left out."
        for node, (path, data) in enumerate(left.files.items()):
            assert disk.nodes[node].startswith(data) or path.endswith((".idx", ".idx.new")), (
                f"Recovery took something from {path}."  # an index is never the truth, and is made again
            )
        again = JournalDB(FOLDER, key, disk=disk)
        _look_at(again, allowed_of([found.after(changes)]))
    except Exception as problem:
        files = {path: len(data) for path, data in left.files.items()}
        raise AssertionError(f"{moment}: {problem!r}\nfiles: {files}") from problem
    return Workload(f"{moment}, recovery", disk, witness, key)


def _next_changes(found: Holding) -> list[Change]:
    return [("_default", "p", str(found.numbers.get("_default", 0) + 1), _NEXT)]


def _by_next_number(holdings: list[Holding], left: Left, key: bytes | None) -> Holding:
    """Of holdings that show the same, the one that gives out the number that another opening does."""
    number = JournalDB(FOLDER, key, disk=SimDisk(left.files, left.folders)).insert(_NEXT)
    fitting = [each for each in holdings if _next_changes(each)[0][2] == str(number)]
    assert fitting, f"The next id is {number}; it may be {[_next_changes(each)[0][2] for each in holdings]}."
    return fitting[0]


def _look_at(db: JournalDB, allowed: Allowed) -> list[Holding]:
    tables = db.journal.tables
    sizes = {name: len(table) for name, table in tables.items()}  # before anything is read of closed files
    lazily = {name: _looked_up(table) for name, table in tables.items()} if db.journal._reader._history.state else {}
    text = text_of({name: table.whole() for name, table in tables.items()})
    assert text in allowed, f"found {text}\nallowed {[*allowed]}"
    held = allowed[text][0].tables
    assert sizes == {name: len(documents) for name, documents in held.items()}, "The count is wrong."
    for name, seen in lazily.items():
        assert seen == held[name], "Look-ups one by one show something else than the whole."
    return allowed[text]


def _looked_up(table: TableMemory) -> dict[str, Any]:
    return {key: table[key] for key in table.newest_first()}


def _look_at_outbox(store: RecordStore, found: Holding) -> None:
    records, verdicts = found.tables[RECORDS], found.tables.get(VERDICTS, {})
    assert store.ready_ids() == [key for key in records if key not in verdicts], "The outbox is wrong."
    assert store.sequence_last() == max(each["sequence"] for each in records.values())


MakeWorkload = Callable[[random.Random], Workload]
