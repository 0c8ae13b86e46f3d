"""Accounts at the console: making them, and signing in with a name and a password.

A try is written down before the password is looked at and taken back when it was right, so that any number of tries at
the same moment are still counted. Names that nobody has are treated alike, so that nobody learns which names exist.
"""

import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from station.database import Database, one_at_a_time
from station.devices import the_station
from station.passwords import NOBODYS_HASH, hash_password, is_password, new_password
from station.sessions import start
from station.tables import AccountRow, SessionRow, TryRow

ADMIN = "admin"
ROLE_ADMINISTRATOR = "administrator"
# CJIS Security Policy AC-7: at most five wrong tries in 15 minutes.
TRIES_MAX = 5
TRIES_WITHIN = timedelta(minutes=15)
# Long enough that guessing leads nowhere, short enough that a sergeant who mistyped need not call anybody.
LOCKED_FOR = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class Locked:
    """Too many wrong tries: nobody signs in under this name until then."""

    until: datetime


def first_administrator(session: Session, now: datetime) -> str | None:
    """The new administrator's password at the first start; None when there is an administrator already."""
    one_at_a_time(session, ADMIN)
    return None if session.get(AccountRow, ADMIN) is not None else new_admin_password(session, now)


def new_admin_password(session: Session, now: datetime) -> str:
    """A fresh password for the administrator. It ends the administrator's sessions and any lock."""
    one_at_a_time(session, ADMIN)
    password = new_password()
    account = session.get(AccountRow, ADMIN, with_for_update=True)
    if account is None:
        account = AccountRow(name=ADMIN, role=ROLE_ADMINISTRATOR, made_at=now)
        session.add(account)
    account.password_hash = hash_password(password)
    session.execute(delete(SessionRow).where(SessionRow.name == ADMIN))
    session.execute(delete(TryRow).where(TryRow.name_mark == _mark(session, ADMIN)))
    return password


def sign_in(database: Database, name: str, password: str, now: datetime) -> str | Locked | None:
    """The secret of a new session if this name and password open an account; until when the name is locked; or None.

    Hashing takes long, so it is done between two transactions: devices must not wait for it.
    """
    with database.writing() as session:
        mark = _mark(session, name)
        one_at_a_time(session, mark)
        until = locked_until(_tries(session, mark))
        if until is not None and now < until:
            return Locked(until)
        session.execute(delete(TryRow).where(TryRow.tried_at < now - TRIES_WITHIN - LOCKED_FOR))
        session.add(TryRow(name_mark=mark, tried_at=now))
        password_hash = _password_hash(session, name)
    is_right = is_password(password, password_hash or NOBODYS_HASH)
    with database.writing() as session:
        # The password may have been changed while the typed one was looked at.
        if not is_right or password_hash is None or password_hash != _password_hash(session, name, is_kept=True):
            return None
        session.execute(delete(TryRow).where(TryRow.name_mark == mark))
        return start(session, name, now)


def locked_until(tries: Sequence[datetime]) -> datetime | None:
    """Until when these wrong tries, oldest first, lock a name; None if they do not."""
    last = tries[-TRIES_MAX:]
    if len(last) < TRIES_MAX or last[-1] - last[0] >= TRIES_WITHIN:
        return None
    return last[-1] + LOCKED_FOR


def _password_hash(session: Session, name: str, *, is_kept: bool = False) -> str | None:
    """The hash of an account's password; kept as it is until the transaction ends, if asked."""
    asked = select(AccountRow.password_hash).where(AccountRow.name == name)
    return session.scalar(asked.with_for_update() if is_kept else asked)


def _tries(session: Session, mark: str) -> Sequence[datetime]:
    return session.scalars(select(TryRow.tried_at).where(TryRow.name_mark == mark).order_by(TryRow.tried_at)).all()


def _mark(session: Session, name: str) -> str:
    return hmac.digest(the_station(session).secret, b"sign-in." + name.encode(), sha256).hex()
