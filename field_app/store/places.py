"""Where the documents of one file lie: told by its changes, or looked up in the pages of an index. Pure."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from field_app.store.changes import Change

# Start and end of a document's frame; None for one deleted there. As JSON gives it back, a pair is a list.
Place = Sequence[int] | None
# Places on one page of an index: reading one of them decodes so many, which takes a third of a millisecond.
PAGE_PLACES = 512

# What an id has of which the file says nothing. Compared by identity.
MISSING: Place = (-1, -1)


class DamagedPage(Exception):
    """A page that cannot be believed: the places must be told by the file's changes."""


@dataclass(slots=True)
class Places:
    """All places of one file, by table and id.

    Ids stand in the order in which they were last put. A table in `cleared` was emptied there: older files say nothing.
    """

    tables: dict[str, dict[str, Place]] = field(default_factory=dict)
    cleared: set[str] = field(default_factory=set)

    def note(self, changes: Sequence[Change], start: int, end: int) -> None:
        """Take in the changes of one frame."""
        for change in changes:
            name, verb = change[0], change[1]
            if verb in ("p", "d"):
                table = self.tables.setdefault(name, {})
                table.pop(change[2], None)
                table[change[2]] = (start, end) if verb == "p" else None
            elif verb in ("c", "x"):
                self.cleared.add(name)
                self.tables[name] = {}

    def find(self, name: str, key: str) -> Place:
        """One place; MISSING if the file says nothing of this id."""
        return self.tables.get(name, {}).get(key, MISSING)

    def newest_first(self, name: str) -> Iterator[tuple[str, Place]]:
        """Ids and places of a table, the last put first."""
        return reversed(self.tables.get(name, {}).items())


class Page(NamedTuple):
    """A page as the index's head names it: whose places, from which id to which, and where in the index it lies."""

    table: str
    lowest: str
    highest: str
    start: int
    end: int

    def may_have(self, key: str) -> bool:
        """Whether an id can be on it."""
        return _order(self.lowest) <= _order(key) <= _order(self.highest)


# Gives what a page says of ids and places. Raises DamagedPage.
ReadPage = Callable[[Page], dict[str, Place]]


class PagedPlaces:
    """The same answers from an index whose pages are read when they are first needed. Raise DamagedPage."""

    def __init__(self, pages: Iterable[Page], cleared: Iterable[str], read: ReadPage) -> None:
        self.cleared = {*cleared}
        self._read = read
        self._pages: dict[str, list[Page]] = {}
        self._held: dict[Page, dict[str, Place]] = {}
        for page in pages:
            self._pages.setdefault(page.table, []).append(page)

    def find(self, name: str, key: str) -> Place:
        """One place; MISSING if the file says nothing of this id."""
        for page in self._pages.get(name, ()):
            if page.may_have(key) and (place := self._on(page).get(key, MISSING)) is not MISSING:
                return place
        return MISSING

    def newest_first(self, name: str) -> Iterator[tuple[str, Place]]:
        """Ids and places of a table, the last put first."""
        for page in reversed(self._pages.get(name, [])):
            yield from reversed(self._on(page).items())

    def whole(self) -> Places:
        """All of them."""
        tables = {
            name: {k: v for page in pages for k, v in self._on(page).items()} for name, pages in self._pages.items()
        }
        return Places(tables, {*self.cleared})

    def _on(self, page: Page) -> dict[str, Place]:
        if page not in self._held:
            self._held[page] = self._read(page)
        return self._held[page]


def pages_of(places: Places) -> Iterator[tuple[str, dict[str, Place]]]:
    """The places in pieces that make a page each, with their table."""
    for name, table in places.tables.items():
        rows = list(table.items())
        for start in range(0, max(1, len(rows)), PAGE_PLACES):
            yield name, dict(rows[start : start + PAGE_PLACES])


def extent(found: Iterable[str]) -> tuple[str, str]:
    """The lowest and the highest of some ids; of none, a range that nothing is in."""
    keys = [*found]
    return (min(keys, key=_order), max(keys, key=_order)) if keys else ("0", "")


def _order(key: str) -> tuple[int, str]:
    # By length first: numbers are given out in this order, and so are UUIDv7, so that hardly two pages overlap.
    return len(key), key
