"""A device as its exchange finds and leaves it: one question for all that is asked of it, one statement for all that changes.

Every batch asks twice, before it is looked into and in the transaction that stores it; as mapped objects that took longer
than the rows themselves.
"""

from dataclasses import dataclass, fields
from datetime import datetime
from uuid import UUID

from sqlalchemy import bindparam, select, update
from sqlalchemy.exc import NoResultFound
from sqlalchemy.orm import Session

from station.table_base import table_of
from station.tables import STATION_ID, DeviceRow, StationRow


@dataclass(slots=True)
class Caller:
    """What of a device's row an exchange asks and changes (tables.py), and the station's epoch and secret."""

    id: UUID
    revoked_at: datetime | None
    epoch: str
    secret: bytes
    public_key: str
    next_public_key: str | None
    heard_at: datetime | None
    steady_ms: int | None
    boot: str | None
    app: str | None
    sequence_last: int
    audited_through: int
    missing_count: int
    missing: str | None
    ready: int
    damage: str | None


_DEVICE, _STATION = table_of(DeviceRow), table_of(StationRow)
_OF_STATION = ("epoch", "secret")
_NAMES = [each.name for each in fields(Caller)]  # in the order in which a row makes a Caller
_CHANGING = [name for name in _NAMES if name not in ("id", "revoked_at", *_OF_STATION)]
_THIS = _DEVICE.c.id == bindparam("device")
_ASKED = (
    select(*((_STATION if name in _OF_STATION else _DEVICE).c[name] for name in _NAMES))
    .select_from(_DEVICE.join(_STATION, _STATION.c.id == STATION_ID))
    .where(_THIS)
)
# Not its id, which never changes: others may name the device meanwhile, as who tells it something does.
_LOCKED = _ASKED.with_for_update(of=_DEVICE, key_share=True)
_LEFT = update(_DEVICE).where(_THIS).values({name: bindparam(name) for name in _CHANGING})


def known(session: Session, device: UUID) -> Caller | None:
    """A device as it is now; None if none of this id was ever enrolled."""
    row = session.connection().execute(_ASKED, {"device": device}).first()
    return None if row is None else Caller(*row)


def locked(session: Session, device: UUID) -> Caller:
    """An enrolled device; until the transaction ends nobody else changes it. Raises NoResultFound."""
    session.flush()  # what was noted of it just now is its state too
    row = session.connection().execute(_LOCKED, {"device": device}).first()
    if row is None:
        raise NoResultFound
    return Caller(*row)


def leave(session: Session, caller: Caller) -> None:
    """Write what has changed of a device that was locked."""
    values = {name: getattr(caller, name) for name in _CHANGING}
    session.connection().execute(_LEFT, {"device": caller.id, **values})
