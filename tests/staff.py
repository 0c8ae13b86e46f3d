"""People of a station in each role, signed in without the work of it: their session is put straight into the database."""

from authenticators import KNOWN_SECRET
from consoles import Browser, Served

from station import sessions
from station.console.visits import COOKIE
from station.database import Database
from station.passwords import NOBODYS_HASH
from station.people import add_person
from station.people_tables import AccountRow
from station.roles import StationRole

NUMBERS = {role: str(900_001 + place) for place, role in enumerate(StationRole)}


def make_account(database: Database, served: Served, role: StationRole, number: str = "") -> str:
    """A person of a role with an account and an authenticator; the number."""
    number = number or NUMBERS[role]
    now = served.clock.now()
    with database.writing() as session:
        add_person(session, number, role, now)
        if session.get(AccountRow, number) is None:
            row = AccountRow(
                name=number,
                password_hash=NOBODYS_HASH,
                is_password_temporary=False,
                totp_secret=KNOWN_SECRET,
                made_at=now,
                active_at=now,
            )
            session.add(row)
    return number


def browser_of(database: Database, served: Served, role: StationRole, number: str = "") -> Browser:
    """A browser in which somebody of this role is signed in."""
    name, now = make_account(database, served, role, number), served.clock.now()
    with database.writing() as session:
        secret = sessions.start(session, name, now, passed_at=now)
    browser = Browser(served.address)
    browser.http.trust_env = False
    browser.http.cookies.set(COOKIE, secret, domain="127.0.0.1", path="/")
    return browser
