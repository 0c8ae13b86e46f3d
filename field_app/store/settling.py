"""What a receipt makes of the store: which verdicts are written down, what is to be sent again, what the news change.

Decided here, without I/O; records.py reads and writes.
"""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field, fields
from datetime import datetime
from typing import Any

from field_app.store.outbox import AGAIN, RECORDS, VERDICTS
from sync.audit import NO_AUDIT, Audit, Range, numbers_in
from sync.canonical import JsonObject
from sync.news import NewsItem, NewsKind
from sync.times import write_time
from sync.verdicts import MEANINGS, Verdict
from sync.wire import Receipt

# The device's note of how it stands with the station, and the table of news that this version does not know.
EXCHANGE, NEWS = "exchange", "news"
# In a verdict that came later than the receipt that settled its record: when that one was given.
RECEIPT_AT = "receipt_at"
Find = Callable[[str], JsonObject | None]
All = Callable[[str], Mapping[str, JsonObject]]


@dataclass(frozen=True, slots=True)
class Standing:
    """How the device stands with its station: the last receipt, the news up to which number, and what is missing there.

    `missing` are sequence numbers that the station lacks and that are not on their way: sent again once, if the device
    still has them. `restored_through` is the last number given out when the station was found to be restored from a
    backup (0: never), `epoch_at` when it was first heard by its epoch of now, by its own clock, `enrolled_after` the last one given out when it came here from another station (0: never), and
    `enrolments` how often it has come from one station to another.
    """

    epoch: str | None = None
    receipt: int = 0
    news: int = 0
    said: int = 0
    held: int = 0
    missing: tuple[Range, ...] = ()
    restored_through: int = 0
    enrolled_after: int = 0
    enrolments: int = 0
    epoch_at: str = ""


@dataclass(frozen=True, slots=True)
class Told:
    """What news come to: verdicts by record id, and items kept for a newer version."""

    verdicts: dict[str, JsonObject] = field(default_factory=dict)
    kept: dict[str, JsonObject] = field(default_factory=dict)


def standing_of(note: Mapping[str, Any] | None) -> Standing:
    """What was noted: by this version, by an older one, which knew less, or by a newer one, which knew more."""
    known = {each.name: note[each.name] for each in fields(Standing) if note is not None and each.name in note}
    return Standing(**{**known, "missing": tuple((first, last) for first, last in known.get("missing", ()))})


def standing_to_note(standing: Standing) -> JsonObject:
    """What to note."""
    noted = {each.name: getattr(standing, each.name) for each in fields(Standing)}
    return noted | {"missing": [list(each) for each in standing.missing]}


def standing_after(receipt: Receipt, before: Standing) -> Standing:
    """How the device stands after a receipt."""
    is_same = receipt.epoch == before.epoch
    is_first = before.epoch is None
    numbers = [item.number for item in receipt.news.items]
    # A receipt file brings no audit: what the last one said stands.
    audit = receipt.audit if receipt.audit != NO_AUDIT else Audit(before.said, before.held, before.missing)
    return Standing(
        epoch=receipt.epoch,
        receipt=max(receipt.receipt, before.receipt) if is_same else receipt.receipt,
        news=max([*numbers, before.news if is_same else 0]),
        said=audit.said,
        held=audit.held,
        missing=audit.missing,
        restored_through=before.restored_through if is_same or is_first else audit.said,
        enrolled_after=before.enrolled_after,
        enrolments=before.enrolments,
        epoch_at=before.epoch_at if is_same else write_time(receipt.received_at),
    )


def verdicts_in(receipt: Receipt, ready: Collection[str]) -> dict[str, JsonObject]:
    """The verdicts that settle something, by record id."""
    return {
        judged.id: _verdict(judged.verdict, judged.reason, receipt)
        for judged in receipt.verdicts
        if judged.id in ready and judged.id is not None and MEANINGS[judged.verdict].is_settled
    }


def again_in(receipt: Receipt, before: Standing, on_their_way: Collection[int], read_all: All) -> dict[str, JsonObject]:
    """What is to be sent again, by record id: all that an earlier epoch settled, or what the station lacks.

    What the station put aside counts as held there, so a lack of it is a lack as well.
    Reading all that is kept is dear, so it happens only when the epoch is new, or what is missing is new.
    """
    if before.epoch is not None and receipt.epoch != before.epoch:
        verdicts = read_all(VERDICTS)
        old = [key for key, found in verdicts.items() if AGAIN not in found and found.get("epoch") != receipt.epoch]
        return _marks(old, read_all(RECORDS))
    missing = numbers_in(receipt.audit.missing, on_their_way)
    if not missing or receipt.audit.missing == before.missing:
        return {}
    verdicts = read_all(VERDICTS)
    lacking = [
        key
        for key, record in read_all(RECORDS).items()
        if any(first <= record["sequence"] <= last for first, last in missing) and "verdict" in verdicts.get(key, {})
    ]
    return _marks(lacking, read_all(RECORDS))


def news_in(receipt: Receipt, before: Standing, find: Find, find_verdict: Find) -> Told:
    """What the news change. An item that the device has had, or that is of no record of its own, changes nothing."""
    told = Told()
    last = before.news if receipt.epoch == before.epoch else 0
    for item in receipt.news.items:
        if item.number <= last:
            continue
        if item.kind != NewsKind.VERDICT:
            told.kept[f"{receipt.epoch}/{item.number}"] = {"kind": item.kind, "body": item.body}
        elif (found := _decided(item, receipt, find, find_verdict)) is not None:
            told.verdicts[item.body["id"]] = found
    return told


def old_reviews(news: Mapping[str, JsonObject], until: datetime | None) -> list[str]:
    """The keys of kept reviews that are older than the records that are kept, and of a day as old. Other news stay.

    The day counts since the station may have reviewed it while its clock was behind.
    """
    spelled = "" if until is None else write_time(until)
    reviews = {key: item["body"] for key, item in news.items() if item["kind"] == NewsKind.REVIEW}
    dates = {key: (body.get("at"), body.get("shift_on", "")) for key, body in reviews.items()}
    return [key for key, found in dates.items() if all(isinstance(each, str) and each <= spelled for each in found)]


def _decided(item: NewsItem, receipt: Receipt, find: Find, find_verdict: Find) -> JsonObject | None:
    """A verdict that a person at the station came to, if it is on a record that is here, and of this content.

    It stays with the receipt that settled the record; its own time counts for how long the record stays here.
    """
    key, reason = item.body.get("id"), item.body.get("reason")
    record = find(key) if isinstance(key, str) else None
    if record is None or record.get("hash") != item.body.get("hash") or item.body.get("verdict") not in set(Verdict):
        return None
    verdict = Verdict(item.body["verdict"])
    found = _verdict(verdict, reason if isinstance(reason, str) else None, receipt)
    earlier = find_verdict(str(key)) or {}
    if earlier.get("epoch") != receipt.epoch or "received_at" not in earlier:
        return found
    return found | {"receipt": earlier["receipt"], RECEIPT_AT: earlier.get(RECEIPT_AT, earlier["received_at"])}


def _verdict(verdict: Verdict, reason: str | None, receipt: Receipt) -> JsonObject:
    return {
        "verdict": verdict.value,
        "reason": reason,
        "receipt": receipt.receipt,
        "epoch": receipt.epoch,
        "received_at": write_time(receipt.received_at),
    }


def _marks(keys: Iterable[str], records: Mapping[str, JsonObject]) -> dict[str, JsonObject]:
    return {key: {AGAIN: records[key]["sequence"]} for key in keys if key in records}
