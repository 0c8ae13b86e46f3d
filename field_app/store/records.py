"""What the app keeps: the records it made, the station's verdicts on them, and what the device knows of itself.

The outbox is a question, not a copy: the records on which no verdict has settled anything. Its answer comes from a
small index in memory that follows the journal, so it never costs a scan.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager
from datetime import timedelta
from itertools import islice
from types import MappingProxyType
from typing import Any

from field_app.store.briefing_news import heard_of, keys_of, over_since
from field_app.store.changes import Change
from field_app.store.journal import JournalDB
from field_app.store.leaving import leaving_ids, leaving_together, until_of
from field_app.store.outbox import AGAIN, DEVICE, OUTBOX, PARKED, RECORDS, SEQUENCE, VERDICTS, Outbox
from field_app.store.reader import Index
from field_app.store.settling import (
    EXCHANGE,
    NEWS,
    Standing,
    again_in,
    news_in,
    old_reviews,
    standing_after,
    standing_of,
    standing_to_note,
    verdicts_in,
)
from sync.canonical import JsonObject, canonical_bytes
from sync.exchange import Known
from sync.limits import RECORD_BYTES_MAX
from sync.records import Record, record_to_json, with_hash
from sync.wire import Receipt

# Each closed file costs a look-up of an old document a look at its index; 64 of them hold some 30,000 records.
CLOSED_FILES_MAX = 64
# `,"hash":"` and 32 hexadecimal digits and `"`, which a stored record has beside what is hashed.
_HASH_MEMBER_BYTES = 42
# Verdicts in one frame: it stays far below its limit.
_VERDICTS_MAX = 500
# Makes a record, given the sequence number that it will have.
RecordMaker = Callable[[int], Record]


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
            self._records.add_all([(record.id, _document(record)) for record in made])
        return made

    def ready(self, limit: int) -> list[JsonObject]:
        """The oldest records that are ready to send, as stored, by sequence."""
        with self._db.journal.reading():
            found = (
                self._records.find(key) for key in self._outbox.ids()
            )  # one in a damaged stretch holds up no other
            return list(islice((record for record in found if record is not None), limit))

    def all_ready(self) -> Iterator[JsonObject]:
        """Every record that is ready to send now, as stored, by sequence; few are in memory at a time."""
        for record_id in self.ready_ids():
            record = self.find(record_id)
            if record is not None:
                yield record

    def find(self, record_id: str) -> JsonObject | None:
        """One record as stored, or None."""
        with self._db.journal.reading():
            return self._records.find(record_id)

    def ready_ids(self) -> list[str]:
        """The ids of all records that are ready to send, by sequence."""
        with self._db.journal.reading():
            return self._outbox.ids()

    def sequence_last(self) -> int:
        """The last sequence number given out, 0 if none."""
        with self._db.journal.reading():
            return self._outbox.sequence_last

    def known(self) -> Known:
        """What the next batch says beside its records."""
        faults = tuple(self._db.journal.faults())  # first: it may wait for a frame that another process is writing
        with self._db.journal.reading():
            standing = self.standing()
            return Known(
                self._outbox.sequence_last,
                len(self._outbox),
                standing.epoch,
                standing.receipt,
                standing.news,
                faults,
                standing.enrolments,
            )

    def standing(self) -> Standing:
        """How the device stands with its station, after the last receipt."""
        return standing_of(self.note(EXCHANGE))

    def on_their_way(self) -> frozenset[int]:
        """The sequence numbers of the records that are ready to send."""
        with self._db.journal.reading():
            return self._outbox.sequences()

    def first_on_its_way(self) -> int | None:
        """The lowest sequence number that is ready to send and not parked, None if there is none."""
        with self._db.journal.reading():
            return self._outbox.first_unparked()

    def begin_elsewhere(self, notes: Mapping[str, JsonObject]) -> None:
        """The device is at another station now: what it knew of the one before is of no use there.

        In one frame with what it notes of this one: no program ever sees the one without the other.
        """
        with self._db.journal.writing():
            came = Standing(enrolled_after=self._outbox.sequence_last, enrolments=self.standing().enrolments + 1)
            self.keep_notes({EXCHANGE: standing_to_note(came), **notes})

    def settle(self, receipt: Receipt, asked: Known | None = None) -> None:
        """Keep what a receipt says. A record settled before keeps its first verdict, but for a person's at the station.

        If the device has come to another station since the batch was made (`asked`), only the verdicts are kept: the
        one before holds those records, and nothing else that it says is of any use here. In one frame, except when very many records are to be sent again: then in several, of which the last one says
        that it is done.
        """
        with self._db.journal.writing():
            before = self.standing()
            ready = set(self._outbox.ids())
            settled = verdicts_in(receipt, ready)
            if asked is not None and asked.enrolments != before.enrolments:
                self._put(list(settled.items()), {}, before)
                return
            again = again_in(receipt, before, self._outbox.sequences(), self._all)
            marks = {key: mark for key, mark in again.items() if key not in settled}
            told = news_in(receipt, before, self._records.find, self._verdicts.find)
            self._put(list((marks | settled | told.verdicts).items()), told.kept, standing_after(receipt, before))

    def park(self, reasons: Mapping[str, str]) -> None:
        """Keep that these records could not be handed in, and why: they are sent after all others."""
        with self._db.journal.writing():
            ready = {key: self._records.find(key) for key in self._outbox.ids() if key in reasons}
            self._verdicts.put_all(
                {
                    key: {AGAIN: record["sequence"], PARKED: reasons[key]}
                    for key, record in ready.items()
                    if record is not None
                }
            )

    def _put(self, verdicts: list[tuple[str, JsonObject]], news: dict[str, JsonObject], standing: Standing) -> None:
        while len(verdicts) > _VERDICTS_MAX:
            self._verdicts.put_all(dict(verdicts[:_VERDICTS_MAX]))
            del verdicts[:_VERDICTS_MAX]
        changes: list[Change] = [(VERDICTS, "p", key, verdict) for key, verdict in verdicts]
        changes += [(NEWS, "p", key, item) for key, item in news.items()]
        if changes or standing != self.standing():
            self._db.journal.append([*changes, (DEVICE, "p", EXCHANGE, standing_to_note(standing))])

    def let_go(self, keep: timedelta) -> int:
        """Let sent records leave the device that the station has held for so long; how many left.

        What corrects or withdraws another, and that one, leave in one frame or stay: alone, the other would stand again.
        By the station's own times, its last receipt against the one that settled the record, and only while its epoch is
        the same, or the station before holds it; and by the device's, its last record against this one. One wrong clock,
        or a station restored from a backup, never makes a record leave.
        """
        with self._db.journal.writing():
            verdicts, standing = self.verdicts(), self.standing()
            until = until_of(verdicts, standing.epoch, self._newest(), keep)
            news, before = self._all(NEWS), None if until is None else until.both
            over = over_since(news, before)
            shown = heard_of(news).keys() - over
            old_enough = leaving_ids(verdicts, standing, until, self.records)
            may_leave = [key for key in old_enough if not self._is_of(key, shown)]
            leaving = leaving_together(may_leave, self.records(), _VERDICTS_MAX) if may_leave else []
            old = [*old_reviews(news, before), *keys_of(news, over)][:_VERDICTS_MAX]
            if leaving or old:
                changes: list[Change] = [(DEVICE, "p", SEQUENCE, {"last": self._outbox.sequence_last})]
                changes += [(name, "d", key) for key in leaving for name in (RECORDS, VERDICTS)]
                changes += [(NEWS, "d", key) for key in old]
                self._db.journal.append(changes)
            return len(leaving) + len(old)

    def _newest(self) -> JsonObject | None:
        return next((record for _, record in self._records.newest_first()), None)

    def _is_of(self, record_id: str, briefings: Collection[str]) -> bool:
        """Whether a record says that one of these was read: without it, it would ask its reader again."""
        record = self._records.find(record_id)
        return record is not None and str(record.get("briefing")) in briefings

    def tidy(self, keep: timedelta) -> None:
        """Let go what may leave, and compact the closed files. For idle time. Raises StoreFault."""
        if self._db.journal.has_leftovers():
            self._db.journal.compact()  # first: on a full disk nothing can be let go before there is room
        left = 0
        while gone := self.let_go(keep):
            left += gone
        if left or self._db.journal.closed_files() > CLOSED_FILES_MAX:
            self._db.journal.compact()

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

    def news(self) -> Mapping[str, JsonObject]:
        """The news kept here, by epoch and number. To be read only: these are the store's own."""
        return self._all(NEWS)

    def _all(self, name: str) -> Mapping[str, JsonObject]:
        # Without TinyDB's copies of each document: a tap shows the whole shift again.
        with self._db.journal.reading():
            table = self._db.journal.tables.get(name)
            return MappingProxyType({} if table is None else dict(table.whole()))

    def listen(self, name: str, index: Index) -> None:
        """Let an index follow what is kept here, from the beginning on, whichever process writes it."""
        self._db.journal.add_index(name, index)

    def writing(self) -> AbstractContextManager[None]:
        """Hold off every other writer, so that what is asked in the block still holds when it writes."""
        return self._db.journal.writing()

    def reading(self) -> AbstractContextManager[None]:
        """Hold off the writers, so that what an index tells is on the disk and of one moment."""
        return self._db.journal.reading()

    def note(self, name: str) -> dict[str, Any] | None:
        """What the device keeps of itself under a name (identity, station, shift), or None."""
        return self._device.find(name)

    def keep_note(self, name: str, note: dict[str, Any]) -> None:
        """Keep something under a name, in place of what was there."""
        self._device.put(name, note)

    def keep_notes(self, notes: Mapping[str, JsonObject]) -> None:
        """Keep several, each in place of what was there under its name; all or none."""
        self._device.put_all(notes)

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


def _document(record: Record) -> JsonObject:
    """A record as it is stored. Its canonical bytes are made once, for hash and size: it is part of every tap."""
    plain = record_to_json(record)
    canonical = canonical_bytes(plain)
    if len(canonical) + _HASH_MEMBER_BYTES > RECORD_BYTES_MAX:
        raise ValueError(f"A record may have {RECORD_BYTES_MAX} bytes at most.")
    return with_hash(plain, canonical)
