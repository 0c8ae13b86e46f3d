"""The station of the simulated exchange: a small model of its intake, with commit, rollback, backup and restore.

Its rules are those of station/intake.py, station/audits.py and station/news.py, one method each, so that a mutant can
break one of them. What is on the wire is the real thing.
"""

from dataclasses import dataclass, field, replace
from random import Random

from doubles import START

from sync.audit import Audit, Range, audit_of, unsure_ranges
from sync.canonical import JsonObject, canonical_bytes, content_hash, read_json, readable_bytes
from sync.gathering import sequence_of
from sync.news import News, NewsItem, NewsKind
from sync.records import unhashed
from sync.verdicts import Verdict
from sync.wire import Batch, Judged, Receipt, batch_from_json, digest_of, receipt_to_json, unwrapped


class Stumbled(Exception):
    """The station fell over a record: HTTP 500, nothing stored."""


@dataclass(frozen=True, slots=True)
class Row:
    """A record, or what is kept of one in quarantine, of which device, and since which hour."""

    id: str | None
    hash: str
    raw: bytes
    device: str
    sequence: int | None
    hour: int


@dataclass
class Database:
    """What is committed. `received` are batch and device of each receipt given, `devices` have last sequence, how far the last audit looked, and what it found missing."""

    epoch: str
    received: list[tuple[str, str]] = field(default_factory=list)
    records: dict[str, Row] = field(default_factory=dict)
    quarantine: dict[tuple[str, bytes], Row] = field(default_factory=dict)
    devices: dict[str, tuple[int, int, tuple[Range, ...]]] = field(default_factory=dict)
    news: list[tuple[str, JsonObject]] = field(default_factory=list)

    def copy(self) -> "Database":
        """The same, apart from this."""
        copies = (self.received.copy(), self.records.copy(), self.quarantine.copy())
        return Database(self.epoch, *copies, self.devices.copy(), self.news.copy())


class SimStation:
    """The station. `hour` is its clock; `lot` decides which records it puts off."""

    def __init__(self, lot: Random, records_max: int) -> None:
        self.lot = lot
        self.records_max = records_max
        self.hour = 0
        self.is_well = False  # puts nothing off any more
        self._epochs = 1
        self._decisions = 0
        self.db = Database("epoch-1")
        self._backups = [self.db.copy()]

    def receive(self, device: str, batch_id: str, body: bytes, *, crashes: bool = False) -> JsonObject | None:
        """Take one body in, commit, and give the receipt; None after a crash before COMMIT. Raises Stumbled."""
        found = read_json(body)
        batch = batch_from_json(found, device, batch_id)
        if "plain" in found:
            batch = replace(batch, records=tuple(found["plain"]))
        before = self.db
        self.db = before.copy()
        try:
            receipt = self.take_in(batch)
        except Stumbled:
            self.db = before
            raise
        if crashes:
            self.db = before
            return self.after_crash(receipt)
        return receipt_to_json(receipt)

    def after_crash(self, receipt: Receipt) -> JsonObject | None:  # noqa: ARG002 - a mutant answers with it
        """What the device hears when the station crashed before COMMIT."""
        return None

    def take_in(self, batch: Batch) -> Receipt:
        """Store a batch and make its receipt."""
        db = self.db
        self.see_whether_restored(batch)
        if batch.records:
            db.received.append((batch.device, batch.batch))
        said, through, noted = db.devices.get(batch.device, (0, 0, ()))
        db.devices[batch.device] = max(said, batch.sequence_last), through, noted
        verdicts = tuple(self.take_one(batch.device, found) for found in batch.records)
        return Receipt(
            receipt=len(db.received) if batch.records else 0,
            batch=batch.batch,
            epoch=db.epoch,
            received_at=START,
            challenge="fresh",
            verdicts=verdicts,
            digest=digest_of(batch.records),
            audit=self._audit(batch.device),
            records_max=self.records_max,
            news=self._news(batch),
        )

    def take_one(self, device: str, found: JsonObject) -> Judged:
        """Judge and store one record."""
        if (handed_in := unwrapped(found)) is not None:
            if b'"cursed"' in handed_in:
                raise Stumbled
            return self._put_aside(device, None, Verdict.QUARANTINED, handed_in)
        content, key = found.get("content"), found["id"]
        if content in ("poison", "cursed"):
            raise Stumbled
        if not self.is_well and self.lot.random() < 0.05:
            return Judged(key, Verdict.TRY_LATER)
        canonical = canonical_bytes(unhashed(found))
        if found["hash"] != content_hash(canonical) or content == "bad":
            return self._put_aside(device, key, Verdict.QUARANTINED, readable_bytes(found))
        if content == "newer":
            return self._put_aside(device, key, Verdict.HELD, readable_bytes(found))
        return self.store(Row(key, found["hash"], canonical, device, found["sequence"], self.hour))

    def store(self, row: Row) -> Judged:
        """Keep a sound record under its id, once."""
        assert row.id is not None
        held = self.db.records.get(row.id)
        if held is None:
            self.db.records[row.id] = row
            return Judged(row.id, Verdict.ACCEPTED)
        if held.hash == row.hash:
            return Judged(row.id, Verdict.ALREADY_HERE)
        return self._put_aside(row.device, row.id, Verdict.CONFLICTING, row.raw)

    def see_whether_restored(self, batch: Batch) -> None:
        """A device has a receipt of this epoch that it was never given: the database was put back without a word."""
        given = self.db.received[batch.receipt_last - 1 : batch.receipt_last]
        if batch.epoch == self.db.epoch and batch.receipt_last and (not given or given[0][0] != batch.device):
            self.new_epoch()

    def new_epoch(self) -> None:
        """From here on every device sends again what it still has."""
        self._epochs += 1
        self.db.epoch = f"epoch-{self._epochs}"

    def back_up(self) -> None:
        """Copy the database."""
        self._backups.append(self.db.copy())

    def restore(self, *, is_told: bool) -> None:
        """Put a backup back, by the command, which knows of epochs, or without a word."""
        self.db = self.lot.choice(self._backups[-2:]).copy()
        if is_told:
            self.new_epoch()

    def decide(self) -> None:
        """A sergeant releases or dismisses something in quarantine, and its device is told."""
        waiting = [row for row in self.db.quarantine.values() if row.id is not None]
        if waiting:
            row = self.lot.choice(waiting)
            verdict = self.lot.choice((Verdict.ACCEPTED, Verdict.QUARANTINED))
            self._decisions += 1
            reason = f"Decision {self._decisions}"
            body = {"id": row.id, "hash": row.hash, "verdict": verdict.value, "reason": reason}
            self.db.news.append((row.device, body))

    def _put_aside(self, device: str, key: str | None, verdict: Verdict, raw: bytes) -> Judged:
        if (device, raw) not in self.db.quarantine:
            found = read_json(raw)
            found_hash = found.get("hash") or content_hash(raw)
            row = Row(key or found["id"], found_hash, raw, device, sequence_of(found) or None, self.hour)
            self.db.quarantine[device, raw] = row
        return Judged(key, verdict, "A reason.")

    def held(self, device: str) -> set[int]:
        """The sequence numbers of a device that are here."""
        rows = (*self.db.records.values(), *self.db.quarantine.values())
        return {row.sequence for row in rows if row.device == device and row.sequence is not None}

    def _audit(self, device: str) -> Audit:
        said, through, noted = self.db.devices[device]
        found = audit_of(said, self.held(device), unsure_ranges(said, through, noted))
        self.db.devices[device] = said, said, found.missing
        return found

    def _news(self, batch: Batch) -> News:
        after = batch.news if batch.epoch == self.db.epoch else 0
        mine = [
            NewsItem(number, NewsKind.VERDICT, body)
            for number, (device, body) in enumerate(self.db.news, 1)
            if device == batch.device and number > after
        ]
        return News(tuple(mine[:2]), is_more=len(mine) > 2)


def same_but_verdicts(receipt: Receipt, verdict: Verdict) -> Receipt:
    """A receipt that says the same of every record."""
    return replace(receipt, verdicts=tuple(replace(judged, verdict=verdict) for judged in receipt.verdicts))
