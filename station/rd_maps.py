"""The maps of the station's RDs in its database: kept under the hash of their content, and never changed."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from station.database import insert_once
from station.rd_map_content import RdMap, read_content
from station.rd_map_table import RdMapRow


def keep_map(session: Session, rd_map: RdMap, who: str, now: datetime) -> str:
    """Keep a map, once; its name, for a version of the reference data to hold as `rd_map`."""
    name = rd_map.name
    insert_once(session, RdMapRow, {"name": name, "made_at": now, "who": who, "content": rd_map.content.decode()})
    return name


def has_map(session: Session, name: str) -> bool:
    """Whether there is a map of this name."""
    return session.scalar(select(RdMapRow.name).where(RdMapRow.name == name)) is not None


def map_named(session: Session, name: str) -> RdMap | None:
    """A map by its name; None for no name, or if there is none of it."""
    row = session.get(RdMapRow, name) if name else None
    return None if row is None else read_content(row.content)
