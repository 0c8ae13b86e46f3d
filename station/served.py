"""Where the station was served last, kept for the commands that tell devices where to go."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from station.files import put

FILE_NAME = "served.json"


@dataclass(frozen=True, slots=True)
class Served:
    """The address for devices, and whether the certificate there is from the station's own authority."""

    address: str
    has_own_authority: bool


def keep_served(data: Path, served: Served) -> None:
    """Keep it in the data folder. Raises OSError."""
    put(data / FILE_NAME, json.dumps(asdict(served)).encode())


def last_served(data: Path) -> Served | None:
    """What was kept, None if nothing readable was."""
    try:
        found = json.loads((data / FILE_NAME).read_bytes())
        return Served(str(found["address"]), bool(found["has_own_authority"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None
