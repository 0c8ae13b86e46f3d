"""What a store must say, told twice: by a dict, and by SQLite. The two must agree before the store is asked."""

import json
import sqlite3
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from tinydb import where
from tinydb.queries import QueryInstance

Row = dict[str, Any]


class Condition(NamedTuple):
    """One question, in three languages."""

    query: QueryInstance
    asks: Callable[[Row], bool]
    sql: str


CONDITIONS = (
    Condition(where("n") >= 3, lambda row: row.get("n", -1) >= 3, "json_extract(body, '$.n') >= 3"),
    Condition(where("n") == 1, lambda row: row.get("n") == 1, "json_extract(body, '$.n') = 1"),
    Condition(where("word") == "☕", lambda row: row.get("word") == "☕", "json_extract(body, '$.word') = '☕'"),
    Condition(where("seen").exists(), lambda row: "seen" in row, "json_type(body, '$.seen') IS NOT NULL"),
)


class Oracle:
    """Tables of documents by id, each with the last number that it gave out."""

    def __init__(self) -> None:
        self.tables: dict[str, dict[str, Row]] = {}
        self.numbers: dict[str, int] = {}
        self._db = sqlite3.connect(":memory:", check_same_thread=False)
        self._db.execute("CREATE TABLE kept (place INTEGER PRIMARY KEY, name, id, body, UNIQUE (name, id))")

    def __del__(self) -> None:
        self._db.close()  # each example makes many of them

    def copy(self) -> "Oracle":
        """Another one that says the same."""
        other = Oracle()
        other.tables = {name: {key: dict(row) for key, row in rows.items()} for name, rows in self.tables.items()}
        other.numbers = dict(self.numbers)
        self._db.backup(other._db)
        return other

    def rows(self, name: str, condition: Condition | None = None) -> dict[str, Row]:
        """The documents by id, in the order in which they came; those that a condition asks for."""
        found = {key: row for key, row in self.tables.get(name, {}).items() if condition is None or condition.asks(row)}
        asked = f"SELECT id, body FROM kept WHERE name = ? AND {condition.sql if condition else '1'} ORDER BY place"  # noqa: S608 - our own text
        assert [*found.items()] == [(key, json.loads(body)) for key, body in self._db.execute(asked, (name,))]
        return found

    def next_id(self, name: str) -> str:
        """The number that the next document gets."""
        return str(self.numbers.get(name, 0) + 1)

    def put(self, name: str, key: str, row: Row) -> None:
        """Keep a document, in place of any that was there."""
        self.tables.setdefault(name, {})[key] = dict(row)
        if key.isdecimal():
            self.numbers[name] = max(self.numbers.get(name, 0), int(key))
        upsert = "INSERT INTO kept (name, id, body) VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET body = excluded.body"
        self._db.execute(upsert, (name, key, json.dumps(row)))

    def insert(self, name: str, rows: Sequence[Row]) -> list[str]:
        """Keep documents under the next numbers."""
        ids = []
        for row in rows:
            ids.append(self.next_id(name))
            self.put(name, ids[-1], row)
        return ids

    def update(self, name: str, changes: Mapping[str, Any], condition: Condition | None) -> list[str]:
        """Change what a condition asks for."""
        ids = [*self.rows(name, condition)]
        for key in ids:
            self.tables[name][key].update(changes)
        sql = f"UPDATE kept SET body = json_patch(body, ?) WHERE name = ? AND {condition.sql if condition else '1'}"  # noqa: S608 - our own text
        self._db.execute(sql, (json.dumps(changes), name))
        return ids

    def remove(self, name: str, condition: Condition) -> list[str]:
        """Take away what a condition asks for; their numbers are not given out again."""
        ids = [*self.rows(name, condition)]
        for key in ids:
            del self.tables[name][key]
        self._db.execute(f"DELETE FROM kept WHERE name = ? AND {condition.sql}", (name,))  # noqa: S608 - our own text
        return ids

    def remove_newest(self, name: str) -> list[str]:
        """Take away the document that came last; its number is not given out again."""
        ids = [*self.rows(name)][-1:]
        for key in ids:
            del self.tables[name][key]
            self._db.execute("DELETE FROM kept WHERE name = ? AND id = ?", (name, key))
        return ids

    def clear(self, *names: str) -> None:
        """Empty tables; their numbers begin again."""
        for name in names:
            self.tables.pop(name, None)
            self.numbers.pop(name, None)
            self._db.execute("DELETE FROM kept WHERE name = ?", (name,))
