"""One worksheet as it is shown, on its page and in a PDF: every value once. Pure: no database, no HTML."""

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

from station.console import views
from station.console.review_views import STATE_WORDS, ReviewLine, review_lines
from station.day_sheets import Totals, totals
from station.reviews import Review, State, mark_of, of_sheet, state_of
from station.signings import of_sheet as signings_of
from station.worksheets import Worksheets
from sync.reference import Reference


class SheetView(NamedTuple):
    """One worksheet; everything is as shown. `mark` is of what stands there."""

    on: date
    watch: str
    watch_label: str
    person: str
    units: str
    roles: str
    state: State
    state_words: str
    reviews: list[ReviewLine]
    mark: str
    signings: list[str]
    exceptions: list[views.Exceptional]
    rows: list[views.ContactRow]
    totals: Totals
    code: str


def sheet_view(
    found: Worksheets, reviews: Sequence[Review], on: date, watch: str, person: str, reference: Reference
) -> SheetView:
    """The worksheet of a person and watch among those of a date."""
    name = (watch, person)
    lines = [line for line in found.lines if (line.contact.watch, line.contact.person) == name]
    findings = [finding for finding in found.findings if (finding.watch, finding.person) == name]
    signings, reviews = signings_of(found.signings, *name), of_sheet(reviews, *name)
    rows, stands = views.contact_rows(lines, reference), [line.contact.id for line in lines]
    state = state_of(reviews, stands, signings)
    return SheetView(
        on=on,
        watch=watch,
        watch_label=views.watch_label(watch, reference),
        person=person,
        units=views.units(lines),
        roles=views.roles(lines),
        state=state,
        state_words=STATE_WORDS[state],
        reviews=review_lines(reviews, lines, signings, reference),
        mark=mark_of(stands, reviews),
        signings=views.signing_lines(signings),
        exceptions=[*views.exceptions(lines, rows), *views.finding_exceptions(findings)],
        rows=rows,
        totals=totals(lines),
        code=reference.clearance_code,
    )
