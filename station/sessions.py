"""Sessions at the console: what a signed-in browser is known by, and when that ends.

The browser holds a random secret and the station only its hash, so a stolen database opens no session. A session begins
when the password was right and opens the pages when nothing else is left to be shown: the steps below.
"""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from hashlib import sha256

from sqlalchemy import delete, update
from sqlalchemy.orm import Session

from station.database import Database
from station.people import role_of
from station.people_tables import AccountRow, SessionRow
from station.roles import StationRole

# CJIS Security Policy IA-5: signing in again after 30 idle minutes, and after 12 hours in any case.
IDLE_MAX = timedelta(minutes=30)
AGE_MAX = timedelta(hours=12)
# Time enough to install an authenticator app between the password and its first code.
STEPS_MAX = timedelta(minutes=20)
# Being seen is written down at most once a minute: reading a page should not cost a write each time.
_SEEN_EVERY = timedelta(minutes=1)
_SECRET_BYTES = 32


class Step(StrEnum):
    """What is left to do after the password, as the address where it is done."""

    CODE = "/sign-in/code"
    PASSWORD = "/sign-in/password"  # noqa: S105 - an address
    AUTHENTICATOR = "/sign-in/authenticator"


@dataclass(frozen=True, slots=True)
class SignedIn:
    """Who is signed in, in what role; `step` is what is left before any page is shown."""

    name: str
    role: StationRole
    step: Step | None


def new_secret() -> str:
    """A fresh secret for a browser."""
    return secrets.token_urlsafe(_SECRET_BYTES)


def next_step(*, has_authenticator: bool, has_passed: bool, is_password_temporary: bool) -> Step | None:
    """What is left to do: a code before anything is changed, an own password, an authenticator; None if nothing is."""
    if has_authenticator and not has_passed:
        return Step.CODE
    if is_password_temporary:
        return Step.PASSWORD
    return None if has_authenticator else Step.AUTHENTICATOR


def start(
    session: Session, name: str, now: datetime, *, made_at: datetime | None = None, passed_at: datetime | None = None
) -> str:
    """Start a session; the secret that the browser is to hold. Sessions that are over are cleared away."""
    session.execute(delete(SessionRow).where(SessionRow.made_at <= now - AGE_MAX))
    secret = new_secret()
    row = SessionRow(secret_hash=_hash(secret), name=name, made_at=made_at or now, seen_at=now, passed_at=passed_at)
    session.add(row)
    return secret


def find(database: Database, secret: str, now: datetime, *, is_use: bool = True) -> SignedIn | None:
    """Who is signed in with this secret, or None; the session is kept from growing idle if a person asks (`is_use`)."""
    with database.reading() as session:
        row = session.get(SessionRow, _hash(secret))
        if row is None or is_over(row.made_at, row.seen_at, now, has_passed=row.passed_at is not None):
            return None
        role = role_of(session, row.name)
        if role is None:
            return None
        account = session.get_one(AccountRow, row.name)
        step = next_step(
            has_authenticator=account.totp_secret is not None,
            has_passed=row.passed_at is not None,
            is_password_temporary=account.is_password_temporary,
        )
        found = SignedIn(account.name, role, step)
        is_stale = is_use and now - row.seen_at >= _SEEN_EVERY
    if is_stale:
        with database.writing() as session:
            # It may have been ended in between; then there is no row.
            session.execute(update(SessionRow).where(SessionRow.secret_hash == _hash(secret)).values(seen_at=now))
    return found


def is_over(made_at: datetime, seen_at: datetime, now: datetime, *, has_passed: bool) -> bool:
    """Whether a session has been idle too long, or has lasted too long, or stopped between password and code."""
    return now - seen_at >= IDLE_MAX or now - made_at >= (AGE_MAX if has_passed else STEPS_MAX)


def take_over(session: Session, secret: str, name: str, now: datetime) -> tuple[datetime, datetime] | None:
    """End the session that the browser had; when it began and passed, if it is this name's and only idle.

    CJIS IA-5: after 30 idle minutes the password alone is enough, together with the secret that the browser still holds;
    after 12 hours it is not.
    """
    row = session.get(SessionRow, _hash(secret), with_for_update=True)
    if row is None:
        return None
    session.delete(row)
    if row.name != name or row.passed_at is None or now - row.made_at >= AGE_MAX:
        return None
    return row.made_at, row.passed_at


def idle_name(database: Database, secret: str, now: datetime) -> str:
    """Whose session this is that is only idle, so that a password is enough to go on with it; empty if nobody's."""
    with database.reading() as session:
        row = session.get(SessionRow, _hash(secret))
        is_idle = row is not None and row.passed_at is not None and now - row.made_at < AGE_MAX
        return row.name if row is not None and is_idle and now - row.seen_at >= IDLE_MAX else ""


def end(session: Session, secret: str) -> str | None:
    """End a session; whose it was, None if there is none."""
    return session.scalar(delete(SessionRow).where(SessionRow.secret_hash == _hash(secret)).returning(SessionRow.name))


def end_others(session: Session, name: str, secret: str) -> None:
    """End every session of a name but the one with this secret."""
    session.execute(delete(SessionRow).where(SessionRow.name == name, SessionRow.secret_hash != _hash(secret)))


def end_all(session: Session, name: str) -> None:
    """End every session of a name."""
    session.execute(delete(SessionRow).where(SessionRow.name == name))


def _hash(secret: str) -> str:
    # The secret is random and long, so a fast hash without salt is enough.
    return sha256(secret.encode()).hexdigest()
