"""The tables of people, their accounts and their sessions at the console."""

from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from station.table_base import Base


class PersonRow(Base):
    """Someone of this station: a number, never a name. Whoever has left stays, as their records do."""

    __tablename__ = "people"

    number: Mapped[str] = mapped_column(String(20), primary_key=True)
    role: Mapped[str] = mapped_column(String(20))
    added_at: Mapped[datetime]
    left_at: Mapped[datetime | None]


class AccountRow(Base):
    """Who may sign in at the console: a person's number, or `admin`. The role is the person's.

    `totp_step` is the time step of the last code that was taken: none is taken twice. `active_at` is when the account was
    last used, or opened; one that has not been for long is closed.
    """

    __tablename__ = "accounts"

    name: Mapped[str] = mapped_column(String(20), primary_key=True)
    password_hash: Mapped[str] = mapped_column(String(200))
    # Somebody else has seen it: its owner has to choose another.
    is_password_temporary: Mapped[bool]
    totp_secret: Mapped[str | None] = mapped_column(String(64))
    totp_step: Mapped[int | None] = mapped_column(BigInteger)
    made_at: Mapped[datetime]
    active_at: Mapped[datetime]


class RecoveryCodeRow(Base):
    """A code that stands in for the authenticator once; as a keyed hash, and gone when used."""

    __tablename__ = "recovery_codes"

    name: Mapped[str] = mapped_column(ForeignKey("accounts.name"), primary_key=True)
    code_mark: Mapped[str] = mapped_column(String(64), primary_key=True)


class SessionRow(Base):
    """One sign-in at the console. The browser holds the secret; here lies only its hash.

    `passed_at` is when the second factor was shown; None as long as only the password was.
    """

    __tablename__ = "sessions"

    secret_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    name: Mapped[str] = mapped_column(ForeignKey("accounts.name"))
    made_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    passed_at: Mapped[datetime | None]


class TryRow(Base):
    """One try to sign in that was not right. The name is kept as a keyed hash: people type passwords there by mistake."""

    __tablename__ = "sign_in_tries"
    __table_args__ = (Index("tries_of_name", "name_mark", "tried_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    name_mark: Mapped[str] = mapped_column(String(64))
    tried_at: Mapped[datetime]
