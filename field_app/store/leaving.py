"""Which sent records have had their time on the device, by the station's clock, and which of them leave together. Pure.

The device's own clock has to say so too. So a station whose clock was wrong at one exchange takes nothing away that is
new here; and a device's wrong clock can only delay.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from field_app.store.settling import Standing
from sync.canonical import JsonObject
from sync.times import read_time
from sync.verdicts import Verdict

# A record that the station only holds, for a newer version of itself, stays here as well.
_LEAVING = (Verdict.ACCEPTED, Verdict.ALREADY_HERE)


@dataclass(frozen=True, slots=True)
class Until:
    """Up to when something counts as old: by the station's last receipt, and by the last record that was made here."""

    station: datetime
    device: datetime

    @property
    def both(self) -> datetime:
        """What was before this is old by either clock."""
        return min(self.station, self.device)


def until_of(
    verdicts: Mapping[str, JsonObject], epoch: str | None, newest: JsonObject | None, keep: timedelta
) -> Until | None:
    """Up to when something counts as old, if there is a receipt of this epoch and a record to tell it by."""
    # By its number, not by its date: one receipt from the year 2099 would be the last one for ever.
    own = (found for found in verdicts.values() if "received_at" in found and found["epoch"] == epoch)
    last = max(own, key=lambda found: int(found["receipt"]), default=None)
    if last is None or newest is None:
        return None
    return Until(read_time(last["received_at"]) - keep, read_time(newest["entered_at"]) - keep)


def leaving_ids(
    verdicts: Mapping[str, JsonObject],
    standing: Standing,
    until: Until | None,
    read_records: Callable[[], Mapping[str, JsonObject]],
) -> list[str]:
    """The ids of sent records whose time here is over. Reading all records is dear: only if some were sent so long ago."""
    sent = [
        key
        for key, found in verdicts.items()
        if until is not None
        and "received_at" in found
        and Verdict(found["verdict"]) in _LEAVING
        and read_time(found["received_at"]) <= until.station
    ]
    if until is None or not sent:
        return []
    records = read_records()
    # By their order: what was made before something old is old, whatever the clock said when it was made.
    old = (record["sequence"] for record in records.values() if read_time(record["entered_at"]) <= until.device)
    last_old = max(old, default=0)

    def is_over(key: str) -> bool:
        number = records[key]["sequence"] if key in records else 0
        # What was here before the device came to this station, the one before holds.
        is_held = verdicts[key]["epoch"] == standing.epoch or number <= standing.enrolled_after
        return is_held and number <= last_old

    return list(filter(is_over, sent))


def leaving_together(may_leave: Iterable[str], records: Mapping[str, JsonObject], count: int) -> list[str]:
    """The first ids of those that may leave: so many, and with each all that belong to it; none of which one stays."""
    allowed, families = dict.fromkeys(may_leave), _families(records)
    found: dict[str, None] = {}
    for key in allowed:
        if len(found) >= count:
            break
        family = families.get(key, {key})
        if family <= allowed.keys():
            found.update(dict.fromkeys(family))
    return list(found)


def _families(records: Mapping[str, JsonObject]) -> dict[str, set[str]]:
    """The ids of the records that belong together, by the id of each: what corrects or withdraws another, and that one."""
    found: dict[str, set[str]] = {}
    for key, record in records.items():
        named = str(record.get("corrects") or record.get("withdraws"))
        if named in records:
            family = found.get(key, {key}) | found.get(named, {named})
            found.update(dict.fromkeys(family, family))
    return found
