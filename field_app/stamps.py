"""What every record of this device carries, and that it has the form it is sent in."""

from typing import Any

from field_app.clock import Clock
from field_app.device import Device
from field_app.refusals import BadInput
from sync.records import BadRecord, Record, record_from_json, record_to_json


def stamp_of(clock: Clock, device: Device, person: str, sequence: int) -> dict[str, Any]:
    """The values of Record for a new record of this person, made now."""
    return {
        "id": clock.new_id(),
        "device": device.identity().device,
        "sequence": sequence,
        "person": person,
        "entered_at": clock.now(),
        "monotonic_ms": clock.monotonic_ms(),
        "boot": clock.boot(),
    }


def check_form(record: Record) -> None:
    """See that a record can be read again. Raises BadInput."""
    try:
        record_from_json(record_to_json(record))
    except BadRecord as problem:
        raise BadInput(str(problem)) from None
