"""A station with two devices to which everything can happen that a list of worksheets depends on, drawn by hypothesis."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any
from uuid import UUID

from doubles import FixedClock
from examples import WORKSHEET
from handset import Handset, enrolled_handset
from hypothesis import strategies as st
from keeping import BOARD, DAYS, FIRST, TODAY, until
from sqlalchemy import delete, select, update

from station.callers import locked
from station.coverage import Span, coverage_of
from station.coverage_counts import together
from station.coverage_dates import count_date
from station.database import Database
from station.deleting import delete as delete_records
from station.desk import Desk
from station.intake import take_in
from station.judging import Sound, judge, refused
from station.keeping import keep_up, missing
from station.kept_days import decided, sheets_on
from station.kept_tables import KeptCountsRow, KeptDayRow
from station.people import add_person
from station.quarantine import Decision
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
DRAWN: dict[str, list[Any]] = {
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
            session.execute(update(DeviceRow).values(sequence_last=0, audited_through=0, missing_count=0, missing=None))
        for handset in self.handsets:
            handset.sequence = 0
        return Office(self.database, self.handsets, self.shipped)

    def take_in(self, handset: Handset, *records: JsonObject, aside: JsonObject | None = None) -> None:
        """Take a batch in; `aside` lies in quarantine afterwards, and could be released."""
        with self.database.writing() as session:
            device = locked(session, UUID(handset.device))
            unread = [] if aside is None else [refused(_sound(aside, device.id, self.reference))]
            take_in(session, device, handset.batch(*records), handset.clock.now(), self.reference, unread)

    def keep_all(self) -> None:
        """Keep lists and counts of all dates: in two rounds, since the first settles what changed."""
        for _ in range(2):
            keep_up(self.database, self.reference, 60)
        assert [missing(self.database, self.reference, table) for table in (KeptDayRow, KeptCountsRow)] == [[], []]

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
            counts = {on: count_date(session, self.reference.on(on), on) for on in DATES}
            assert coverage_of(session, self.reference, Span(DATES[0], DATES[-1])) == together(counts.items())


def _sound(record: JsonObject, device: UUID, reference: Reference) -> Sound:
    found = judge(record, device, reference)
    assert isinstance(found, Sound)
    return found


def _contact(office: Office, draw: Any) -> tuple[Handset, JsonObject]:  # noqa: ANN401 - hypothesis' own
    values = {name: draw(st.sampled_from(values)) for name, values in DRAWN.items()}
    handset = draw(st.sampled_from(office.handsets))
    if office.ids and draw(st.booleans()):
        values["corrects"] = draw(st.sampled_from(office.ids))
    made = handset.contact(**values)
    office.ids.append(made["id"])
    return handset, made


def log(office: Office, draw: Any) -> None:  # noqa: ANN401 - hypothesis' own
    handset, first = _contact(office, draw)
    office.take_in(handset, first)


def hold_back(office: Office, draw: Any) -> None:  # noqa: ANN401 - hypothesis' own
    """One that comes later than the next; what corrects it or takes it back may be here before."""
    office.late.append(_contact(office, draw))
    handset, _ = office.late[-1]
    office.take_in(handset)


def send_late(office: Office, draw: Any) -> None:  # noqa: ANN401 - hypothesis' own
    if office.late:
        handset, record = office.late.pop(draw(st.integers(0, len(office.late) - 1)))
        office.take_in(handset, record)


def put_aside(office: Office, draw: Any) -> None:  # noqa: ANN401 - hypothesis' own
    handset, record = _contact(office, draw)
    office.take_in(handset, aside=record)


def withdraw(office: Office, draw: Any) -> None:  # noqa: ANN401 - hypothesis' own
    if office.ids:
        handset = draw(st.sampled_from(office.handsets))
        changes = {"person": draw(st.sampled_from(DRAWN["person"])), "reason": draw(st.sampled_from(["stop", "no"]))}
        office.take_in(handset, handset.withdrawal(draw(st.sampled_from(office.ids)), **changes))


def sign(office: Office, draw: Any) -> None:  # noqa: ANN401 - hypothesis' own
    handset = draw(st.sampled_from(office.handsets))
    contacts = draw(st.lists(st.sampled_from(office.ids), max_size=3, unique=True)) if office.ids else []
    name = {each: draw(st.sampled_from(DRAWN[each])) for each in ("person", "watch")}
    plain = record_to_json(replace(WORKSHEET, key=None, signature=None)) | handset._stamp()
    when = {"shift_on": str(draw(st.sampled_from(DAYS))), "contacts": contacts}
    office.take_in(handset, hashed(plain | name | when))


def decide_aside(office: Office, draw: Any) -> None:  # noqa: ANN401 - hypothesis' own
    with office.database.writing() as session:
        numbers = session.scalars(select(QuarantineRow.id).where(QuarantineRow.raw != b"")).all()
        if numbers:
            number = draw(st.sampled_from(sorted(numbers)))
            if draw(st.booleans()):
                return
            found = release(session, number, "admin", FIRST, office.reference)
            if not found.is_new and found.decision is not Decision.RELEASED:
                dismiss(session, number, "no", "admin", FIRST)


def review(office: Office, draw: Any) -> None:  # noqa: ANN401 - hypothesis' own
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


def add_a_person(office: Office, draw: Any) -> None:  # noqa: ANN401 - hypothesis' own
    with office.database.writing() as session:
        add_person(session, draw(st.sampled_from(DRAWN["person"])), StationRole.DEPUTY, FIRST)


def change_reference(office: Office, draw: Any) -> None:  # noqa: ANN401 - hypothesis' own
    document = json.loads(json.dumps(shipped_document()))
    document["logged_late_minutes"] = draw(st.sampled_from([1, 10_000]))
    document["partner_minutes"] = draw(st.sampled_from([1, 30]))
    document["watches"] = sorted(document["watches"], key=lambda each: each["name"], reverse=draw(st.booleans()))
    with office.database.writing() as session:
        save(session, document, FIRST + draw(st.integers(0, 5)) * DAY / 2, "900005", FIRST)


def delete_days(office: Office, draw: Any) -> None:  # noqa: ANN401 - hypothesis' own
    list(delete_records(office.database, until(office.reference, draw(st.sampled_from(DAYS)), TODAY), BOARD))


def say_more(office: Office, draw: Any) -> None:  # noqa: ANN401 - hypothesis' own
    """A device says that it has given out numbers, and sends nothing."""
    handset = draw(st.sampled_from(office.handsets))
    handset.sequence += 1
    office.take_in(handset)


WRITES: list[Callable[[Office, Any], None]] = [
    *(log, log, log, withdraw, hold_back, send_late, send_late, put_aside, decide_aside),
    *(sign, review, review, add_a_person, change_reference, delete_days, say_more),
]


def an_office(database: Database, desk: Desk, reference: Reference) -> Office:
    """A station with two devices, heard a day after the last contact."""
    clock = FixedClock(at=FIRST + 3 * DAY)
    one = enrolled_handset(database, desk, clock)
    other = enrolled_handset(database, desk, clock, OTHER_DEVICE)
    return Office(database, [one, other], reference)
