"""Judging one record alone, before the database sees it. Pure: whatever a device sends, this gives an answer."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sync.canonical import JsonObject, NotCanonical, canonical_bytes, content_hash, readable_bytes
from sync.limits import RECORD_BYTES_MAX
from sync.records import BadRecord, NewerRecord, Record, record_from_json, unhashed
from sync.reference import Reference
from sync.rules import problems_with
from sync.verdicts import Verdict
from sync.wire import Judged, unwrapped

_UNREAD = "The station could not take this record in as it is. Its bytes are kept; a sergeant decides."


@dataclass(frozen=True, slots=True)
class Sound:
    """A record that can be taken in: as an object, and as the bytes that its hash is over."""

    record: Record
    canonical: bytes
    hash: str


@dataclass(frozen=True, slots=True)
class Unsound:
    """A record that goes into quarantine as it came, and what the device is told; `is_unread` if it came wrapped."""

    judged: Judged
    raw: bytes
    is_unread: bool = False


def judge(found: Any, device: UUID, reference: Reference) -> Sound | Unsound:  # noqa: ANN401 - decoded JSON
    """Whether one record of a batch can be taken in."""
    if (handed_in := unwrapped(found)) is not None:
        return Unsound(Judged(None, Verdict.QUARANTINED, _UNREAD), handed_in, is_unread=True)
    try:
        bare = _bare(found)
        canonical = _canonical(bare, found.get("hash"))
        record = record_from_json(bare)
        _check(record, device, reference)
    except (NotCanonical, BadRecord) as problem:
        return Unsound(Judged(_id_of(found), Verdict.QUARANTINED, _sentence(problem)), readable_bytes(found))
    except NewerRecord as problem:
        return Unsound(Judged(_id_of(found), Verdict.HELD, _sentence(problem)), readable_bytes(found))
    return Sound(record, canonical, found["hash"])


def conflicting(sound: Sound) -> Unsound:
    """A record whose id is taken by one with other content: kept beside it, never instead of it."""
    reason = "The station has another record under this id. Both are kept; a sergeant decides."
    return Unsound(Judged(sound.record.id, Verdict.CONFLICTING, reason), sound.canonical)


def refused(sound: Sound) -> Unsound:
    """A record in which nothing is wrong, and which the database does not take."""
    judged = Judged(sound.record.id, Verdict.QUARANTINED, "The station's database could not take this record.")
    return Unsound(judged, sound.canonical)


def _bare(found: Any) -> JsonObject:  # noqa: ANN401 - decoded JSON
    if not isinstance(found, dict):
        raise BadRecord(["A record is a JSON object; this is something else."])
    return unhashed(found)


def _canonical(bare: JsonObject, claimed: object) -> bytes:
    canonical = canonical_bytes(bare)
    if len(canonical) > RECORD_BYTES_MAX:
        raise BadRecord([f"A record has {RECORD_BYTES_MAX} bytes at most."])
    if claimed != content_hash(canonical):
        raise BadRecord(["The content does not match its hash: it was damaged on the device or on the way."])
    return canonical


def _check(record: Record, device: UUID, reference: Reference) -> None:
    if record.device != str(device):
        raise BadRecord(["This record was made by another device."])
    problems = problems_with(record, reference)
    if problems:
        raise BadRecord(problems)


def _id_of(found: Any) -> str | None:  # noqa: ANN401 - decoded JSON
    """The id to answer under: whatever the device wrote there, if it is text that can go back."""
    value = found.get("id") if isinstance(found, dict) else None
    return value if isinstance(value, str) and len(value) <= RECORD_BYTES_MAX else None


def _sentence(problem: Exception) -> str:
    # Reasons quote what was sent; cut short, they stay readable and a receipt stays small.
    return str(problem).replace("\0", "?").encode("utf-8", "replace").decode()[:500]
