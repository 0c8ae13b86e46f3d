"""Putting a backup in place, in one transaction of the database itself: a station that serves there goes on serving.

A restored station has another epoch, so every device sends again what it keeps, and the station takes in what it lacks.
What is replaced is kept beside, as a backup of its own, made when nobody else could write any more.
"""

import os
import secrets
from collections.abc import Iterable
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from itertools import chain, count
from pathlib import Path
from uuid import uuid4

from sqlalchemy import Connection, MetaData, Table, delete, select, update
from sqlalchemy.exc import DatabaseError
from sqlalchemy.orm import Session

from station.archive import FOLDER, Manifest, check_archive, unpack_archive
from station.authority import FOLDER_NAME as TLS
from station.backing_up import back_up, own_files
from station.chronicle import take_over
from station.chronicle_table import ChronicleRow
from station.copies import COPIES
from station.database import kind_of, open_for_reading
from station.files import make_folder, put_first, work_folder
from station.happenings import ORIGIN, THE_STATION, Happening, Noted, Outcome
from station.kind import DatabaseTrouble, Kind, reason_of
from station.people_tables import SessionRow, TryRow
from station.revisions import OtherTables, known_revisions, migrate, newest_revision, revision_of
from station.table_base import Base, table_of
from station.tables import EnrolCodeRow, StationRow

_KINDS = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}
_AUTHORITY = "authority.pem"


class NotRestored(Exception):
    """The backup does not fit there; the text is a sentence, and nothing was changed."""


class NewerBackup(Exception):
    """The backup is from a newer version; the text is a sentence, and nothing was changed."""


@dataclass(frozen=True, slots=True)
class Restored:
    """What was restored, the new epoch, and where that which was there is kept.

    `has_other_authority` is whether the data folder kept a certificate authority that is not the backup's.
    """

    manifest: Manifest
    epoch: str
    kept: Path | None
    has_other_authority: bool


@dataclass(frozen=True, slots=True)
class Place:
    """Where a backup is put: the database, the data folder, and a folder in which it lies unpacked."""

    at: Path | str
    folder: Path
    unpacked: Path


@dataclass(frozen=True, slots=True)
class What:
    """What is put there, when, and what the audit tells of it."""

    manifest: Manifest
    now: datetime
    noted: Noted


def restore(
    at: Path | str, folder: Path, file: Path, now: datetime, by: str = THE_STATION, *, may_replace: bool = False
) -> Restored:
    """Put a backup in place of what is there, all of it or nothing. The audit goes on, with an entry.

    Raises BadArchive, NotRestored, NewerBackup, DatabaseTrouble, NotBackedUp, NotWritten, DatabaseError, OSError.
    """
    kind = kind_of(at)
    engine = kind.writing_engine()
    _see_that_it_fits(check_archive(file), engine.dialect.name, file)
    make_folder(folder)
    try:
        with work_folder(folder) as work:
            manifest = unpack_archive(file, work)
            kind.make_room()
            with engine.begin() as connection:
                noted = Noted(
                    Happening.RESTORED, by, "", f"{file}, as of {manifest.made_at}", ORIGIN.get(), Outcome.DONE
                )
                what = What(manifest, now, noted)
                kept = _put(connection, kind, Place(at, folder, work), what, may_replace=may_replace)
                epoch = _renew(connection)
                has_other_authority = _complete(folder, work / FOLDER)
    except OtherTables as problem:
        raise DatabaseTrouble(kind.sentence(problem)) from problem
    except DatabaseError as problem:
        if type(problem) is not DatabaseError:  # those that have a name of their own pass
            raise
        raise NotRestored(
            f"What is in {folder} is damaged: {reason_of(problem)}. Nothing was changed. Move that folder away, keep it, and "
            "restore once more: into an empty one."
        ) from problem
    finally:
        engine.dispose()
    return Restored(manifest, epoch, kept, has_other_authority)


def _see_that_it_fits(manifest: Manifest, kind: str, file: Path) -> None:
    if manifest.revision not in known_revisions():
        raise NewerBackup(
            f"{file} was made by a newer version ({manifest.version}). Nothing was changed. Update this one first."
        )
    if manifest.kind != kind:
        raise NotRestored(
            f"{file} is a backup of a station on {_KINDS.get(manifest.kind, manifest.kind)}, and this one is to be on "
            f"{_KINDS[kind]}. Nothing was changed. Restore it where it came from: "
            + ("without --database." if kind == "postgresql" else "with --database ADDRESS.")
        )


def _put(connection: Connection, kind: Kind, place: Place, what: What, *, may_replace: bool) -> Path | None:
    copies = COPIES[connection.dialect.name]
    kind.wait_for_makers(connection)
    found = revision_of(connection)
    if found is None:
        migrate(connection)
    else:
        _see_that_it_may_go(found, place, may_replace=may_replace)
    staged = copies.stage(connection, place.unpacked, what.manifest)
    kept = None
    if found is not None:
        _see_that_it_is_the_same(connection, staged, place)
        copies.keep_writers_out(connection)
        kept = _kept_at(place.folder, what.now)
        with closing(open_for_reading(place.at)) as database:
            back_up(database, place.folder, kept, what.now)
    chronicle = table_of(ChronicleRow)
    _put_rows(connection, (table for table in Base.metadata.sorted_tables if table is not chronicle), staged)
    with Session(connection) as session:
        take_over(session, _in_schema(chronicle, staged), what.noted, what.now)
    copies.count_on(connection)
    return kept


def _kept_at(folder: Path, now: datetime) -> Path:
    """Where what is replaced is kept; another name than any that was kept within the same second."""
    stem = f"replaced-{now:%Y%m%dT%H%M%SZ}"
    names = chain([stem], (f"{stem}-{number}" for number in count(2)))
    return next(path for name in names if not os.path.lexists(path := folder / f"{name}.backup"))


def _see_that_it_may_go(found: str, place: Place, *, may_replace: bool) -> None:
    if not may_replace:
        raise NotRestored(
            f"There is a station's data in {_shown(place)} already, and it is left as it is. With --replace the backup takes "
            "its place; what is there now is kept in a backup of its own."
        )
    if found != newest_revision():
        raise NotRestored(
            f"What is in {_shown(place)} is of another version. Nothing was changed. Bring it up to date first: station755 serve"
        )


def _see_that_it_is_the_same(connection: Connection, staged: str, place: Place) -> None:
    table = Base.metadata.tables[StationRow.__tablename__]
    keys = {connection.scalar(select(each.c.recovery_key)) for each in (table, _in_schema(table, staged))}
    if len(keys) > 1:
        raise NotRestored(
            f"What is in {_shown(place)} is another station, which the devices of the backup do not know. Nothing was changed. "
            "Restore into an empty data folder (and an empty database), or move that one away first."
        )


def _put_rows(connection: Connection, tables: Iterable[Table], staged: str) -> None:
    """Rows go and rows come; the tables stay, so that whoever has them open may go on."""
    known = list(tables)
    for table in reversed(known):
        connection.execute(delete(table))
    for table in known:
        source = _in_schema(table, staged)
        connection.execute(table.insert().from_select(table.columns.keys(), select(*source.columns)))


def _renew(connection: Connection) -> str:
    """Another epoch; challenges that were given out, sessions and codes are good no longer."""
    epoch = str(uuid4())
    connection.execute(update(StationRow).values(epoch=epoch, secret=secrets.token_bytes(32)))
    connection.execute(delete(SessionRow))
    connection.execute(delete(TryRow))
    connection.execute(delete(EnrolCodeRow).where(EnrolCodeRow.device_id.is_(None)))
    return epoch


def _complete(folder: Path, unpacked: Path) -> bool:
    """Put what the data folder lacks of its own files; whether its authority is another than the backup's.

    What is there stays: since the backup the authority may have been replaced, and devices know the newer one.
    """
    authority = folder / TLS / _AUTHORITY
    is_there = authority.exists()
    make_folder(folder / TLS)
    for path in own_files(unpacked):
        if not (is_there and path.parent.name == TLS):
            put_first(folder / path.relative_to(unpacked), path.read_bytes())
    backed_up = unpacked / TLS / _AUTHORITY
    return backed_up.exists() and backed_up.read_bytes() != authority.read_bytes()


def _in_schema(table: Table, schema: str) -> Table:
    return table.to_metadata(MetaData(), schema=schema)


def _shown(place: Place) -> str:
    return str(place.folder) if isinstance(place.at, Path) else "that database"
