"""What every table of the station has: times in UTC, and types by annotation."""

from datetime import UTC, date, datetime
from uuid import UUID

from sqlalchemy import Date, DateTime, Dialect, LargeBinary, Table, Uuid
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.types import TypeDecorator

# No number of a row is larger; PostgreSQL refuses to compare with one that is.
NUMBER_MAX = 2**31 - 1


class UtcTime(TypeDecorator[datetime]):
    """An aware UTC time, also on databases that forget the offset."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """To the database."""
        del dialect  # the same for all
        if value is not None and value.tzinfo is None:
            raise ValueError("a time without its zone must not reach the database")
        return None if value is None else value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """From the database."""
        del dialect  # the same for all
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Base(DeclarativeBase):
    """What every table has: types by annotation."""

    type_annotation_map = {datetime: UtcTime, date: Date, UUID: Uuid(), bytes: LargeBinary}  # noqa: RUF012 - SQLAlchemy's own attribute


def table_of(row: type[Base]) -> Table:
    """The table of a kind of row."""
    found = row.__table__
    if not isinstance(found, Table):
        raise TypeError(f"{row.__name__} has no table of its own")
    return found
