"""Recovery codes: what opens a device whose PINs are all forgotten, out of its keys.json. Pure."""

from dataclasses import dataclass

from sync.keyslots import KeysNewer, KeysUnreadable, recovery_bound, slots_from_bytes
from sync.sealing import NotOpened, open_with


class NoRecoveryCode(Exception):
    """No code can be given; the text is a sentence that says why."""


class NotKeys(NoRecoveryCode):
    """The bytes are no keys.json."""


@dataclass(frozen=True, slots=True)
class RecoveryCode:
    """The code, and the id of the keyring that it opens: the only name of the device that its keys.json has."""

    code: str
    ring: str


def recovery_code(keys: bytes, private_key: str) -> RecoveryCode:
    """The code for a device with these keys.json, by the station's private recovery key. Raises NoRecoveryCode."""
    try:
        found = slots_from_bytes(keys)
    except (KeysUnreadable, KeysNewer):
        raise NotKeys("cannot be read as a device's keys.json. Copy it from the device's data folder again.") from None
    slot = found.recovery()
    if slot is None:
        raise NoRecoveryCode("That device was never enrolled at a station that could open it.")
    try:
        code = open_with(private_key, bytes.fromhex(slot.sealed), recovery_bound(found.ring))
    except NotOpened:
        raise NoRecoveryCode("That device was enrolled at another station. Only that one can open it.") from None
    return RecoveryCode(code.hex(), found.ring)
