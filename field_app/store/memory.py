"""What the journal says, in memory: tables of documents. What closed files say is fetched when it is asked for."""

from collections.abc import ItemsView, Iterator, Mapping, Sequence
from typing import Any

from field_app.store.changes import Change, Documents, is_number
from field_app.store.history import History

# Documents fetched from closed files one by one and kept for the next look: some shifts' worth.
FETCHED_MAX = 2_000


class TableMemory(Mapping[str, dict[str, Any]]):
    """One table's documents by id, in the order in which they came.

    Until somebody walks through all of them, only those that were put since opening are here; a single one, or the
    newest, is read from its closed file. Which were put since is known after that too, for indexes that join late.
    """

    def __init__(self, name: str, history: History) -> None:
        count, number, text = (0, 0, "") if history.state is None else history.state.tables.get(name, (0, 0, ""))
        self._name = name
        self._history = history
        self._has_past = count > 0  # closed files say something of it that is not void as a whole
        self._whole: Documents | None = None if count else {}
        self._recent: Documents = {}  # put since opening, while there is a past
        self._gone: set[str] = set()  # deleted since opening: what closed files say of them is void
        self._fetched: Documents = {}
        self._count = count
        self.number_last = number
        self._text_last = text

    def __getitem__(self, key: str) -> dict[str, Any]:
        if self._whole is not None:
            return self._whole[key]
        if (found := self._recent.get(key)) is not None:
            return found
        if key in self._gone:
            raise KeyError(key)
        if (fetched := self._fetched.get(key)) is None:
            fetched = self._fetch(key)
        return fetched

    def __contains__(self, key: object) -> bool:
        if self._whole is not None:
            return key in self._whole
        return key in self._recent or (key not in self._gone and self._history.has(self._name, str(key)))

    def __iter__(self) -> Iterator[str]:
        return iter(self.whole())

    def __len__(self) -> int:
        return self._count if self._whole is None else len(self._whole)

    def items(self) -> ItemsView[str, dict[str, Any]]:
        """Ids and documents, without a look-up for each."""
        return self.whole().items()

    def newest_first(self) -> Iterator[str]:
        """The ids, the last put first. For tables whose documents are put once; reads no more files than are asked for."""
        if self._whole is not None:
            yield from reversed(self._whole)
            return
        yield from reversed(self._recent)
        for key in self._history.newest_first(self._name):
            if key not in self._recent and key not in self._gone:
                yield key

    def whole(self) -> Documents:
        """All documents, read from the closed files if they have not been yet. Not to be changed."""
        if self._whole is None:
            self._whole = self._with_history()
            self._fetched.clear()
        return self._whole

    def state(self) -> tuple[int, int, str]:
        """What an index beside a closed file keeps of this table."""
        return len(self), self.number_last, self._text_last

    def since(self) -> list[Change]:
        """What has come since opening, for an index that knows what closed files say."""
        name = self._name
        if not self._has_past:
            return [(name, "c"), *((name, "p", *each) for each in self.whole().items())]
        gone: list[Change] = [(name, "d", key) for key in self._gone if key not in self._recent]
        return [*gone, *((name, "p", *each) for each in self._recent.items())]

    def put(self, key: str, document: dict[str, Any]) -> None:
        """Make a document visible."""
        if is_number(key):
            self.number_last = max(self.number_last, int(key))
        elif key > self._text_last:
            self._text_last = key
        if self._whole is not None:
            self._whole[key] = document
        elif key not in self:
            self._count += 1
        if self._has_past:
            self._recent[key] = document

    def delete(self, key: str) -> None:
        """Make a document disappear."""
        if self._whole is not None:
            self._whole.pop(key, None)
        elif key in self:
            self._count -= 1
        if self._has_past:
            self._recent.pop(key, None)
            self._gone.add(key)

    def clear(self) -> None:
        """Make all disappear; numbers start at one again."""
        self._whole, self._has_past = {}, False
        self._recent, self._gone, self._fetched = {}, set(), {}
        self.number_last = 0

    def _fetch(self, key: str) -> dict[str, Any]:
        found = self._history.find(self._name, key)
        if found is None:
            raise KeyError(key)
        if len(self._fetched) >= FETCHED_MAX:
            self._fetched.clear()
        self._fetched[key] = found
        return found

    def _with_history(self) -> Documents:
        tables: dict[str, Documents] = {}
        own = self._name
        self._history.replay(lambda changes: replay(tables, [change for change in changes if change[0] == own]))
        past = tables.get(own, {})
        for key in self._gone:
            past.pop(key, None)
        past.update(self._recent)
        return past


class Tables(Mapping[str, TableMemory]):
    """Every table by name, as the journal says."""

    def __init__(self, history: History) -> None:
        self._history = history
        self._tables: dict[str, TableMemory] = {}
        for name in {} if history.state is None else history.state.tables:
            self._tables[name] = TableMemory(name, history)

    def __getitem__(self, name: str) -> TableMemory:
        return self._tables[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._tables)

    def __len__(self) -> int:
        return len(self._tables)

    def last_number(self, name: str) -> int:
        """The highest number given out in a table since it was last emptied, 0 if none: ids are not used twice."""
        table = self._tables.get(name)
        return 0 if table is None else table.number_last

    def apply(self, changes: Sequence[Change]) -> list[Change]:
        """Make changes visible. Gives back those that this version does not know."""
        unknown = []
        for change in changes:
            name, verb = change[0], change[1]
            if verb == "p":
                table = self._tables.get(name)
                (self._table(name) if table is None else table).put(change[2], change[3])
            elif verb == "d":
                self._table(name).delete(change[2])
            elif verb == "c":
                self._table(name).clear()
            elif verb == "x":
                self._tables.pop(name, None)
            else:
                unknown.append(change)
        return unknown

    def use_up(self, numbers: Mapping[str, int]) -> None:
        """Note the highest numbers that tables had given out when a base was written."""
        for name, number in numbers.items():
            if name in self._tables:
                self._tables[name].number_last = max(self._tables[name].number_last, number)

    def states(self) -> dict[str, tuple[int, int, str]]:
        """What an index beside a closed file keeps of the tables."""
        return {name: table.state() for name, table in self._tables.items()}

    def since(self) -> list[Change]:
        """What has come since opening, for an index that knows what closed files say."""
        past = {} if self._history.state is None else self._history.state.tables
        dropped: list[Change] = [(name, "x") for name in past if name not in self._tables]
        return [*dropped, *(change for table in self._tables.values() for change in table.since())]

    def _table(self, name: str) -> TableMemory:
        table = self._tables.get(name)
        if table is None:
            table = self._tables[name] = TableMemory(name, self._history)
            table.clear()  # not in the closed files' state, or dropped since: what they say of it is void
        return table


def replay(tables: dict[str, Documents], changes: Sequence[Change]) -> None:
    """Make changes to plain dicts, tables by name."""
    for name, verb, *rest in changes:
        if verb == "p":
            tables.setdefault(name, {})[rest[0]] = rest[1]
        elif verb == "d":
            tables.get(name, {}).pop(rest[0], None)
        elif verb == "c":
            tables[name] = {}
        elif verb == "x":
            tables.pop(name, None)
