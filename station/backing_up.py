"""Backing a station up while it serves: one moment of its database, and the rest of its data folder, in one file."""

import shutil
from datetime import datetime
from pathlib import Path

from sqlalchemy import func, select

from station.archive import DATABASE, FOLDER, BadArchive, Manifest, check_archive, digests, write_archive
from station.authority import FOLDER_NAME as TLS
from station.copies import COPIES, tables
from station.database import Database
from station.devices import the_station
from station.files import work_folder
from station.kind import reason_of
from station.revisions import revision_of
from station.served import FILE_NAME as SERVED
from station.tables import DeviceRow, RecordRow
from sync import __version__
from sync.times import write_time
from sync.whole_file import check_free, give_name


class NotBackedUp(Exception):
    """No backup was made; the text is a sentence."""


def back_up(database: Database, folder: Path, file: Path, now: datetime, *, may_replace: bool = False) -> Manifest:
    """Write a backup of a station; it is whole, read again and on the disk when this returns, or not there.

    Raises NotBackedUp, DatabaseTrouble, and NotWritten for a name that is taken.
    """
    check_free(file, may_replace=may_replace)
    try:
        with work_folder(file.parent) as work:
            manifest = _gather(database, folder, work / "files", now)
            made = work / "archive"
            write_archive(made, manifest, work / "files")
            check_archive(made)  # what was written must be what can be read
            give_name(made, file, may_replace=may_replace)
    except (OSError, BadArchive) as problem:
        raise NotBackedUp(
            f"No backup was made: {reason_of(problem)}. Nothing else was changed. Check the free space in {file.parent}: "
            "while it is made, a backup takes twice what the station's data takes."
        ) from None
    return manifest


def _gather(database: Database, folder: Path, files: Path, now: datetime) -> Manifest:
    for name in (DATABASE, f"{FOLDER}/{TLS}"):
        (files / name).mkdir(parents=True)
    with database.reading() as session:
        connection = session.connection()
        kind = connection.dialect.name
        said = {
            "version": __version__,
            "kind": kind,
            "revision": str(revision_of(connection)),
            "epoch": the_station(session).epoch,
            "made_at": write_time(now),
        }
        records, devices = (
            session.scalar(select(func.count()).select_from(each)) or 0 for each in (RecordRow, DeviceRow)
        )
        COPIES[kind].copy_out(connection, files / DATABASE, tables())
    for path in own_files(folder):
        shutil.copyfile(path, files / FOLDER / path.relative_to(folder))
    return Manifest(**said, records=records, devices=devices, tables=tables(), members=digests(files))


def own_files(folder: Path) -> list[Path]:
    """What a data folder holds besides a database: the authority, its keys, and where the station was served last.

    The authority comes last: where it is, the others are too.
    """
    found = [folder / SERVED, *sorted((folder / TLS).glob("*.pem"), reverse=True)]
    return [path for path in found if path.is_file()]
