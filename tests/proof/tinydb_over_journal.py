"""A pytest plugin: TinyDB's own tests get a JournalDB wherever they ask for a TinyDB on JSONStorage or MemoryStorage."""

import os
import tempfile
from pathlib import Path
from typing import Any

import tinydb
from tinydb import JSONStorage, TinyDB
from tinydb.storages import MemoryStorage

from field_app.store.journal import JournalDB

# Set to 64 hexadecimal digits to have the stores sealed.
KEY_VARIABLE = "TINYDB_OVER_JOURNAL_KEY"


class TinyDBOverJournal(JournalDB):
    """A JournalDB that is opened as a TinyDB is."""

    def __init__(self, path: Any = None, **_: Any) -> None:  # noqa: ANN401 - the same
        """Open a store beside the path, or in a folder of its own where TinyDB would keep it in memory."""
        folder = Path(tempfile.mkdtemp()) / "store" if path is None else Path(str(path) + ".store")
        key = os.environ.get(KEY_VARIABLE)
        super().__init__(folder, None if key is None else bytes.fromhex(key))


def _open(*args: Any, **options: Any) -> TinyDB:  # noqa: ANN401 - the same
    is_ours = options.get("storage", JSONStorage) in (JSONStorage, MemoryStorage)
    is_ours = is_ours and not options.keys() - {"storage", "ensure_ascii"}
    return TinyDBOverJournal(*args) if is_ours else TinyDB(*args, **options)


def pytest_configure() -> None:
    """Before the tests say `from tinydb import TinyDB`."""
    tinydb.TinyDB = _open  # type: ignore[misc,assignment]  # a class that may give another
