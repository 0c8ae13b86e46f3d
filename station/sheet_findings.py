"""Deciding the exceptions that are about a worksheet and no contact that stands on it (exceptions.py)."""

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import func, select, union
from sqlalchemy.orm import Session

from station.placed import Placed
from station.signings import Signing, changed_since
from station.tables import DeviceRow, QuarantineRow, RecordRow
from sync.audit import Range, audit_of
from sync.records import Withdrawal
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
    here: Sequence[Placed],
    stands: Collection[str],
    withdrawals: Iterable[Withdrawal],
    signings: Mapping[_Sheet, Sequence[Signing]],
) -> list[Finding]:
    """What is odd about the worksheets of these contacts, which need not stand, and of these signings."""
    return [
        *_signed(here, stands, signings),
        *_stops(here, stands, withdrawals),
        *_missing(session, here),
    ]


def _signed(
    here: Sequence[Placed], stands: Collection[str], signings: Mapping[_Sheet, Sequence[Signing]]
) -> Iterable[Finding]:
    standing: dict[_Sheet, list[str]] = defaultdict(list)
    for each in here:
        if each.contact.id in stands:
            standing[each.sheet].append(each.contact.id)
    for sheet, own in signings.items():
        gone = len(changed_since(own, standing[sheet]).went)
        if gone:
            yield Finding(*sheet, "signed-gone", str(gone))
        if any(signing.is_new_key for signing in own):
            yield Finding(*sheet, "new-key")


def _stops(here: Sequence[Placed], stands: Collection[str], withdrawals: Iterable[Withdrawal]) -> Iterable[Finding]:
    stops = {(each.withdraws, each.person) for each in withdrawals if each.reason.strip().lower() == STOP_REASON}
    stopped = [each for each in here if (each.contact.id, each.contact.person) in stops]
    for each in sorted(stopped, key=lambda each: (each.at.timestamp(), each.contact.id)):
        if each.contact.id not in stands and each.contact.corrects is None:
            yield Finding(*each.sheet, "withdrawn-stop", f"{each.at:%H:%M}")


def _missing(session: Session, here: Sequence[Placed]) -> Iterable[Finding]:
    """The gaps between the numbers of a worksheet's records, and right beside them."""
    numbers: dict[str, dict[_Sheet, list[int]]] = defaultdict(lambda: defaultdict(list))
    for each in here:
        numbers[each.contact.device][each.sheet].append(each.contact.sequence)
    for device, sheets in sorted(numbers.items()):
        row = session.get_one(DeviceRow, UUID(device))
        span = _span(number for some in sheets.values() for number in some)
        if _is_whole(session, row.id, (span[0], min(span[1], row.sequence_last))):
            continue
        held = _held(session, row.id, span)
        for sheet, own in sorted(sheets.items()):
            gaps = gaps_beside(own, held, row.sequence_last)
            if gaps:
                yield Finding(*sheet, "sequence-missing", f"{row.name}: {_words(gaps)}")


def gaps_beside(own: Collection[int], held: Sequence[int], said: int) -> tuple[Range, ...]:
    """The numbers up to `said` that are not held, from one below the lowest of `own` to one above the highest. Pure."""
    first, last = _span(own)
    near = held[bisect_left(held, first) : bisect_right(held, last)]
    last = min(last, said)
    return audit_of(last, near, [(first, last)]).missing


def _span(numbers: Iterable[int]) -> Range:
    found = list(numbers)
    return max(min(found) - 1, 1), max(found) + 1


def _is_whole(session: Session, device: UUID, span: Range) -> bool:
    """Whether every number of a span is here. Counted by the database: a thousand numbers are not fetched to see that."""
    asked = select(func.count(RecordRow.sequence.distinct()))
    count = session.scalar(asked.where(RecordRow.device_id == device, RecordRow.sequence.between(*span)))
    return count == span[1] - span[0] + 1


def _held(session: Session, device: UUID, span: Range) -> list[int]:
    """The device's numbers in a span that are here or in quarantine, ascending."""
    asked = union(
        *(
            select(table.sequence).where(table.device_id == device, table.sequence.between(*span))
            for table in (RecordRow, QuarantineRow)
        )
    )
    return sorted(number for number in session.scalars(asked) if number is not None)


def _words(gaps: Sequence[Range]) -> str:
    shown = ", ".join(str(first) if first == last else f"{first}–{last}" for first, last in gaps[:_RANGES_MAX])  # noqa: RUF001 - a range has an en dash
    return shown + (" and more" if len(gaps) > _RANGES_MAX else "")


def by_sheet(findings: Iterable[Finding]) -> Mapping[_Sheet, list[Finding]]:
    """The findings of each worksheet."""
    found: dict[_Sheet, list[Finding]] = defaultdict(list)
    for finding in findings:
        found[finding.watch, finding.person].append(finding)
    return found
