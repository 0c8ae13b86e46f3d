"""An invitation: all that a device needs to enrol, in one text, which a QR code holds too.

    https://station.example:8755/#pin=PIN&code=K7QM-4T2X

`pin` names the station's own authority (certificates.py); it stands there twice while the authority is being replaced,
and not at all where the station's certificate is from a public or the county's authority, or on this machine itself.
What stands behind the # is never sent to anybody, should a person open the text in a browser.
"""

from dataclasses import dataclass, replace
from urllib.parse import parse_qsl

from sync.address import station_address
from sync.certificates import is_pin
from sync.enrolment import tidy_code
from sync.limits import PINS_MAX

_CHARACTERS_MAX = 500


@dataclass(frozen=True, slots=True)
class Invitation:
    """A station's address, the pins of its own authority, and a one-time code; None where it has none."""

    address: str
    pins: tuple[str, ...] = ()
    code: str | None = None


def write_invitation(invitation: Invitation) -> str:
    """The invitation as one text."""
    parts = [f"pin={pin}" for pin in invitation.pins]
    if invitation.code is not None:
        parts.append(f"code={invitation.code}")
    return f"{invitation.address}/#{'&'.join(parts)}" if parts else invitation.address


def read_invitation(typed: str) -> Invitation:
    """The invitation in a text, which may be a plain address. Raises ValueError with a sentence."""
    address, _, rest = typed.strip()[:_CHARACTERS_MAX].partition("#")
    found = station_address(address)
    parts = parse_qsl(rest, keep_blank_values=True)
    pins = tuple(value for name, value in parts if name == "pin")
    codes = [value for name, value in parts if name == "code"]
    is_whole = all(map(is_pin, pins)) and len(pins) <= PINS_MAX and len(codes) <= 1 and (not rest or pins or codes)
    if not is_whole:
        raise ValueError("The enrolment address is not whole. Copy all of it, or scan the QR code again.")
    return Invitation(found, pins, tidy_code(codes[0]) if codes else None)


def parts_of(typed: str) -> tuple[str, str]:
    """What belongs into a field for the address and into one for the code, while somebody types or pastes."""
    try:
        found = read_invitation(typed)
    except ValueError:
        return typed, ""
    if found.code is None:
        return typed, ""
    return write_invitation(replace(found, code=None)), found.code
