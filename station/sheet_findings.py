"""Deciding the exceptions that are about a worksheet and no contact that stands on it (exceptions.py)."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select, union
from sqlalchemy.orm import Session

from station.families import portions
from station.signings import Signing, changed_since, of_sheet
from station.tables import ContactRow, DeviceRow, QuarantineRow, RecordRow
from sync.audit import Range, audit_of
from sync.records import Withdrawal
from sync.reference import Reference
from sync.rules import STOP_REASON

_Sheet = tuple[str, str]
# The first ones tell a person where to look.
_RANGES_MAX = 3


@dataclass(frozen=True, slots=True)
class Finding:
    """An exception of one worksheet: the rule's name, and what it is about, in a few words."""

    watch: str
    person: str
    name: str
    about: str = ""


def findings_on(
    session: Session,
    reference: Reference,
    rows: Sequence[ContactRow],
    stands: Collection[str],
    withdrawals: Iterable[Withdrawal],
    signings: Sequence[Signing],
) -> list[Finding]:
    """What is odd about the worksheets of these contacts, which need not stand, and of these signings."""
    return [
        *_signed(rows, stands, signings),
        *_stops(rows, stands, withdrawals, reference),
        *_missing(session, rows),
    ]


def _signed(rows: Sequence[ContactRow], stands: Collection[str], signings: Sequence[Signing]) -> Iterable[Finding]:
    here: dict[_Sheet, list[str]] = defaultdict(list)
    for row in rows:
        if str(row.id) in stands:
            here[row.watch, row.person].append(str(row.id))
    for watch, person in dict.fromkeys((signing.watch, signing.person) for signing in signings):
        own = of_sheet(signings, watch, person)
        gone = len(changed_since(own, here[watch, person]).went)
        if gone:
            yield Finding(watch, person, "signed-gone", str(gone))
        if any(signing.is_new_key for signing in own):
            yield Finding(watch, person, "new-key")


def _stops(
    rows: Sequence[ContactRow], stands: Collection[str], withdrawals: Iterable[Withdrawal], reference: Reference
) -> Iterable[Finding]:
    stops = {(each.withdraws, each.person) for each in withdrawals if each.reason.strip().lower() == STOP_REASON}
    for row in sorted(rows, key=lambda row: (row.contact_at, row.id)):
        if (str(row.id), row.person) in stops and str(row.id) not in stands and row.corrects is None:
            yield Finding(row.watch, row.person, "withdrawn-stop", f"{row.contact_at.astimezone(reference.zone):%H:%M}")


def _missing(session: Session, rows: Sequence[ContactRow]) -> Iterable[Finding]:
    """The gaps between the numbers of a worksheet's records, and right beside them."""
    sheets = {row.id: (row.watch, row.person) for row in rows}
    numbers: dict[UUID, dict[_Sheet, list[int]]] = defaultdict(lambda: defaultdict(list))
    for some in portions(sheets):
        asked = select(RecordRow.id, RecordRow.device_id, RecordRow.sequence).where(RecordRow.id.in_(some))
        for key, device, sequence in session.execute(asked):
            numbers[device][sheets[key]].append(sequence)
    for device, by_sheet in sorted(numbers.items()):
        row = session.get_one(DeviceRow, device)
        held = _held(session, device, _span(number for some in by_sheet.values() for number in some))
        for (watch, person), own in sorted(by_sheet.items()):
            gaps = gaps_beside(own, held, row.sequence_last)
            if gaps:
                yield Finding(watch, person, "sequence-missing", f"{row.name}: {_words(gaps)}")


def gaps_beside(own: Collection[int], held: Collection[int], said: int) -> tuple[Range, ...]:
    """The numbers up to `said` that are not held, from one below the lowest of `own` to one above the highest. Pure."""
    first, last = _span(own)
    return audit_of(min(last, said), sorted(number for number in held if number >= first), first - 1).missing


def _span(numbers: Iterable[int]) -> Range:
    found = list(numbers)
    return max(min(found) - 1, 1), max(found) + 1


def _held(session: Session, device: UUID, span: Range) -> set[int]:
    asked = union(
        *(
            select(table.sequence).where(table.device_id == device, table.sequence.between(*span))
            for table in (RecordRow, QuarantineRow)
        )
    )
    return {number for number in session.scalars(asked) if number is not None}


def _words(gaps: Sequence[Range]) -> str:
    shown = ", ".join(str(first) if first == last else f"{first}–{last}" for first, last in gaps[:_RANGES_MAX])  # noqa: RUF001 - a range has an en dash
    return shown + (" and more" if len(gaps) > _RANGES_MAX else "")


def by_sheet(findings: Iterable[Finding]) -> Mapping[_Sheet, list[Finding]]:
    """The findings of each worksheet."""
    found: dict[_Sheet, list[Finding]] = defaultdict(list)
    for finding in findings:
        found[finding.watch, finding.person].append(finding)
    return found
