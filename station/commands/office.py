"""What every station command works with."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from station.database import Database
from sync.reference import Reference


@dataclass(frozen=True, slots=True)
class Office:
    """The open database, the station's reference data and its clock."""

    database: Database
    reference: Reference
    now: Callable[[], datetime]
