"""What the app keeps: the records it made, the station's verdicts on them, and what the device knows of itself.

The outbox is a question, not a copy: the records on which no verdict has settled anything. Its answer comes from a
small index in memory that follows the journal, so it never costs a scan.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

from field_app.store.changes import Change
from field_app.store.journal import JournalDB
from sync.canonical import JsonObject, canonical_bytes
from sync.limits import RECORD_BYTES_MAX
from sync.records import Record, hashed, record_to_json
from sync.verdicts import MEANINGS
from sync.wire import Receipt

RECORDS, VERDICTS, DEVICE = "records", "verdicts", "device"
OUTBOX = "outbox"
# Makes a record, given the sequence number that it will have.
RecordMaker = Callable[[int], Record]


class Outbox:
    """Which records are ready to send, oldest first, and the last sequence number given out; follows the journal."""

    def __init__(self) -> None:
        self.sequence_last = 0
        self._ready: dict[str, int] = {}
        self._early: set[str] = set()  # settled, but their records are yet to come: tables may be told one by one

    def start(self, state: Any) -> None:  # noqa: ANN401 - what `freeze` gave
        """Begin with what was kept when the last journal file was closed."""
        self.sequence_last = 0 if state is None else state["sequence_last"]
        self._ready = {} if state is None else dict(state["ready"])

    def follow(self, changes: Sequence[Change]) -> None:
        """Take in changes of the journal, whichever process made them."""
        for name, verb, *rest in changes:
            if name == RECORDS and verb == "p":
                sequence = rest[1]["sequence"]
                self.sequence_last = max(self.sequence_last, sequence)
                if rest[0] not in self._early:
                    self._ready[rest[0]] = sequence
            elif verb in ("p", "d") and name in (RECORDS, VERDICTS) and self._ready.pop(rest[0], None) is None:
                self._early.add(rest[0])

    def freeze(self) -> Any:  # noqa: ANN401 - JSON
        """What to keep when a journal file is closed."""
        return {"sequence_last": self.sequence_last, "ready": self._ready}

    def ids(self) -> list[str]:
        """The ids of the records that are ready to send, by sequence."""
        return sorted(self._ready, key=self._ready.__getitem__)


class RecordStore:
    """The device's records over a JournalDB. Every method that writes returns after the disk has it (or StoreFault)."""

    def __init__(self, db: JournalDB) -> None:
        self._db = db
        self._records = db.named_table(RECORDS)
        self._verdicts = db.named_table(VERDICTS)
        self._device = db.named_table(DEVICE)
        self._outbox = Outbox()
        db.journal.add_index(OUTBOX, self._outbox)

    def add(self, makers: Iterable[RecordMaker]) -> list[Record]:
        """Make records under the next sequence numbers and keep them, all or none."""
        with self._db.journal.writing():
            first = self._outbox.sequence_last + 1
            made = [maker(first + place) for place, maker in enumerate(makers)]
            documents = {record.id: hashed(record_to_json(record)) for record in made}
            _check_sizes(documents)
            if len(documents) < len(made) or any(self._records.find(key) is not None for key in documents):
                raise ValueError("There is a record with this id already.")
            self._records.put_all(documents)
        return made

    def ready(self, limit: int) -> list[JsonObject]:
        """The oldest records that are ready to send, as stored, by sequence."""
        with self._db.journal.reading():
            found = (self._records.find(key) for key in self._outbox.ids()[:limit])
            return [record for record in found if record is not None]

    def ready_ids(self) -> list[str]:
        """The ids of all records that are ready to send, by sequence."""
        with self._db.journal.reading():
            return self._outbox.ids()

    def sequence_last(self) -> int:
        """The last sequence number given out, 0 if none."""
        with self._db.journal.reading():
            return self._outbox.sequence_last

    def settle(self, receipt: Receipt) -> None:
        """Keep the verdicts of a receipt, in one frame. A record settled before keeps its first verdict."""
        with self._db.journal.writing():
            ready = set(self._outbox.ids())
            self._verdicts.put_all(
                {
                    judged.id: {
                        "verdict": judged.verdict.value,
                        "reason": judged.reason,
                        "receipt": receipt.receipt,
                        "epoch": receipt.epoch,
                    }
                    for judged in receipt.verdicts
                    if judged.id in ready and MEANINGS[judged.verdict].is_settled
                }
            )

    def version(self) -> int:
        """A number that moves with every write, whichever process made it."""
        with self._db.journal.reading():
            return self._db.journal.version

    def records(self) -> Mapping[str, JsonObject]:
        """Every record kept here by id, as stored, oldest first. To be read only: these are the store's own."""
        return self._all(RECORDS)

    def verdicts(self) -> Mapping[str, JsonObject]:
        """Every verdict kept here by the record's id. To be read only: these are the store's own."""
        return self._all(VERDICTS)

    def _all(self, name: str) -> Mapping[str, JsonObject]:
        # Without TinyDB's copies of each document: a tap shows the whole shift again.
        with self._db.journal.reading():
            table = self._db.journal.tables.get(name)
            return MappingProxyType({} if table is None else dict(table.whole()))

    def note(self, name: str) -> dict[str, Any] | None:
        """What the device keeps of itself under a name (identity, station, shift), or None."""
        return self._device.find(name)

    def keep_note(self, name: str, note: dict[str, Any]) -> None:
        """Keep something under a name, in place of what was there."""
        self._device.put(name, note)

    def note_or_new(self, name: str, make: Callable[[], dict[str, Any]]) -> dict[str, Any]:
        """What is kept under a name; made and kept now if there is nothing yet, by one process only."""
        with self._db.journal.writing():
            if (found := self.note(name)) is None:
                found = make()
                self.keep_note(name, found)
            return found

    def drop_note(self, name: str) -> None:
        """Forget what is kept under a name."""
        self._device.remove(doc_ids=[name])  # type: ignore[list-item]  # TinyDB's annotation knows only numbers

    def damage(self) -> list[str]:
        """What was found wrong with the journal's files, a line each; empty if all is well."""
        return self._db.journal.faults()


def _check_sizes(documents: dict[str, JsonObject]) -> None:
    for document in documents.values():
        if len(canonical_bytes(document)) > RECORD_BYTES_MAX:
            raise ValueError(f"A record may have {RECORD_BYTES_MAX} bytes at most.")
