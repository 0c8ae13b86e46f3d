"""What is kept of a day is what would be decided anew, whatever is written in whatever order: nothing stale is ever shown."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from doubles import FixedClock
from examples import WORKSHEET
from handset import Handset, enrolled_handset
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from keeping import BOARD, DAYS, FIRST, TODAY, until
from sqlalchemy import delete, select, update

from station.database import Database
from station.deleting import delete as delete_records
from station.desk import Desk
from station.intake import take_in
from station.judging import Sound, judge, refused
from station.keeping import keep_up, missing, settle
from station.kept_days import decided, sheets_on
from station.people import add_person
from station.references import freshen, save, standing_reference
from station.releasing import dismiss, release
from station.reviewing import Reviewer, SheetName, approve, give_back
from station.roles import StationRole
from station.table_base import Base
from station.tables import DeviceRow, QuarantineRow
from sync.canonical import JsonObject
from sync.records import hashed, record_to_json
from sync.reference import Reference, shipped_document
from sync.reviews import ReviewNote
from sync.times import write_time

DAY = timedelta(days=1)
OTHER_DEVICE = "01920000-0000-7000-8000-00000000d002"
DATES = [DAYS[0] + count * DAY for count in range(-1, len(DAYS) + 1)]
# A few writes find most mistakes; each is followed by all dates, decided twice.
FEW = settings(deadline=None, max_examples=12, suppress_health_check=[*HealthCheck])
_DRAWN: dict[str, list[Any]] = {
    "person": ["900001", "900002"],
    "watch": ["day", "pm"],
    "unit": [None, "42A"],
    "rd": [None, "0454"],
    "tag": [None, "7"],
    "source": ["obs", "call"],
    "minutes": [None, 20],
    "claimed_at": [
        write_time(FIRST + count * DAY + timedelta(minutes=minutes)) for count in range(3) for minutes in (0, 5)
    ],
}
# What a station never writes twice, or what its own triggers keep.
_STAY = {"chronicle", "station", "kept_turns"}


@dataclass
class Office:
    """A station with two devices, and what they have logged, held back, or not even made yet."""

    database: Database
    handsets: list[Handset]
    shipped: Reference
    ids: list[str] = field(default_factory=list)
    late: list[tuple[Handset, JsonObject]] = field(default_factory=list)

    def __post_init__(self) -> None:
        with self.database.reading() as session:
            self.reference = standing_reference(session, self.shipped, FIRST)

    def emptied(self) -> "Office":
        """The same as new: each example begins there."""
        with self.database.writing() as session:
            for table in reversed(Base.metadata.sorted_tables):
                if table.name not in {*_STAY, "devices"}:
                    session.execute(delete(table))
            session.execute(update(DeviceRow).values(sequence_last=0, held_through=0, missing_count=0, missing=None))
        for handset in self.handsets:
            handset.sequence = 0
        return Office(self.database, self.handsets, self.shipped)

    def take_in(self, handset: Handset, *records: JsonObject, aside: JsonObject | None = None) -> None:
        """Take a batch in; `aside` lies in quarantine afterwards, and could be released."""
        with self.database.writing() as session:
            device = session.get_one(DeviceRow, UUID(handset.device))
            unread = [] if aside is None else [refused(_sound(aside, device.id, self.reference))]
            take_in(session, device, handset.batch(*records), handset.clock.now(), self.reference, unread)

    def see_that_it_is_so(self) -> None:
        """Each date as its page has it, and as it is decided from the records."""
        with self.database.reading() as session:
            freshen(session, self.reference)
            for on in DATES:
                sheets = decided(session, self.reference, on)
                assert sheets_on(session, self.reference, on) == sheets
                pm = [sheet for sheet in sheets if sheet.watch == "pm"]
                assert sheets_on(session, self.reference, on, "pm") == pm
                assert sheets_on(session, self.reference, on, "pm", "900001") == [
                    sheet for sheet in pm if sheet.person == "900001"
                ]


def _sound(record: JsonObject, device: UUID, reference: Reference) -> Sound:
    found = judge(record, device, reference)
    assert isinstance(found, Sound)
    return found


def _contact(office: Office, draw: Any) -> tuple[Handset, JsonObject]:  # noqa: ANN401 - hypothesis' own
    values = {name: draw(st.sampled_from(values)) for name, values in _DRAWN.items()}
    handset = draw(st.sampled_from(office.handsets))
    if office.ids and draw(st.booleans()):
        values["corrects"] = draw(st.sampled_from(office.ids))
    made = handset.contact(**values)
    office.ids.append(made["id"])
    return handset, made


def _log(office: Office, draw: Any) -> None:  # noqa: ANN401 - hypothesis' own
    handset, first = _contact(office, draw)
    office.take_in(handset, first)


def _hold_back(office: Office, draw: Any) -> None:  # noqa: ANN401 - hypothesis' own
    """One that comes later than the next; what corrects it or takes it back may be here before."""
    office.late.append(_contact(office, draw))
    handset, _ = office.late[-1]
    office.take_in(handset)


def _send_late(office: Office, draw: Any) -> None:  # noqa: ANN401 - hypothesis' own
    if office.late:
        handset, record = office.late.pop(draw(st.integers(0, len(office.late) - 1)))
        office.take_in(handset, record)


def _put_aside(office: Office, draw: Any) -> None:  # noqa: ANN401 - hypothesis' own
    handset, record = _contact(office, draw)
    office.take_in(handset, aside=record)


def _withdraw(office: Office, draw: Any) -> None:  # noqa: ANN401 - hypothesis' own
    if office.ids:
        handset = draw(st.sampled_from(office.handsets))
        changes = {"person": draw(st.sampled_from(_DRAWN["person"])), "reason": draw(st.sampled_from(["stop", "no"]))}
        office.take_in(handset, handset.withdrawal(draw(st.sampled_from(office.ids)), **changes))


def _sign(office: Office, draw: Any) -> None:  # noqa: ANN401 - hypothesis' own
    handset = draw(st.sampled_from(office.handsets))
    contacts = draw(st.lists(st.sampled_from(office.ids), max_size=3, unique=True)) if office.ids else []
    name = {each: draw(st.sampled_from(_DRAWN[each])) for each in ("person", "watch")}
    plain = record_to_json(replace(WORKSHEET, key=None, signature=None)) | handset._stamp()
    when = {"shift_on": str(draw(st.sampled_from(DAYS))), "contacts": contacts}
    office.take_in(handset, hashed({key: value for key, value in (plain | name | when).items() if key != "hash"}))


def _decide_aside(office: Office, draw: Any) -> None:  # noqa: ANN401 - hypothesis' own
    with office.database.writing() as session:
        numbers = session.scalars(select(QuarantineRow.id).where(QuarantineRow.raw != b"")).all()
        if numbers:
            number = draw(st.sampled_from(sorted(numbers)))
            if draw(st.booleans()) or release(session, number, "admin", FIRST, office.reference).is_new:
                return
            dismiss(session, number, "no", "admin", FIRST)


def _review(office: Office, draw: Any) -> None:  # noqa: ANN401 - hypothesis' own
    on = draw(st.sampled_from(DAYS))
    with office.database.writing() as session:
        sheets = [sheet for sheet in decided(session, office.reference, on) if sheet.totals.contacts]
        if sheets:
            sheet = draw(st.sampled_from(sheets))
            name, by = SheetName(on, *sheet.name), Reviewer("900003", FIRST, sheet.mark)
            if draw(st.booleans()):
                approve(session, office.reference, name, by)
            else:
                give_back(session, office.reference, name, by, [ReviewNote(None, "", "all of it")])


def _add_person(office: Office, draw: Any) -> None:  # noqa: ANN401 - hypothesis' own
    with office.database.writing() as session:
        add_person(session, draw(st.sampled_from(_DRAWN["person"])), StationRole.DEPUTY, FIRST)


def _change_reference(office: Office, draw: Any) -> None:  # noqa: ANN401 - hypothesis' own
    document = json.loads(json.dumps(shipped_document()))
    document["logged_late_minutes"] = draw(st.sampled_from([1, 10_000]))
    document["partner_minutes"] = draw(st.sampled_from([1, 30]))
    document["watches"] = sorted(document["watches"], key=lambda each: each["name"], reverse=draw(st.booleans()))
    with office.database.writing() as session:
        save(session, document, FIRST + draw(st.integers(0, 5)) * DAY / 2, "900005", FIRST)


def _delete(office: Office, draw: Any) -> None:  # noqa: ANN401 - hypothesis' own
    list(delete_records(office.database, until(office.reference, draw(st.sampled_from(DAYS)), TODAY), BOARD))


def _say_more(office: Office, draw: Any) -> None:  # noqa: ANN401 - hypothesis' own
    """A device says that it has given out numbers, and sends nothing."""
    handset = draw(st.sampled_from(office.handsets))
    handset.sequence += 1
    office.take_in(handset)


_WRITES: list[Callable[[Office, Any], None]] = [
    *(_log, _log, _log, _withdraw, _hold_back, _send_late, _send_late, _put_aside, _decide_aside),
    *(_sign, _review, _review, _add_person, _change_reference, _delete, _say_more),
]


@pytest.fixture
def office(database: Database, desk: Desk, reference: Reference) -> Office:
    """A station with two devices, heard a day after the last contact."""
    clock = FixedClock(at=FIRST + 3 * DAY)
    one = enrolled_handset(database, desk, clock)
    other = enrolled_handset(database, desk, clock, OTHER_DEVICE)
    return Office(database, [one, other], reference)


@FEW
@given(data=st.data())
def test_whatever_is_written_the_list_says_what_is_decided_anew(data: st.DataObject, office: Office) -> None:
    office = office.emptied()
    for _ in range(data.draw(st.integers(1, 4))):
        _log(office, data.draw)
    for _ in range(data.draw(st.integers(1, 8))):
        if data.draw(st.integers(0, 3)):
            keep_up(office.database, office.reference, 60)
            assert missing(office.database, office.reference) == []
        else:
            settle(office.database, office.reference)
        data.draw(st.sampled_from(_WRITES))(office, data.draw)
        office.see_that_it_is_so()
