"""What a sergeant returned, on the device: shown at the contact until it is corrected or the review is another."""

from datetime import date, timedelta

from cars import Car
from doubles import START
from hypothesis import given
from hypothesis import strategies as st

from field_app.audit_words import notices
from field_app.returns import NOTHING, returns_in
from field_app.store.settling import NEWS
from station.database import Database
from station.news import tell
from station.tables import DeviceRow
from sync.canonical import JsonObject
from sync.news import NewsKind
from sync.reviews import Decision, ReviewNews, ReviewNote, review_from_json, review_to_json
from sync.verdicts import State

ONE, TWO = "01920000-0000-7000-8000-00000000000a", "01920000-0000-7000-8000-00000000000b"


def review(
    number: int, *notes: ReviewNote, decision: Decision = Decision.RETURNED, person: str = "900001"
) -> ReviewNews:
    """The review of this number, that many minutes after the example's time."""
    at = START + timedelta(minutes=number)
    return ReviewNews(number, date(2026, 11, 22), "day", person, decision, "900003", at, notes)


def kept(*reviews: ReviewNews) -> list[JsonObject]:
    """Reviews as the device keeps them."""
    return [{"kind": "review", "body": review_to_json(each)} for each in reviews]


words = st.text(st.characters(categories=("L", "N", "Zs", "P")), max_size=200)
some_notes = st.lists(st.builds(ReviewNote, st.none() | st.sampled_from([ONE, TWO]), words, words), max_size=4)


@given(some_notes, st.sampled_from(Decision))
def test_a_review_comes_through_the_news_as_it_was(notes: list[ReviewNote], decision: Decision) -> None:
    written = review(7, *notes, decision=decision)
    assert review_from_json(review_to_json(written)) == written
    assert review_from_json({**review_to_json(written), "mood": 1}) == written  # a newer station's


@given(st.permutations(range(3)))
def test_the_latest_review_of_a_worksheet_counts_in_whatever_order_they_came(order: list[int]) -> None:
    news = kept(
        review(1, ReviewNote(ONE, "No tag"), ReviewNote(None, "", "Sign again")),
        review(2, ReviewNote(TWO, "No RD", "Which?")),
        review(2, ReviewNote(ONE, "Late")),  # the rest of the same review
    )
    found = returns_in([news[place] for place in order])
    assert found.contacts == {TWO: "No RD: Which?", ONE: "Late"}
    assert found.worksheets == ()
    assert returns_in([*news, *kept(review(3, decision=Decision.APPROVED))]) == NOTHING
    assert returns_in([*news, *kept(review(3, decision=Decision.APPROVED, person="900002"))]) == found


def test_news_that_cannot_be_read_change_nothing() -> None:
    bodies: list[JsonObject] = [{}, {"notes": []}, {**review_to_json(review(1)), "at": "today"}, {"notes": [7]}]
    assert returns_in({"kind": kind, "body": body} for kind in ("review", "briefing") for body in bodies) == NOTHING


def tell_car(car: Car, database: Database, told: ReviewNews) -> None:
    """Have the station tell a device of a review, and the device ask for news."""
    with database.writing() as session:
        device = session.query(DeviceRow).one().id
        tell(session, device, NewsKind.REVIEW, review_to_json(told), told.at)
    car.log("other", rd="0454")
    car.send()


def test_a_returned_contact_needs_attention_until_it_is_corrected(car: Car, database: Database) -> None:
    (wrong,) = car.log("coffee-shop")
    assert car.logbook.page().entries(with_past=False)[0].reason is None
    car.send()
    tell_car(car, database, review(1, ReviewNote(wrong, "RD missing")))
    (entry,) = [entry for entry in car.logbook.entries() if entry.contact.id == wrong]
    assert (entry.state, entry.reason, entry.is_returned) == (State.NEEDS_ATTENTION, "Returned: RD missing", True)
    assert car.logbook.tally().contacts[State.NEEDS_ATTENTION] == 1
    car.logbook.correct(wrong, {"rd": "0454"})
    assert car.logbook.tally().contacts[State.NEEDS_ATTENTION] == 0
    assert [entry.is_returned for entry in car.logbook.entries(with_past=True)] == [False, False, False]


def test_a_contact_of_an_earlier_shift_comes_back_to_its_person_alone(car: Car, database: Database) -> None:
    (wrong,) = car.log("coffee-shop")
    car.send()
    tell_car(car, database, review(1, ReviewNote(wrong, "RD missing"), ReviewNote(None, "Sign again")))
    shift = car.logbook.shift()
    assert shift is not None
    assert car.logbook.page().returned(shift) == ()  # it stands in this shift's own list
    for person, expected in (("900002", []), ("900001", [wrong])):
        again = car.logbook.sign_on(person, shift.role, "day", "42A")
        assert [entry.contact.id for entry in car.logbook.page().returned(again)] == expected
    assert notices(car.store, car.logbook) == ("The worksheet of 2026-11-22, day, 900001 was returned: Sign again",)


def test_old_reviews_leave_the_device_with_the_records_of_their_time(car: Car, database: Database) -> None:
    (wrong,) = car.log("coffee-shop")
    car.send()
    tell_car(car, database, review(1, ReviewNote(wrong, "RD missing")))
    assert len(car.store._all(NEWS)) == 1
    car.clock.passes(31 * 24 * 3_600)
    car.log("other", rd="0454")
    car.send()
    car.store.tidy(timedelta(days=30))
    assert len(car.store._all(NEWS)) == 0
    assert car.logbook.page().entries(with_past=True)[0].is_returned is False
