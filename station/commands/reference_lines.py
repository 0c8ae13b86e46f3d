"""A version of the reference data as a line to read, and a date as typed."""

from datetime import datetime

from station.commands.office import Office
from station.references import Kept, NotSaved, see_that_it_can_begin
from sync.commandline import Exit, Stop
from sync.versions import BEGINNING


def version_line(kept: Kept, office: Office, *, is_valid: bool) -> str:
    """A version as a line to read."""
    begins = "the beginning" if kept.valid_from == BEGINNING else _local(kept.valid_from, office)
    return f"{kept.number} · valid from {begins} · made by {kept.who} {_local(kept.made_at, office)}" + (
        " · valid now" if is_valid else ""
    )


def _local(at: datetime, office: Office) -> str:
    return f"{at.astimezone(office.reference.zone):%Y-%m-%d %H:%M}"


def moment_typed(text: str, office: Office) -> datetime:
    """When a version begins, as typed, in the station's time zone. Raises Stop."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise Stop(Exit.BAD_INPUT, f"{text!r} is not a date; write it like 2027-01-01, or 2027-01-01T06:00.") from None
    begins = found if found.tzinfo else found.replace(tzinfo=office.reference.zone)
    try:
        see_that_it_can_begin(begins)
    except NotSaved as problem:
        raise Stop(Exit.BAD_INPUT, str(problem)) from None
    return begins
