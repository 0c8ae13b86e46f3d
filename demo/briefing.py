"""The demo's briefing: the order's own text, sent to everybody every month; some have read it."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

from demo.codes import SERGEANT
from field_app.acknowledging import acknowledge, briefings_here
from field_app.hand import Hand
from station.briefing_writing import Writer, send
from station.briefings import Draft, templates
from station.database import Database, open_database
from station.rounds import Repeats
from sync.briefings import Audience
from sync.records import Role
from sync.reference import Reference

_DAYS_TO_READ = 7


def send_standard_briefing(folder: Path, reference: Reference) -> None:
    """Send it, as the demo's sergeant would."""
    database = open_database(folder)
    try:
        _send(database, reference)
    finally:
        database.close()


def _send(database: Database, reference: Reference) -> None:
    now = datetime.now(UTC)
    today = now.astimezone(reference.zone).date()
    with database.writing() as session:
        for text in templates(session):
            due_on = today + timedelta(days=_DAYS_TO_READ)
            draft = Draft(text.title, text.text.strip(), Audience(), due_on, Repeats.MONTHLY)
            send(session, uuid4(), draft, Writer(SERGEANT, now, today), reference)


def read_briefings(hand: Hand, person: str, role: Role, watch: str, unit: str | None) -> None:
    """Somebody signs on, reads what is there, and signs off."""
    hand.logbook.sign_on(person, role, watch, unit)
    for briefing in briefings_here(hand):
        acknowledge(hand, briefing)
    hand.logbook.sign_off()
