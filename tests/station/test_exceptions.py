"""Exceptions first: each rule of the table by an example that is one and examples that are none, on each database."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from cars import Car
from consoles import Browser, Page
from doubles import START, FixedClock, uuids
from handset import ON, Handset, Sheet, enrolled_handset, hand_in

from station.database import Database
from station.desk import Desk
from station.exceptions import RULE_OF, RULES, rule_words
from station.findings import DECIDE
from station.sheet_findings import gaps_beside
from station.worksheets import worksheets_on
from sync.canonical import JsonObject
from sync.reference import Reference
from sync.times import write_time


@pytest.fixture
def handset(database: Database, desk: Desk, clock: FixedClock) -> Handset:
    """An enrolled device."""
    return enrolled_handset(database, desk, clock)


@pytest.fixture
def sheet(database: Database, reference: Reference) -> Sheet:
    """The worksheets."""
    return Sheet(database, reference)


def after(minutes: float) -> str:
    """A time so many minutes after the example's."""
    return write_time(START + timedelta(minutes=minutes))


def plain(handset: Handset, **changes: object) -> JsonObject:
    """A contact that no rule shows: of nobody else's unit, on no call, with its RD."""
    said: dict[str, object] = {"source": "obs", "tag": None, "unit": None, "rd": "0454", "minutes": None}
    return handset.contact(**said | changes)


def flagged(sheet: Sheet, name: str) -> list[str]:
    """The contacts that a rule shows."""
    return [line.contact.id for line in sheet.lines() if name in line.flags]


def found(sheet: Sheet) -> list[tuple[str, str]]:
    """What is odd beside the contacts, by name and what it is about."""
    with sheet.database.reading() as session:
        return [(each.name, each.about) for each in worksheets_on(session, sheet.reference, ON).findings]


def test_every_rule_decides_something_and_has_its_words(reference: Reference) -> None:
    beside = {"signed-gone", "new-key", "withdrawn-stop", "sequence-missing"}
    assert set(DECIDE) | beside == set(RULE_OF)
    assert [rule.name for rule in RULES if rule.name in DECIDE] == list(DECIDE)  # flags come in the table's order
    for rule in RULES:
        assert all((rule.short, rule.reason, rule.rule, rule.source))
        assert "{" not in rule_words(rule, reference)
    assert "more than 480 minutes" in rule_words(RULE_OF["logged-late"], reference)


def test_the_page_of_rules_is_the_table_itself(sergeant: Browser, reference: Reference) -> None:
    answer = sergeant.get("/rules")
    text = Page(answer.text).text
    for rule in RULES:
        assert f'id="{rule.name}"' in answer.text
        assert " ".join(rule_words(rule, reference).split()) in text


def test_a_tag_is_shared_only_by_unconnected_contacts_of_one_day(handset: Handset, sheet: Sheet) -> None:
    call = {"source": "call", "tag": "7"}
    one, two = (plain(handset, **call, rd=rd) for rd in ("0454", "0455"))
    partners = [plain(handset, source="call", tag="8", person=person) for person in ("900001", "900002")]
    yesterday = plain(handset, source="call", tag="9", claimed_at=after(-24 * 60))
    today = plain(handset, source="call", tag="9")
    gone = plain(handset, source="call", tag="10", rd="0451")
    left = plain(handset, source="call", tag="10")
    wrong = plain(handset, source="call", tag="11", rd="0451")
    right = plain(handset, source="call", tag="11", rd="0452", corrects=wrong["id"])
    hand_in(handset, one, two, *partners, yesterday, today, gone, left, handset.withdrawal(gone["id"]), wrong, right)
    assert sorted(flagged(sheet, "tag-shared")) == sorted([one["id"], two["id"]])
    (line,) = [line for line in sheet.lines(person="900002") if line.flags]
    assert "partner-duplicate" in line.flags


def test_a_tag_shared_with_another_watch_or_person_is_seen_on_each_worksheet(handset: Handset, sheet: Sheet) -> None:
    mine = plain(handset, source="call", tag="7", watch="day", person="900001")
    theirs = plain(handset, source="call", tag="7", watch="pm", person="900002", rd="0455")
    hand_in(handset, mine, theirs)
    for person in ("900001", "900002"):
        assert ["tag-shared" in line.flags for line in sheet.lines(person=person)] == [True]


@pytest.mark.parametrize(("minutes", "later", "is_overlap"), [(10, 9, True), (10, 10, False), (10, 11, False)])
def test_contacts_overlap_where_both_say_their_minutes(
    handset: Handset, sheet: Sheet, minutes: int, later: int, *, is_overlap: bool
) -> None:
    first = plain(handset, claimed_at=after(-60), minutes=minutes)
    second = plain(handset, claimed_at=after(-60 + later), minutes=5)
    unsaid = plain(handset, claimed_at=after(-59))
    other = plain(handset, claimed_at=after(-60), minutes=30, person="900002")
    hand_in(handset, second, first, unsaid, other)
    assert flagged(sheet, "overlap") == ([first["id"], second["id"]] if is_overlap else [])


def test_a_contact_is_late_beyond_the_stations_minutes_and_a_correction_keeps_its_first_entry(
    handset: Handset, sheet: Sheet
) -> None:
    late = sheet.reference.late.total_seconds() / 60
    just, over = (plain(handset, claimed_at=after(-minutes)) for minutes in (late, late + 0.1))
    handset.clock.passes(600 * 60)
    old = plain(handset, claimed_at=after(0), corrects=None, entered_at=after(1))
    corrected = plain(handset, claimed_at=after(0), corrects=old["id"])
    hand_in(handset, just, over, old, corrected)
    assert flagged(sheet, "logged-late") == [over["id"]]


@pytest.mark.parametrize(
    ("changes", "is_partners"),
    [
        ({}, True),
        ({"claimed_at": after(-20)}, True),
        ({"claimed_at": after(-20.1)}, False),
        ({"person": "900001"}, False),
        ({"unit": "42B"}, False),
        ({"rd": "0455"}, False),
        ({"setting": "other"}, False),
        ({"unit": "42B", "source": "call", "tag": "5"}, True),
    ],
)
def test_what_partners_both_logged_is_counted_once_and_kept_twice(
    handset: Handset, sheet: Sheet, changes: dict[str, object], *, is_partners: bool
) -> None:
    tag = {"source": "call", "tag": "5"} if "tag" in changes else {}
    mine = plain(handset, unit="42A", claimed_at=after(-10), **tag)
    theirs = plain(handset, **{"unit": "42A", "claimed_at": after(-10), "person": "900002"} | changes)
    hand_in(handset, mine, theirs)
    assert len(sheet.lines()) == 2
    assert len(flagged(sheet, "partner-duplicate")) == (2 if is_partners else 0)
    assert sum(line.is_counted for line in sheet.lines()) == (1 if is_partners else 2)


@pytest.mark.parametrize(("later", "is_partners"), [(5, True), (62, False)])
def test_in_the_hour_that_comes_twice_partners_are_told_by_the_minutes_that_passed(
    handset: Handset, sheet: Sheet, later: int, *, is_partners: bool
) -> None:
    """Five minutes after 1:58 it is 1:03, and sixty-two minutes after it is 2:00."""
    first = datetime(2026, 11, 1, 8, 58, tzinfo=UTC)
    handset.clock.at = first + timedelta(hours=3)
    for person, minutes in (("900001", 0), ("900002", later)):
        claimed_at = write_time(first + timedelta(minutes=minutes))
        hand_in(handset, plain(handset, watch="em", unit="42A", person=person, claimed_at=claimed_at))
    on = first.date() - timedelta(days=1)
    each_alone = [*sheet.lines(on, "em", "900001"), *sheet.lines(on, "em", "900002")]
    for lines in (sheet.lines(on), each_alone):
        assert ["partner-duplicate" in line.flags for line in lines] == [is_partners, is_partners]
        assert [line.is_counted for line in lines] == [True, not is_partners]


@pytest.mark.parametrize(
    ("first", "minutes", "later", "is_overlap"),
    [
        (datetime(2026, 11, 1, 8, 50, tzinfo=UTC), 30, 15, True),  # 1:50, and 1:05 after the clocks went back
        (datetime(2026, 11, 1, 8, 10, tzinfo=UTC), 20, 65, False),  # 1:10, and 1:15 after they did
        (datetime(2026, 3, 8, 9, 50, tzinfo=UTC), 30, 15, True),  # 1:50, and 3:05 after they went forward
    ],
)
def test_where_clocks_are_changed_contacts_overlap_by_the_minutes_that_passed(
    handset: Handset, sheet: Sheet, first: datetime, minutes: int, later: int, *, is_overlap: bool
) -> None:
    handset.clock.at = first + timedelta(hours=3)
    for moment in (first, first + timedelta(minutes=later)):
        hand_in(handset, plain(handset, watch="em", minutes=minutes, claimed_at=write_time(moment)))
    lines = sheet.lines(first.date() - timedelta(days=1))
    assert ["overlap" in line.flags for line in lines] == [is_overlap, is_overlap]


def test_whom_a_contact_matches_does_not_depend_on_what_else_is_on_the_page(handset: Handset, sheet: Sheet) -> None:
    """One of the watch before, of the date before, is beside it only because a third contact shares its tag."""
    call = {"source": "call", "tag": "5"}
    before = plain(handset, watch="em", unit="42A", person="900002", claimed_at=after(-513), **call)
    mine = plain(handset, watch="day", unit="42A", claimed_at=after(-511))
    third = plain(handset, watch="day", unit="43A", person="900003", claimed_at=after(-400), **call)
    hand_in(handset, before, mine, third)
    assert len(sheet.lines()) == 2
    assert flagged(sheet, "partner-duplicate") == []


def test_the_day_counts_partners_contacts_once(sergeant: Browser, make_car: Callable[..., Car]) -> None:
    cars = [make_car("car 42"), make_car("tablet", person="900002", clock=FixedClock(ids=uuids(10_000)))]
    for car in cars:
        car.log("coffee-shop", rd="0454", people=3)
        car.send()
    text = Page(sergeant.get(f"/worksheets?on={ON}").text).text
    assert "All 1 3 2 2" in text  # contacts, people, cards, with flags
    assert "1 contact that partners both logged is counted once; both are kept." in text


def test_a_contact_withdrawn_as_a_stop_is_told_though_it_stands_no_longer(handset: Handset, sheet: Sheet) -> None:
    stop, mistake = plain(handset), plain(handset)
    hand_in(
        handset,
        stop,
        mistake,
        handset.withdrawal(stop["id"], reason="stop"),
        handset.withdrawal(mistake["id"], reason="mistake"),
    )
    assert sheet.lines() == []
    assert found(sheet) == [("withdrawn-stop", "14:32")]


def test_numbers_that_the_station_lacks_beside_a_worksheet_are_told(handset: Handset, sheet: Sheet) -> None:
    first = plain(handset)
    lost = plain(handset)
    last = plain(handset)
    hand_in(handset, first, last)
    assert found(sheet) == [("sequence-missing", "car 42: 2")]
    hand_in(handset, lost)
    assert found(sheet) == []


def test_gaps_are_those_between_and_right_beside() -> None:
    assert gaps_beside([4, 6], [4, 6], 9) == ((3, 3), (5, 5), (7, 7))
    assert gaps_beside([4, 6], [3, 4, 5, 6], 6) == ()
    assert gaps_beside([1], [1], 1) == ()
    assert gaps_beside([2], [2], 3) == ((1, 1), (3, 3))


def test_a_day_lists_a_worksheet_of_which_nothing_is_left_but_the_exception(sergeant: Browser, car: Car) -> None:
    (stop,) = car.log("coffee-shop", rd="0454")
    car.logbook.withdraw(stop, "stop")
    car.send()
    assert "900001, Day : Was a stop" in Page(sergeant.get(f"/worksheets?on={ON}").text).text
    page = sergeant.get(f"/worksheets/{ON}/day/900001")
    assert "Withdrawn as a stop: see that 840 to 843 was cleared and the SACR entry made: 14:32" in Page(page.text).text
    assert 'href="/rules#withdrawn-stop"' in page.text
