"""Accounts at the console: making them, opening them again, and the password's part of signing in."""

from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.orm import Session

from station import sessions
from station.database import Database, one_at_a_time
from station.happenings import THE_STATION, Happening, Outcome, note
from station.passwords import NOBODYS_HASH, hash_password, is_password, new_password
from station.people import ADMIN, role_of
from station.people_tables import AccountRow
from station.tries import TRIES_MAX, add_try, forget_tries, is_locked_now, mark_of, take_back

# CJIS Security Policy AC-2(3): an account that was not used for 90 days is closed; here at once, since it is a question.
UNUSED_MAX = timedelta(days=90)


class No(StrEnum):
    """Why nobody was signed in."""

    WRONG = "wrong"
    LOCKED = "locked"
    CLOSED = "closed"


def first_administrator(session: Session, now: datetime) -> str | None:
    """The new administrator's password at the first start; None when there is an administrator already."""
    one_at_a_time(session, ADMIN)
    return None if session.get(AccountRow, ADMIN) is not None else new_admin_password(session, now, THE_STATION)


def new_admin_password(session: Session, now: datetime, by: str = THE_STATION) -> str:
    """A fresh password for the administrator. It ends the administrator's sessions and any lock."""
    password = _give_password(session, ADMIN, now, is_temporary=False)
    note(session, Happening.PASSWORD_GIVEN, by, ADMIN)
    return password


def give_password(session: Session, name: str, now: datetime, by: str) -> str:
    """A fresh password for a person, to be changed at once; the account is made if there is none."""
    password = _give_password(session, name, now, is_temporary=True)
    note(session, Happening.PASSWORD_GIVEN, by, name)
    return password


def change_password(session: Session, name: str, password_hash: str) -> None:
    """The password that its owner has chosen."""
    account = session.get_one(AccountRow, name, with_for_update=True)
    account.password_hash = password_hash
    account.is_password_temporary = False
    note(session, Happening.PASSWORD_CHANGED, name, name)


def release(session: Session, name: str, by: str) -> bool:
    """Release a name that wrong tries have locked; whether it was locked."""
    was_locked = forget_tries(session, mark_of(session, name))
    if was_locked:
        note(session, Happening.RELEASED, by, name)
    return was_locked


def open_again(session: Session, name: str, now: datetime, by: str) -> bool:
    """Open an account that was closed because nobody used it; whether it was."""
    account = session.get(AccountRow, name, with_for_update=True)
    if account is None or not is_unused(account.active_at, now):
        return False
    account.active_at = now
    note(session, Happening.OPENED_AGAIN, by, name)
    return True


def is_unused(active_at: datetime, now: datetime) -> bool:
    """Whether an account is closed because nobody used it for so long."""
    return now - active_at >= UNUSED_MAX


def sign_in(database: Database, name: str, password: str, now: datetime, before: str = "") -> str | No:
    """The secret of a new session if this name and password open an account; or why not.

    `before` is what the browser held until now: if that is this name's session, only idle, the new one goes on with it.
    Hashing takes long, so it is done between two transactions: devices must not wait for it.
    """
    with database.writing() as session:
        mark = mark_of(session, name)
        one_at_a_time(session, mark)
        if is_locked_now(session, mark):
            _note_no(session, name, No.LOCKED)
            return No.LOCKED
        number = add_try(session, mark, now)
        password_hash = _password_hash(session, name)
    is_right = is_password(password, password_hash or NOBODYS_HASH)
    with database.writing() as session:
        # The password may have been changed while the typed one was looked at, or its owner may have left.
        is_current = password_hash is not None and password_hash == _password_hash(session, name, is_kept=True)
        if not is_right or not is_current or role_of(session, name) is None:
            note_refusal(session, name if password_hash else "", mark)
            return No.WRONG
        take_back(session, number)
        account = session.get_one(AccountRow, name)
        if is_unused(account.active_at, now):
            _note_no(session, name, No.CLOSED)
            return No.CLOSED
        return _start(session, account, mark, now, before)


def note_refusal(session: Session, name: str, mark: str) -> None:
    """Tell of a try that was not right; and of the lock, if that is what it made."""
    note(session, Happening.SIGN_IN_REFUSED, name, outcome=Outcome.REFUSED)
    if is_locked_now(session, mark):
        note(session, Happening.LOCKED, name, name, f"{TRIES_MAX} wrong tries")


def _note_no(session: Session, typed: str, why: No) -> None:
    """Tell of a try that was not looked at; of whom only if the name is one: people type passwords there by mistake."""
    name = typed if session.get(AccountRow, typed) is not None else ""
    note(session, Happening.SIGN_IN_REFUSED, name, details=why.value, outcome=Outcome.REFUSED)


def note_sign_in(session: Session, account: AccountRow, mark: str, now: datetime) -> None:
    """Somebody is in: earlier slips are forgotten, and the account is in use."""
    forget_tries(session, mark)
    account.active_at = max(account.active_at, now)
    note(session, Happening.SIGNED_IN, account.name)


def _start(session: Session, account: AccountRow, mark: str, now: datetime, before: str) -> str:
    idle = sessions.take_over(session, before, account.name, now)
    if idle is None or account.totp_secret is None:
        return sessions.start(session, account.name, now)
    note_sign_in(session, account, mark, now)
    made_at, passed_at = idle
    return sessions.start(session, account.name, now, made_at=made_at, passed_at=passed_at)


def _give_password(session: Session, name: str, now: datetime, *, is_temporary: bool) -> str:
    """A fresh password. It ends the name's sessions and any lock, and opens the account."""
    one_at_a_time(session, name)
    password = new_password()
    account = session.get(AccountRow, name, with_for_update=True)
    if account is None:
        account = AccountRow(name=name, made_at=now, active_at=now)
        session.add(account)
    account.password_hash = hash_password(password)
    account.is_password_temporary = is_temporary
    account.active_at = max(account.active_at, now)
    sessions.end_all(session, name)
    forget_tries(session, mark_of(session, name))
    return password


def _password_hash(session: Session, name: str, *, is_kept: bool = False) -> str | None:
    """The hash of an account's password; kept as it is until the transaction ends, if asked."""
    asked = select(AccountRow.password_hash).where(AccountRow.name == name)
    return session.scalar(asked.with_for_update() if is_kept else asked)
