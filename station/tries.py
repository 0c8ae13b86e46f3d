"""Wrong tries to sign in, and the lock that they make: a question asked of the tries, released by forgetting them.

A try is written down before the password is looked at and taken back when it was right, so that any number of tries at
the same moment are still counted. Names that nobody has are treated alike, so that nobody learns which names exist.
"""

import hmac
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from hashlib import sha256

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from station.devices import the_station
from station.people_tables import TryRow

# CJIS Security Policy AC-7: at most five wrong tries in 15 minutes, then locked until somebody releases it.
TRIES_MAX = 5
TRIES_WITHIN = timedelta(minutes=15)
# An account that was not used for so long is closed anyway (accounts.py), so its lock need not be remembered; and what
# was tried with names that nobody has does not pile up for ever.
_KEPT_FOR = timedelta(days=90)


def mark_of(session: Session, name: str) -> str:
    """What stands for a typed name: people type passwords there by mistake, so it is not kept itself."""
    return hmac.digest(the_station(session).secret, b"sign-in." + name.encode(), sha256).hex()


def is_locked(tries: Sequence[datetime]) -> bool:
    """Whether these wrong tries, oldest first, lock a name."""
    last = tries[-TRIES_MAX:]
    return len(last) == TRIES_MAX and last[-1] - last[0] < TRIES_WITHIN


def is_locked_now(session: Session, mark: str) -> bool:
    """Whether a name is locked."""
    return is_locked(_tries(session, mark))


def add_try(session: Session, mark: str, now: datetime) -> int:
    """Write a try down, of a name that is not locked; its number. What is too old to count goes."""
    is_old = (TryRow.name_mark == mark) & (TryRow.tried_at <= now - TRIES_WITHIN)
    session.execute(delete(TryRow).where(is_old | (TryRow.tried_at <= now - _KEPT_FOR)))
    row = TryRow(name_mark=mark, tried_at=now)
    session.add(row)
    session.flush()
    return row.id


def take_back(session: Session, number: int) -> None:
    """A try was right after all."""
    session.execute(delete(TryRow).where(TryRow.id == number))


def forget_tries(session: Session, mark: str) -> bool:
    """Forget a name's wrong tries, which releases it; whether it was locked."""
    was_locked = is_locked_now(session, mark)
    session.execute(delete(TryRow).where(TryRow.name_mark == mark))
    return was_locked


def locked_names(session: Session, names: Iterable[str]) -> dict[str, datetime]:
    """Which of these names are locked, and since when."""
    full = select(TryRow.name_mark).group_by(TryRow.name_mark).having(func.count() >= TRIES_MAX)
    marks = set(session.scalars(full))
    if not marks:
        return {}
    found = {name: _tries(session, mark) for name in names if (mark := mark_of(session, name)) in marks}
    return {name: tries[-1] for name, tries in found.items() if is_locked(tries)}


def _tries(session: Session, mark: str) -> Sequence[datetime]:
    wanted = select(TryRow.tried_at).where(TryRow.name_mark == mark)
    return session.scalars(wanted.order_by(TryRow.tried_at, TryRow.id)).all()
