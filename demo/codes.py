"""The demo's accounts: their authenticator's secret is no secret, and its codes are told as they change."""

import time
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

from station.card_moves import Mover, receive, restock
from station.card_stock import reserve
from station.database import open_database
from station.passwords import hash_password
from station.people import ADMIN, add_person
from station.people_tables import AccountRow
from station.roles import StationRole
from station.totp import STEP_SECONDS, code_of
from sync.commandline import put
from sync.reference import Reference

SECRET = "DEMODEMODEMODEMODEMODEMODEMODEMO"  # noqa: S105 - of the demo, for everybody
SERGEANT = "900010"
ROLES = {SERGEANT: StationRole.SERGEANT, "900041": StationRole.DEPUTY}


def make_accounts(folder: Path, password: str) -> None:
    """Give the demo's accounts one password and the known secret, as if each had been set up."""
    now = datetime.now(UTC)
    database = open_database(folder)
    try:
        with database.writing() as session:
            for name in (ADMIN, *ROLES):
                account = session.get(AccountRow, name) or AccountRow(name=name, made_at=now)
                account.password_hash = hash_password(password)
                account.is_password_temporary = False
                account.totp_secret, account.totp_step, account.active_at = SECRET, None, now
                session.add(account)
            for number, role in ROLES.items():
                add_person(session, number, role, now)
    finally:
        database.close()


def fill_a_car(folder: Path, reference: Reference) -> None:
    """Cards came to the station, and some went into a car, once."""
    now = datetime.now(UTC)
    database = open_database(folder)
    try:
        with database.writing() as session:
            if reserve(session) == 0:
                receive(session, 500, Mover("900010", now, uuid4()))
                restock(session, reference, {"41A": 40}, Mover("900010", now, uuid4()))
    finally:
        database.close()


def tell_codes(*, is_terminal: bool) -> None:
    """Tell the code of now, and each that follows it, in one line of a terminal; for ever."""
    while True:
        step, gone = divmod(datetime.now(UTC).timestamp(), STEP_SECONDS)
        code = f"The code now: {code_of(SECRET, int(step))}"
        put(f"\r{code}" if is_terminal else f"{code}\n")
        time.sleep(STEP_SECONDS - gone)
