"""The station's receipts as the device keeps them: each verdict names the one that settled its record."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from field_app.store.settling import RECEIPT_AT
from sync.times import read_time

# What a screen and `contact755 receipts` show: a week of a deputy who sends at the end of each shift, and some more.
RECEIPTS_MAX = 10
_Key = tuple[str, int]


@dataclass(frozen=True, slots=True)
class Kept:
    """One receipt: when the station gave it, and how many of the records on this device it settled."""

    number: int
    received_at: datetime
    records: int


class Receipts:
    """How many records each receipt settled; follows the verdicts one by one, so that it never costs a scan."""

    def __init__(self) -> None:
        self._counts: dict[_Key, int] = {}
        self._times: dict[_Key, str] = {}

    def change(self, before: Mapping[str, Any] | None, after: Mapping[str, Any] | None) -> None:
        """One record's verdict is another now, or (None) gone."""
        was, is_now = _key(before), _key(after)
        if was is not None:
            self._counts[was] -= 1
            if not self._counts[was]:
                del self._counts[was], self._times[was]
        if is_now is not None and after is not None:
            self._counts[is_now] = self._counts.get(is_now, 0) + 1
            self._times[is_now] = after.get(RECEIPT_AT, after["received_at"])

    def latest(self, limit: int = RECEIPTS_MAX) -> tuple[Kept, ...]:
        """The latest receipts, the last one first."""
        keys = sorted(self._counts, key=lambda key: (read_time(self._times[key]), key[1]), reverse=True)
        return tuple(Kept(key[1], read_time(self._times[key]), self._counts[key]) for key in keys[:limit])


def receipt_words(kept: Kept, zone: ZoneInfo) -> str:
    """A receipt in one line: its number first, which is what a person reads out on the telephone."""
    at = kept.received_at.astimezone(zone)
    return f"Receipt {kept.number} · {at:%a} {at.day} {at:%b %H:%M} · {kept.records:,} record{'' if kept.records == 1 else 's'}"


def _key(verdict: Mapping[str, Any] | None) -> _Key | None:
    if verdict is None or "received_at" not in verdict:  # a mark to send again, or of an early version
        return None
    number = int(verdict["receipt"])
    return (str(verdict["epoch"]), number) if number else None  # an answer to a question alone is no receipt to quote
