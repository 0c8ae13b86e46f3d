"""Whether a request is signed by a device that is enrolled here."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from station.callers import Caller, known, locked
from station.challenges import is_good, new_challenge
from station.device_keys import public_keys, signing_key, use
from station.refusal import Refused
from sync.problem import Trouble
from sync.signing import exchange_message
from sync.wire import EXCHANGE_PATH

ASK_AGAIN = "Ask the station for an enrolment code, then: contact755 enrol ADDRESS CODE"


@dataclass(frozen=True, slots=True)
class Signed:
    """What a signed request says in its headers, and its body as sent."""

    device: str
    batch: str
    challenge: str
    signature: str
    body: bytes


@dataclass(frozen=True, slots=True)
class Signer:
    """Who signed a request: a device, with which of its keys."""

    device: UUID
    key: str


def check(session: Session, signed: Signed, now: datetime, path: str = EXCHANGE_PATH) -> Signer:
    """The device that signed a request to a path. Raises Refused."""
    named = _uuid(signed.device)
    device = None if named is None else known(session, named)
    if device is None:
        raise Refused(Trouble.DEVICE_UNKNOWN, f"This device is not enrolled here. {ASK_AGAIN}")
    message = exchange_message(
        device=signed.device, batch=signed.batch, challenge=signed.challenge, path=path, body=signed.body
    )
    key = signing_key(device, message, signed.signature)
    if key is None:
        raise Refused(Trouble.SIGNATURE_BAD, f"The request is not signed by this device. {ASK_AGAIN}")
    _see_that_it_is_not_revoked(device)
    if not is_good(signed.challenge, device.secret, signed.device, now):
        fresh = new_challenge(device.secret, signed.device, now)
        raise Refused(Trouble.CHALLENGE_STALE, "The challenge is too old; sign this fresh one.", fresh)
    return Signer(device.id, key)


def admitted(session: Session, signer: Signer) -> Caller:
    """The device whose request was checked before, in the transaction that writes. Raises Refused.

    Its row is locked: exchanges of one device follow each other, and a revocation waits for the one under way.
    """
    device = locked(session, signer.device)
    _see_that_it_is_not_revoked(device)
    if signer.key not in public_keys(device):  # the next key was used meanwhile, and ended this one
        raise Refused(Trouble.SIGNATURE_BAD, f"The request is not signed by this device. {ASK_AGAIN}")
    use(device, signer.key)
    return device


def _see_that_it_is_not_revoked(device: Caller) -> None:
    if device.revoked_at is not None:
        detail = "The station has revoked this device. Its contacts stay on it: take it to the station."
        raise Refused(Trouble.DEVICE_REVOKED, detail)


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
