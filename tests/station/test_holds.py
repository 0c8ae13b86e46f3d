"""Legal holds: what fits one is never deleted, until it is lifted; neither is ever taken away."""

from datetime import date, timedelta

import pytest
from documents import norwalk, saved
from doubles import FixedClock
from handset import Handset, enrolled_handset, hand_in
from keeping import DAYS, FIRST, TODAY, at, audit_is_whole, delete_all, three_days, until
from sqlalchemy import select

from station.chronicle import all_entries
from station.database import Database
from station.deleting import Stays, preview
from station.desk import Desk
from station.happenings import Happening
from station.holds import Held, Mark, NotHeld, all_holds, covers, lift_hold, set_hold
from station.references import standing_reference
from station.tables import QuarantineRow
from sync.reference import Reference, load_reference

MONDAY, TUESDAY = date(2023, 3, 6), date(2023, 3, 7)


@pytest.fixture
def handset(database: Database, desk: Desk, clock: FixedClock) -> Handset:
    """An enrolled device."""
    return enrolled_handset(database, desk, clock)


def hold(database: Database, **held: object) -> int:
    """Set a hold."""
    with database.writing() as session:
        return set_hold(session, Held("26-0815", "Claim filed", **held), load_reference(), "admin", TODAY)  # type: ignore[arg-type]  # a test's shorthand


def test_a_hold_names_whoever_had_a_number_by_any_version_of_the_reference_data(database: Database) -> None:
    saved(database, norwalk(person_pattern="[0-9]{7}"), TODAY, TODAY)
    for person in ("900001", "1000021"):
        with database.writing() as session:
            held = Held("26-0815", "Claim filed", person=person)
            assert set_hold(session, held, standing_reference(session, load_reference(), TODAY), "admin", TODAY)
    with pytest.raises(NotHeld, match="is not a person's number"):
        hold(database, person="90000")


@pytest.mark.parametrize(
    ("held", "is_covered"),
    [
        ({}, True),
        ({"person": "900001"}, True),
        ({"person": "900002"}, False),
        ({"rd": "0454"}, True),
        ({"rd": "0460"}, False),
        ({"first_on": MONDAY, "last_on": MONDAY}, True),
        ({"first_on": TUESDAY}, False),
        ({"last_on": MONDAY - timedelta(days=1)}, False),
        ({"last_on": MONDAY}, True),
        ({"person": "900001", "rd": "0454", "first_on": MONDAY}, True),
        ({"person": "900001", "rd": "0460"}, False),
    ],
)
def test_all_that_a_hold_asks_for_has_to_fit(held: dict[str, object], is_covered: object) -> None:
    asked = Held("m", "r", **held)  # type: ignore[arg-type]  # a test's shorthand
    assert covers(asked, [Mark("900001", MONDAY, "0454"), Mark("900001", MONDAY, None)]) == is_covered


@pytest.mark.parametrize(
    ("held", "goes"),
    [
        ({}, 0),
        ({"person": "900001"}, 3),
        ({"person": "900003"}, 4),
        ({"rd": "0460"}, 3),
        ({"first_on": TUESDAY}, 2),
        ({"person": "900001", "rd": "0460"}, 3),
        ({"person": "900002", "rd": "0460"}, 4),
    ],
)
def test_what_is_held_stays_and_the_preview_says_by_which_hold(
    database: Database, handset: Handset, reference: Reference, held: dict[str, object], goes: int
) -> None:
    for count, day in enumerate((FIRST, FIRST + timedelta(days=1))):
        at(handset, day)
        hand_in(handset, handset.contact(rd=("0460", "0454")[count]), handset.contact(person="900002", rd=None))
    at(handset, TODAY)
    if held.get("person") == "900001" and "rd" not in held:
        goes = 2
    number = hold(database, **held)
    with database.reading() as session:
        seen = preview(session, until(reference))
    assert seen.records == goes
    assert seen.stays[Stays.HELD] == seen.held[number] == 4 - goes
    assert sum(tally.records for tally in delete_all(database, until(reference))) == goes
    with database.writing() as session:
        lift_hold(session, number, "Settled", "admin", TODAY)
    assert sum(tally.records for tally in delete_all(database, until(reference))) == 4 - goes


def test_what_lies_in_quarantine_is_held_by_every_hold(
    database: Database, handset: Handset, reference: Reference
) -> None:
    three_days(handset, database, reference)
    hold(database, person="900009")  # nobody of these
    assert sum(tally.records for tally in delete_all(database, until(reference))) == 2  # counts of cards
    with database.reading() as session:
        assert all(session.scalars(select(QuarantineRow.raw)))
        assert preview(session, until(reference)).aside == 0


def test_a_hold_is_set_and_lifted_with_a_reason_and_stays_in_the_list(database: Database) -> None:
    number = hold(database, person="900001", first_on=DAYS[0])
    assert hold(database, person="900001", first_on=DAYS[0]) == number  # a finger landed twice
    with database.writing() as session:
        lift_hold(session, number, " Settled ", "900005", TODAY)
    with database.reading() as session:
        (row,) = all_holds(session)
        told = [each for each in all_entries(session) if each.kind in {Happening.HOLD_SET, Happening.HOLD_LIFTED}]
    assert (row.lifted_by, row.lifted_reason, row.lifted_at) == ("900005", "Settled", TODAY)
    assert [(each.who, each.whom, each.details) for each in told] == [
        ("admin", "900001", "hold 1: 26-0815; person 900001, 2023-03-06 to …; Claim filed"),
        ("900005", "900001", "hold 1: 26-0815; Settled"),
    ]
    assert audit_is_whole(database)


def test_a_hold_keeps_whom_and_where_it_names_however_they_were_typed(database: Database) -> None:
    number = hold(database, person=" 900001 ", rd="0454 ")
    with database.reading() as session:
        (row,) = [each for each in all_holds(session) if each.id == number]
        assert (row.person, row.rd) == ("900001", "0454")


def test_what_makes_no_hold_is_refused_in_a_sentence(database: Database) -> None:
    for held, sentence in (
        (Held("", "why"), "names its matter"),
        (Held("m", " "), "names its matter"),
        (Held("x" * 81, "why"), "names its matter"),
        (Held("m", "why", first_on=TUESDAY, last_on=MONDAY), "ends before it begins"),
        *((Held("m", "why", person=slip), "is not a person's number") for slip in ("90011", "x", "", "9" * 21)),
        *((Held("m", "why", rd=slip), "There is no RD") for slip in ("454", "", "0454\n0455", "0" * 21)),
    ):
        with pytest.raises(NotHeld, match=sentence), database.writing() as session:
            set_hold(session, held, load_reference(), "admin", TODAY)
    number = hold(database)
    with database.writing() as session:
        lift_hold(session, number, "Settled", "admin", TODAY)
    for wanted, reason, sentence in ((number, "x", "lifted already"), (99, "x", "no hold 99"), (number, "", "Say why")):
        with pytest.raises(NotHeld, match=sentence), database.writing() as session:
            lift_hold(session, wanted, reason, "admin", TODAY)
