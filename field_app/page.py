"""The logbook's page, kept as the store tells of records and verdicts: a tap costs the same however many there are."""

import threading
from collections import Counter, deque
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from itertools import islice, takewhile
from typing import Any

from field_app.briefings import Briefing, briefings_for
from field_app.entries import Entry, entries_of, entry_of, known
from field_app.receipts import Kept, Receipts
from field_app.returns import NOTHING, Returns, returns_in
from field_app.shift import Shift
from field_app.store.briefing_news import standing_briefings
from field_app.store.changes import Change
from field_app.store.outbox import AGAIN, RECORDS, VERDICTS
from field_app.store.settling import NEWS
from sync.audit import Range
from sync.briefings import BriefingNews
from sync.canonical import JsonObject
from sync.records import BriefingAcknowledgement, CardCount, Contact, Record, Withdrawal, Worksheet
from sync.times import read_time, write_time
from sync.verdicts import State


class Page:
    """Every entry, each made once and again only when something changes it.

    A plain contact, later than all others, changes no other entry, and a verdict changes one. A correction, a
    withdrawal, or a record out of its order may change any: then all are made anew.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()  # the window's thread and the courier's both read
        self._heard: deque[Change | None] = deque()  # None: the store begins anew
        self._forget()

    def _forget(self) -> None:
        self._records: dict[str, Record | None] = {}  # None for what this version cannot read
        self._verdicts: dict[str, JsonObject] = {}
        self._named: set[str] = set()  # the ids that corrections and withdrawals name
        self._ready: dict[str, str] = {}  # when each record that is ready to send was entered
        self._entries: dict[str, Entry] = {}  # earliest first
        self._counts: Counter[State] = Counter()
        self._receipts = Receipts()
        self._news: dict[str, JsonObject] = {}
        self._returns: Returns = NOTHING
        self._briefings: tuple[BriefingNews, ...] = ()
        self._acknowledgements: dict[str, BriefingAcknowledgement] = {}
        self._sequence_last = 0
        self._must_remake = self._has_news = False

    def start(self, state: None) -> None:  # noqa: ARG002 - nothing is frozen
        """Begin anew: the store tells everything again."""
        self._heard.append(None)

    def follow(self, changes: Sequence[Change]) -> None:
        """Note what the store tells. It may not be on the disk yet, so it is read by `catch_up` alone."""
        self._heard.extend(change for change in changes if change[0] in (RECORDS, VERDICTS, NEWS))

    def freeze(self) -> None:
        """Nothing: the page is told everything again each time a program starts."""

    def catch_up(self) -> None:
        """Take in what was told. Call it while the store is held still, so that all of it is on the disk."""
        with self._lock:
            while self._heard:
                change = self._heard.popleft()
                if change is None:
                    self._forget()
                else:
                    self._take(*change)
            self._remake()
            self._show_news()

    def _remake(self) -> None:
        if self._must_remake:
            found = entries_of(filter(None, self._records.values()), self._verdicts, self._returns.contacts)
            self._entries = {entry.contact.id: entry for entry in reversed(found)}
            self._counts = Counter(entry.state for entry in found if entry.stands)
            self._must_remake = False

    def _show_news(self) -> None:
        """News are rare, and each changes few entries."""
        if not self._has_news:
            return
        self._briefings = standing_briefings(self._news)
        before, self._returns = self._returns.contacts, returns_in(self._news.values())
        for key in before.keys() | self._returns.contacts.keys():
            if (entry := self._entries.get(key)) is not None:
                self._put(self._entry(entry.contact, stands=entry.stands))
        self._has_news = False

    def entries(self, *, with_past: bool) -> list[Entry]:
        """The entries, latest first; with those withdrawn or replaced, or without."""
        with self._lock:
            return [entry for entry in reversed(self._entries.values()) if with_past or entry.stands]

    def latest(self, limit: int, shift: Shift) -> tuple[Entry, ...]:
        """The latest entries that stand, of one shift."""
        with self._lock:
            return tuple(islice(self._standing(shift), limit))

    def outbox(self, limit: int) -> tuple[Entry, ...]:
        """The entries that stand: those that need attention, then what is ready to send, then what is sent; the latest of each first."""
        with self._lock:
            found: list[Entry] = []
            for state in (State.NEEDS_ATTENTION, State.READY_TO_SEND, State.SENT):
                count = min(self._counts[state], limit - len(found))  # counted before, so no older entry is looked at
                found += islice((entry for entry in self._standing(None) if entry.state is state), count)
            return tuple(found)

    def count_in(self, shift: Shift) -> int:
        """How many contacts of a shift stand."""
        with self._lock:
            return sum(1 for _ in self._standing(shift))

    def _standing(self, shift: Shift | None) -> Iterator[Entry]:
        """The entries that stand, latest first, of one shift or of all."""
        found: Iterator[Entry] = reversed(self._entries.values())
        if shift is not None:
            found = takewhile(lambda entry: entry.contact.sequence > shift.sequence_before, found)
        return (entry for entry in found if entry.stands and (shift is None or shift.has(entry.contact)))

    def returned(self, shift: Shift) -> tuple[Entry, ...]:
        """The contacts of a person's earlier shifts that were returned and not corrected yet, latest first."""
        with self._lock:
            back = [self._entries[key] for key in self._returns.contacts if key in self._entries]
            own = [entry for entry in back if entry.is_returned and entry.contact.person == shift.person]
            earlier = [entry for entry in own if not shift.has(entry.contact)]
            return tuple(sorted(earlier, key=lambda entry: entry.contact.sequence, reverse=True))

    def returned_worksheets(self) -> tuple[str, ...]:
        """What was said of worksheets that were returned as a whole, in words."""
        with self._lock:
            return self._returns.worksheets

    def withdrawn_in(self, shift: Shift) -> frozenset[str]:
        """The ids of what was taken back in a shift."""
        with self._lock:
            found = (record for record in self._records.values() if isinstance(record, Withdrawal))
            return frozenset(each.withdraws for each in found if shift.made(each))

    def confirmed_by(self, person: str) -> tuple[Worksheet, ...]:
        """What a person has confirmed on this device, the last one last."""
        with self._lock:
            found = (record for record in self._records.values() if isinstance(record, Worksheet))
            return tuple(sorted((each for each in found if each.person == person), key=lambda each: each.sequence))

    def briefings(self, shift: Shift, today: date) -> tuple[Briefing, ...]:
        """The briefings for whoever is signed on, on a day."""
        with self._lock:
            return briefings_for(shift, self._briefings, self._acknowledgements.values(), today)

    def acknowledgements(self) -> tuple[BriefingAcknowledgement, ...]:
        """What people have said here that they have read."""
        with self._lock:
            return tuple(self._acknowledgements.values())

    def card_counts(self) -> tuple[CardCount, ...]:
        """The counts of cards on this device; few of them."""
        with self._lock:
            return tuple(record for record in self._records.values() if isinstance(record, CardCount))

    def counts(self) -> Mapping[State, int]:
        """How many contacts that stand are in each state."""
        with self._lock:
            return {state: self._counts[state] for state in State}

    def oldest_ready_at(self) -> datetime | None:
        """When the oldest record that is ready to send was entered, None if nothing is."""
        with self._lock:
            oldest = min(self._ready.values(), default=None)
            return None if oldest is None else read_time(oldest)

    def receipts(self) -> tuple[Kept, ...]:
        """The station's latest receipts, the last one first."""
        with self._lock:
            return self._receipts.latest()

    def has_any(self, ranges: Sequence[Range]) -> bool:
        """Whether a record with one of these sequence numbers is on this device."""
        with self._lock:
            records = filter(None, self._records.values())
            return any(first <= record.sequence <= last for record in records for first, last in ranges)

    def _take(self, table: str, verb: str, record_id: str = "", stored: JsonObject | None = None) -> None:
        if verb != "p" or stored is None:
            self._take_away(table, verb, record_id)
        elif table == NEWS:
            self._news[record_id] = stored
            self._has_news = True
        elif table == RECORDS:
            self._take_record(record_id, stored)
        else:
            self._take_verdict(record_id, stored)

    def _take_away(self, table: str, verb: str, record_id: str) -> None:
        """What leaves the device after its time, or a whole table."""
        tables: dict[str, dict[str, Any]] = {RECORDS: self._records, VERDICTS: self._verdicts, NEWS: self._news}
        kept = tables[table]
        if verb == "d":
            gone = kept.pop(record_id, None)
            if table == VERDICTS:
                self._receipts.change(gone, None)
        else:
            kept.clear()
            if table == VERDICTS:
                self._receipts = Receipts()
        self._acknowledgements = {key: each for key, each in self._acknowledgements.items() if key in self._records}
        self._ready = {key: at for key, at in self._ready.items() if key in self._records}
        self._must_remake = True
        self._has_news |= table == NEWS

    def _take_record(self, record_id: str, stored: JsonObject) -> None:
        if record_id in self._records:  # a record never changes
            return
        if AGAIN in self._verdicts.get(record_id, {AGAIN: 0}):
            self._ready[record_id] = stored["entered_at"]
        record = self._records[record_id] = known(stored)
        if record is None:
            return
        is_latest = record.sequence > self._sequence_last
        self._sequence_last = max(self._sequence_last, record.sequence)
        if isinstance(record, BriefingAcknowledgement):
            self._acknowledgements[record_id] = record
        if isinstance(record, Worksheet | CardCount | BriefingAcknowledgement):  # changes no entry
            return
        named = _named_by(record)
        self._named.add(named)
        if not isinstance(record, Contact) or named or not is_latest or record_id in self._named:
            self._must_remake = True
        else:
            self._put(self._entry(record, stands=True))

    def _take_verdict(self, record_id: str, stored: JsonObject) -> None:
        self._receipts.change(self._verdicts.get(record_id), stored)
        self._verdicts[record_id] = stored
        record = self._records.get(record_id)
        if AGAIN not in stored:
            self._ready.pop(record_id, None)
        elif record is not None:
            self._ready[record_id] = write_time(record.entered_at)
        entry = self._entries.get(record_id)
        if entry is not None:
            self._put(self._entry(entry.contact, stands=entry.stands))

    def _entry(self, contact: Contact, *, stands: bool) -> Entry:
        key = contact.id
        return entry_of(contact, self._verdicts.get(key), self._returns.contacts.get(key), stands=stands)

    def _put(self, entry: Entry) -> None:
        before = self._entries.get(entry.contact.id)
        self._entries[entry.contact.id] = entry
        if before is not None and before.stands:
            self._counts[before.state] -= 1
        if entry.stands:
            self._counts[entry.state] += 1


def _named_by(record: Record) -> str:
    """The id of the record that this one takes back or replaces; empty if none."""
    named = record.withdraws if isinstance(record, Withdrawal) else getattr(record, "corrects", None)
    return named or ""
