"""What is kept of a day is what would be decided anew, whatever is written in whatever order: nothing stale is ever shown."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from examples import WORKSHEET
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from keeping import BOARD, DAYS, FIRST, TODAY, until
from offices import DATES, WRITES, Office, an_office, log
from sqlalchemy import select

from station.database import Database
from station.day_sheets import DaySheet
from station.deleting import delete as delete_records
from station.desk import Desk
from station.keeping import settle
from station.kept_days import decided
from station.quarantine import Decision
from station.references import freshen, save
from station.releasing import release
from station.reviewing import Reviewer, SheetName, approve
from station.tables import QuarantineRow
from sync.canonical import JsonObject
from sync.records import Worksheet, hashed, record_from_json, record_to_json, signed_bytes, unhashed
from sync.reference import Reference, shipped_document
from sync.signing import public_key_of, sign, worksheet_message
from sync.times import write_time

DAY = timedelta(days=1)


@pytest.fixture
def office(database: Database, desk: Desk, reference: Reference) -> Office:
    """A station with two devices, heard a day after the last contact."""
    return an_office(database, desk, reference)


# In the early morning of the day, on a shift of the date before.
_EARLY: dict[str, Any] = {
    "watch": "em",
    "person": "900002",
    "unit": None,
    "tag": "7",
    "claimed_at": write_time(FIRST - timedelta(hours=9)),
}
# A few writes find most mistakes; each is followed by all dates, decided twice.
FEW = settings(deadline=None, max_examples=6, suppress_health_check=[*HealthCheck])


@pytest.mark.parametrize(("fewest", "most"), [(1, 2), (3, 4)])
@FEW
@given(data=st.data())
def test_whatever_is_written_the_list_says_what_is_decided_anew(
    fewest: int, most: int, data: st.DataObject, office: Office
) -> None:
    office = office.emptied()
    for _ in range(data.draw(st.integers(fewest, most))):
        log(office, data.draw)
    for _ in range(data.draw(st.integers(1, 8))):
        if data.draw(st.integers(0, 3)):
            office.keep_all()
        else:
            settle(office.database, office.reference)
        data.draw(st.sampled_from(WRITES))(office, data.draw)
        office.see_that_it_is_so()


def _contact(office: Office, at: int = 0, day: int = 0, **changes: Any) -> JsonObject:  # noqa: ANN401 - any value may be tried
    values = {"claimed_at": write_time(FIRST + day * DAY), "tag": None, "rd": "0454", "corrects": None}
    return office.handsets[at].contact(**values | changes)


def _logged(office: Office, at: int = 0, day: int = 0, **changes: Any) -> JsonObject:  # noqa: ANN401 - any value may be tried
    made = _contact(office, at, day, **changes)
    office.take_in(office.handsets[at], made)
    return made


def _signed(office: Office, pin: str | None = None, day: int = 0) -> JsonObject:
    """A signature of the first device, with a key that follows from the PIN."""
    plain = record_to_json(replace(WORKSHEET, key=None, signature=None, contacts=(), shift_on=DAYS[day]))
    made = plain | office.handsets[0]._stamp()
    if pin is not None:
        made |= {"key": public_key_of(pin * 32)}
        record = record_from_json(made)
        assert isinstance(record, Worksheet)
        made |= {"signature": sign(pin * 32, worksheet_message(body=signed_bytes(record)))}
    return hashed(made)


def _sent(office: Office, record: JsonObject) -> Callable[[], object]:
    return lambda: office.take_in(office.handsets[0], record)


def _withdrawn(office: Office) -> Callable[[], object]:
    gone = _logged(office)
    return _sent(office, office.handsets[0].withdrawal(gone["id"], reason="stop"))


def _partners_withdrawn(office: Office) -> Callable[[], object]:
    gone = _logged(office)
    _logged(office, at=1, person="900002")
    return _sent(office, office.handsets[0].withdrawal(gone["id"]))


def _moved_to_another_day(office: Office) -> Callable[[], object]:
    wrong = _logged(office)
    return lambda: _logged(office, day=2, corrects=wrong["id"])


def _line_withdrawn(office: Office) -> Callable[[], object]:
    """With the last of a line of corrections the first one stands again, two steps and two days away."""
    first = _logged(office)
    better = _logged(office, day=2, corrects=first["id"], unit="43B")
    best = _logged(office, day=1, corrects=better["id"], unit="44C")
    office.take_in(office.handsets[0], office.handsets[0].withdrawal(better["id"]))
    return _sent(office, office.handsets[0].withdrawal(best["id"]))


def _original_late(office: Office) -> Callable[[], object]:
    original = _contact(office)
    better = _contact(office, day=2, corrects=original["id"])
    office.take_in(office.handsets[0], better)
    _logged(office, at=1, day=2, corrects=original["id"], unit=None)
    return _sent(office, original)


def _rival(office: Office) -> Callable[[], object]:
    """Both correct what never came."""
    _logged(office, corrects=(lost := office.handsets[0].clock.new_id()))
    return lambda: _logged(office, at=1, day=2, corrects=lost, unit="43B")


def _tag_of_the_shift_before(office: Office) -> Callable[[], object]:
    """One calendar day, two dates: early mornings have the date on which they began."""
    _logged(office, tag="7")
    return lambda: _logged(office, at=1, **_EARLY)


def _late_number(office: Office) -> Callable[[], object]:
    late = _contact(office, day=2)
    _logged(office)
    return _sent(office, late)


def _number_aside(office: Office) -> Callable[[], object]:
    aside = _contact(office, day=2)
    _logged(office)
    return lambda: office.take_in(office.handsets[0], aside=aside)


def _more_said(office: Office) -> Callable[[], object]:
    _logged(office)
    office.handsets[0].sequence += 1
    return lambda: office.take_in(office.handsets[0])


def _released(office: Office) -> Callable[[], object]:
    office.take_in(office.handsets[0], aside=_contact(office))

    def releasing() -> None:
        with office.database.writing() as session:
            number = session.scalars(select(QuarantineRow.id)).one()
            assert release(session, number, "admin", FIRST, office.reference).decision is Decision.RELEASED

    return releasing


def _signing(office: Office) -> Callable[[], object]:
    _logged(office)
    return _sent(office, _signed(office))


def _earlier_key_late(office: Office) -> Callable[[], object]:
    early = _signed(office, "aa", day=2)
    _logged(office)
    office.take_in(office.handsets[0], _signed(office, "bb"))
    return _sent(office, early)


def _earlier_key_deleted(office: Office) -> Callable[[], object]:
    """Also where something was signed without a PIN in between, on another worksheet."""
    _logged(office, day=2)
    first, between, later = _signed(office, "aa"), _signed(office, day=2), _signed(office, "bb", day=2)
    office.take_in(office.handsets[0], first, hashed(unhashed(between) | {"watch": "pm"}), later)
    return lambda: list(delete_records(office.database, until(office.reference, DAYS[0], TODAY), BOARD))


def _reviewed(office: Office) -> Callable[[], object]:
    _logged(office)

    def reviewing() -> None:
        with office.database.writing() as session:
            (sheet,) = decided(session, office.reference, DAYS[0])
            by = Reviewer("900003", FIRST, sheet.mark)
            assert approve(session, office.reference, SheetName(DAYS[0], *sheet.name), by)

    return reviewing


def _reference_changed(office: Office) -> Callable[[], object]:
    _logged(office, day=2)

    def changing() -> None:
        document = dict(shipped_document()) | {"areas": [{"name": "Elsewhere", "rds": ["0999"]}]}
        with office.database.writing() as session:
            save(session, document, FIRST + DAY, "900005", FIRST)

    return changing


def _deleted(office: Office) -> Callable[[], object]:
    """What shares its tag with a worksheet of the date after."""
    _logged(office, tag="7")
    _logged(office, at=1, **_EARLY)
    return lambda: list(delete_records(office.database, until(office.reference, DAYS[0] - DAY, TODAY), BOARD))


_KINDS: list[Callable[[Office], Callable[[], object]]] = [
    *(
        _withdrawn,
        _partners_withdrawn,
        _moved_to_another_day,
        _line_withdrawn,
        _original_late,
        _rival,
        _tag_of_the_shift_before,
    ),
    *(_late_number, _number_aside, _more_said, _released, _signing, _earlier_key_late, _earlier_key_deleted),
    *(_reviewed, _reference_changed, _deleted),
]


def _all(office: Office) -> list[list[DaySheet]]:
    with office.database.reading() as session:
        freshen(session, office.reference)
        return [decided(session, office.reference, on) for on in DATES]


@pytest.mark.parametrize("kind", _KINDS, ids=lambda kind: kind.__name__.strip("_"))
def test_each_kind_of_write_shows_at_once_in_what_was_kept(
    kind: Callable[[Office], Callable[[], object]], office: Office
) -> None:
    write = kind(office)
    office.keep_all()
    before = _all(office)
    write()
    assert _all(office) != before
    office.see_that_it_is_so()
    settle(office.database, office.reference)
    office.see_that_it_is_so()
