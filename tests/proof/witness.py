"""What a workload asked of a store and was told, and so what a crash at any moment may leave of it.

What was acknowledged must be there, once and bit-identical. What was asked and not acknowledged may be there whole or
not at all. What was refused must be gone as soon as a later write is acknowledged. What anybody was shown stays.
"""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass
from itertools import product
from typing import Any

from sim_disk import SimDisk

from field_app.store.changes import Change, is_number
from field_app.store.faults import StoreFault
from field_app.store.journal import JournalDB

Tables = dict[str, dict[str, dict[str, Any]]]


@dataclass(frozen=True, slots=True)
class Holding:
    """What a store holds: its tables, and the highest number given out in each."""

    tables: Tables
    numbers: dict[str, int]

    def text(self) -> str:
        """Equal only for what is equal to the bit and in the same order."""
        return text_of(self.tables)

    def after(self, changes: Iterable[Change]) -> "Holding":
        """The same with changes made."""
        tables, numbers = deepcopy(self.tables), dict(self.numbers)
        for name, verb, *rest in changes:
            if verb == "x":
                tables.pop(name, None)
            elif verb == "c":
                tables[name] = {}
            elif verb == "d":
                tables.setdefault(name, {}).pop(rest[0], None)
            else:
                tables.setdefault(name, {})[rest[0]] = rest[1]
            if verb in ("x", "c"):
                numbers.pop(name, None)
            elif is_number(rest[0]) and verb == "p":
                numbers[name] = max(numbers.get(name, 0), int(rest[0]))
        return Holding(tables, numbers)


NOTHING = Holding({}, {})
# By their text. Those that show the same may give out different numbers next: a table that was emptied before or not.
Allowed = dict[str, list[Holding]]


def allowed_of(holdings: Iterable[Holding]) -> Allowed:
    """Holdings by their text, each that differs once."""
    found: Allowed = {}
    for holding in holdings:
        same = found.setdefault(holding.text(), [])
        if holding not in same:
            same.append(holding)
    return found


def text_of(tables: Mapping[str, Mapping[str, Any]]) -> str:
    """Tables as text."""
    return repr(sorted((name, [*documents.items()]) for name, documents in tables.items()))


def shown_by(db: JournalDB) -> Tables:
    """Everything a store shows."""
    return {name: dict(table) for name, table in (db.journal.read() or {}).items()}


@dataclass(slots=True)
class _Asked:
    changes: tuple[Change, ...]
    begun: int  # operations done before it began
    kept: int | None = None  # operations done when it was acknowledged
    void: int | None = None  # operations done when it could not come back any more
    is_refused: bool = False


class Witness:
    """Notes what is asked of the stores on one disk, in order."""

    def __init__(self, disk: SimDisk, start: Holding = NOTHING) -> None:
        self._disk = disk
        self._start = start
        self._asked: list[_Asked] = []
        self._holdings: dict[tuple[int, ...], Holding] = {(): start}

    @contextmanager
    def asking(self, *frames: Iterable[Change]) -> Iterator[None]:
        """A block that makes these changes, each frame whole or not at all."""
        asked = [_Asked(tuple(changes), len(self._disk.operations)) for changes in frames]
        self._asked += asked
        try:
            yield
        except StoreFault:
            for each in asked:
                each.is_refused = True
            return
        now = len(self._disk.operations)
        for each in self._asked:
            if each.is_refused and each.void is None:
                each.void = now
        for each in asked:
            each.kept = now

    def show(self, db: JournalDB) -> None:
        """Somebody reads all of it: from now on it must stay. Or is told that the disk has a fault."""
        try:
            seen = text_of(shown_by(db))
        except StoreFault:
            return
        now = len(self._disk.operations)
        found = [chosen for chosen, holding in self._possible(now).items() if holding.text() == seen]
        if not found:
            told = "\n".join(map(str, [*self._disk.operations, *self._asked]))
            raise AssertionError(f"Shown {seen}, which nobody wrote so.\n{told}")
        for place, each in enumerate(self._asked):
            if place in found[0]:
                assert each.kept is not None or not each.is_refused, "What was refused is shown."
                each.kept = each.kept if each.kept is not None else now
            elif each.void is None and not each.is_refused:
                each.void = now

    def now(self) -> Holding:
        """What the store holds if all that is in doubt was lost."""
        return self._holding(tuple(place for place, each in enumerate(self._asked) if each.kept is not None))

    def allowed(self, done: int) -> Allowed:
        """What may be found after a crash when so many operations were done."""
        return allowed_of(self._possible(done).values())

    def _possible(self, done: int) -> dict[tuple[int, ...], Holding]:
        choices = []
        for each in self._asked:
            if (each.void is not None and each.void <= done) or each.begun > done:
                choices.append((False,))
            else:
                choices.append((True,) if each.kept is not None and each.kept <= done else (False, True))  # type: ignore[arg-type]  # one or two
        taken = (tuple(place for place, is_there in enumerate(each) if is_there) for each in product(*choices))
        return {chosen: self._holding(chosen) for chosen in taken}

    def _holding(self, chosen: tuple[int, ...]) -> Holding:
        if chosen not in self._holdings:
            self._holdings[chosen] = self._holding(chosen[:-1]).after(self._asked[chosen[-1]].changes)
        return self._holdings[chosen]
