"""What is done to a store before the power fails: by lot, but the same for the same seed.

Each program is a few steps of one or more processes over one disk. Each step says beforehand what it will change.
"""

import random
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import replace
from functools import partial
from typing import Any

from crash_states import FOLDER, Workload
from examples import CONTACT, RECEIPT
from sim_disk import Died, SimDisk
from witness import Witness

from field_app.store.changes import Change
from field_app.store.faults import StoreFault
from field_app.store.journal import JournalDB
from field_app.store.outbox import DEVICE, RECORDS, VERDICTS
from field_app.store.records import RecordStore
from field_app.store.settling import EXCHANGE, Standing, standing_after, standing_to_note
from sync.records import hashed, record_to_json
from sync.times import write_time
from sync.verdicts import Verdict
from sync.wire import Judged

KEY = bytes(range(32))
_DEFAULT, _NAMED = "_default", "named"


class Program:
    """Some processes on one store, and what they were told."""

    def __init__(self, name: str, lot: random.Random, key: bytes | None = None, processes: int = 1) -> None:
        self.lot = lot
        self.disk = SimDisk()
        self.witness = Witness(self.disk)
        self.workload = Workload(name, self.disk, self.witness, key)
        self.dbs = [self.opened() for _ in range(processes)]
        self._words = 0

    @property
    def db(self) -> JournalDB:
        """One of the processes."""
        return self.lot.choice(self.dbs)

    def opened(self) -> JournalDB:
        """One more process; started again if the disk has a fault at first."""
        try:
            return JournalDB(FOLDER, self.workload.key, disk=self.disk)
        except StoreFault:
            return JournalDB(FOLDER, self.workload.key, disk=self.disk)

    def document(self) -> dict[str, Any]:
        """A document unlike any other."""
        self._words += 1
        return {"n": self._words, "w": "wörd"[: self.lot.randrange(5)]}

    def held(self, name: str) -> Mapping[str, Any]:
        """What a table holds now."""
        return self.witness.now().tables.get(name, {})

    def next_ids(self, count: int) -> list[str]:
        """The ids that the next inserted documents must get."""
        last = self.witness.now().numbers.get(_DEFAULT, 0)
        return [str(last + place) for place in range(1, count + 1)]

    def insert(self) -> None:
        """One tap."""
        (key,), document = self.next_ids(1), self.document()
        with self.witness.asking([(_DEFAULT, "p", key, document)]):
            assert self.db.insert(document) == int(key)

    def insert_several(self) -> None:
        """Several documents in one frame."""
        documents = [self.document() for _ in range(self.lot.randrange(2, 4))]
        ids = self.next_ids(len(documents))
        with self.witness.asking([(_DEFAULT, "p", *each) for each in zip(ids, documents, strict=True)]):
            self.db.insert_multiple(documents)

    def insert_group(self) -> None:
        """Several frames under one fsync, as when several threads tap at once."""
        documents = [self.document() for _ in range(self.lot.randrange(2, 4))]
        ids = self.next_ids(len(documents))
        frames: list[list[Change]] = [[(_DEFAULT, "p", *each)] for each in zip(ids, documents, strict=True)]
        db = self.db
        with self.witness.asking(*frames), db.journal.writing():
            for document in documents:
                db.insert(document)

    def put(self) -> None:
        """A document under a name, new or in the place of another."""
        key, document = self.lot.choice("abc"), self.document()
        with self.witness.asking([(_NAMED, "p", key, document)]):
            self.db.named_table(_NAMED).put(key, document)

    def remove(self) -> None:
        """One document taken away, the newest or another."""
        for name in (_DEFAULT, _NAMED):
            if held := [*self.held(name)]:
                key = self.lot.choice([held[-1], *held])
                with self.witness.asking([(name, "d", key)]):
                    table = self.db.table(name) if name == _DEFAULT else self.db.named_table(name)
                    table.remove(doc_ids=[key if name == _NAMED else int(key)])  # type: ignore[list-item]  # TinyDB knows only numbers
                return

    def update(self) -> None:
        """A field changed in every document."""
        held, mark = self.held(_DEFAULT), self.document()["n"]
        changes = [(_DEFAULT, "p", key, document | {"mark": mark}) for key, document in held.items()]
        if changes:
            with self.witness.asking(changes):
                self.db.update({"mark": mark})

    def empty(self) -> None:
        """A table emptied, or dropped."""
        if self.lot.random() < 0.5:
            with self.witness.asking([(_DEFAULT, "c")]):
                self.db.truncate()
        elif _NAMED in self.witness.now().tables:
            with self.witness.asking([(_NAMED, "x")]):
                self.db.drop_table(_NAMED)

    def reopen(self) -> None:
        """One process ends and starts again."""
        self.dbs[self.lot.randrange(len(self.dbs))] = self.opened()

    def read(self) -> None:
        """Somebody looks at everything: it must stay."""
        self.witness.show(self.db)

    def compact(self) -> None:
        """The closed files written anew; nothing else is to change."""
        with suppress(StoreFault):
            self.db.journal.compact()

    def add_records(self) -> None:
        """Contacts into the outbox."""
        count = self.lot.randrange(1, 3)
        first = len(self.held(RECORDS)) + 1
        made = [replace(CONTACT, id=f"id-{first + each}", sequence=first + each, note="x") for each in range(count)]
        changes = [(RECORDS, "p", each.id, hashed(record_to_json(each))) for each in made]
        with self.witness.asking(changes):
            RecordStore(self.db).add([lambda _, each=each: each for each in made])  # type: ignore[misc]  # mypy knows no such lambda

    def settle(self) -> None:
        """The station's verdicts on some of them."""
        ready = [key for key in self.held(RECORDS) if key not in self.held(VERDICTS)]
        chosen = ready[: self.lot.randrange(3)]
        receipt = replace(RECEIPT, verdicts=tuple(Judged(key, Verdict.ACCEPTED) for key in chosen))
        kept = {
            "verdict": "accepted",
            "reason": Judged("", Verdict.ACCEPTED).reason,
            "receipt": RECEIPT.receipt,
            "epoch": RECEIPT.epoch,
            "received_at": write_time(RECEIPT.received_at),
        }
        if chosen:
            noted = (DEVICE, "p", EXCHANGE, standing_to_note(standing_after(receipt, Standing())))
            with self.witness.asking([*((VERDICTS, "p", key, kept) for key in chosen), noted]):
                RecordStore(self.db).settle(receipt)

    def die(self) -> None:
        """One process is killed in the middle of a tap; another one looks at what it left.

        No fsync fails at the same time: what the dead process wrote and did not sync is then in nobody's hands.
        """
        self.disk.syncs_to_fail.clear()
        self.disk.dies_after = len(self.disk.operations) + self.lot.randrange(1, 4)
        with suppress(Died):
            self.insert()
        self.disk.dies_after = None
        self.dbs = [self.opened() for _ in self.dbs]
        self.read()

    def fail_sync(self) -> None:
        """The next fsync fails."""
        self.disk.syncs_to_fail.add(self.disk.syncs)

    def fill(self) -> None:
        """The next write stops half-way: the disk is full."""
        self.disk.writes_to_stop[self.disk.writes] = self.lot.randrange(40)


Step = Callable[[Program], None]
_TAPS: tuple[Step, ...] = (Program.insert, Program.insert, Program.insert_group)
_CHANGES: tuple[Step, ...] = (*_TAPS, Program.insert_several, Program.put, Program.put, Program.remove, Program.update)
_ALL: tuple[Step, ...] = (*_CHANGES, Program.empty, Program.reopen, Program.read)
_COMPACTED: tuple[Step, ...] = (*_ALL, *(Program.compact for _ in range(4)))
_FAULTS: tuple[Step, ...] = (Program.fail_sync, Program.fill)


def by_lot(
    name: str, steps: Iterable[Step], count: int, lot: random.Random, key: bytes | None = None, processes: int = 1
) -> Workload:
    """A workload of so many steps drawn by lot."""
    program = Program(name, lot, key, processes)
    choices = [*steps]
    for _ in range(count):
        lot.choice(choices)(program)
    program.read()
    return program.workload


# By name: how a workload is made, and how long a journal file gets before it is closed.
WORKLOADS: Mapping[str, tuple[Callable[[random.Random], Workload], int]] = {
    "taps": (partial(by_lot, "taps", _TAPS, 4), 10_000),
    "taps, sealed": (partial(by_lot, "taps, sealed", _TAPS, 3, key=KEY), 10_000),
    "changes": (partial(by_lot, "changes", _ALL, 5), 10_000),
    "two processes": (partial(by_lot, "two processes", _ALL, 5, processes=2), 10_000),
    "killed in a tap": (partial(by_lot, "killed", (*_TAPS, Program.put, Program.die), 5, processes=2), 10_000),
    "faults": (partial(by_lot, "faults", (*_TAPS, *_FAULTS), 6, processes=2), 10_000),
    "changes and faults": (
        partial(by_lot, "changes and faults", (*_CHANGES, Program.fail_sync, Program.fail_sync), 5),
        10_000,
    ),
    "faults and kills": (
        partial(by_lot, "faults and kills", (*_TAPS, *_FAULTS, Program.die, Program.read), 7, processes=2),
        10_000,
    ),
    "closed files": (partial(by_lot, "closed files", _ALL, 7), 120),
    "closed files, sealed": (partial(by_lot, "closed files, sealed", _ALL, 6, key=KEY), 200),
    "closed files, two processes": (partial(by_lot, "closed files, two", (*_ALL, Program.die), 7, processes=2), 120),
    "closed files, faults": (
        partial(by_lot, "closed files, faults", (*_CHANGES, *_FAULTS, Program.die), 8, processes=2),
        120,
    ),
    "compaction": (partial(by_lot, "compaction", _COMPACTED, 9), 100),
    "compaction, sealed": (partial(by_lot, "compaction, sealed", _COMPACTED, 8, key=KEY), 150),
    "compaction, two processes": (
        partial(by_lot, "compaction, two processes", (*_COMPACTED, Program.die), 9, processes=2),
        100,
    ),
    "compaction, faults": (
        partial(
            by_lot, "compaction, faults", (*_CHANGES, *(Program.compact for _ in range(3)), *_FAULTS), 9, processes=2
        ),
        100,
    ),
    "records": (partial(by_lot, "records", (Program.add_records, Program.add_records, Program.settle), 4), 1_000),
}
