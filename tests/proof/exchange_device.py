"""A device of the simulated exchange: the real store of records and the real sending, over a journal in memory.

The journal keeps what an append has written and nothing else, and can be killed before or after an append.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any, cast

from doubles import START

from field_app.store.changes import Change
from field_app.store.journal import JournalDB
from field_app.store.outbox import RECORDS
from field_app.store.reader import Index
from field_app.store.records import RecordStore
from sync.canonical import JsonObject, canonical_bytes, content_hash
from sync.exchange import Sender, Stamp, Station, ask, send_all
from sync.planning import Plan


class Killed(Exception):
    """The device's process ended here."""


class Table:
    """One table of the journal, by name."""

    def __init__(self, journal: "MemoryJournal", name: str) -> None:
        self._journal, self._name = journal, name
        self.documents: dict[str, JsonObject] = {}

    def find(self, key: str) -> JsonObject | None:
        """One document, or None."""
        return self.documents.get(key)

    def put_all(self, documents: Mapping[str, JsonObject]) -> None:
        """Keep these, in one frame."""
        self._journal.append([(self._name, "p", key, document) for key, document in documents.items()])

    def whole(self) -> Mapping[str, JsonObject]:
        """Every document."""
        return self.documents


class MemoryJournal:
    """What is durable on a device: frames of changes, each whole or not at all. `kill_in` counts frames until a kill."""

    def __init__(self) -> None:
        self.tables: dict[str, Table] = {}
        self.kill_in: float | None = None
        self._frames: list[list[Change]] = []
        self._indexes: dict[str, Index] = {}

    def table(self, name: str) -> Table:
        """The table of a name."""
        return self.tables.setdefault(name, Table(self, name))

    def add_index(self, name: str, index: Index) -> None:
        """Let an index follow from the beginning on, as after a start."""
        index.start(None)
        for frame in self._frames:
            index.follow(frame)
        self._indexes[name] = index

    def append(self, changes: Sequence[Change]) -> None:
        """Write one frame; the process may end before it or behind it (a half)."""
        if self.kill_in is not None:
            self.kill_in -= 1
            if self.kill_in < 0:
                raise Killed
        frame = list(changes)
        self._frames.append(frame)
        for name, verb, key, *rest in frame:
            documents = self.table(name).documents
            if verb == "p":
                documents[key] = cast("JsonObject", rest[0])
            else:
                documents.pop(key, None)
        for index in self._indexes.values():
            index.follow(frame)
        if self.kill_in == 0.5:
            raise Killed

    @contextmanager
    def _alone(self) -> Iterator[None]:
        yield

    writing = reading = _alone

    def faults(self) -> list[str]:
        """Nothing is wrong."""
        return []


@dataclass
class MemoryDB:
    """What the store of records asks of a database."""

    journal: MemoryJournal = field(default_factory=MemoryJournal)

    def named_table(self, name: str) -> Table:
        """The table of a name."""
        return self.journal.table(name)


class SimDevice:
    """One device: what it has logged, and how it sends."""

    def __init__(self, number: int) -> None:
        self.number = number
        self.id = f"00000000-0000-4000-8000-{number:012d}"
        self.logged: dict[str, JsonObject] = {}
        self._canonical: dict[str, bytes] = {}
        self._db = MemoryDB()
        self._batches = 0
        self._sender = Sender(self.id, "1", self._stamp)
        self.start()

    @property
    def journal(self) -> MemoryJournal:
        """What is durable."""
        return self._db.journal

    def start(self) -> None:
        """Begin with what is on the disk."""
        self.journal.kill_in = None
        self._plan = Plan()
        self.store = RecordStore(cast("JournalDB", self._db))

    def log(self, key: str, content: JsonObject) -> None:
        """Keep one record; from here on it is promised."""
        plain = {**content, "id": key, "device": self.id, "sequence": self.store.sequence_last() + 1}
        self._canonical[key] = canonical = canonical_bytes(plain)
        record = {**plain, "hash": content_hash(canonical)}
        self.journal.append([(RECORDS, "p", key, record)])
        self.logged[key] = record

    def canonical(self, key: str) -> bytes:
        """The bytes that are promised."""
        return self._canonical[key]

    def send(self, station: Station, size: int, kill_in: float | None = None) -> None:
        """Send all that is ready, or be killed in it, and start again."""
        self.journal.kill_in = kill_in
        try:
            plan = replace(self._plan, size=size)
            _, self._plan = send_all(self.store, station, self._sender, "", lambda _: None, plan)
        except Killed:
            self.start()
        self.journal.kill_in = None

    def ask(self, station: Station) -> None:
        """Ask for news."""
        ask(self.store, station, self._sender, "")

    def ready(self) -> Collection[str]:
        """The ids of what is ready to send."""
        return self.store.ready_ids()

    def reason(self, key: str) -> Any:  # noqa: ANN401 - JSON
        """The reason of the verdict on a record, as it is kept."""
        return self.store.verdicts().get(key, {}).get("reason")

    def _stamp(self) -> Stamp:
        self._batches += 1
        return Stamp(f"0000000b-0000-4000-8000-{self.number:04d}{self._batches:08d}", START, 1, "boot")
