"""A table as an updater sees it: changes are noted here and reach nothing else until they are on the disk."""

import json
from collections.abc import Iterator, Mapping, MutableMapping
from copy import deepcopy
from typing import Any

from field_app.store.changes import Change, Documents


class Overlay(MutableMapping[Any, dict[str, Any]]):
    """The documents of a table by id, copied when first touched.

    TinyDB's updaters change documents in place; here they change copies, so that an updater which fails half-way leaves
    nothing behind, and what has changed can be told.
    """

    def __init__(self, base: Mapping[str, dict[str, Any]], id_class: type) -> None:
        self._base = base
        self._id_class = id_class
        self._touched: Documents = {}
        self._gone: set[str] = set()
        self._is_emptied = False

    def changes(self, name: str) -> list[Change]:
        """What the updater changed, as the journal's changes to the table of this name."""
        # Walks what is gone, not what is stored: a tap must cost the same however much there is.
        gone: list[Change] = [(name, "d", key) for key in sorted(self._gone)]
        if self._is_emptied:
            gone = [(name, "c")]
        return gone + [
            (name, "p", key, document)
            for key, document in self._touched.items()
            if key in self._gone or key not in self._base or _text(document) != _text(self._base[key])
        ]

    def __contains__(self, key: object) -> bool:
        name = str(key)
        return isinstance(key, self._id_class) and (
            name in self._touched or (name in self._base and name not in self._gone)
        )

    def __getitem__(self, key: Any) -> dict[str, Any]:  # noqa: ANN401 - ids are numbers or text
        if key not in self:
            raise KeyError(key)
        name = str(key)
        if name not in self._touched:
            self._touched[name] = deepcopy(self._base[name])
        return self._touched[name]

    def __setitem__(self, key: Any, document: dict[str, Any]) -> None:  # noqa: ANN401 - ids are numbers or text
        self._touched[str(key)] = document

    def __delitem__(self, key: Any) -> None:  # noqa: ANN401 - ids are numbers or text
        if key not in self:
            raise KeyError(key)
        name = str(key)
        self._touched.pop(name, None)
        if name in self._base:
            self._gone.add(name)

    def clear(self) -> None:
        """Empty the table: its numbers start at one again, which they do not when the last document is removed."""
        self._touched.clear()
        self._gone.update(self._base)
        self._is_emptied = True

    def __iter__(self) -> Iterator[Any]:
        for name in self._base:
            if name not in self._gone:
                yield self._id_class(name)
        for name in self._touched:
            if name not in self._base or name in self._gone:
                yield self._id_class(name)

    def __len__(self) -> int:
        return sum(1 for _ in self)


def _text(document: dict[str, Any]) -> str:
    # Compared as text, since 1 == True == 1.0 in Python and none of them is the other in JSON.
    return json.dumps(document)
