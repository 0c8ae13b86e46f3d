"""TinyDB's table over the journal: a write costs what it changes, results are copies, and threads take turns."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from copy import deepcopy
from typing import TYPE_CHECKING, Any, cast

from tinydb.queries import QueryLike
from tinydb.table import Document, Table

from field_app.store.overlay import Overlay

if TYPE_CHECKING:
    from field_app.store.storage import JournalStorage


class JournalTable(Table):
    """A table with TinyDB's behaviour, less its faults.

    Ids are not used again after a restart, results share nothing with the store, an update that fails half-way changes
    nothing, and `persist_empty` makes an empty table but never wipes one.
    """

    def __init__(self, storage: Any, name: str, cache_size: int = 10, persist_empty: bool = False) -> None:  # noqa: ANN401, FBT001, FBT002 - TinyDB's signature
        super().__init__(storage, name, cache_size=cache_size)
        self.journal: JournalStorage = storage
        self._cache_version = 0
        self._turn = self.journal.writing()
        self._pending: Overlay | None = None
        self._number = 0  # the last one given out within the write that is under way
        if persist_empty:
            with self._turn:
                if name not in self.journal.tables:
                    self.journal.append([(name, "c")])

    def insert(self, document: Mapping[str, Any]) -> int:
        """Insert one document; when this returns, it is on the disk. Raises StoreFault if it could not be put there."""
        if type(document) is not dict and not isinstance(document, Mapping):
            raise ValueError("Document is not a Mapping")
        turn = self._turn
        turn.enter()  # as `with` does, which costs a tap two microseconds more
        try:
            # Not by TinyDB's way over an updater: a tap is one look-up and one append, whatever the table holds.
            if isinstance(document, self.document_class):
                doc_id = document.doc_id
                if str(doc_id) in self._rows():
                    raise ValueError(f"Document with ID {doc_id} already exists")
            else:
                doc_id = self._get_next_id()
                self._number = 0
            self.journal.append([(self._name, "p", str(doc_id), dict(document))])
        finally:
            turn.leave()
        return doc_id

    def insert_multiple(self, documents: Iterable[Mapping[str, Any]]) -> list[int]:
        """Insert several documents, all or none."""
        with self._turn:
            return super().insert_multiple(documents)

    def upsert(self, document: Mapping[str, Any], cond: QueryLike | None = None) -> list[int]:
        """Update what matches, or insert."""
        with self._turn:
            return super().upsert(document, cond)

    def update(
        self,
        fields: Mapping[str, Any] | Callable[[Any], None],
        cond: QueryLike | None = None,
        doc_ids: Iterable[int] | None = None,
    ) -> list[int]:
        """Update what matches, all or none."""
        with self._turn:
            if cond is not None and doc_ids is None:
                doc_ids = self._matching(cond)  # so that only these are copied
            return super().update(fields, None if doc_ids is not None else cond, doc_ids)

    def remove(self, cond: QueryLike | None = None, doc_ids: Iterable[int] | None = None) -> list[int]:
        """Remove what matches, all or none."""
        with self._turn:
            if cond is not None and doc_ids is None:
                doc_ids = self._matching(cond)
            return super().remove(cond, doc_ids)

    def get(self, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401 - TinyDB's overloads
        """A copy of one document, or of several by id."""
        with self.journal.reading():
            found = super().get(*args, **kwargs)
            return [_copy(item) for item in found] if isinstance(found, list) else _copy(found)

    def search(self, cond: QueryLike) -> list[Document]:
        """Copies of all documents that match."""
        with self.journal.reading():
            if self._cache_version != self.journal.version:  # by whomever: no write has to clear the cache
                self.clear_cache()
                self._cache_version = self.journal.version
            return [cast("Document", _copy(item)) for item in super().search(cond)]

    def clear_cache(self) -> None:
        """Forget the results of earlier queries."""
        with self.journal.reading():
            super().clear_cache()

    def __iter__(self) -> Iterator[Document]:
        with self.journal.reading():
            found = [cast("Document", _copy(item)) for item in super().__iter__()]
        return iter(found)

    def __len__(self) -> int:
        with self.journal.reading():
            return len(self._read_table())

    def _matching(self, cond: QueryLike) -> list[int]:
        return [self.document_id_class(key) for key, document in self._read_table().items() if cond(document)]

    def _read_table(self) -> dict[str, Mapping[str, Any]]:
        return cast("dict[str, Mapping[str, Any]]", self._rows())  # TinyDB only looks things up in it

    def _rows(self) -> Mapping[str, dict[str, Any]]:
        return self.journal.tables.get(self.name) or {}

    def _get_next_id(self) -> int:
        number = max(self._number, self.journal.last_number(self._name)) + 1
        while self._pending is not None and number in self._pending:
            number += 1
        self._number = number
        return number

    def _update_table(self, updater: Callable[[Any], None]) -> None:
        with self._turn:
            base = self.journal.tables.get(self.name)
            before, pending = self._pending, Overlay(self._rows(), self.document_id_class)
            self._pending = pending
            try:
                updater(pending)
                changes = pending.changes(self.name)
                if changes or base is None:
                    self.journal.append(changes or [(self.name, "c")])
            finally:
                self._pending = before  # an updater may itself have come here by updating
                self._number = 0


class NamedTable(JournalTable):
    """A table whose ids are text that the caller chooses."""

    document_id_class = str  # type: ignore[assignment]  # TinyDB allows it, its annotation does not

    def put(self, key: str, document: Mapping[str, Any]) -> None:
        """Keep a document under an id, in place of any that was there."""
        self.put_all({key: document})

    def put_all(self, documents: Mapping[str, Mapping[str, Any]]) -> None:
        """Keep documents under their ids, in place of any that were there; all or none."""

        def updater(table: Overlay) -> None:
            for key, document in documents.items():
                table[key] = dict(document)

        self._update_table(updater)

    def add(self, key: str, document: Mapping[str, Any]) -> None:
        """Keep a new document under an id. Raises ValueError if there is one already."""
        self.insert(Document(document, key))  # type: ignore[arg-type]  # the same annotation

    def add_all(self, documents: Sequence[tuple[str, Mapping[str, Any]]]) -> None:
        """Keep new documents under their ids, all or none. Raises ValueError if there is one already."""
        with self._turn:
            rows, keys = self._rows(), {key for key, _ in documents}
            if len(keys) < len(documents) or any(key in rows for key in keys):
                raise ValueError("There is a document with this id already.")
            if documents:
                self.journal.append([(self.name, "p", key, dict(document)) for key, document in documents])

    def find(self, key: str) -> dict[str, Any] | None:
        """A copy of the document under an id, or None."""
        with self.journal.reading():
            return deepcopy(self._rows().get(key))

    def newest_first(self) -> Iterator[tuple[str, dict[str, Any]]]:
        """Ids and documents, the last put first, reading no more than is asked for. Use within reading(); not copies."""
        rows = self.journal.tables.get(self.name)
        for key in () if rows is None else rows.newest_first():
            if rows is not None and (row := rows.get(key)) is not None:  # else its closed file is damaged
                yield key, row

    def all_by_id(self) -> dict[str, dict[str, Any]]:
        """Copies of all documents by id, in the order in which they came."""
        return {str(item.doc_id): dict(item) for item in self}

    def _get_next_id(self) -> int:
        raise ValueError("Documents of this table need an id: use add() or put().")


def _copy(document: Document | None) -> Document | None:
    return None if document is None else Document(deepcopy(dict(document)), document.doc_id)
