"""An authenticator app, as people have it on their phone: what it was set up with, for whom, and which code comes next."""

import time
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

from doubles import FixedClock

from station.database import Database
from station.people_tables import AccountRow
from station.totp import STEP_SECONDS, code_of

# Of the administrator in the stations that the tests make; others set theirs up as people do.
KNOWN_SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"  # noqa: S105 - a secret of the tests

# Where time is the world's, a code must still be good when a busy machine has typed it.
TYPING_SECONDS_MAX = 10


@dataclass
class App:
    """One entry of the app. It shows the earliest code that a station takes, so that several fit into one minute."""

    secret: str
    clock: FixedClock | None
    last_step: int = 0

    def code(self) -> str:
        """A code that was not used yet; time goes by until there is one."""
        step = max(self.last_step + 1, self._here(TYPING_SECONDS_MAX) - 1)
        while step > self._here() + 1:
            if self.clock is None:
                time.sleep(0.2)
            else:
                self.clock.passes(STEP_SECONDS)
        self.last_step = step
        return code_of(self.secret, step)

    def _here(self, later_seconds: int = 0) -> int:
        now = datetime.now(UTC) + timedelta(seconds=later_seconds) if self.clock is None else self.clock.now()
        return int(now.timestamp()) // STEP_SECONDS


@dataclass
class Phone:
    """Whoever tests has one phone: entries by the station's port and the name, and the clocks of stations that have one."""

    clocks: dict[int | None, FixedClock] = field(default_factory=dict)
    apps: dict[tuple[int | None, str], App] = field(default_factory=dict)

    def scans(self, address: str, name: str, secret: str) -> App:
        """Set the app up for a name."""
        port = urlsplit(address).port
        self.apps[port, name] = App(secret.replace(" ", ""), self.clocks.get(port))
        return self.apps[port, name]

    def code(self, address: str, name: str) -> str:
        """The next code for a name."""
        return self.apps[urlsplit(address).port, name].code()


PHONE = Phone()


def has_authenticator(database: Database, name: str) -> None:
    """Give an account the known secret."""
    with database.writing() as session:
        session.get_one(AccountRow, name).totp_secret = KNOWN_SECRET
