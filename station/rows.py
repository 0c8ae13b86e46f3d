"""Questions and statements in a form that is quick. For many rows in one statement: SQLAlchemy's own way compiles a statement of many rows anew each time, for longer than it runs."""

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any

from sqlalchemy import Dialect, Select, Table, func, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from station.table_base import Base, table_of

# Rows in one statement: with these tables' columns, fewer values than the 999 that the oldest SQLite takes.
ROWS_MAX = 80
# As many statements as there are tables, lengths and kinds of database.
_STATEMENTS_MAX = 1_000
_MARKS: Mapping[str, str] = {"qmark": "?", "format": "%s", "pyformat": "%s"}


def insert_all(session: Session, table: type[Base], rows: Sequence[Mapping[str, Any]], *, once: bool = False) -> int:
    """Insert rows that name every column; how many were inserted. `once` passes over those whose key is there already."""
    connection = session.connection()
    counted = 0
    for start in range(0, len(rows), ROWS_MAX):
        some = rows[start : start + ROWS_MAX]
        names, writers = _columns(table_of(table), connection.dialect)
        values = [
            row[name] if write is None else write(row[name])
            for row in some
            for name, write in zip(names, writers, strict=True)
        ]
        statement = _statement(table_of(table), connection.dialect.paramstyle, len(some), once)
        counted += connection.exec_driver_sql(statement, tuple(values)).rowcount
    return counted


def different(column: InstrumentedAttribute[Any]) -> Select[Any]:
    """The different values of a column that begins an index, and None: from each straight to the next."""
    found = select(func.min(column).label(column.key)).cte(recursive=True)
    following = select(func.min(column)).where(column > found.c[column.key]).correlate(found).scalar_subquery()
    found = found.union_all(select(following).where(found.c[column.key].is_not(None)))
    return select(found.c[column.key])


@lru_cache(_STATEMENTS_MAX)
def _columns(table: Table, dialect: Dialect) -> tuple[list[str], list[Callable[[Any], Any] | None]]:
    """The names of a table's columns, and how a value of each is written (None: as it is)."""
    columns = list(table.columns)
    return [column.name for column in columns], [
        column.type.dialect_impl(dialect).bind_processor(dialect) for column in columns
    ]


@lru_cache(_STATEMENTS_MAX)
def _statement(table: Table, paramstyle: str, count: int, once: bool) -> str:  # noqa: FBT001 - a cache's key
    """The statement; every name in it is one of our own tables' and columns'."""
    names = [column.name for column in table.columns]
    row = f"({', '.join([_MARKS[paramstyle]] * len(names))})"
    end = " ON CONFLICT DO NOTHING" if once else ""
    return f"INSERT INTO {table.name} ({', '.join(names)}) VALUES {', '.join([row] * count)}{end}"  # noqa: S608 - see above
