"""Devices: one-time codes, enrolment and revocation."""

import hmac
import os
from collections.abc import Sequence
from datetime import datetime
from hashlib import scrypt
from uuid import UUID

from sqlalchemy import ColumnElement, delete, select
from sqlalchemy.orm import Session

from station.admission import ASK_AGAIN
from station.challenges import new_challenge
from station.database import one_at_a_time
from station.device_keys import public_keys, use
from station.happenings import THE_STATION, Happening, note
from station.refusal import Refused
from station.tables import STATION_ID, DeviceRow, EnrolCodeRow, StationRow
from sync.enrolment import GROUP_CHARACTERS, Enrolled, Enrolment, new_code, tidy_code
from sync.limits import ENROL_SECONDS_MAX, ENROL_TRIES_MAX
from sync.problem import Trouble
from sync.sealing import recovery_public_key
from sync.signing import enrolment_message, is_signed

NAME_CHARACTERS_MAX = 80
_SALT_BYTES = 16


def is_name(name: str) -> bool:
    """Whether a device can be called so."""
    return 1 <= len(name) <= NAME_CHARACTERS_MAX and name.isprintable()


def make_code(session: Session, name: str, now: datetime, by: str = THE_STATION) -> str:
    """A one-time code for a device of this name. Codes that can no longer be used are cleared away."""
    one_at_a_time(session, "enrolment codes")
    used = EnrolCodeRow.device_id.is_not(None)
    old = [row.handle for row in session.scalars(select(EnrolCodeRow).where(~used)) if _is_late(row, now)]
    session.execute(delete(EnrolCodeRow).where(EnrolCodeRow.handle.in_(old)))
    code = new_code()
    while session.get(EnrolCodeRow, code[:GROUP_CHARACTERS]) is not None:
        code = new_code()
    salt = os.urandom(_SALT_BYTES)
    session.add(
        EnrolCodeRow(handle=code[:GROUP_CHARACTERS], salt=salt, hash=_hash(code, salt), name=name, made_at=now, tries=0)
    )
    note(session, Happening.ENROL_CODE_MADE, by, name)
    return code


def enrol(session: Session, asked: Enrolment, now: datetime, station_name: str) -> Enrolled | Refused:
    """Enrol a device, or say why not. A refusal is given back, not raised: the try that it counts must be kept.

    The same device may use its code again while it is good: the first answer may have been lost.
    """
    try:
        code = tidy_code(asked.code)
    except ValueError as problem:
        return Refused(Trouble.CODE_REFUSED, str(problem))
    message = enrolment_message(device=asked.device, code=asked.code, public_key=asked.public_key)
    if not is_signed(asked.public_key, message, asked.signature):
        return Refused(Trouble.SIGNATURE_BAD, "The enrolment is not signed with the key that it names.")
    # Tries are counted one after the other, and a code opens the door for one device.
    row = session.get(EnrolCodeRow, code[:GROUP_CHARACTERS], with_for_update=True)
    refusal = _refusal_of(row, code, asked, now)
    if row is None or refusal is not None:
        return refusal or Refused(Trouble.CODE_REFUSED, f"This code is not known here. {ASK_AGAIN}")
    one_at_a_time(session, asked.device)
    device = session.get(DeviceRow, UUID(asked.device), with_for_update=True)
    if device is not None and asked.public_key not in public_keys(device):
        return Refused(
            Trouble.CODE_REFUSED,
            "Another device is enrolled under this id, or this data folder is an older copy. Save what it holds for the "
            "station first (contact755 salvage FILE), then start with a fresh data folder.",
        )
    if device is not None and device.revoked_at is not None and row.device_id is not None:
        return Refused(Trouble.CODE_REFUSED, f"The station has revoked this device since it used the code. {ASK_AGAIN}")
    if device is None:
        device = DeviceRow(id=UUID(asked.device), public_key=asked.public_key, enrolled_at=now, sequence_last=0)
        session.add(device)
    use(device, asked.public_key)
    device.name, device.revoked_at = row.name, None
    session.flush()
    row.device_id = device.id
    station = the_station(session)
    return Enrolled(
        device=asked.device,
        name=row.name,
        station=station_name,
        epoch=station.epoch,
        challenge=new_challenge(station.secret, asked.device, now),
        recovery_key=recovery_public_key(station.recovery_key),
    )


def revoke(session: Session, name: str, now: datetime, by: str = THE_STATION) -> int:
    """Revoke every device of this name; how many there were."""
    return _revoke(session, DeviceRow.name == name, now, by)


def revoke_one(session: Session, device: UUID, now: datetime, by: str) -> bool:
    """Revoke the device of this id; whether it was not revoked before."""
    return bool(_revoke(session, DeviceRow.id == device, now, by))


def _revoke(session: Session, which: ColumnElement[bool], now: datetime, by: str) -> int:
    found = select(DeviceRow).where(which, DeviceRow.revoked_at.is_(None)).order_by(DeviceRow.id)
    rows = session.scalars(found.with_for_update()).all()
    for row in rows:
        row.revoked_at = now
        note(session, Happening.REVOKED, by, row.name, str(row.id))
    return len(rows)


def all_devices(session: Session) -> Sequence[DeviceRow]:
    """Every device that was ever enrolled, by name."""
    return session.scalars(select(DeviceRow).order_by(DeviceRow.name, DeviceRow.enrolled_at)).all()


def the_station(session: Session) -> StationRow:
    """The station's own row."""
    return session.get_one(StationRow, STATION_ID)


def _refusal_of(row: EnrolCodeRow | None, code: str, asked: Enrolment, now: datetime) -> Refused | None:
    """Why a code does not open the door, counting wrong tries; None if it does."""
    if row is None or row.tries >= ENROL_TRIES_MAX or _is_late(row, now):
        return Refused(Trouble.CODE_REFUSED, f"This code is not known here, or no longer good. {ASK_AGAIN}")
    if not hmac.compare_digest(row.hash, _hash(code, row.salt)):
        row.tries += 1
        return Refused(Trouble.CODE_REFUSED, f"This code is not known here, or no longer good. {ASK_AGAIN}")
    if row.device_id is not None and row.device_id != UUID(asked.device):
        return Refused(Trouble.CODE_REFUSED, f"Another device has used this code. {ASK_AGAIN}")
    return None


def _is_late(row: EnrolCodeRow, now: datetime) -> bool:
    return (now - row.made_at).total_seconds() > ENROL_SECONDS_MAX


def _hash(code: str, salt: bytes) -> bytes:
    # 40 random bits and ten minutes: scrypt makes trying them all against a stolen database take far longer.
    return scrypt(code.encode(), salt=salt, n=2**14, r=8, p=1)
