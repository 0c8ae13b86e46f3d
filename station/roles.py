"""What somebody is at this station; not to be mixed up with the role in which a contact was logged (sync.records.Role)."""

from enum import StrEnum


class StationRole(StrEnum):
    """The roles, from who may least to who may most."""

    VOLUNTEER = "volunteer"
    DEPUTY = "deputy"
    SERGEANT = "sergeant"
    CAPTAIN = "captain"
    ADMINISTRATOR = "administrator"
