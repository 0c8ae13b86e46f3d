"""A sergeant who writes briefings, and people who read them, for the tests."""

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from uuid import UUID, uuid4

from consoles import Browser, Page
from examples import ACKNOWLEDGEMENT
from handset import Handset

from station.assignments import assignments
from station.briefing_readers import Reader, acknowledgements_of, readers
from station.briefing_writing import Writer, send, send_edition, withdraw
from station.briefings import Briefing, Draft, one, templates
from station.database import Database
from station.people import add_person, everyone
from station.roles import StationRole
from station.rounds import Repeats
from sync.briefings import Audience, BriefingNews, briefing_from_json
from sync.canonical import JsonObject
from sync.news import NewsItem
from sync.records import hashed, record_to_json
from sync.reference import Reference

# The day of the example clock, in Norwalk.
TODAY = date(2026, 11, 22)
DUE = TODAY + timedelta(days=7)
DRAFT = Draft("Cards", "Hand out the **card**.", Audience(), DUE)


@dataclass
class Sergeant:
    """Writes at the station, by its clock."""

    database: Database
    reference: Reference
    at: datetime = datetime(2026, 11, 22, 22, 0, tzinfo=UTC)
    today: date = TODAY

    @property
    def by(self) -> Writer:
        """Who writes, now."""
        return Writer("900003", self.at, self.today)

    def sends(self, draft: Draft = DRAFT, key: UUID | None = None) -> int:
        """Send a new briefing."""
        with self.database.writing() as session:
            return send(session, key or uuid4(), draft, self.by, self.reference)

    def sends_edition(self, number: int, draft: Draft, seen: int = 1) -> bool:
        """Send another edition."""
        with self.database.writing() as session:
            return send_edition(session, number, seen, draft, self.by, self.reference)

    def withdraws(self, number: int) -> bool:
        """Take one back."""
        with self.database.writing() as session:
            return withdraw(session, number, self.by)

    def finds(self, number: int) -> Briefing:
        """A briefing as it stands."""
        with self.database.reading() as session:
            found = one(session, number)
        assert found is not None
        return found

    def readers(self, number: int, due_on: date = DUE) -> dict[str, Reader]:
        """Who has read it and who has not, by number."""
        found = self.finds(number)
        with self.database.reading() as session:
            people, assigned = everyone(session), assignments(session, self.reference, TODAY)
            given = acknowledgements_of(session, [found.key])[found.key]
        return {each.person: each for each in readers(found, due_on, given, people, assigned)}


def sends_standard_briefing(database: Database, reference: Reference) -> int:
    """The order's own text, to everybody, every month; there is somebody who has not read it."""
    with database.writing() as session:
        (found,) = templates(session)
        add_person(session, "900001", StationRole.DEPUTY, datetime(2026, 11, 22, tzinfo=UTC))
    draft = Draft(found.title, found.text.strip(), Audience(), DUE, Repeats.MONTHLY)
    return Sergeant(database, reference).sends(draft)


def told(handset: Handset) -> list[NewsItem]:
    """What the station has for a device that has heard nothing yet."""
    return list(handset.send(handset.batch()).news.items)


def briefing_told(handset: Handset) -> BriefingNews:
    """The last briefing that a device is told of."""
    return briefing_from_json(next(item.body for item in reversed(told(handset)) if item.kind == "briefing"))


def acknowledgement(handset: Handset, news: BriefingNews, **changes: object) -> JsonObject:
    """The device's next record: that somebody has read this."""
    stamp = {name: value for name, value in handset.contact().items() if name in handset._stamp()}
    made = replace(
        ACKNOWLEDGEMENT,
        briefing=news.briefing,
        edition=news.edition,
        text_hash=news.text_hash,
        due_on=news.due[0],
    )
    return hashed(record_to_json(made) | stamp | changes)


def write_form(browser: Browser, page: str = "/briefings/new", **fields: str) -> dict[str, str]:
    """What a form of a briefing sends: what stands there already, and these."""
    typed = {
        "title": "Cards",
        "text": "Hand out the **card**.",
        "due_on": DUE.isoformat(),
        "repeats": "once",
        "until": "",
    }
    return {**Page(browser.get(page).text).fields, **typed, **fields}
