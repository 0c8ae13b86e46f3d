"""Sessions at the console: what a signed-in browser is known by, and when that ends.

The browser holds a random secret and the station only its hash, so a stolen database opens no session.
"""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256

from sqlalchemy import delete, or_, update
from sqlalchemy.orm import Session

from station.database import Database
from station.tables import AccountRow, SessionRow

# CJIS Security Policy IA-5: signing in again after 30 idle minutes, and after 12 hours in any case.
IDLE_MAX = timedelta(minutes=30)
AGE_MAX = timedelta(hours=12)
# Being seen is written down at most once a minute: reading a page should not cost a write each time.
_SEEN_EVERY = timedelta(minutes=1)
_SECRET_BYTES = 32


@dataclass(frozen=True, slots=True)
class SignedIn:
    """Who is signed in, in what role."""

    name: str
    role: str


def new_secret() -> str:
    """A fresh secret for a browser."""
    return secrets.token_urlsafe(_SECRET_BYTES)


def start(session: Session, name: str, now: datetime) -> str:
    """Start a session; the secret that the browser is to hold. Sessions that are over are cleared away."""
    over = or_(SessionRow.made_at <= now - AGE_MAX, SessionRow.seen_at <= now - IDLE_MAX)
    session.execute(delete(SessionRow).where(over))
    secret = new_secret()
    session.add(SessionRow(secret_hash=_hash(secret), name=name, made_at=now, seen_at=now))
    return secret


def find(database: Database, secret: str, now: datetime) -> SignedIn | None:
    """Who is signed in with this secret, or None; the session is kept from growing idle."""
    with database.reading() as session:
        row = session.get(SessionRow, _hash(secret))
        if row is None or is_over(row.made_at, row.seen_at, now):
            return None
        account = session.get_one(AccountRow, row.name)
        found = SignedIn(account.name, account.role)
        is_stale = now - row.seen_at >= _SEEN_EVERY
    if is_stale:
        with database.writing() as session:
            # It may have been ended in between; then there is no row.
            session.execute(update(SessionRow).where(SessionRow.secret_hash == _hash(secret)).values(seen_at=now))
    return found


def is_over(made_at: datetime, seen_at: datetime, now: datetime) -> bool:
    """Whether a session has been idle too long, or has lasted too long."""
    return now - seen_at >= IDLE_MAX or now - made_at >= AGE_MAX


def end(session: Session, secret: str) -> None:
    """End a session; nothing happens if there is none."""
    session.execute(delete(SessionRow).where(SessionRow.secret_hash == _hash(secret)))


def _hash(secret: str) -> str:
    # The secret is random and long, so a fast hash without salt is enough.
    return sha256(secret.encode()).hexdigest()
