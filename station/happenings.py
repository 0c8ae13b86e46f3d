"""What happened with people and their accounts: the one place where it is told, in the transaction that did it."""

import logging
from enum import StrEnum

from sqlalchemy.orm import Session

_LOG = logging.getLogger("station755")


class Happening(StrEnum):
    """What is told. Each has who did it; what is about somebody else has whom, too."""

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
    PERSON_ADDED = "person-added"
    PERSON_CHANGED = "person-changed"
    ROSTER_IMPORTED = "roster-imported"
    WORKSHEET_APPROVED = "worksheet-approved"
    WORKSHEET_RETURNED = "worksheet-returned"
    ROSTER_EXPORTED = "roster-exported"


def note(session: Session, happening: Happening, who: str, whom: str = "", details: str = "") -> None:
    """Tell what happened, once, where it happens: `who` did it to `whom`.

    Today it is a line in the station's log at level INFO, without anybody's number. The audit takes this function over
    and adds to its chain in the same transaction, which is why it is handed the session.
    """
    del session, who, whom, details  # for the audit
    _LOG.info("%s", happening.value)
