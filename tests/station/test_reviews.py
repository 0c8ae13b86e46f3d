"""Reviews at the station: decisions are added, a worksheet's state is a question, and nobody decides on the unseen."""

from collections.abc import Callable
from datetime import date, timedelta

import pytest
from cars import Car
from doubles import START, FixedClock, uuids
from sqlalchemy import func, select

from station.database import Database
from station.review_tables import ReviewNoteRow, ReviewRow
from station.reviewing import NotReviewed, Reviewer, SheetName, approve, give_back
from station.reviews import State, mark_of, reviews_on, state_of
from station.signings import signings_on
from station.tables import NewsRow
from station.worksheets import worksheet_lines
from sync.limits import NEWS_ITEM_BYTES_MAX, REASON_CHARACTERS_MAX
from sync.reference import Reference
from sync.reviews import ReviewNote

ON = date(2026, 11, 22)
SHEET = SheetName(ON, "day", "900001")


class Office:
    """A sergeant who sees a worksheet as it is, and decides on it."""

    def __init__(self, database: Database, reference: Reference) -> None:
        self.database, self.reference = database, reference
        self.at = START

    def ids(self) -> list[str]:
        """The contacts that stand."""
        with self.database.reading() as session:
            return [line.contact.id for line in worksheet_lines(session, self.reference, ON, "day", "900001")]

    def by(self, who: str = "900003") -> Reviewer:
        """Somebody who has just looked."""
        self.at += timedelta(minutes=1)
        with self.database.reading() as session:
            reviews = reviews_on(session, ON, "day", "900001")
        return Reviewer(who, self.at, mark_of(self.ids(), reviews))

    def approves(self, by: Reviewer | None = None) -> bool:
        """Approve what is seen."""
        with self.database.writing() as session:
            return approve(session, self.reference, SHEET, by or self.by())

    def returns(self, *notes: ReviewNote, by: Reviewer | None = None) -> bool:
        """Return something."""
        with self.database.writing() as session:
            return give_back(session, self.reference, SHEET, by or self.by(), notes)

    def state(self) -> State:
        """What the worksheet is."""
        with self.database.reading() as session:
            signings = signings_on(session, self.reference, ON, "day", "900001")
            return state_of(reviews_on(session, ON, "day", "900001"), self.ids(), signings)

    def latest(self) -> set[ReviewNote]:
        """What the last review says."""
        with self.database.reading() as session:
            return {*reviews_on(session, ON, "day", "900001")[-1].notes}

    def count(self, table: type[ReviewRow | ReviewNoteRow | NewsRow]) -> int:
        """How many rows there are."""
        with self.database.reading() as session:
            return session.scalar(select(func.count()).select_from(table)) or 0


@pytest.fixture
def office(database: Database, reference: Reference) -> Office:
    """The sergeant's office."""
    return Office(database, reference)


def test_the_state_follows_the_reviews_and_whatever_came_since(car: Car, office: Office) -> None:
    first, second = car.log("coffee-shop", "other", rd="0454")
    car.send()
    assert office.state() is State.OPEN
    assert office.approves()
    assert office.state() is State.APPROVED
    car.log("business-owner", rd="0454")
    car.send()
    assert office.state() is State.CHANGED
    assert office.returns(ReviewNote(first, "A call needs its tag"), ReviewNote(second, "", "Which door?"))
    assert office.state() is State.RETURNED
    car.logbook.correct(first, {"people": 2})
    car.send()
    assert office.state() is State.RETURNED  # one of two
    car.logbook.withdraw(second, "mistake")
    car.send()
    assert office.state() is State.CHANGED
    assert office.approves()
    assert office.state() is State.APPROVED


def test_a_worksheet_returned_as_a_whole_is_answered_by_signing_it_again(car: Car, office: Office) -> None:
    car.log("coffee-shop", rd="0454")
    car.send()
    office.returns(ReviewNote(None, "Changed after you signed; sign the worksheet again"))
    assert office.state() is State.RETURNED
    car.clock.passes(3_600)
    car.logbook.confirm(None)
    car.send()
    assert office.state() is State.CHANGED


def test_a_decision_taken_twice_is_kept_once_and_every_other_is_added(car: Car, office: Office) -> None:
    (contact,) = car.log("coffee-shop")
    car.send()
    assert [office.approves(), office.approves()] == [True, False]
    note = ReviewNote(contact, "", "Where?")
    assert [office.returns(note), office.returns(note), office.approves()] == [True, False, True]
    assert (office.count(ReviewRow), office.count(ReviewNoteRow)) == (3, 1)


def test_nobody_decides_on_what_they_have_not_seen(car: Car, office: Office) -> None:
    with pytest.raises(NotReviewed, match="no contact"):
        office.approves()
    car.log("coffee-shop")
    car.send()
    seen = office.by()
    (new,) = car.log("other")
    car.send()
    with pytest.raises(NotReviewed, match="has changed since"):
        office.approves(seen)
    with pytest.raises(NotReviewed, match="has changed since"):
        office.returns(ReviewNote(new, "", "x"), by=seen)
    assert office.count(ReviewRow) == office.count(NewsRow) == 0


def test_a_second_return_keeps_what_the_first_one_waits_for(car: Car, office: Office) -> None:
    first, second, third = car.log("coffee-shop", "other", "block-watch", rd="0454")
    car.send()
    where, whole = ReviewNote(first, "", "Where?"), ReviewNote(None, "", "Sign it.")
    asked, door = ReviewNote(second, "", "Who asked?"), ReviewNote(third, "", "Which door?")
    assert office.returns(where, asked, whole)
    seen = office.by("900004")
    assert [office.returns(door, by=seen), office.returns(door, by=seen)] == [True, False]
    assert office.latest() == {where, asked, whole, door}
    car.logbook.correct(third, {"people": 2})
    car.send()
    assert office.state() is State.RETURNED
    car.logbook.withdraw(second, "mistake")
    car.send()
    better = ReviewNote(first, "", "Which street?")
    assert office.returns(better)
    assert office.latest() == {better}  # the worksheet has changed since it was returned as a whole


def test_a_page_opened_before_a_colleagues_return_takes_nothing_of_it_back(car: Car, office: Office) -> None:
    (contact,) = car.log("coffee-shop", rd="0454")
    car.send()
    seen = office.by("900004")
    assert office.returns(ReviewNote(contact, "", "Where?"))
    with pytest.raises(NotReviewed, match="has changed since"):
        office.approves(seen)
    with pytest.raises(NotReviewed, match="has changed since"):
        office.returns(ReviewNote(contact, "", "Who?"), by=seen)
    assert office.state() is State.RETURNED


def test_what_a_return_says_is_bounded_and_its_reason_is_the_stations(car: Car, office: Office) -> None:
    (contact,) = car.log("coffee-shop")
    car.send()
    for notes, words in (
        ([], "Choose a reason"),
        ([ReviewNote(contact, "Because")], "not one of the station's"),
        ([ReviewNote(contact, "", "x" * (REASON_CHARACTERS_MAX + 1))], "characters at most"),
        ([ReviewNote(contact, "", "two\nlines")], "characters at most"),
        ([ReviewNote(next(uuids(900)), "", "x")], "not on this worksheet"),
    ):
        with pytest.raises(NotReviewed, match=words):
            office.returns(*notes)
    with pytest.raises(NotReviewed, match="their own worksheet"):
        office.approves(office.by("900001"))


def test_each_device_is_told_of_its_own_contacts_and_of_the_end(make_car: Callable[..., Car], office: Office) -> None:
    one, two = make_car("car 42"), make_car("car 43", clock=FixedClock(ids=uuids(10_000)))
    (mine,), (other,) = one.log("coffee-shop", rd="0454"), two.log("other", rd="0454")
    one.send()
    two.send()
    office.returns(ReviewNote(mine, "", "Where?"))
    one.log("other", rd="0454")
    two.log("other", rd="0454")
    one.send()
    two.send()
    assert [entry.is_returned for entry in one.logbook.entries()] == [False, True]
    assert not any(entry.is_returned for entry in two.logbook.entries())
    assert two.store.standing().news == 0  # nothing of it concerns that device
    office.returns(ReviewNote(other, "", "And this?"))
    office.approves()
    for car in (one, two):
        car.log("other", rd="0454")
        car.send()
        assert not any(entry.is_returned for entry in car.logbook.entries())


def test_the_longest_return_fits_into_its_news(car: Car, office: Office) -> None:
    ids = [car.log("other")[0] for _ in range(30)]
    car.send()
    office.returns(*(ReviewNote(each, "", "\U0001f3fd" * REASON_CHARACTERS_MAX) for each in ids))
    with office.database.reading() as session:
        bodies = list(session.scalars(select(NewsRow.body)))
    assert len(bodies) == 8
    assert max(len(body.encode()) for body in bodies) <= NEWS_ITEM_BYTES_MAX
    car.log("coffee-shop", rd="0454")
    car.send()
    assert sum(entry.is_returned for entry in car.logbook.entries()) == 30
