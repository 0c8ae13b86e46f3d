"""Which sequence numbers of a device the station holds (sync/audit.py): as records, or put aside in quarantine."""

from sqlalchemy import bindparam, select, union
from sqlalchemy.orm import Session

from station.callers import Caller
from station.table_base import table_of
from station.tables import QuarantineRow, RecordRow
from sync.audit import Audit, Range, audit_of

# Made once: making a question takes longer than asking it.
_HELD = union(
    *(
        select(table.c.sequence).where(
            table.c.device_id == bindparam("device"), table.c.sequence > bindparam("through")
        )
        for table in (table_of(RecordRow), table_of(QuarantineRow))
    )
).order_by("sequence")


def audit(session: Session, device: Caller) -> Audit:
    """The audit of a device, and how far all is here, noted for the next one: so it costs what came since, not all.

    What is missing is noted as well, so that a page with every device asks for no records.
    """
    held = session.connection().scalars(_HELD, {"device": device.id, "through": device.held_through})
    found = audit_of(device.sequence_last, [number for number in held if number is not None], device.held_through)
    device.held_through = found.missing[0][0] - 1 if found.missing else max(device.held_through, found.said)
    device.missing_count, device.missing = found.said - found.held, ", ".join(map(_words, found.missing)) or None
    return found


def _words(missing: Range) -> str:
    first, last = missing
    return str(first) if first == last else f"{first}-{last}"
