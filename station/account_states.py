"""What stands in the way of somebody's next sign-in, if anything: a question, asked for a list of names at once."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.orm import Session

from station.accounts import is_unused
from station.people_tables import AccountRow
from station.tries import locked_names


class AccountState(StrEnum):
    """The states of an account; the first that fits."""

    NONE = "none"
    LOCKED = "locked"
    CLOSED = "closed"
    PASSWORD_WAITS = "password-waits"  # noqa: S105 - a state
    AUTHENTICATOR_WAITS = "authenticator-waits"
    OPEN = "open"


@dataclass(frozen=True, slots=True)
class Account:
    """An account's state, when it was last used or opened, and since when it is locked."""

    state: AccountState
    active_at: datetime | None = None
    locked_at: datetime | None = None


NO_ACCOUNT = Account(AccountState.NONE)


def accounts_of(session: Session, names: Sequence[str], now: datetime) -> dict[str, Account]:
    """The accounts of these names; whoever has none is not in it."""
    rows = session.scalars(select(AccountRow).where(AccountRow.name.in_(names))).all()
    locked = locked_names(session, [row.name for row in rows])
    return {
        row.name: Account(_state(row, now, is_locked=row.name in locked), row.active_at, locked.get(row.name))
        for row in rows
    }


def locked_accounts(session: Session) -> dict[str, datetime]:
    """Every account that is locked, and since when, the latest first."""
    locked = locked_names(session, session.scalars(select(AccountRow.name)).all())
    return dict(sorted(locked.items(), key=lambda each: each[1], reverse=True))


def _state(row: AccountRow, now: datetime, *, is_locked: bool) -> AccountState:
    if is_locked:
        return AccountState.LOCKED
    if is_unused(row.active_at, now):
        return AccountState.CLOSED
    if row.is_password_temporary:
        return AccountState.PASSWORD_WAITS
    return AccountState.AUTHENTICATOR_WAITS if row.totp_secret is None else AccountState.OPEN
