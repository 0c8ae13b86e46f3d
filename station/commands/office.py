"""What every station command works with."""

from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy.exc import DatabaseError

from station.database import Database, DatabaseGone, open_database
from station.happenings import Happening, note, system_user
from station.kind import DatabaseTrouble
from sync.commandline import tell
from sync.reference import Reference

DATA_VARIABLE = "STATION755_DATA"
DATABASE_VARIABLE = "STATION755_DATABASE"


@dataclass(frozen=True, slots=True)
class Office:
    """Where the database is, and it opened; the station's reference data, its clock and its data folder."""

    at: Path | str
    database: Database
    reference: Reference
    now: Callable[[], datetime]
    folder: Path


@dataclass(frozen=True, slots=True)
class Premises:
    """Where the station's database and its data folder are, for commands that open them in their own way."""

    at: Path | str
    folder: Path
    now: Callable[[], datetime]


def note_afterwards(at: Path | str, happening: Happening, whom: str = "", details: str = "") -> None:
    """Note what a command has done that did not write into the database, in a transaction of its own.

    A disk that is full must keep nobody from a backup, nor from reading: whoever can run this can read the file itself.
    That it could not be noted is said.
    """
    try:
        with closing(open_database(at)) as database, database.writing() as session:
            note(session, happening, system_user(), whom, details)
    except (DatabaseTrouble, DatabaseGone, DatabaseError, OSError):
        tell(f"This could not be noted in the audit ({happening.value}): the database takes nothing now.")
