"""The one guard of the console: before any page it asks the table of permissions (station/permissions.py)."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus

from fastapi import Request

from station import sessions
from station.console.forms import token_for
from station.console.refusals import NotShown, NotSignedIn, StepLeft
from station.console.visits import Visit, secret_of
from station.database import Database
from station.happenings import Happening, Outcome, note
from station.permissions import BOARD_STREAM, RULES, Door, Reach, reach_of
from station.references import freshen
from station.sessions import SignedIn
from station.sparing import Sparing
from sync.reference import Reference

_FORBIDDEN = HTTPStatus.FORBIDDEN
# CJIS AU-2: tries to reach the audit are noted, whoever they are by.
_AUDIT = "/audit"


@dataclass(frozen=True, slots=True, eq=False)
class Guard:
    """Lets a request through to its page, and remembers whose visit it is (`request.state.visit`)."""

    database: Database
    now: Callable[[], datetime]
    strangers: Sparing
    reference: Reference

    def __call__(self, request: Request) -> None:
        """Raises NotSignedIn, StepLeft or NotShown; whom a page is refused is noted, and everybody at the audit's."""
        try:
            self._let_in(request)
        except (NotSignedIn, StepLeft) as refusal:
            if request.scope["route"].path.startswith(_AUDIT) and self.strangers.may():
                _note_refused(self.database, request, getattr(refusal, "name", ""))
            raise

    def _let_in(self, request: Request) -> None:
        route: str = request.scope["route"].path
        rule = RULES.get((request.method, route))
        if rule is Door.ANYONE:
            return
        secret = secret_of(request)
        is_use = (request.method, route) != BOARD_STREAM
        who = sessions.find(self.database, secret, self.now(), is_use=is_use) if secret else None
        if who is None:
            raise NotSignedIn
        wanted = route if rule is Door.PASSWORD_GIVEN else None
        if who.step != wanted:
            raise StepLeft(who.step or "/", who.name)
        try:
            only = None if wanted else _only(request, route, who)
        except NotShown:
            _note_refused(self.database, request, who.name)
            raise
        with self.database.reading() as session:
            freshen(session, self.reference)
        request.state.visit = Visit(secret, who, token_for(secret), only)


def _note_refused(database: Database, request: Request, name: str) -> None:
    whom = request.path_params.get("person") or request.query_params.get("person") or ""
    details = f"{request.method} {request.scope['route'].path}"
    with database.writing() as session:
        note(session, Happening.ACCESS_REFUSED, name, whom, details, Outcome.REFUSED)


def _only(request: Request, route: str, who: SignedIn) -> str | None:
    """The one number whose data are shown, if not everybody's. Raises NotShown."""
    reach = reach_of(who.role, request.method, route)
    if reach is None:
        raise NotShown(_FORBIDDEN, f"This page is not for a {who.role}. Ask an administrator of the station.")
    if reach is Reach.ALL:
        return None
    asked = request.path_params.get("person") or request.query_params.get("person")
    if asked and asked != who.name:
        raise NotShown(_FORBIDDEN, f"A {who.role} sees their own worksheets only.")
    return who.name
