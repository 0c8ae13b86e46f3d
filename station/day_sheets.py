"""A date's worksheets, each as the list of them needs it: sums, what is odd, and its state, without its contacts. Pure."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby
from typing import NamedTuple

from station.exceptions import PERSON_UNKNOWN, RULES
from station.reviews import Review, State, mark_of, of_sheet, state_of
from station.sheet_findings import Finding, by_sheet
from station.signings import of_sheet as signings_of
from station.worksheets import Line, Worksheets
from sync.records import Role
from sync.reference import Reference

# Flags about the person, not about any contact: said once for a worksheet, not again in each row.
OF_PERSON = {PERSON_UNKNOWN}
_PLACES: Mapping[str, int] = {rule.name: place for place, rule in enumerate(RULES)}


class Totals(NamedTuple):
    """Sums over contacts; `flagged` counts the contacts with a flag of their own, `twice` those not counted again."""

    contacts: int
    people: int
    cards: int
    minutes: int
    flagged: int
    twice: int


class DaySheet(NamedTuple):
    """One person's worksheet of a date.

    `once` has sums in which a contact that partners both logged is counted once. `flags` are rules about its contacts, with
    how many have each, in the order of the table; whether the person is known is not among them, because that changes
    with the list of people alone. `findings` are rules about the worksheet; `areas` those of its contacts; `mark` is of what
    stands there.
    """

    watch: str
    person: str
    units: tuple[str, ...]
    roles: tuple[Role, ...]
    totals: Totals
    once: Totals
    flags: tuple[tuple[str, int], ...]
    findings: tuple[str, ...]
    areas: tuple[str, ...]
    state: State
    mark: str

    @property
    def name(self) -> tuple[str, str]:
        """Its watch and person: on a date there is one such worksheet."""
        return self.watch, self.person


def day_sheets(found: Worksheets, reviews: Sequence[Review], reference: Reference) -> list[DaySheet]:
    """The worksheets of a date, by watch and number, never by who has more; also one on which nothing stands."""
    groups = groupby(found.lines, key=lambda line: (line.contact.watch, line.contact.person))
    by_name = {name: list(group) for name, group in groups}
    odd = by_sheet(found.findings)
    sheets = []
    for name in {*by_name, *odd}:
        lines = by_name.get(name, [])
        stands = [line.contact.id for line in lines]
        own = of_sheet(reviews, *name)
        decided = state_of(own, stands, signings_of(found.signings, *name)), mark_of(stands, own)
        sheets.append(_day_sheet(name, lines, odd.get(name, []), decided, reference))
    return in_order(sheets, reference)


def in_order(sheets: Iterable[DaySheet], reference: Reference) -> list[DaySheet]:
    """By watch and number; a watch that the station has given up since comes last."""
    places = {name: place for place, name in enumerate(reference.watches)}
    return sorted(sheets, key=lambda sheet: (places.get(sheet.watch, len(places)), *sheet.name))


def totals(lines: Sequence[Line], *, once: bool = False) -> Totals:
    """Sums over these lines; `once` counts a contact that partners both logged, and its people, once."""
    counted = [line for line in lines if line.is_counted or not once]
    return Totals(
        contacts=len(counted),
        people=sum(line.contact.people for line in counted),
        cards=sum(line.contact.cards for line in lines),
        minutes=sum(line.contact.minutes or 0 for line in lines),
        flagged=sum(1 for line in lines if own_flags(line)),
        twice=len(lines) - len(counted),
    )


def summed(found: Iterable[Totals]) -> Totals:
    """The sums of sums."""
    return Totals(*map(sum, zip(Totals(0, 0, 0, 0, 0, 0), *found, strict=True)))


def own_flags(line: Line) -> tuple[str, ...]:
    """The flags that are about a contact itself."""
    return tuple(flag for flag in line.flags if flag not in OF_PERSON)


def in_table_order(flags: Iterable[str]) -> list[str]:
    """Rules' names in the order of their table."""
    return sorted(flags, key=lambda flag: (_PLACES.get(flag, len(_PLACES)), flag))


def _day_sheet(
    name: tuple[str, str],
    lines: Sequence[Line],
    findings: Sequence[Finding],
    decided: tuple[State, str],
    reference: Reference,
) -> DaySheet:
    state, mark = decided
    counts = Counter(flag for line in lines for flag in own_flags(line))
    areas = (reference.at(line.contact_at).area_of(line.contact.rd) for line in lines if line.contact.rd)
    return DaySheet(
        *name,
        units=tuple(dict.fromkeys(line.contact.unit for line in lines if line.contact.unit)),
        roles=tuple(dict.fromkeys(line.contact.role for line in lines)),
        totals=totals(lines),
        once=totals(lines, once=True),
        flags=tuple((flag, counts[flag]) for flag in in_table_order(counts)),
        findings=tuple(dict.fromkeys(finding.name for finding in findings)),
        areas=tuple(sorted(filter(None, set(areas)))),
        state=state,
        mark=mark,
    )
