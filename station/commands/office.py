"""What every station command works with."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from station.database import Database
from sync.reference import Reference

# Who did what a command did: whoever may use the station's machine.
AT_THE_STATION = "station755"


@dataclass(frozen=True, slots=True)
class Office:
    """The open database, the station's reference data, its clock and its data folder."""

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
