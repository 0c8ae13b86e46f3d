"""A day's worksheets as rows of one page, each with its state, and which of them are chosen. Pure."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Generic, NamedTuple, TypeVar

from station.console.views import watch_label
from station.console.words import ROLE_WORDS, flag_words
from station.day_sheets import OF_PERSON, DaySheet, Totals, in_table_order
from station.exceptions import PERSON_UNKNOWN
from station.reviews import State
from sync.reference import Reference

# Worksheets on one page: a station's usual day at once, and a page that is made and read in no time on the longest.
PAGE_ROWS_MAX = 100
# Worksheets that are named before the table, of the whole day: more are no help to know where to begin.
LOOK_FIRST_MAX = 200
_Item = TypeVar("_Item")


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
    once: Totals
    flags: tuple[str, ...]
    areas: tuple[str, ...]
    state: State
    mark: str
    is_clean: bool


class PageOf(NamedTuple, Generic[_Item]):
    """The rows of one page, where they stand among all, and the numbers of the pages beside it."""

    rows: Sequence[_Item]
    first: int
    last: int
    before: int | None
    after: int | None


def sheet_rows(sheets: Sequence[DaySheet], known: Collection[str], reference: Reference) -> list[SheetRow]:
    """Worksheets as rows, in their order; `known` are the numbers of the station's people."""
    return [_sheet_row(sheet, known, reference) for sheet in sheets]


def chosen(sheets: Sequence[DaySheet], area: str | None, state: State | None) -> list[DaySheet]:
    """The worksheets with a contact in an area, and of a state; of any where none is asked for."""
    return [each for each in sheets if (area is None or area in each.areas) and (state is None or each.state is state)]


def is_odd(sheet: DaySheet, known: Collection[str]) -> bool:
    """Whether anything is odd about a worksheet: said of all, where rows are made only of those that are shown."""
    return bool(sheet.flags or sheet.findings or _is_unknown(sheet, known))


def page_of(rows: Sequence[_Item], number: int) -> PageOf[_Item]:
    """A page of these rows, from 1 on; the last one for a number beyond it."""
    count = max(1, -(-len(rows) // PAGE_ROWS_MAX))
    number = min(max(1, number), count)
    shown = rows[(number - 1) * PAGE_ROWS_MAX :][:PAGE_ROWS_MAX]
    first = (number - 1) * PAGE_ROWS_MAX + 1
    before, after = number - 1 if number > 1 else None, number + 1 if number < count else None
    return PageOf(shown, first, first + len(shown) - 1, before, after)


def _sheet_row(sheet: DaySheet, known: Collection[str], reference: Reference) -> SheetRow:
    is_logged = sheet.totals.contacts > 0
    counts = dict(sheet.flags)
    if _is_unknown(sheet, known):
        counts[PERSON_UNKNOWN] = sheet.totals.contacts
    flags = (
        *(
            flag_words(flag).short + ("" if flag in OF_PERSON else f" ({counts[flag]})")
            for flag in in_table_order(counts)
        ),
        *(flag_words(finding).short for finding in sheet.findings),
    )
    return SheetRow(
        person=sheet.person,
        watch=sheet.watch,
        watch_label=watch_label(sheet.watch, reference),
        units=", ".join(sheet.units),
        roles=", ".join(ROLE_WORDS[role] for role in sheet.roles),
        totals=sheet.totals,
        once=sheet.once,
        flags=flags,
        areas=sheet.areas,
        state=sheet.state,
        mark=sheet.mark,
        is_clean=is_logged and not flags and sheet.state in {State.OPEN, State.CHANGED},
    )


def _is_unknown(sheet: DaySheet, known: Collection[str]) -> bool:
    return sheet.totals.contacts > 0 and sheet.person not in known
