"""Looking whether a PIN is right, no oftener than the waits allow."""

from field_app.clock import Clock
from field_app.keys.faults import KeysDamaged, NoPinHere, PinMustWait, WrongPin
from field_app.keys.pins import checked_pin, seconds_to_wait
from field_app.keys.ring import ByPin, opened_by_pin
from field_app.keys.wrong_tries import WrongTries
from sync.keyslots import KeySlots
from sync.sealing import NotOpened


class PinCheck:
    """The PINs of one device, and the wrong tries at them."""

    def __init__(self, tries: WrongTries, clock: Clock) -> None:
        self.tries = tries
        self._clock = clock

    def opened(self, keys: KeySlots, person: str, pin: str) -> ByPin:
        """What a person's PIN gives. Raises BadInput, WrongPin, PinMustWait, NoPinHere, StoreFault."""
        checked = checked_pin(pin)
        slot = keys.pins().get(person)
        if slot is None:
            raise NoPinHere(person)
        if seconds := self.tries.seconds_to_wait(person):
            raise PinMustWait(seconds)
        tries = self.tries.count(person)  # before the look: a battery pulled here costs the try
        try:
            found = opened_by_pin(slot, checked)
        except NotOpened:
            raise KeysDamaged(
                f"The slot of {person} in keys.json is damaged. Somebody else with a PIN can open."
            ) from None
        if found is None:
            raise WrongPin(tries.left(), seconds_to_wait(tries, self._clock))
        self.tries.clear(person)
        return found
