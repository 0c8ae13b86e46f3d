"""A PIN that its person has forgotten: a new one, by somebody else's PIN or by the station's recovery code. On another thread."""

from dataclasses import dataclass, field
from datetime import datetime

from field_app.keys.keyring import Keyring
from field_app.keys.pins import checked_new_pin
from field_app.refusals import BadInput, NoStoreHere
from field_app.rescuing import key_files_in, rescued
from sync.bundle import BadBundle
from sync.reference import Reference

KEYS_FILE = "contact755-keys.json"
# A recovery code is a key of 32 bytes; grouped for the eye it has some blanks between.
_CODE_CHARACTERS = 64
_TEXT_CHARACTERS_MAX = 2 * _CODE_CHARACTERS


@dataclass(frozen=True, slots=True)
class NewPin:
    """What was typed: whose PIN it becomes, the PIN twice, and what allows it. PINs and code are shown nowhere."""

    number: str
    pin: str = field(repr=False)
    pin_again: str = field(repr=False)
    by: str = ""
    by_pin: str = field(default="", repr=False)
    code: str | None = field(default=None, repr=False)  # None where somebody else's PIN allows it


def set_new_pin(keyring: Keyring, reference: Reference, typed: NewPin) -> None:
    """Set it, which opens the store. Raises BadInput, NotOpened, StoreFault; then the PINs are as they were."""
    number = typed.number.strip()
    if number not in keyring.people() and not reference.is_person(number):
        raise BadInput(f"{number!r} is not a person's number. It has six digits, like 900001.")
    checked_new_pin(typed.pin, number)
    if typed.pin != typed.pin_again:
        raise BadInput("The two new PINs are not the same. Type the new PIN twice.")
    if typed.code is not None:
        keyring.recover(number, typed.pin, ring_key_in(typed.code))
    else:
        keyring.unlock(typed.by.strip(), typed.by_pin)
        keyring.set_pin(number, typed.pin)


def ring_key_in(text: str) -> bytes:
    """The key that a recovery code is, however it is grouped. Raises BadInput."""
    try:
        found = bytes.fromhex("".join(text[:_TEXT_CHARACTERS_MAX].split()))
    except ValueError:
        found = b""
    if 2 * len(found) != _CODE_CHARACTERS:
        raise BadInput(f"A recovery code has {_CODE_CHARACTERS} characters, 0 to 9 and a to f. The station shows it.")
    return found


def keys_file(keyring: Keyring) -> tuple[str, bytes]:
    """The file from which the station makes a recovery code, and its name. Raises BadInput."""
    found = key_files_in(keyring.folder)
    if not found:
        raise BadInput("This store is not sealed: it has no PIN and no keys.")
    return KEYS_FILE, found[0]


def rescue_file(keyring: Keyring, reference: Reference, now: datetime) -> tuple[str, bytes]:
    """What is locked in here, as a file for the station, and its name. Raises BadInput."""
    try:
        found = rescued(keyring.folder, keyring, now)
    except (NoStoreHere, BadBundle) as problem:
        raise BadInput(str(problem)) from None
    return f"contact755-rescue-{now.astimezone(reference.zone):%Y-%m-%d-%H%M%S}.bundle", found.data
