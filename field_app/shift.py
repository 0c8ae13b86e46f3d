"""Who is signed on."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sync.records import Contact, Record, Role
from sync.times import read_time, write_time


@dataclass(frozen=True, slots=True)
class Shift:
    """A person at work: on which watch, in what role and unit, signed on when (aware UTC).

    `sequence_before` is the last sequence number given out before: the clock may step back during a shift.
    """

    person: str
    role: Role
    watch: str
    unit: str | None
    signed_on_at: datetime
    sequence_before: int

    def has(self, contact: Contact) -> bool:
        """Whether a contact was logged in this shift."""
        return self.made(contact)

    def made(self, record: Record) -> bool:
        """Whether a record was made in this shift."""
        return record.person == self.person and record.sequence > self.sequence_before


def shift_to_note(shift: Shift) -> dict[str, Any]:
    """The shift as the store keeps it."""
    return {
        "person": shift.person,
        "role": shift.role.value,
        "watch": shift.watch,
        "unit": shift.unit,
        "signed_on_at": write_time(shift.signed_on_at),
        "sequence_before": shift.sequence_before,
    }


def shift_from_note(note: dict[str, Any]) -> Shift:
    """The shift that the store kept."""
    return Shift(
        person=note["person"],
        role=Role(note["role"]),
        watch=note["watch"],
        unit=note["unit"],
        signed_on_at=read_time(note["signed_on_at"]),
        sequence_before=note["sequence_before"],
    )
