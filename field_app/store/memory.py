"""What the journal says, in memory: tables of documents, and who wants to hear of changes."""

from collections.abc import Callable, Sequence
from typing import Any

# [table, verb] or [table, verb, id] or [table, verb, id, document]; verbs: p(ut), d(elete), c(lear), x (drop).
Change = tuple[Any, ...]
Documents = dict[str, dict[str, Any]]
# A longer id is a name that happens to be of digits; nobody counts that far, and int() refuses the longest.
_NUMBER_DIGITS_MAX = 18


class Tables:
    """Every table's documents by id, and the highest number each table has ever given out as an id."""

    def __init__(self) -> None:
        self.documents: dict[str, Documents] = {}
        self._numbers: dict[str, int] = {}
        self._listeners: list[Callable[[Sequence[Change]], None]] = []

    def listen(self, listener: Callable[[Sequence[Change]], None]) -> None:
        """Call the listener with every change from now on, and at once with everything there is."""
        self._listeners.append(listener)
        listener(
            [(name, "p", key, document) for name, table in self.documents.items() for key, document in table.items()]
        )

    def last_number(self, name: str) -> int:
        """The highest number given out in a table since it was last emptied, 0 if none: ids are not used twice."""
        return self._numbers.get(name, 0)

    def apply(self, changes: Sequence[Change]) -> None:
        """Make changes visible."""
        for change in changes:
            name, verb, *rest = change
            _APPLY[verb](self, name, *rest)
        for listener in self._listeners:
            listener(changes)

    def _put(self, name: str, key: str, document: dict[str, Any]) -> None:
        self.documents.setdefault(name, {})[key] = document
        if len(key) <= _NUMBER_DIGITS_MAX and key.isdecimal():
            self._numbers[name] = max(self._numbers.get(name, 0), int(key))

    def _delete(self, name: str, key: str) -> None:
        self.documents.get(name, {}).pop(key, None)

    def _clear(self, name: str) -> None:
        self.documents[name] = {}
        self._numbers.pop(name, None)

    def _drop(self, name: str) -> None:
        self.documents.pop(name, None)
        self._numbers.pop(name, None)


_APPLY: dict[str, Callable[..., None]] = {
    "p": Tables._put,  # noqa: SLF001 - the table of this file's own verbs
    "d": Tables._delete,  # noqa: SLF001
    "c": Tables._clear,  # noqa: SLF001
    "x": Tables._drop,  # noqa: SLF001
}
