"""What happened that the audit tells: the one table of kinds, and the one place where it is told.

Whoever does something notes it in the transaction that does it. The chronicle (chronicle.py) takes what was noted over at
that transaction's end: nothing is changed without its entry, and no entry is there without its change.
"""

import logging
import os
import sys
from contextvars import ContextVar
from dataclasses import dataclass
from enum import StrEnum
from getpass import getuser

from sqlalchemy import event
from sqlalchemy.orm import Session, SessionTransaction

_LOG = logging.getLogger("station755")
_NOTED = "contact755_noted"
# Who did it, if nobody asked: the station, or somebody at its machine by a command, by the system's name for them.
THE_STATION = "station"
_SYSTEM_USER = "os:"
# Where what is done now was asked for: the address of a browser or device, or the command line. It is set at the door
# (console/door.py) and by a command, and follows the request from thread to thread.
ORIGIN: ContextVar[str] = ContextVar("origin", default="")


class Happening(StrEnum):
    """What is told. Each has who did it; what is about somebody or something else has whom, too."""

    SIGNED_IN = "signed-in"
    SIGN_IN_REFUSED = "sign-in-refused"
    SIGNED_OUT = "signed-out"
    LOCKED = "locked"
    RELEASED = "released"
    OPENED_AGAIN = "opened-again"
    PASSWORD_GIVEN = "password-given"  # noqa: S105 - a happening's name
    PASSWORD_CHANGED = "password-changed"  # noqa: S105 - a happening's name
    AUTHENTICATOR_SET_UP = "authenticator-set-up"
    AUTHENTICATOR_FORGOTTEN = "authenticator-forgotten"
    RECOVERY_CODE_USED = "recovery-code-used"
    RECOVERY_CODES_MADE = "recovery-codes-made"
    PERSON_ADDED = "person-added"
    PERSON_CHANGED = "person-changed"
    ROSTER_IMPORTED = "roster-imported"
    ROSTER_EXPORTED = "roster-exported"
    WORKSHEET_APPROVED = "worksheet-approved"
    WORKSHEET_RETURNED = "worksheet-returned"
    WORKSHEETS_READ = "worksheets-read"
    WORKSHEETS_EXPORTED = "worksheets-exported"
    BRIEFING_SENT = "briefing-sent"
    BRIEFING_WITHDRAWN = "briefing-withdrawn"
    BRIEFING_READERS_SEEN = "briefing-readers-seen"
    BRIEFING_READERS_EXPORTED = "briefing-readers-exported"
    REFERENCE_CHANGED = "reference-changed"
    REFERENCE_EXPORTED = "reference-exported"
    CARDS_RECEIVED = "cards-received"
    CARDS_PUT_IN = "cards-put-in"
    CARDS_TAKEN_BACK = "cards-taken-back"
    CARDS_EXPORTED = "cards-exported"
    COVERAGE_EXPORTED = "coverage-exported"
    LOW_CARDS_SET = "low-cards-set"
    QUARANTINE_READ = "quarantine-read"
    QUARANTINE_DECIDED = "quarantine-decided"
    ENROL_CODE_MADE = "enrol-code-made"
    ENROLLED = "enrolled"
    REVOKED = "revoked"
    DEVICE_OPENED = "device-opened"
    BUNDLE_TAKEN_IN = "bundle-taken-in"
    AUTHORITY_ROTATED = "authority-rotated"
    STATION_STARTED = "station-started"
    BACKED_UP = "backed-up"
    RESTORED = "restored"
    MOVED = "moved"
    HOLD_SET = "hold-set"
    HOLD_LIFTED = "hold-lifted"
    RECORDS_DELETED = "records-deleted"
    AUDIT_READ = "audit-read"
    AUDIT_EXPORTED = "audit-exported"
    ACCESS_REFUSED = "access-refused"


class Outcome(StrEnum):
    """What came of it."""

    DONE = "done"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Noted:
    """What happened, who did it to whom or what, where that was asked for, and what came of it."""

    happening: Happening
    who: str
    whom: str
    details: str
    origin: str
    outcome: Outcome


def note(
    session: Session,
    happening: Happening,
    who: str,
    whom: str = "",
    details: str = "",
    outcome: Outcome = Outcome.DONE,
) -> None:
    """Tell what happened, once, where it happens: `who` did it to `whom`.

    The station's own log gets the kind alone, without anybody's number.
    """
    if _NOTED not in session.info:
        session.info[_NOTED] = []
        event.listen(session, "after_soft_rollback", _forget_undone)
    noted = Noted(happening, who, whom, details, ORIGIN.get(), outcome)
    session.info[_NOTED].append((noted, _savepoints(session)))
    _LOG.info("%s", happening.value)


def take_noted(session: Session) -> list[Noted]:
    """What was noted in this transaction; it is handed out once."""
    found = [noted for noted, _ in session.info.get(_NOTED, ())]
    session.info.get(_NOTED, []).clear()
    return found


def _savepoints(session: Session) -> tuple[SessionTransaction, ...]:
    """The savepoints that are open, the innermost first."""
    found = []
    at = session.get_nested_transaction()
    while at is not None and at.nested:
        found.append(at)
        at = at.parent
    return tuple(found)


def _forget_undone(session: Session, ended: SessionTransaction) -> None:
    """What a savepoint undoes has not happened."""
    session.info[_NOTED] = [each for each in session.info[_NOTED] if ended not in each[1]]


def system_user() -> str:
    """Who runs this program, as the operating system calls them; marked, so that it is no number of a person."""
    if sys.platform == "win32":
        return _SYSTEM_USER + getuser()
    import pwd  # noqa: PLC0415 - there is none on Windows

    try:
        return _SYSTEM_USER + pwd.getpwuid(os.getuid()).pw_name  # not from the environment, which anybody can set
    except KeyError:
        return f"{_SYSTEM_USER}{os.getuid()}"
