"""What is shown in words: flags, dates, times and what a correction changed. Pure."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta

from station.exceptions import RULE_OF, Rule
from station.worksheets import Line
from sync.records import Contact, Role
from sync.reference import Reference

# Entering a contact a few minutes after it is the rule; later, both times are shown.
LATER_MIN = timedelta(minutes=5)
_MINUTE, _HOUR, _DAY = 60, 3_600, 86_400


ROLE_WORDS: Mapping[Role, str] = {Role.DEPUTY: "Deputy", Role.VOLUNTEER: "Volunteer", Role.DESK: "Desk"}
_CHANGEABLE = ("setting", "source", "tag", "rd", "people", "cards", "minutes", "unit", "note")
_CALLED = {"rd": "RD"}


def flag_words(flag: str) -> Rule:
    """The rule that a flag names; one that has none is shown as it is called."""
    if flag in RULE_OF:
        return RULE_OF[flag]
    plain = flag.replace("-", " ").capitalize()
    return Rule(flag, plain, plain, plain, plain)


def day_words(on: date) -> str:
    """A date in words, like Sun 22 Nov 2026."""
    return f"{short_day_words(on)} {on.year}"


def short_day_words(on: date) -> str:
    """A date in words where the year is known, like Sun 22 Nov."""
    return f"{on:%a} {on.day} {on:%b}"


def entered_later(line: Line) -> datetime | None:
    """When a contact was entered, by the corrected clock, if that was later than a few minutes after it."""
    delay = line.contact.entered_at - line.contact.claimed_at
    if abs(delay) <= LATER_MIN:
        return None
    return (line.contact_at.astimezone(UTC) + delay).astimezone(line.contact_at.tzinfo)


def moment_words(at: datetime, beside: datetime) -> str:
    """A local time as it is read beside another one: with its date only where that differs."""
    return f"{at:%H:%M}" if at.date() == beside.date() else f"{at:%H:%M} on {day_words(at.date())}"


def change_words(line: Line, reference: Reference) -> tuple[str, ...]:
    """What a correction changed, like `people 1 → 3`; nothing for a contact that corrects none."""
    contact, original = line.contact, line.original
    if contact.corrects is None:
        return ()
    if original is None:
        return ("a contact that is not here",)
    reference = reference.at(contact.claimed_at)
    found = [
        f"{_CALLED.get(name, name)} {_value(original, name, reference)} → {_value(contact, name, reference)}"
        for name in _CHANGEABLE
        if getattr(original, name) != getattr(contact, name)
    ]
    if original.claimed_at != contact.claimed_at:
        zone = line.contact_at.tzinfo
        before, after = original.claimed_at.astimezone(zone), contact.claimed_at.astimezone(zone)
        found.insert(0, f"time {moment_words(before, after)} → {after:%H:%M}")
    return tuple(found) or ("nothing changed",)


def clock_words(line: Line) -> str:
    """How wrong a device's clock was, and how sure the corrected time is; nothing where it was about right."""
    off, unsure = line.clock
    if not off:
        return ""
    sure = "nobody can tell how sure this time is"
    if unsure is not None:
        sure = f"this time is sure to {span_words(unsure + _MINUTE - 1)}"  # a begun minute counts
    return f"The device's clock was {span_words(abs(off))} {'ahead' if off > 0 else 'behind'}; {sure}"


def span_words(seconds: float) -> str:
    """How long, in the two largest units that matter to somebody who waits."""
    whole = max(int(seconds), 0)
    if whole < _HOUR:
        return f"{whole // _MINUTE} min"
    if whole < _DAY:
        return f"{whole // _HOUR} h {whole % _HOUR // _MINUTE:02d} min"
    return f"{whole // _DAY} d {whole % _DAY // _HOUR} h"


def setting_words(name: str, reference: Reference) -> str:
    """A setting's label as it was, also of one that is no longer offered."""
    return reference.label_of(name)


def _value(contact: Contact, name: str, reference: Reference) -> str:
    value = getattr(contact, name)
    if value is None:
        return "none"
    return setting_words(value, reference) if name == "setting" else str(value)
