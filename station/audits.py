"""Which sequence numbers of a device the station holds (sync/audit.py): as records, or put aside in quarantine."""

from sqlalchemy import bindparam, select, union
from sqlalchemy.orm import Session

from station.callers import Caller
from station.table_base import table_of
from station.tables import QuarantineRow, RecordRow
from sync.audit import Audit, Range, audit_of, count_of, unsure_ranges

# Made once: making a question takes longer than asking it.
_HELD = union(
    *(
        select(table.c.sequence).where(
            table.c.device_id == bindparam("device"), table.c.sequence.between(bindparam("first"), bindparam("last"))
        )
        for table in (table_of(RecordRow), table_of(QuarantineRow))
    )
)


def audit(session: Session, device: Caller) -> Audit:
    """The audit of a device, noted for the next one: so it costs what came since, not all, whatever has been missing long.

    What is missing is noted as well, so that a page with every device asks for no records.
    """
    unsure = unsure_ranges(device.sequence_last, device.audited_through, ranges_in(device.missing or ""))
    held = {
        number
        for first, last in unsure
        for number in session.connection().scalars(_HELD, {"device": device.id, "first": first, "last": last})
    }
    found = audit_of(device.sequence_last, held, unsure)
    device.missing_count, device.missing = found.said - found.held, ", ".join(map(_words, found.missing)) or None
    is_cut = count_of(found.missing) < device.missing_count
    device.audited_through = found.missing[-1][1] if is_cut else found.said
    return found


def ranges_in(words: str) -> list[Range]:
    """The ranges that are noted in words: `1-2, 4512`."""
    pairs = [each.split("-") for each in words.split(", ") if each]
    return [(int(pair[0]), int(pair[-1])) for pair in pairs]


def _words(missing: Range) -> str:
    first, last = missing
    return str(first) if first == last else f"{first}-{last}"
