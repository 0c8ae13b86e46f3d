"""A day's worksheets as rows of one page, each with its state, and which of them are chosen. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from station.console.views import Totals, counted_flags, roles, totals, units, watch_label
from station.console.words import flag_words
from station.reviews import Review, State, mark_of, of_sheet, state_of
from station.sheet_findings import Finding, by_sheet
from station.signings import of_sheet as signings_of
from station.worksheets import Line, Worksheets
from sync.reference import Reference


@dataclass(frozen=True, slots=True)
class SheetRow:
    """One person's worksheet as one row of a day.

    `areas` are those of its contacts; `mark` is of what stands there; `is_clean` says that nothing is odd about it and
    that it waits for a review: it may be approved together with others.
    """

    person: str
    watch: str
    watch_label: str
    units: str
    roles: str
    totals: Totals
    flags: tuple[str, ...]
    areas: frozenset[str]
    state: State
    mark: str
    is_clean: bool


def sheet_rows(found: Worksheets, reviews: Sequence[Review], reference: Reference) -> list[SheetRow]:
    """The worksheets of a date, by watch and number, never by who has more; also one on which nothing stands."""
    groups = groupby(found.lines, key=lambda line: (line.contact.watch, line.contact.person))
    by_name = {name: list(group) for name, group in groups}
    odd = by_sheet(found.findings)
    places = {name: place for place, name in enumerate(reference.watches)}
    names = sorted({*by_name, *odd}, key=lambda name: (places.get(name[0], len(places)), name[1]))
    rows = []
    for name in names:
        lines = by_name.get(name, [])
        stands = [line.contact.id for line in lines]
        state = state_of(of_sheet(reviews, *name), stands, signings_of(found.signings, *name))
        rows.append(_sheet_row(name, lines, odd.get(name, []), state, reference))
    return rows


def chosen(rows: Sequence[SheetRow], area: str | None, state: State | None) -> list[SheetRow]:
    """The worksheets with a contact in an area, and of a state; of any where none is asked for."""
    return [row for row in rows if (area is None or area in row.areas) and (state is None or row.state is state)]


def lines_of(lines: Sequence[Line], rows: Sequence[SheetRow]) -> list[Line]:
    """The lines of these worksheets."""
    names = {(row.watch, row.person) for row in rows}
    return [line for line in lines if (line.contact.watch, line.contact.person) in names]


def _sheet_row(
    name: tuple[str, str], lines: Sequence[Line], findings: Sequence[Finding], state: State, reference: Reference
) -> SheetRow:
    watch, person = name
    flags = (*counted_flags(lines), *dict.fromkeys(flag_words(finding.name).short for finding in findings))
    areas = (reference.at(line.contact_at).area_of(line.contact.rd) for line in lines if line.contact.rd)
    return SheetRow(
        person=person,
        watch=watch,
        watch_label=watch_label(watch, reference),
        units=units(lines),
        roles=roles(lines),
        totals=totals(lines),
        flags=flags,
        areas=frozenset(filter(None, areas)),
        state=state,
        mark=mark_of(line.contact.id for line in lines),
        is_clean=bool(lines) and not flags and state in {State.OPEN, State.CHANGED},
    )
