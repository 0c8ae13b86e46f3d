"""The least that storing batches can cost: the same rows, straight into the same kind of database, by its driver alone.

For each batch one transaction: its receipt, its records and its contacts, each table by one plain INSERT of many rows,
and a durable commit. Nothing is checked, signed, hashed or answered.
"""

import sqlite3
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg

from station.database import kind_of
from station.intake import judge_all
from station.record_rows import Coming, Ready
from station.sqlite import FILE_NAME
from sync.reference import Reference
from sync.wire import Batch

_RECEIPT = ("batch", "device_id", "records", "received_at")


@dataclass
class Table:
    """Rows of one table, with their columns' names."""

    columns: tuple[str, ...]
    rows: list[list[Any]]


@dataclass
class Rows:
    """What one batch becomes."""

    receipt: Table
    records: Table
    contacts: Table


class Straight:
    """One connection, as durable as the station's."""

    def __init__(self, at: Path | str) -> None:
        self._is_sqlite = isinstance(at, Path)
        self._mark = "?" if self._is_sqlite else "%s"
        self._connection: Any
        if isinstance(at, Path):
            self._connection = sqlite3.connect(at / FILE_NAME, isolation_level=None)
            self._connection.execute("PRAGMA journal_mode = WAL")
            self._connection.execute("PRAGMA synchronous = FULL")
            self._connection.execute("PRAGMA foreign_keys = ON")
        else:
            url = kind_of(at).identity()
            self._connection = psycopg.connect(
                url.set(drivername="postgresql").render_as_string(hide_password=False),  # type: ignore[attr-defined]  # a URL
                autocommit=True,
            )
            self._connection.execute("SET synchronous_commit = on")

    def rows_of(self, batch: Batch, reference: Reference) -> Rows:
        """What a batch becomes, as the driver takes it."""
        device, at = UUID(batch.device), batch.sent_at.astimezone(UTC)
        found = [each for each in judge_all(Coming(device, batch, at, reference)) if isinstance(each, Ready)]
        records = [{**each.row, "receipt_id": 0} for each in found]
        contacts = [each.beside for each in found]
        receipt = dict(zip(_RECEIPT, (UUID(batch.batch), device, len(records), at), strict=True))
        return Rows(*(self._table(rows) for rows in ([receipt], records, contacts)))

    def _table(self, rows: Sequence[Mapping[str, Any]]) -> Table:
        return Table(tuple(rows[0]), [list(map(self._written, row.values())) for row in rows])

    def _written(self, value: Any) -> Any:  # noqa: ANN401 - any column's value
        if not self._is_sqlite:
            return value
        if isinstance(value, UUID):
            return value.hex
        return value if isinstance(value, int | str | bytes | None) else str(value).removesuffix("+00:00")

    def store(self, batches: Sequence[Rows]) -> float:
        """Store batches, each in a transaction of its own; the seconds it took."""
        begin = time.perf_counter()
        for batch in batches:
            self._connection.execute("BEGIN IMMEDIATE" if self._is_sqlite else "BEGIN")
            number = self._insert("receipts", batch.receipt, " RETURNING id").fetchone()[0]
            for row in batch.records.rows:
                row[-1] = number  # receipt_id is the last column
            self._insert("records", batch.records)
            self._insert("contacts", batch.contacts)
            self._connection.execute("COMMIT")
        return time.perf_counter() - begin

    def _insert(self, name: str, table: Table, end: str = "") -> Any:  # noqa: ANN401 - a driver's cursor
        row = f"({', '.join([self._mark] * len(table.columns))})"
        statement = f"INSERT INTO {name} ({', '.join(table.columns)}) VALUES {', '.join([row] * len(table.rows))}{end}"  # noqa: S608 - our own names
        return self._connection.execute(statement, [value for each in table.rows for value in each])

    def close(self) -> None:
        """Let the connection go."""
        self._connection.close()
