"""The rules of the field for one record: what is refused, and what is only flagged.

The device asks before it logs, the station asks again before it takes in: one set of rules, checked at both ends.
"""

from collections.abc import Callable, Mapping
from datetime import timedelta
from enum import StrEnum
from typing import Any, Protocol

from sync.limits import AHEAD_SECONDS_MAX
from sync.records import BriefingAcknowledgement, CardCount, Contact, Record, Role, Source, Worksheet, signed_bytes
from sync.reference import Reference
from sync.signing import is_signed, worksheet_message

STOP_REASON = "stop"
# Gov Code 12525.5 and LASD practice (DOMAIN.md §4.2): a detention or any search is never only a 755.
STOP_ADVICE = (
    "A detention, or any search, is a stop and never only a 755: clear it with 840 (vehicle), 841 (pedestrian) or "
    "842 (bicycle), 843 for each further person detained, and make the SACR entry before the end of the shift."
)


class Flag(StrEnum):
    """Something a sergeant wants to see, though the contact stands (never a reason to refuse a tap)."""

    TAG_MISSING = "tag-missing"  # a call has a tag (MPP 5-09/520.25, DOMAIN.md §1.2)
    RD_MISSING = "rd-missing"  # the clearance names an RD (DOMAIN.md §1.3)


class AtWork(Protocol):
    """Who logs, as a shift says it and each of its contacts."""

    @property
    def person(self) -> str:
        """Their number."""

    @property
    def role(self) -> Role:
        """As what they work."""

    @property
    def watch(self) -> str:
        """On which watch."""

    @property
    def unit(self) -> str | None:
        """In which unit."""


def flags_of(contact: Contact) -> tuple[Flag, ...]:
    """What a contact lacks: a call its tag, any contact its RD."""
    found = []
    if contact.source is Source.CALL and contact.tag is None:
        found.append(Flag.TAG_MISSING)
    if contact.rd is None:
        found.append(Flag.RD_MISSING)
    return tuple(found)


def problems_with(record: Record, reference: Reference) -> list[str]:
    """Why a well-formed record cannot be taken at this station: a sentence each, none if it can.

    By the reference data of its time, or of any other time: a device may not have heard of the change yet.
    """
    at = record.claimed_at if isinstance(record, Contact) else record.entered_at
    problems = _problems(record, reference.at(at))
    return problems if problems and all(_problems(record, each) for each in reference.known()) else []


def problems_with_shift(shift: AtWork, reference: Reference) -> list[str]:
    """Why no contact of a shift could be taken, by any version of the reference data: a sentence each, none if it can."""
    problems = _problems_with_shift(shift, reference)
    return problems if problems and all(_problems_with_shift(shift, each) for each in reference.known()) else []


def _problems_with_shift(shift: AtWork, reference: Reference) -> list[str]:
    return [*_watch(shift, reference), *_unit(shift, reference), *_person(shift, reference)]


def _problems(record: Record, reference: Reference) -> list[str]:
    return [sentence for check in _CHECKS.get(type(record), ()) for sentence in check(record, reference)]


def _setting(contact: Contact, reference: Reference) -> list[str]:
    if contact.setting in reference.settings:
        return []
    return [f"{contact.setting!r} is not a setting. Use one of: {', '.join(reference.settings)}."]


def _source(contact: Contact, reference: Reference) -> list[str]:
    setting = reference.settings.get(contact.setting)
    if setting is None or setting.always_source in {None, contact.source}:
        return []
    return [f"A {setting.label.lower()} always has the source {setting.always_source}; leave the source out."]


def _watch(contact: AtWork | Worksheet | BriefingAcknowledgement, reference: Reference) -> list[str]:
    if contact.watch in reference.watches:
        return []
    return [f"{contact.watch!r} is not a watch. Use one of: {', '.join(reference.watches)}."]


def _rd(contact: Contact, reference: Reference) -> list[str]:
    if contact.rd is None or reference.area_of(contact.rd) is not None:
        return []
    advice = "RDs have four digits, like 0454; use 0400 if the location is unknown, or leave it out."
    return [f"{contact.rd!r} is not an RD of {reference.station}. {advice}"]


def _tag(contact: Contact, reference: Reference) -> list[str]:
    if contact.tag is None or reference.is_tag(contact.tag):
        return []
    return [f"{contact.tag!r} is not a tag. A tag has one to six digits; leave it out if you do not have it yet."]


def _unit(contact: AtWork, reference: Reference) -> list[str]:
    if contact.unit is not None and contact.role is Role.DESK:
        return ["The desk has no unit; leave the unit out."]
    return _call_sign(contact, reference)


def _call_sign(contact: AtWork | Worksheet | CardCount, reference: Reference) -> list[str]:
    if contact.unit is None or reference.is_unit(contact.unit):
        return []
    return [f"{contact.unit!r} is not a unit. A unit is up to six letters and digits, like 42A."]


def _person(contact: AtWork | Worksheet | CardCount | BriefingAcknowledgement, reference: Reference) -> list[str]:
    if reference.is_person(contact.person):
        return []
    return [f"{contact.person!r} is not a person's number. It has six digits, like 900001."]


def _claimed(contact: Contact, reference: Reference) -> list[str]:
    del reference  # every check has the same shape
    # A correction keeps the claim of its original, and the device's clock may have been set back since.
    if contact.corrects is not None or contact.claimed_at <= contact.entered_at + timedelta(seconds=AHEAD_SECONDS_MAX):
        return []
    return ["That time has not come yet. Give the time at which the contact happened."]


def _signature(worksheet: Worksheet, reference: Reference) -> list[str]:
    del reference  # every check has the same shape
    key, signature = worksheet.key, worksheet.signature
    if key is None and signature is None:
        return []
    message = worksheet_message(body=signed_bytes(worksheet))
    if key is not None and signature is not None and is_signed(key, message, signature):
        return []
    return ["The worksheet's signature does not fit what it signs. Sign the worksheet again."]


_CHECKS: Mapping[type[Record], tuple[Callable[[Any, Reference], list[str]], ...]] = {
    Contact: (_setting, _source, _watch, _rd, _tag, _unit, _person, _claimed),
    Worksheet: (_watch, _call_sign, _person, _signature),
    CardCount: (_call_sign, _person),
    BriefingAcknowledgement: (_watch, _person),
}
