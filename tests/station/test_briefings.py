"""Briefings at the station: sent once, changed by editions, taken back, and who has read them is asked of the records."""

from dataclasses import replace
from datetime import date, timedelta
from uuid import uuid4

import pytest
from briefings import DRAFT, DUE, TODAY, Sergeant, acknowledgement, briefing_told, told
from doubles import FixedClock, uuids
from handset import Handset, enrolled_handset
from sqlalchemy import func, select

from station.briefing_readers import Reading
from station.briefing_tables import BriefingEditionRow
from station.briefing_writing import NotSent, Overtaken
from station.briefings import Draft, templates
from station.chronicle import all_entries
from station.database import Database
from station.desk import Desk
from station.people import add_person, change_person
from station.roles import StationRole
from station.rounds import Repeats
from sync.briefings import Audience
from sync.limits import BRIEFING_CHARACTERS_MAX, BRIEFING_ROUNDS_MAX, BRIEFING_TITLE_CHARACTERS_MAX, NEWS_ITEM_BYTES_MAX
from sync.reference import Reference
from sync.verdicts import Verdict


@pytest.fixture
def sergeant(database: Database, reference: Reference) -> Sergeant:
    """Somebody who writes briefings."""
    return Sergeant(database, reference)


@pytest.fixture
def handset(database: Database, desk: Desk, clock: FixedClock) -> Handset:
    """A device that the station knows."""
    return enrolled_handset(database, desk, clock)


def people(database: Database, **roles: StationRole) -> None:
    """People of the station: p900001=StationRole.DEPUTY."""
    with database.writing() as session:
        for number, role in roles.items():
            add_person(session, number[1:], role, FixedClock().now())


def test_every_device_is_told_of_a_briefing_however_late_it_comes(
    sergeant: Sergeant, handset: Handset, database: Database, desk: Desk
) -> None:
    draft = replace(DRAFT, audience=Audience(("day",), ("La Mirada",), ("deputy",)), repeats=Repeats.MONTHLY)
    number = sergeant.sends(draft)
    late = enrolled_handset(database, desk, FixedClock(ids=uuids(50_000)), next(uuids(40_000)))
    for device in (handset, late):
        news = briefing_told(device)
        found = sergeant.finds(number)
        assert (news.briefing, news.edition, news.title, news.text) == (found.key, 1, DRAFT.title, DRAFT.text)
        assert (news.audience, news.due[:2]) == (draft.audience, (DUE, date(2026, 12, 29)))
        assert news.text_hash == found.latest.text_hash


def test_a_finger_that_lands_twice_sends_one_briefing_and_one_edition(sergeant: Sergeant, handset: Handset) -> None:
    key = uuid4()
    number = sergeant.sends(key=key)
    assert sergeant.sends(key=key) == number
    other = replace(DRAFT, text="Another text.")
    assert sergeant.sends_edition(number, other)
    assert not sergeant.sends_edition(number, other)
    with pytest.raises(Overtaken, match="since you opened it"):
        sergeant.sends_edition(number, replace(DRAFT, text="From another window."))
    assert not sergeant.sends_edition(number, other, seen=2)  # says the same
    assert [item.kind for item in told(handset)] == ["briefing", "briefing"]
    assert [each.text for each in sergeant.finds(number).editions] == [DRAFT.text, "Another text."]


def test_a_form_that_was_sent_and_says_something_else_now_is_refused_and_the_briefing_stands(
    sergeant: Sergeant, handset: Handset
) -> None:
    key = uuid4()
    number = sergeant.sends(key=key)
    for change in ({"text": "Mended."}, {"title": "Other"}, {"due_on": date(2026, 12, 1)}, {"repeats": Repeats.WEEKLY}):
        with pytest.raises(NotSent, match=f"as briefing {number}.*another edition"):
            sergeant.sends(replace(DRAFT, **change), key)
    with pytest.raises(NotSent, match="another edition"):
        sergeant.sends(replace(DRAFT, audience=Audience(roles=("deputy",))), key)
    assert sergeant.sends_edition(number, replace(DRAFT, text="Mended."))
    assert sergeant.sends(key=key) == number  # what was sent with this form, however it goes on
    assert [item.kind for item in told(handset)] == ["briefing", "briefing"]


def test_who_has_read_it_and_who_has_not_is_told_by_what_came_in(
    sergeant: Sergeant, handset: Handset, database: Database
) -> None:
    people(database, p900001=StationRole.DEPUTY, p900002=StationRole.DEPUTY, p900005=StationRole.VOLUNTEER)
    number = sergeant.sends(replace(DRAFT, audience=Audience(roles=("deputy",))))
    assert {key: each.reading for key, each in sergeant.readers(number).items()} == {
        "900001": Reading.NOT_READ,
        "900002": Reading.NOT_READ,
    }
    record = acknowledgement(handset, briefing_told(handset))
    assert handset.verdicts(record, record) == [Verdict.ACCEPTED, Verdict.ALREADY_HERE]
    again = acknowledgement(handset, briefing_told(handset))  # from another window, an hour later
    volunteer = acknowledgement(handset, briefing_told(handset), person="900005")
    assert handset.verdicts(again, volunteer) == [Verdict.ACCEPTED] * 2
    found = sergeant.readers(number)
    assert [(each.person, each.reading, each.is_asked) for each in found.values()] == [
        ("900001", Reading.READ, True),
        ("900002", Reading.NOT_READ, True),
        ("900005", Reading.READ, False),
    ]
    assert found["900001"].watch == "day"
    assert found["900001"].read_at == handset.clock.now()


def test_a_new_edition_and_a_new_round_are_to_be_read_again(
    sergeant: Sergeant, handset: Handset, database: Database
) -> None:
    people(database, p900001=StationRole.DEPUTY)
    number = sergeant.sends(replace(DRAFT, repeats=Repeats.WEEKLY, until=DUE + timedelta(days=7)))
    first = acknowledgement(handset, briefing_told(handset))
    assert handset.verdicts(first) == [Verdict.ACCEPTED]
    assert sergeant.readers(number)["900001"].reading is Reading.READ
    assert sergeant.readers(number, DUE + timedelta(days=7))["900001"].reading is Reading.NOT_READ
    assert sergeant.sends_edition(number, replace(DRAFT, text="Changed."))
    found = sergeant.readers(number)["900001"]
    assert (found.reading, found.edition) == (Reading.READ_EARLIER, 1)
    wrong = acknowledgement(handset, briefing_told(handset), text_hash="00" * 16)  # another text under this number
    assert handset.verdicts(wrong) == [Verdict.ACCEPTED]
    assert sergeant.readers(number)["900001"].reading is Reading.READ_EARLIER
    assert handset.verdicts(acknowledgement(handset, briefing_told(handset))) == [Verdict.ACCEPTED]
    assert sergeant.readers(number)["900001"].reading is Reading.READ


def test_who_read_a_round_is_still_to_be_seen_after_another_edition_without_it(
    sergeant: Sergeant, handset: Handset, database: Database
) -> None:
    people(database, p900001=StationRole.DEPUTY)
    week = timedelta(days=7)
    weekly = replace(DRAFT, repeats=Repeats.WEEKLY, until=DUE + week)
    number = sergeant.sends(weekly)
    assert handset.verdicts(acknowledgement(handset, briefing_told(handset))) == [Verdict.ACCEPTED]
    sergeant.today = DUE + timedelta(days=1)
    assert sergeant.sends_edition(number, replace(weekly, text="Mended.", due_on=DUE + week))
    assert sergeant.finds(number).latest.due == (DUE + week,)
    assert sergeant.readers(number, DUE)["900001"].reading is Reading.READ
    assert sergeant.readers(number, DUE + week)["900001"].reading is Reading.READ_EARLIER


def test_the_last_day_of_each_month_stays_so_in_another_edition(sergeant: Sergeant) -> None:
    sergeant.today = date(2027, 1, 31)
    last = date(2027, 5, 31)
    number = sergeant.sends(replace(DRAFT, due_on=sergeant.today, repeats=Repeats.MONTHLY, until=last))
    before = sergeant.finds(number).latest.due
    sergeant.today = date(2027, 2, 10)
    as_offered = replace(DRAFT, text="Mended.", due_on=before[1], repeats=Repeats.MONTHLY, until=last)
    assert sergeant.sends_edition(number, as_offered)
    assert sergeant.finds(number).latest.due == before[1:]
    assert before[1:3] == (date(2027, 2, 28), date(2027, 3, 31))
    assert sergeant.sends_edition(number, replace(as_offered, until=date(2027, 4, 28)), seen=2)
    assert sergeant.finds(number).latest.due == (date(2027, 2, 28), date(2027, 3, 28), date(2027, 4, 28))


def test_watch_and_area_are_what_somebody_logged_of_late(
    sergeant: Sergeant, handset: Handset, database: Database
) -> None:
    people(database, p900001=StationRole.DEPUTY, p900002=StationRole.DEPUTY, p900003=StationRole.SERGEANT)
    records = [
        handset.contact(person="900001", rd="0460", watch="day"),
        handset.contact(person="900001", rd="0461", watch="day"),
        handset.contact(person="900001", rd="0454", watch="day"),
        handset.contact(person="900002", rd="0454", watch="pm"),
    ]
    assert handset.verdicts(*records) == [Verdict.ACCEPTED] * 4
    for audience, expected in (
        (Audience(), ["900001", "900002", "900003"]),
        (Audience(watches=("day",)), ["900001"]),
        (Audience(areas=("Norwalk",)), ["900002"]),
        (Audience(areas=("La Mirada",), watches=("day", "pm")), ["900001"]),
        (Audience(roles=("sergeant",)), ["900003"]),
        (Audience(roles=("sergeant",), watches=("em",)), []),
    ):
        assert list(sergeant.readers(sergeant.sends(replace(DRAFT, audience=audience)))) == expected


def test_whoever_has_left_is_asked_nothing(sergeant: Sergeant, database: Database) -> None:
    people(database, p900001=StationRole.DEPUTY)
    number = sergeant.sends()
    with database.writing() as session:
        change_person(session, "900001", StationRole.DEPUTY, FixedClock().now(), "admin", has_left=True)
    assert sergeant.readers(number) == {}


def test_a_briefing_that_was_taken_back_stays_so_and_the_devices_hear_of_it(
    sergeant: Sergeant, handset: Handset
) -> None:
    number = sergeant.sends()
    assert [sergeant.withdraws(number), sergeant.withdraws(number)] == [True, False]
    assert [item.kind for item in told(handset)] == ["briefing", "briefing-withdrawn"]
    assert sergeant.finds(number).withdrawn_by == "900003"
    with pytest.raises(Overtaken):
        sergeant.sends_edition(number, replace(DRAFT, text="Still?"))
    with pytest.raises(Overtaken, match="no such"):
        sergeant.withdraws(number + 1)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"title": ""}, "Give it a title"),
        ({"text": ""}, "Write what is to be read"),
        ({"title": "x" * (BRIEFING_TITLE_CHARACTERS_MAX + 1)}, "characters at most"),
        ({"text": "x" * (BRIEFING_CHARACTERS_MAX + 1)}, "5,000 are the most"),
        ({"text": '"' * BRIEFING_CHARACTERS_MAX}, "too long for one piece of news"),
        ({"text": "turned \u202e round"}, "plain text"),
        ({"due_on": TODAY - timedelta(days=1)}, "Choose a due day"),
        ({"due_on": TODAY + timedelta(days=400)}, "Choose a due day"),
        ({"repeats": Repeats.WEEKLY, "until": TODAY}, "The last day"),
        ({"audience": Audience(watches=("noon",))}, "'noon' is not known here"),
    ],
    ids=str,
)
def test_what_cannot_be_sent_is_refused_in_words_and_nothing_is_there(
    sergeant: Sergeant, handset: Handset, changes: dict[str, object], words: str
) -> None:
    with pytest.raises(NotSent, match=words):
        sergeant.sends(replace(DRAFT, **changes))  # type: ignore[arg-type]  # any value may be tried
    assert told(handset) == []


def test_the_longest_briefing_fits_into_its_news(sergeant: Sergeant, handset: Handset) -> None:
    everybody = Audience(tuple(sergeant.reference.watches), tuple(sergeant.reference.areas), tuple(StationRole))
    sergeant.sends(Draft("x" * 100, "x" * BRIEFING_CHARACTERS_MAX, everybody, DUE, Repeats.WEEKLY))
    news = briefing_told(handset)
    assert len(news.due) == BRIEFING_ROUNDS_MAX
    assert BRIEFING_CHARACTERS_MAX < NEWS_ITEM_BYTES_MAX - 2_000


def test_the_standard_briefing_of_the_order_is_there_from_the_first_start(
    sergeant: Sergeant, database: Database
) -> None:
    with database.reading() as session:
        (found,) = templates(session)
    assert found.title == "Community Partnership Program (Unit Order 16-02)"
    assert '"755" card' in found.text
    sergeant.sends(replace(DRAFT, title=found.title, text=found.text.strip()))


def test_sending_and_taking_back_stand_in_the_audit_with_their_change(sergeant: Sergeant, database: Database) -> None:
    number = sergeant.sends()
    sergeant.sends_edition(number, replace(DRAFT, text="Changed."))
    sergeant.withdraws(number)
    with database.reading() as session:
        entries = [(entry.kind, entry.who, entry.whom, entry.details) for entry in all_entries(session)]
        count = session.scalar(select(func.count()).select_from(BriefingEditionRow))
    about = f"briefing {number}"
    assert entries[-3:] == [
        ("briefing-sent", "900003", about, "edition 1"),
        ("briefing-sent", "900003", about, "edition 2"),
        ("briefing-withdrawn", "900003", about, ""),
    ]
    assert count == 2
