"""Deciding the exceptions of contacts (exceptions.py): one function for each rule. Pure: facts in, contacts' ids out."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import groupby

from station.exceptions import PERSON_UNKNOWN
from station.matches import Matches
from station.placed import Placed
from station.signings import Signing
from sync.records import Contact
from sync.reference import Reference
from sync.rules import Flag, flags_of


@dataclass(frozen=True, slots=True)
class Facts:
    """All that the rules ask of a date: the contacts that stand, and what is known beside them.

    `replaced` has, for each, what it stands in place of, the latest first; `signings` are by worksheet.
    """

    placed: Sequence[Placed]
    replaced: Mapping[str, Sequence[Contact]]
    people: Collection[str]
    rivals: Collection[str]
    signings: Mapping[tuple[str, str], Sequence[Signing]]
    matches: Matches
    reference: Reference


def flags_by_contact(facts: Facts) -> Mapping[str, tuple[str, ...]]:
    """The names of the rules that each contact is an exception by, in the order of the table."""
    found: dict[str, list[str]] = {each.contact.id: [] for each in facts.placed}
    for name, decide in DECIDE.items():
        for key in dict.fromkeys(decide(facts)):
            found[key].append(name)
    return {key: tuple(names) for key, names in found.items()}


def _lacking(flag: Flag) -> Callable[[Facts], Iterable[str]]:
    return lambda facts: (each.contact.id for each in facts.placed if flag in flags_of(each.contact))


def _overlap(facts: Facts) -> Iterable[str]:
    timed = [each for each in facts.placed if each.contact.minutes]
    for _, group in groupby(sorted(timed, key=lambda each: (each.sheet, _start(each))), key=lambda each: each.sheet):
        longest: Placed | None = None  # of those so far the one that ends last
        for each in group:
            if longest is not None and _start(each) < _end(longest):
                yield longest.contact.id
                yield each.contact.id
            if longest is None or _end(each) > _end(longest):
                longest = each


def _start(each: Placed) -> datetime:
    # Python compares two times of one zone by their wall clocks, which are changed twice a year.
    return each.at.astimezone(UTC)


def _end(each: Placed) -> datetime:
    return _start(each) + timedelta(minutes=each.contact.minutes or 0)


def _late(facts: Facts) -> Iterable[str]:
    # Both by the device's own clock: a wrong one is another rule's.
    for each in facts.placed:
        replaced = facts.replaced[each.contact.id]
        first = replaced[-1] if replaced else each.contact
        if first.entered_at - each.contact.claimed_at > facts.reference.at(each.at).late:
            yield each.contact.id


def _outside(facts: Facts) -> Iterable[str]:
    for each in facts.placed:
        if each.contact.rd is not None and facts.reference.at(each.at).area_of(each.contact.rd) is None:
            yield each.contact.id


def _unknown(facts: Facts) -> Iterable[str]:
    return (each.contact.id for each in facts.placed if each.contact.person not in facts.people)


def _after_signing(facts: Facts) -> Iterable[str]:
    for each in facts.placed:
        signings = facts.signings.get(each.sheet, ())
        if signings and not any(each.contact.id in signing.contacts for signing in signings):
            yield each.contact.id


DECIDE: Mapping[str, Callable[[Facts], Iterable[str]]] = {
    Flag.TAG_MISSING: _lacking(Flag.TAG_MISSING),
    "tag-shared": lambda facts: facts.matches.shared,
    Flag.RD_MISSING: _lacking(Flag.RD_MISSING),
    "rd-outside": _outside,
    "overlap": _overlap,
    "logged-late": _late,
    "partner-duplicate": lambda facts: facts.matches.partners,
    PERSON_UNKNOWN: _unknown,
    "corrected-twice": lambda facts: (each.contact.id for each in facts.placed if each.contact.id in facts.rivals),
    "clock-corrected": lambda facts: (each.contact.id for each in facts.placed if each.clock.seconds_off),
    "after-signing": _after_signing,
}
