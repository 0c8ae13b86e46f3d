"""Batch up, receipt down: the two bodies of `POST /v1/exchange` (version 1, provisional until it is frozen).

The rules that keep a contact from being lost or doubled on the way:

1. The envelope is read tolerantly: unknown fields are ignored, and each record is judged alone by the station.
2. A batch names its records by position. So does the receipt, since a broken record may have no id to name.
3. The station answers only after its database has committed. Until then there is no receipt.
4. The device believes a receipt only if it answers this very batch: same batch id, one verdict per record, in order,
   each with that record's id. Anything else, whatever its HTTP status, is not a receipt, and nothing is settled.
5. A verdict that the device does not know counts as try-later: the record stays ready to send.
6. Sending again is harmless: a record's id is the station's primary key for ever.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sync import fields
from sync.canonical import JsonObject
from sync.limits import BATCH_RECORDS_MAX, INTEGER_MAX, MONOTONIC_MS_MAX
from sync.times import read_time, write_time
from sync.verdicts import Verdict

WIRE_VERSION = 1
EXCHANGE_PATH = "/v1/exchange"
ENROL_PATH = "/v1/enrol"
HEALTH_PATH = "/healthz"


class BadEnvelope(ValueError):
    """A body that is not a batch, a receipt or an enrolment; the text is a sentence."""


@dataclass(frozen=True, slots=True)
class Batch:
    """What a device sends: its records as stored (JSON with hash), and its clocks at sending.

    `sequence_last` is the last sequence number that the device has given out (0 if none).
    """

    batch: str
    device: str
    app: str
    sent_at: datetime
    monotonic_ms: int
    boot: str
    sequence_last: int
    records: tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Judged:
    """One verdict; `id` is None for a record that has no readable id."""

    id: str | None
    verdict: Verdict
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Receipt:
    """What the station answers: a number to quote, one verdict per record, and the challenge to sign next time.

    `epoch` changes when the station was restored from a backup.
    """

    receipt: int
    batch: str
    epoch: str
    received_at: datetime
    challenge: str
    verdicts: tuple[Judged, ...]


def batch_to_json(batch: Batch) -> JsonObject:
    """The body of a batch."""
    return {
        "wire": WIRE_VERSION,
        "batch": batch.batch,
        "device": batch.device,
        "app": batch.app,
        "sent_at": write_time(batch.sent_at),
        "monotonic_ms": batch.monotonic_ms,
        "boot": batch.boot,
        "sequence_last": batch.sequence_last,
        "records": list(batch.records),
    }


_BATCH = {
    "batch": fields.uuid_text(),
    "device": fields.uuid_text(),
    "app": fields.text(40),
    "sent_at": fields.time(),
    "monotonic_ms": fields.whole(0, MONOTONIC_MS_MAX),
    "boot": fields.text(64),
    "sequence_last": fields.whole(0, INTEGER_MAX),
}


def batch_from_json(found: object) -> Batch:
    """The batch in a decoded body; its records are not looked into. Raises BadEnvelope."""
    if not isinstance(found, dict) or found.get("wire") != WIRE_VERSION or isinstance(found["wire"], bool):
        raise BadEnvelope(f"The body is not a batch of wire version {WIRE_VERSION}.")
    values: dict[str, Any] = {}
    for name, entry in _BATCH.items():
        try:
            values[name] = entry.read(found.get(name))
        except ValueError as problem:
            raise BadEnvelope(f"The batch's {name} {problem}.") from None
    records = found.get("records")
    if not isinstance(records, list) or len(records) > BATCH_RECORDS_MAX:
        raise BadEnvelope(f"The batch's records are not a list of at most {BATCH_RECORDS_MAX}.")
    return Batch(**values, records=tuple(records))


def receipt_to_json(receipt: Receipt) -> JsonObject:
    """The body of a receipt; a reason is left out where there is none."""
    return {
        "wire": WIRE_VERSION,
        "receipt": receipt.receipt,
        "batch": receipt.batch,
        "epoch": receipt.epoch,
        "received_at": write_time(receipt.received_at),
        "challenge": receipt.challenge,
        "verdicts": [
            {"id": judged.id, "verdict": judged.verdict.value} | ({"reason": judged.reason} if judged.reason else {})
            for judged in receipt.verdicts
        ],
    }


def receipt_from_json(found: object, batch: Batch) -> Receipt:
    """The receipt of this very batch. Raises BadEnvelope for anything else, so that nothing is settled by mistake."""
    if not isinstance(found, dict) or found.get("wire") != WIRE_VERSION:
        raise BadEnvelope("The answer is not a receipt.")
    if found.get("batch") != batch.batch:
        raise BadEnvelope("The receipt names another batch.")
    verdicts = found.get("verdicts")
    if not isinstance(verdicts, list) or len(verdicts) != len(batch.records):
        raise BadEnvelope("The receipt does not name every record of the batch.")
    try:
        return Receipt(
            receipt=fields.whole(1, INTEGER_MAX).read(found.get("receipt")),
            batch=batch.batch,
            epoch=fields.text(64).read(found.get("epoch")),
            received_at=read_time(found.get("received_at")),
            challenge=fields.header_text(200).read(found.get("challenge")),
            verdicts=tuple(map(_judged, verdicts, batch.records)),
        )
    except ValueError as problem:
        raise BadEnvelope(f"The receipt is not whole: something {problem}.") from None


def _judged(found: object, record: JsonObject) -> Judged:
    if not isinstance(found, dict) or found.get("id") != record.get("id"):
        raise ValueError("names another record")
    verdict, reason = found.get("verdict"), found.get("reason")
    return Judged(
        id=found["id"],
        verdict=Verdict(verdict) if isinstance(verdict, str) and verdict in set(Verdict) else Verdict.TRY_LATER,
        reason=reason if isinstance(reason, str) else None,
    )
