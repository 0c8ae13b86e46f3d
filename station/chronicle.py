"""The chronicle: the audit of what people did, as one chain in the database, that is only ever added to.

It is not the audit of sequence numbers (audits.py), which asks what of a device's records is missing.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields, replace
from datetime import UTC, datetime

from sqlalchemy import ColumnElement, Table, insert, or_, select, text
from sqlalchemy.orm import Session

from station.chain import EMPTY, Entry, Head, linked, spelled
from station.chronicle_table import (
    DETAILS_CHARACTERS_MAX,
    ORIGIN_CHARACTERS_MAX,
    WHO_CHARACTERS_MAX,
    WHOM_CHARACTERS_MAX,
    ChronicleRow,
)
from station.happenings import Noted, take_noted
from station.table_base import table_of

# Two screenfuls; the next page is a link away.
PAGE_ROWS_MAX = 100
# Read at once when all are read: little memory, few questions.
_ROWS_AT_ONCE = 1_000
_COLUMNS = [getattr(ChronicleRow, field.name) for field in fields(Entry)]


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which entries are asked for: from a moment to before another, about or by somebody, of a kind."""

    since: datetime | None = None
    until: datetime | None = None
    person: str = ""
    kind: str = ""


def write_down(session: Session) -> None:
    """Add what was noted in this transaction to the chain, as the last thing that it does.

    On PostgreSQL nobody else adds until the transaction ends. Since that is the last lock that any transaction takes, none
    waits for another that waits for it. SQLite has one writer anyway.
    """
    noted = take_noted(session)
    if not noted:
        return
    session.flush()
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("LOCK TABLE chronicle IN SHARE ROW EXCLUSIVE MODE"))
    append(session, noted, datetime.now(UTC))


def append(session: Session, noted: Sequence[Noted], now: datetime) -> None:
    """Add entries at the end. Nobody else may be adding any."""
    head = head_in(session)
    for each in noted:
        entry = linked(head, _values(each, now))
        session.execute(
            insert(ChronicleRow).values({field.name: getattr(entry, field.name) for field in fields(Entry)})
        )
        head = Head(entry.number, entry.hash)


def take_over(session: Session, source: Table, noted: Noted, now: datetime) -> None:
    """Go on after a restore from a backup whose chain is in `source`: nothing of the living chain is ever taken away.

    Where the backup's chain only continues it, that is added; where it is another one, the last entry says so.
    """
    living, backed_up = head_in(session), _head(session, source)
    is_continued = living == EMPTY or _hash_at(session, source, living.number) == living.hash
    if is_continued:
        more = select(*source.columns).where(source.c.number > living.number).order_by(source.c.number)
        table = table_of(ChronicleRow)
        session.execute(table.insert().from_select(table.columns.keys(), more))
    is_known = backed_up == EMPTY or _hash_at(session, table_of(ChronicleRow), backed_up.number) == backed_up.hash
    if not is_known:
        noted = replace(noted, details=f"{noted.details}; its audit is another one, kept there alone: {backed_up}")
    append(session, [noted], now)


def head_in(session: Session) -> Head:
    """The last entry."""
    return _head(session, table_of(ChronicleRow))


def all_entries(session: Session) -> Iterator[Entry]:
    """Every entry, in the order of the numbers."""
    last: int | None = None
    while True:
        wanted = select(*_COLUMNS).order_by(ChronicleRow.number).limit(_ROWS_AT_ONCE)
        rows = session.execute(wanted if last is None else wanted.where(ChronicleRow.number > last)).all()
        if not rows:
            return
        yield from (Entry(*row) for row in rows)
        last = rows[-1][0]


def newest(session: Session, wanted: Wanted, before: int | None = None, count: int = PAGE_ROWS_MAX) -> list[Entry]:
    """Entries, the newest first; those with a number `before` one, if asked."""
    conditions = _conditions(wanted) if before is None else [*_conditions(wanted), ChronicleRow.number < before]
    asked = select(*_COLUMNS).where(*conditions).order_by(ChronicleRow.number.desc()).limit(count)
    return [Entry(*row) for row in session.execute(asked)]


def _head(session: Session, table: Table) -> Head:
    row = session.execute(select(table.c.number, table.c.hash).order_by(table.c.number.desc()).limit(1)).first()
    return EMPTY if row is None else Head(row[0], row[1])


def _hash_at(session: Session, table: Table, number: int) -> str | None:
    return session.scalar(select(table.c.hash).where(table.c.number == number))


def _conditions(wanted: Wanted) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if wanted.since is not None:
        found.append(ChronicleRow.at >= spelled(wanted.since))
    if wanted.until is not None:
        found.append(ChronicleRow.at < spelled(wanted.until))
    if wanted.person:
        found.append(or_(ChronicleRow.who == wanted.person, ChronicleRow.whom == wanted.person))
    if wanted.kind:
        found.append(ChronicleRow.kind == wanted.kind)
    return found


def _values(noted: Noted, now: datetime) -> dict[str, str]:
    return {
        "at": spelled(now),
        "who": _plain(noted.who, WHO_CHARACTERS_MAX),
        "kind": noted.happening.value,
        "whom": _plain(noted.whom, WHOM_CHARACTERS_MAX),
        "origin": _plain(noted.origin, ORIGIN_CHARACTERS_MAX),
        "outcome": noted.outcome.value,
        "details": _plain(noted.details, DETAILS_CHARACTERS_MAX),
    }


def _plain(said: str, characters_max: int) -> str:
    """Text that every database and every terminal takes: a name of the system's or a file's may be anything."""
    return "".join(letter if letter.isprintable() else "?" for letter in said[:characters_max])
