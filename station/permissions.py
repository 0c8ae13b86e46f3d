"""Who may do what: one table, from each route to who may use it. A route without a line is closed to everybody.

`station/console/guard.py` holds the console to it; devices prove who they are at the desk (devices.py). The tests try
every route as every role and signed out. Basis: DESIGN.md §1 and §7; whoever reads other people's worksheets reviews
them (sergeants), answers for the station (the captain) or runs it (administrators).
"""

from collections.abc import Mapping
from enum import StrEnum

from station.roles import StationRole


class Door(StrEnum):
    """Routes that ask for something else than a role."""

    ANYONE = "anyone"
    PASSWORD_GIVEN = "password given"  # noqa: S105 - signing in, between the password and the pages
    ENROL_CODE = "enrol code"
    DEVICE_SIGNATURE = "device signature"


class Reach(StrEnum):
    """Whose data somebody sees on a page."""

    OWN = "own"
    ALL = "all"


Rule = Door | Mapping[StationRole, Reach]

_VOLUNTEER, _DEPUTY, _SERGEANT, _CAPTAIN, _ADMINISTRATOR = StationRole
_EVERYBODY: Rule = {
    _VOLUNTEER: Reach.OWN,
    _DEPUTY: Reach.OWN,
    _SERGEANT: Reach.ALL,
    _CAPTAIN: Reach.ALL,
    _ADMINISTRATOR: Reach.ALL,
}
_ONESELF: Rule = dict.fromkeys(StationRole, Reach.OWN)
_REVIEWERS: Rule = dict.fromkeys((_SERGEANT, _CAPTAIN, _ADMINISTRATOR), Reach.ALL)
_DECIDERS: Rule = dict.fromkeys((_SERGEANT, _ADMINISTRATOR), Reach.ALL)
_ADMINISTRATORS: Rule = {_ADMINISTRATOR: Reach.ALL}

# The board's stream of events: open for hours, and no sign that anybody is at the desk.
BOARD_STREAM = ("GET", "/board/stream")

RULES: Mapping[tuple[str, str], Rule] = {
    # Devices and programs.
    ("GET", "/healthz"): Door.ANYONE,
    ("GET", "/openapi.json"): Door.ANYONE,
    ("GET", "/v1/authority"): Door.ANYONE,
    ("POST", "/v1/enrol"): Door.ENROL_CODE,
    ("POST", "/v1/exchange"): Door.DEVICE_SIGNATURE,
    ("POST", "/v1/rotate-key"): Door.DEVICE_SIGNATURE,
    # Signing in and out.
    ("GET", "/static"): Door.ANYONE,
    ("GET", "/sign-in"): Door.ANYONE,
    ("POST", "/sign-in"): Door.ANYONE,
    ("POST", "/sign-out"): Door.ANYONE,
    ("GET", "/sign-in/code"): Door.PASSWORD_GIVEN,
    ("POST", "/sign-in/code"): Door.PASSWORD_GIVEN,
    ("GET", "/sign-in/password"): Door.PASSWORD_GIVEN,
    ("POST", "/sign-in/password"): Door.PASSWORD_GIVEN,
    ("GET", "/sign-in/authenticator"): Door.PASSWORD_GIVEN,
    ("POST", "/sign-in/authenticator"): Door.PASSWORD_GIVEN,
    # Worksheets.
    ("GET", "/"): _EVERYBODY,
    ("GET", "/worksheets"): _EVERYBODY,
    ("GET", "/worksheets.csv"): _EVERYBODY,
    ("GET", "/worksheets.pdf"): _EVERYBODY,
    ("GET", "/worksheets/{on}/{watch}/{person}"): _EVERYBODY,
    ("GET", "/rules"): _EVERYBODY,
    # Reviewing them.
    ("POST", "/worksheets/approve"): _DECIDERS,
    ("GET", "/worksheets/{on}/{watch}/{person}/return"): _DECIDERS,
    ("POST", "/worksheets/{on}/{watch}/{person}/return"): _DECIDERS,
    ("POST", "/worksheets/{on}/{watch}/{person}/approve"): _DECIDERS,
    # Briefings.
    ("GET", "/briefings"): _REVIEWERS,
    ("GET", "/briefings/new"): _DECIDERS,
    ("POST", "/briefings/new"): _DECIDERS,
    ("GET", "/briefings/{number}"): _REVIEWERS,
    ("GET", "/briefings/{number}/readers.csv"): _REVIEWERS,
    ("GET", "/briefings/{number}/edition"): _DECIDERS,
    ("POST", "/briefings/{number}/edition"): _DECIDERS,
    ("POST", "/briefings/{number}/withdraw"): _DECIDERS,
    # Cards.
    ("GET", "/cards"): _REVIEWERS,
    ("GET", "/cards.csv"): _REVIEWERS,
    ("GET", "/cards/fill"): _REVIEWERS,
    ("POST", "/cards/fill"): _REVIEWERS,
    ("POST", "/cards/received"): _REVIEWERS,
    ("POST", "/cards/low"): _REVIEWERS,
    ("POST", "/cards/moves/{number}/take-back"): _REVIEWERS,
    # Quarantine.
    ("GET", "/quarantine"): _REVIEWERS,
    ("GET", "/quarantine/{number}"): _REVIEWERS,
    ("POST", "/quarantine/{number}/release"): _DECIDERS,
    ("POST", "/quarantine/{number}/dismiss"): _DECIDERS,
    # Devices: a sergeant sees them and takes in what a device signed; what opens or shuts a door is an administrator's.
    ("GET", "/devices"): _REVIEWERS,
    ("GET", "/devices/{device}"): _REVIEWERS,
    ("GET", "/devices/bundles"): _REVIEWERS,
    ("POST", "/devices/bundles"): _DECIDERS,
    ("GET", "/devices/bundles/{number}/receipt"): _DECIDERS,
    ("GET", "/devices/enrol"): _ADMINISTRATORS,
    ("POST", "/devices/enrol"): _ADMINISTRATORS,
    ("GET", "/devices/{device}/revoke"): _ADMINISTRATORS,
    ("POST", "/devices/{device}/revoke"): _ADMINISTRATORS,
    ("GET", "/devices/rescue"): _ADMINISTRATORS,
    ("POST", "/devices/rescue"): _ADMINISTRATORS,
    ("POST", "/devices/rescue/code"): _ADMINISTRATORS,
    # Reference data.
    ("GET", "/reference"): _REVIEWERS,
    ("GET", "/reference/reasons"): _DECIDERS,
    ("POST", "/reference/reasons"): _DECIDERS,
    ("GET", "/reference/{number}"): _REVIEWERS,
    ("GET", "/reference/{number}/file"): _ADMINISTRATORS,
    ("GET", "/reference/{number}/edit/{part}"): _ADMINISTRATORS,
    ("POST", "/reference/{number}/edit/{part}"): _ADMINISTRATORS,
    ("GET", "/reference/{number}/map"): _REVIEWERS,
    ("GET", "/reference/{number}/map/load"): _ADMINISTRATORS,
    ("POST", "/reference/{number}/map/load"): _ADMINISTRATORS,
    ("POST", "/reference/{number}/map/save"): _ADMINISTRATORS,
    # The board and coverage: no person's count.
    ("GET", "/board"): _REVIEWERS,
    BOARD_STREAM: _REVIEWERS,
    ("GET", "/coverage"): _REVIEWERS,
    ("GET", "/coverage.csv"): _REVIEWERS,
    # One's own account.
    ("GET", "/account"): _ONESELF,
    ("POST", "/account/password"): _ONESELF,
    ("POST", "/account/recovery-codes"): _ONESELF,
    # Retention: legal holds, and deleting what was kept for long enough.
    ("GET", "/retention"): _ADMINISTRATORS,
    ("POST", "/retention/holds"): _ADMINISTRATORS,
    ("POST", "/retention/holds/{number}/lift"): _ADMINISTRATORS,
    ("GET", "/retention/deletion"): _ADMINISTRATORS,
    ("POST", "/retention/deletion"): _ADMINISTRATORS,
    # The audit.
    ("GET", "/audit"): _ADMINISTRATORS,
    ("GET", "/audit.csv"): _ADMINISTRATORS,
    # People.
    ("GET", "/people"): _ADMINISTRATORS,
    ("POST", "/people"): _ADMINISTRATORS,
    ("GET", "/people.csv"): _ADMINISTRATORS,
    ("GET", "/people/locked"): _ADMINISTRATORS,
    ("GET", "/people/import"): _ADMINISTRATORS,
    ("POST", "/people/import"): _ADMINISTRATORS,
    ("POST", "/people/import/confirmed"): _ADMINISTRATORS,
    ("GET", "/people/{name}"): _ADMINISTRATORS,
    ("POST", "/people/{name}"): _ADMINISTRATORS,
    ("POST", "/people/{name}/release"): _ADMINISTRATORS,
    ("POST", "/people/{name}/open"): _ADMINISTRATORS,
    ("POST", "/people/{name}/password"): _ADMINISTRATORS,
    ("POST", "/people/{name}/authenticator"): _ADMINISTRATORS,
}


def reach_of(role: StationRole, method: str, route: str) -> Reach | None:
    """How far a role sees on a route; None where it has no business."""
    rule = RULES.get((method, route))
    return None if rule is None or isinstance(rule, Door) else rule.get(role)
