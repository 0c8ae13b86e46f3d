"""The audit as its page shows it: its kinds in words, moments by the station's clock, and what is asked of it. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from http import HTTPStatus

from station.chain import Entry
from station.chronicle import Wanted
from station.console.questions import choice_of, date_of
from station.console.refusals import NotShown
from station.happenings import Happening, Outcome
from sync.reference import Reference

WORDS: Mapping[Happening, str] = {
    Happening.SIGNED_IN: "Signed in",
    Happening.SIGN_IN_REFUSED: "Sign-in refused",
    Happening.SIGNED_OUT: "Signed out",
    Happening.LOCKED: "Locked",
    Happening.RELEASED: "Lock released",
    Happening.OPENED_AGAIN: "Account opened again",
    Happening.PASSWORD_GIVEN: "Password given",
    Happening.PASSWORD_CHANGED: "Password changed",
    Happening.AUTHENTICATOR_SET_UP: "Authenticator set up",
    Happening.AUTHENTICATOR_FORGOTTEN: "Authenticator forgotten",
    Happening.RECOVERY_CODE_USED: "Recovery code used",
    Happening.RECOVERY_CODES_MADE: "Recovery codes made",
    Happening.PERSON_ADDED: "Person added",
    Happening.PERSON_CHANGED: "Person changed",
    Happening.ROSTER_IMPORTED: "Roster imported",
    Happening.ROSTER_EXPORTED: "Roster exported",
    Happening.WORKSHEET_APPROVED: "Worksheet approved",
    Happening.WORKSHEET_RETURNED: "Worksheet returned",
    Happening.WORKSHEETS_READ: "Worksheets read",
    Happening.WORKSHEETS_EXPORTED: "Worksheets exported",
    Happening.BRIEFING_SENT: "Briefing sent",
    Happening.BRIEFING_WITHDRAWN: "Briefing withdrawn",
    Happening.BRIEFING_READERS_SEEN: "Readers of briefings looked at",
    Happening.BRIEFING_READERS_EXPORTED: "Readers of a briefing exported",
    Happening.REFERENCE_CHANGED: "Reference data changed",
    Happening.REFERENCE_EXPORTED: "Reference data exported",
    Happening.CARDS_RECEIVED: "Cards received",
    Happening.CARDS_PUT_IN: "Cards put into a car",
    Happening.CARDS_TAKEN_BACK: "Entry of cards taken back",
    Happening.CARDS_EXPORTED: "Cards exported",
    Happening.COVERAGE_EXPORTED: "Coverage exported",
    Happening.LOW_CARDS_SET: "Low cards set anew",
    Happening.QUARANTINE_READ: "Quarantine read",
    Happening.QUARANTINE_DECIDED: "Quarantine decided",
    Happening.ENROL_CODE_MADE: "Enrolment code made",
    Happening.ENROLLED: "Device enrolled",
    Happening.REVOKED: "Device revoked",
    Happening.DEVICE_OPENED: "Recovery code of a device printed",
    Happening.BUNDLE_TAKEN_IN: "Bundle taken in",
    Happening.AUTHORITY_ROTATED: "Authority rotated",
    Happening.STATION_STARTED: "Station started",
    Happening.BACKED_UP: "Backed up",
    Happening.RESTORED: "Restored",
    Happening.MOVED: "Moved to PostgreSQL",
    Happening.HOLD_SET: "Legal hold set",
    Happening.HOLD_LIFTED: "Legal hold lifted",
    Happening.RECORDS_DELETED: "Records deleted",
    Happening.AUDIT_READ: "Audit read",
    Happening.AUDIT_EXPORTED: "Audit exported",
    Happening.ACCESS_REFUSED: "Page refused",
}
TEXTS: Mapping[str, str] = {
    "title": "Audit",
    "hint": "What was done here and who did it. Entries are only ever added, each proves the ones before it, and looking at "
    "them is noted too. The command station755 audit verify proves that none was changed.",
    "export": "These as CSV",
    "from": "From",
    "to": "Through",
    "person": "Person",
    "kind": "Kind",
    "any": "Any",
    "show": "Show",
    "caption": "Entries, the newest first",
    "entry": "Entry",
    "when": "When",
    "who": "Who",
    "whom": "Whom or what",
    "origin": "From where",
    "details": "Details",
    "refused": "refused",
    "nothing": "Nothing was noted that fits.",
    "older": "Older",
    "nobody": "nobody known",
}
# What a person is called in the audit: a number, admin, os:root, device:… with its id.
_PERSON_CHARACTERS_MAX = 80


@dataclass(frozen=True, slots=True)
class Asked:
    """What an address asks for, as it stands in the form."""

    since: date | None
    through: date | None
    person: str
    kind: Happening | None


@dataclass(frozen=True, slots=True)
class EntryWords:
    """An entry as shown."""

    number: int
    when: str
    who: str
    words: str
    is_refused: bool
    whom: str
    origin: str
    details: str


def asked_of(query: Mapping[str, str]) -> Asked:
    """What is asked. Raises NotShown."""
    dates = [date_of(text, HTTPStatus.BAD_REQUEST) if (text := query.get(name)) else None for name in ("from", "to")]
    person = query.get("person", "").strip()
    if len(person) > _PERSON_CHARACTERS_MAX or not person.isprintable():
        raise NotShown(HTTPStatus.BAD_REQUEST, "That is nobody's number.")
    kind = query.get("kind")
    return Asked(dates[0], dates[1], person, choice_of(Happening, kind) if kind else None)


def wanted_of(asked: Asked, reference: Reference) -> Wanted:
    """The same as a question; days begin and end by the station's clock."""
    until = None if asked.through is None else _midnight(asked.through + timedelta(days=1), reference)
    since = None if asked.since is None else _midnight(asked.since, reference)
    return Wanted(since, until, asked.person, "" if asked.kind is None else asked.kind.value)


def entry_words(entry: Entry, reference: Reference) -> EntryWords:
    """An entry in words; a kind that only a newer station knows is shown as it is."""
    at = datetime.fromisoformat(entry.at).astimezone(reference.at(datetime.fromisoformat(entry.at)).zone)
    when = f"{at:%Y-%m-%d %H:%M:%S}.{entry.at[20:22]} {at:%z}"
    words = WORDS[Happening(entry.kind)] if entry.kind in set(Happening) else entry.kind
    is_refused = entry.outcome == Outcome.REFUSED
    return EntryWords(
        entry.number, when, entry.who or TEXTS["nobody"], words, is_refused, entry.whom, entry.origin, entry.details
    )


def kind_choices() -> list[tuple[str, str]]:
    """The kinds of the form: values and words."""
    return [(kind.value, words) for kind, words in WORDS.items()]


def _midnight(on: date, reference: Reference) -> datetime:
    return datetime.combine(on, time(), reference.on(on).zone)
