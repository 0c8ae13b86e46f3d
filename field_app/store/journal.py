"""The store's public entry: a TinyDB over a journal (storage.py), which loses nothing that it acknowledged."""

from collections.abc import Iterable
from pathlib import Path

from tinydb import TinyDB

from field_app.store.disk import Disk
from field_app.store.storage import JournalStorage
from field_app.store.table import JournalTable, NamedTable

__all__ = ["JournalDB", "JournalStorage"]


class JournalDB(TinyDB):
    """A TinyDB over a JournalStorage: `JournalDB(folder)`."""

    table_class = JournalTable
    default_storage_class = JournalStorage  # type: ignore[assignment]  # TinyDB's annotation names its own class

    def __init__(
        self, path: str | Path, key: bytes | None = None, older_keys: Iterable[bytes] = (), disk: Disk | None = None
    ) -> None:
        """Open a store in a folder; with a key of 32 bytes everything written is sealed, `older_keys` open what was."""
        super().__init__(path, key, older_keys, disk)

    def named_table(self, name: str) -> NamedTable:
        """A table whose documents are kept under ids of the caller's choice, text instead of numbers."""
        table = self._tables.get(name)
        if not isinstance(table, NamedTable):
            table = self._tables[name] = NamedTable(self.storage, name)
        return table

    def drop_table(self, name: str) -> None:
        """Drop one table, durably."""
        self._tables.pop(name, None)
        storage = self.journal
        with storage.writing():
            if name in storage.tables:
                storage.append([(name, "x")])

    @property
    def journal(self) -> JournalStorage:
        """The storage, by its own type."""
        storage = self.storage
        if not isinstance(storage, JournalStorage):
            raise TypeError("A JournalDB stands on a JournalStorage.")
        return storage
