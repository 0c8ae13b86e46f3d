"""Devices: one-time codes, enrolment, revocation, and whether a request is signed by one of them."""

import hmac
import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import scrypt
from uuid import UUID

from sqlalchemy import ColumnElement, delete, select
from sqlalchemy.orm import Session

from station.challenges import is_good, new_challenge
from station.database import one_at_a_time
from station.device_keys import public_keys, signing_key, use
from station.happenings import THE_STATION, Happening, note
from station.refusal import Refused
from station.tables import STATION_ID, DeviceRow, EnrolCodeRow, StationRow
from sync.enrolment import GROUP_CHARACTERS, Enrolled, Enrolment, new_code, tidy_code
from sync.limits import ENROL_SECONDS_MAX, ENROL_TRIES_MAX
from sync.problem import Trouble
from sync.sealing import recovery_public_key
from sync.signing import enrolment_message, exchange_message, is_signed
from sync.wire import EXCHANGE_PATH

NAME_CHARACTERS_MAX = 80
_SALT_BYTES = 16
_ASK_AGAIN = "Ask the station for an enrolment code, then: contact755 enrol ADDRESS CODE"


def is_name(name: str) -> bool:
    """Whether a device can be called so."""
    return 1 <= len(name) <= NAME_CHARACTERS_MAX and name.isprintable()


@dataclass(frozen=True, slots=True)
class Signed:
    """What a signed request says in its headers, and its body as sent."""

    device: str
    batch: str
    challenge: str
    signature: str
    body: bytes


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
        return refusal or Refused(Trouble.CODE_REFUSED, f"This code is not known here. {_ASK_AGAIN}")
    one_at_a_time(session, asked.device)
    device = session.get(DeviceRow, UUID(asked.device), with_for_update=True)
    if device is not None and asked.public_key not in public_keys(device):
        return Refused(
            Trouble.CODE_REFUSED, "Another device is enrolled under this id. Start with a fresh data folder."
        )
    if device is not None and device.revoked_at is not None and row.device_id is not None:
        return Refused(
            Trouble.CODE_REFUSED, f"The station has revoked this device since it used the code. {_ASK_AGAIN}"
        )
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


@dataclass(frozen=True, slots=True)
class Signer:
    """Who signed a request: a device, with which of its keys."""

    device: UUID
    key: str


def check(session: Session, signed: Signed, now: datetime, path: str = EXCHANGE_PATH) -> Signer:
    """The device that signed a request to a path. Raises Refused."""
    named = _uuid(signed.device)
    device = None if named is None else session.get(DeviceRow, named)
    if device is None:
        raise Refused(Trouble.DEVICE_UNKNOWN, f"This device is not enrolled here. {_ASK_AGAIN}")
    message = exchange_message(
        device=signed.device, batch=signed.batch, challenge=signed.challenge, path=path, body=signed.body
    )
    key = signing_key(device, message, signed.signature)
    if key is None:
        raise Refused(Trouble.SIGNATURE_BAD, f"The request is not signed by this device. {_ASK_AGAIN}")
    _see_that_it_is_not_revoked(device)
    secret = the_station(session).secret
    if not is_good(signed.challenge, secret, signed.device, now):
        fresh = new_challenge(secret, signed.device, now)
        raise Refused(Trouble.CHALLENGE_STALE, "The challenge is too old; sign this fresh one.", fresh)
    return Signer(device.id, key)


def admitted(session: Session, signer: Signer) -> DeviceRow:
    """The device whose request was checked before, in the transaction that writes. Raises Refused.

    Its row is locked: exchanges of one device follow each other, and a revocation waits for the one under way.
    """
    device = session.get_one(DeviceRow, signer.device, with_for_update=True)
    _see_that_it_is_not_revoked(device)
    if signer.key not in public_keys(device):  # the next key was used meanwhile, and ended this one
        raise Refused(Trouble.SIGNATURE_BAD, f"The request is not signed by this device. {_ASK_AGAIN}")
    use(device, signer.key)
    return device


def _see_that_it_is_not_revoked(device: DeviceRow) -> None:
    if device.revoked_at is not None:
        detail = "The station has revoked this device. Its contacts stay on it: take it to the station."
        raise Refused(Trouble.DEVICE_REVOKED, detail)


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
        return Refused(Trouble.CODE_REFUSED, f"This code is not known here, or no longer good. {_ASK_AGAIN}")
    if not hmac.compare_digest(row.hash, _hash(code, row.salt)):
        row.tries += 1
        return Refused(Trouble.CODE_REFUSED, f"This code is not known here, or no longer good. {_ASK_AGAIN}")
    if row.device_id is not None and row.device_id != UUID(asked.device):
        return Refused(Trouble.CODE_REFUSED, f"Another device has used this code. {_ASK_AGAIN}")
    return None


def _is_late(row: EnrolCodeRow, now: datetime) -> bool:
    return (now - row.made_at).total_seconds() > ENROL_SECONDS_MAX


def _hash(code: str, salt: bytes) -> bytes:
    # 40 random bits and ten minutes: scrypt makes trying them all against a stolen database take far longer.
    return scrypt(code.encode(), salt=salt, n=2**14, r=8, p=1)


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
