"""The invitation that the station gives a device: where it serves, by which authority it is known, and the code."""

from station.authority import Authority
from station.served import Served
from sync.invitation import Invitation, write_invitation


def invitation_text(served: Served, authority: Authority | None, code: str) -> str:
    """The invitation as one text. `authority` is the station's own."""
    is_its_own = served.has_own_authority and authority is not None and authority.is_made()
    pins = authority.pins() if authority is not None and is_its_own else ()
    return write_invitation(Invitation(served.address, pins, code))
