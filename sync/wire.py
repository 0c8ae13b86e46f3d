"""Batch up, receipt down: the two bodies of `POST /v1/exchange`, version 1 (docs/exchange.md; frozen by golden files).

The rules that keep a contact from being lost or doubled on the way:

1. The envelope is read tolerantly: unknown fields are ignored, and each record is judged alone by the station.
2. A batch names its records by position. So does the receipt, since a broken record may have no id to name.
3. The station answers only after its database has committed. Until then there is no receipt.
4. The device believes a receipt only if it answers this very batch: same batch id, one verdict per record, and the digest
   of exactly these records. Anything else, whatever its HTTP status, is not a receipt, and nothing is settled.
5. A verdict that the device does not know counts as try-later: the record stays ready to send.
6. Sending again is harmless: a record's id is the station's primary key for ever.
7. A station that was restored from a backup has another epoch. The device sends again what the old one held.

Who sends, and which batch it is, stands in the signed headers (signing.py); the body has everything else.
"""

from base64 import b64decode, b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import blake2b
from typing import Any

from sync import fields
from sync.audit import NO_AUDIT, Audit, audit_from_json, audit_to_json
from sync.canonical import HASH_BYTES, JsonObject, readable_bytes
from sync.certificates import is_pin
from sync.columns import BadColumns, columns_of, records_of
from sync.limits import (
    BATCH_RECORDS_MAX,
    DAMAGE_CHARACTERS_MAX,
    DAMAGE_LINES_MAX,
    INTEGER_MAX,
    MONOTONIC_MS_MAX,
    PINS_MAX,
    REPEATED_CHARACTERS_MAX,
)
from sync.news import NO_NEWS, News, NewsItem, news_from_json, news_to_json
from sync.times import read_time, write_time
from sync.verdicts import MEANINGS, Verdict, verdict_of

__all__ = ["Audit", "Batch", "Judged", "News", "NewsItem", "Receipt"]

WIRE_VERSION = 1
EXCHANGE_PATH = "/v1/exchange"
ENROL_PATH = "/v1/enrol"
HEALTH_PATH = "/healthz"
# A record that cannot be handed in otherwise travels wrapped under this one name, in base64; the station keeps it unread.
RAW = "raw"


class BadEnvelope(ValueError):
    """A body that is not a batch, a receipt or an enrolment; the text is a sentence."""


@dataclass(frozen=True, slots=True)
class Batch:
    """What a device sends: its records as stored (JSON with hash), and its clocks at sending.

    `sequence_last` is the last sequence number that the device has given out (0 if none), `ready` how many records are
    ready to send, these included; `epoch` and `receipt_last` are those of the last receipt it has (None, 0), `news` is
    the number of the last news item that it has. `damage` says in lines what was wrong with its store.
    """

    batch: str
    device: str
    app: str
    sent_at: datetime
    monotonic_ms: int
    boot: str
    sequence_last: int
    records: tuple[Any, ...]
    ready: int = 0
    epoch: str | None = None
    receipt_last: int = 0
    news: int = 0
    damage: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Judged:
    """One verdict; `id` is None for a record that has no readable id."""

    id: str | None
    verdict: Verdict
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Receipt:
    """What the station answers: a number to quote, one verdict per record, and the challenge to sign next time.

    `epoch` changes when the station was restored from a backup. `records_max` is how many records the station takes at
    once. A batch without records has the receipt number 0: nothing was received. `digest` is of the records judged.
    `pins` are all those by which the station's own authority is to be known from now on (certificates.py); none from a
    station whose certificate is another's.
    """

    receipt: int
    batch: str
    epoch: str
    received_at: datetime
    challenge: str
    verdicts: tuple[Judged, ...]
    digest: str = ""
    audit: Audit = NO_AUDIT
    records_max: int = BATCH_RECORDS_MAX
    news: News = NO_NEWS
    pins: tuple[str, ...] = ()


def wrapped(record: JsonObject) -> JsonObject:
    """A record as it is handed in when nothing else helps."""
    return {RAW: b64encode(readable_bytes(record)).decode("ascii")}


def unwrapped(found: object) -> bytes | None:
    """The bytes of a record that was handed in so, or None if this is none."""
    if not isinstance(found, dict) or set(found) != {RAW} or not isinstance(found[RAW], str):
        return None
    try:
        return b64decode(found[RAW], validate=True)
    except ValueError:
        return None


def digest_of(records: Sequence[Any]) -> str:
    """What binds a receipt to the content of its batch: BLAKE2b-128 over the records' hashes, in order, a line each."""
    hashes = (record.get("hash") if isinstance(record, dict) else None for record in records)
    lines = "".join(f"{each if isinstance(each, str) else ''}\n" for each in hashes)
    return blake2b(lines.encode("utf-8", "surrogatepass"), digest_size=HASH_BYTES).hexdigest()


_BATCH = {
    "app": fields.text(40),
    "sent_at": fields.time(),
    "monotonic_ms": fields.whole(0, MONOTONIC_MS_MAX),
    "boot": fields.text(64),
    "sequence_last": fields.whole(0, INTEGER_MAX),
    "ready": fields.whole(0, INTEGER_MAX),
    "epoch": fields.text(64, required=False),
    "receipt_last": fields.whole(0, INTEGER_MAX),
    "news": fields.whole(0, INTEGER_MAX),
}


def batch_to_json(batch: Batch) -> JsonObject:
    """The body of a batch."""
    values = {name: (entry, getattr(batch, name)) for name, entry in _BATCH.items()}
    return {
        "wire": WIRE_VERSION,
        **{name: entry.write(value) for name, (entry, value) in values.items() if value is not None},
        **({"damage": list(batch.damage)} if batch.damage else {}),
        "records": columns_of(batch.records),
    }


def batch_from_json(found: object, device: str, batch: str) -> Batch:
    """The batch in a decoded body; its records are not looked into. Raises BadEnvelope."""
    if not isinstance(found, dict) or found.get("wire") != WIRE_VERSION or isinstance(found["wire"], bool):
        raise BadEnvelope(f"The body is not a batch of wire version {WIRE_VERSION}.")
    try:
        fields.uuid_text().read(batch)
    except ValueError as problem:
        raise BadEnvelope(f"The batch's id {problem}.") from None
    values: dict[str, Any] = {}
    for name, entry in _BATCH.items():
        if not entry.required and name not in found:
            continue
        try:
            values[name] = entry.read(found.get(name))
        except ValueError as problem:
            raise BadEnvelope(f"The batch's {name} {problem}.") from None
    try:
        records = records_of(
            found.get("records"), count_max=BATCH_RECORDS_MAX, repeated_characters_max=REPEATED_CHARACTERS_MAX
        )
    except BadColumns as problem:
        raise BadEnvelope(f"The batch's records {problem}.") from None
    return Batch(batch=batch, device=device, **values, damage=_damage(found.get("damage")), records=records)


def receipt_to_json(receipt: Receipt) -> JsonObject:
    """The body of a receipt; what there is nothing to say of is left out."""
    reasons = {str(place): judged.reason for place, judged in enumerate(receipt.verdicts) if judged.reason}
    return {
        "wire": WIRE_VERSION,
        "receipt": receipt.receipt,
        "batch": receipt.batch,
        "epoch": receipt.epoch,
        "received_at": write_time(receipt.received_at),
        "challenge": receipt.challenge,
        "verdicts": "".join(MEANINGS[judged.verdict].letter for judged in receipt.verdicts),
        **({"reasons": reasons} if reasons else {}),
        "digest": receipt.digest,
        "audit": audit_to_json(receipt.audit),
        "records_max": receipt.records_max,
        **({"news": news_to_json(receipt.news)} if receipt.news.items else {}),
        **({"pins": list(receipt.pins)} if receipt.pins else {}),
    }


def receipt_from_json(found: object, batch: Batch) -> Receipt:
    """The receipt of this very batch. Raises BadEnvelope for anything else, so that nothing is settled by mistake."""
    if not isinstance(found, dict) or found.get("wire") != WIRE_VERSION or "verdicts" not in found:
        raise BadEnvelope("The answer is not a receipt.")
    if found.get("batch") != batch.batch:
        raise BadEnvelope("The receipt names another batch.")
    letters = found["verdicts"]
    if not isinstance(letters, str) or len(letters) != len(batch.records):
        raise BadEnvelope("The receipt does not name every record of the batch.")
    if found.get("digest") != digest_of(batch.records):
        raise BadEnvelope("The receipt is for other records than those of the batch.")
    reasons = found.get("reasons")
    try:
        return Receipt(
            receipt=fields.whole(0, INTEGER_MAX).read(found.get("receipt")),
            batch=batch.batch,
            epoch=fields.text(64).read(found.get("epoch")),
            received_at=read_time(found.get("received_at")),
            challenge=fields.header_text(200).read(found.get("challenge")),
            verdicts=_judged(letters, reasons if isinstance(reasons, dict) else {}, batch),
            digest=found["digest"],
            audit=audit_from_json(found.get("audit")),
            records_max=fields.whole(1, INTEGER_MAX).read(found.get("records_max", BATCH_RECORDS_MAX)),
            news=news_from_json(found.get("news")),
            pins=_pins(found.get("pins")),
        )
    except ValueError as problem:
        raise BadEnvelope(f"The receipt is not whole: something {problem}.") from None


def _judged(letters: str, reasons: JsonObject, batch: Batch) -> tuple[Judged, ...]:
    ids = (record.get("id") if isinstance(record, dict) else None for record in batch.records)
    return tuple(
        Judged(key if isinstance(key, str) else None, verdict_of(letter), _reason(reasons.get(str(place))))
        for place, (key, letter) in enumerate(zip(ids, letters, strict=True))
    )


def _pins(found: object) -> tuple[str, ...]:
    """The pins of a receipt; a list that is not whole counts as none, since the records were taken in all the same."""
    listed = found if isinstance(found, list) else []
    is_whole = len(listed) <= PINS_MAX and all(isinstance(each, str) and is_pin(each) for each in listed)
    return tuple(listed) if is_whole else ()


def _reason(found: object) -> str | None:
    return found if isinstance(found, str) else None


def _damage(found: object) -> tuple[str, ...]:
    lines = found if isinstance(found, list) else []
    return tuple(str(line)[:DAMAGE_CHARACTERS_MAX] for line in lines[:DAMAGE_LINES_MAX])
