"""Which sent records have had their time on the device, by the station's clock, and which of them leave together. Pure."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from sync.canonical import JsonObject
from sync.times import read_time
from sync.verdicts import Verdict

# A record that the station only holds, for a newer version of itself, stays here as well.
_LEAVING = (Verdict.ACCEPTED, Verdict.ALREADY_HERE)


def leaving_ids(verdicts: Mapping[str, JsonObject], keep: timedelta) -> list[str]:
    """The ids of sent records whose time here is over, by their verdicts."""
    last = _last_dated(verdicts)
    if last is None:
        return []
    until = read_time(last["received_at"]) - keep
    return [
        key
        for key, found in verdicts.items()
        if "received_at" in found
        and found["epoch"] == last["epoch"]
        and Verdict(found["verdict"]) in _LEAVING
        and read_time(found["received_at"]) <= until
    ]


def kept_since(verdicts: Mapping[str, JsonObject], keep: timedelta) -> datetime | None:
    """Since when sent records are kept here, by the station's last receipt; None if there is none."""
    last = _last_dated(verdicts)
    return None if last is None else read_time(last["received_at"]) - keep


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


def _last_dated(verdicts: Mapping[str, JsonObject]) -> JsonObject | None:
    dated = (found for found in verdicts.values() if "received_at" in found)
    return max(dated, key=lambda found: str(found["received_at"]), default=None)


def _families(records: Mapping[str, JsonObject]) -> dict[str, set[str]]:
    """The ids of the records that belong together, by the id of each: what corrects or withdraws another, and that one."""
    found: dict[str, set[str]] = {}
    for key, record in records.items():
        named = str(record.get("corrects") or record.get("withdraws"))
        if named in records:
            family = found.get(key, {key}) | found.get(named, {named})
            found.update(dict.fromkeys(family, family))
    return found
