"""The second factor: an authenticator app's codes, and recovery codes for when the phone is lost."""

import hmac
import re
from datetime import datetime
from hashlib import sha1, sha256

from sqlalchemy import delete, func, literal, select
from sqlalchemy.orm import Session

from station import sessions, totp
from station.accounts import No, note_refusal, note_sign_in
from station.database import one_at_a_time
from station.devices import the_station
from station.happenings import Happening, Outcome, note
from station.passwords import random_words
from station.people_tables import AccountRow, RecoveryCodeRow
from station.tries import add_try, is_locked_now, mark_of

# Each is good once, and none is guessed: 59 bits, and five tries.
RECOVERY_CODES = 8
_GROUPS, _GROUP_CHARACTERS = 3, 4


def secret_offered(session: Session, browser_secret: str) -> str:
    """The authenticator's secret that a browser is offered: the same for as long as its session, and kept nowhere."""
    message = b"authenticator." + browser_secret.encode()
    return totp.secret_of(hmac.digest(the_station(session).secret, message, sha1))


def set_up(session: Session, browser_secret: str, name: str, typed: str, now: datetime) -> tuple[str, list[str]] | None:
    """Take the offered secret if a typed code proves that an app has it; the new session's secret and recovery codes."""
    secret = secret_offered(session, browser_secret)
    account = session.get_one(AccountRow, name, with_for_update=True)
    step = totp.step_of(secret, digits(typed), now, None)
    if step is None or account.totp_secret is not None:
        return None
    account.totp_secret, account.totp_step = secret, step
    codes = new_recovery_codes(session, name)
    note(session, Happening.AUTHENTICATOR_SET_UP, name, name)
    return _passed(session, browser_secret, account, now), codes


def new_recovery_codes(session: Session, name: str) -> list[str]:
    """Fresh recovery codes; those before are good for nothing any more."""
    session.execute(delete(RecoveryCodeRow).where(RecoveryCodeRow.name == name))
    codes = [random_words(_GROUPS, _GROUP_CHARACTERS) for _ in range(RECOVERY_CODES)]
    session.add_all(RecoveryCodeRow(name=name, code_mark=_mark(session, code)) for code in codes)
    note(session, Happening.RECOVERY_CODES_MADE, name, name)
    return codes


def recovery_codes_left(session: Session, name: str) -> int:
    """How many recovery codes somebody still has."""
    return session.scalar(select(func.count()).where(RecoveryCodeRow.name == name)) or 0


def pass_code(session: Session, browser_secret: str, name: str, typed: str, now: datetime) -> str | No:
    """The secret of the session that a right code opens, or why it does not. No code is taken twice."""
    mark = mark_of(session, name)
    one_at_a_time(session, mark)
    if is_locked_now(session, mark):
        note(session, Happening.SIGN_IN_REFUSED, name, details=No.LOCKED.value, outcome=Outcome.REFUSED)
        return No.LOCKED
    account = session.get_one(AccountRow, name, with_for_update=True)
    secret = account.totp_secret
    step = None if secret is None else totp.step_of(secret, digits(typed), now, account.totp_step)
    if step is not None:
        account.totp_step = step
    elif not _use_recovery_code(session, name, typed):
        add_try(session, mark, now)
        note_refusal(session, name, mark)
        return No.WRONG
    return _passed(session, browser_secret, account, now)


def forget_authenticator(session: Session, name: str, by: str) -> None:
    """Have somebody set up another authenticator with the next sign-in: the phone is lost."""
    account = session.get_one(AccountRow, name, with_for_update=True)
    account.totp_secret = account.totp_step = None
    session.execute(delete(RecoveryCodeRow).where(RecoveryCodeRow.name == name))
    sessions.end_all(session, name)
    note(session, Happening.AUTHENTICATOR_FORGOTTEN, by, name)


def digits(typed: str) -> str:
    """A code as typed, without the gap that apps show in it."""
    return re.sub(r"[\s-]", "", typed)


def _passed(session: Session, browser_secret: str, account: AccountRow, now: datetime) -> str:
    note_sign_in(session, account, mark_of(session, account.name), now)
    sessions.end(session, browser_secret)
    return sessions.start(session, account.name, now, passed_at=now)


def _use_recovery_code(session: Session, name: str, typed: str) -> bool:
    is_this = (RecoveryCodeRow.name == name) & (RecoveryCodeRow.code_mark == _mark(session, typed))
    is_used = session.execute(delete(RecoveryCodeRow).where(is_this).returning(literal(1))).first() is not None
    if is_used:
        note(session, Happening.RECOVERY_CODE_USED, name, name)
    return is_used


def _mark(session: Session, code: str) -> str:
    plain = digits(code).lower()
    # Under the key that a restore keeps: the station's secret is another one afterwards, and the codes are on paper.
    key = bytes.fromhex(the_station(session).recovery_key)
    return hmac.digest(key, b"recovery." + plain.encode(), sha256).hex()
