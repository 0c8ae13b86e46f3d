"""Why a sealed store is not opened; the text is a sentence that says what to do."""

from field_app.store.faults import StoreFault, StoreLocked


class NotOpened(Exception):
    """The store stays locked; nothing was changed."""


class WrongPin(NotOpened):
    """That is not the PIN of this person."""

    def __init__(self, left: int, seconds: int) -> None:
        after = f"{left} more {'try' if left == 1 else 'tries'} before a wait." if left else f"Wait {seconds} s."
        super().__init__(f"Wrong PIN. {after}")
        self.left = left
        self.seconds = seconds


class PinMustWait(NotOpened):
    """There were too many wrong PINs; this one was not looked at."""

    def __init__(self, seconds: int) -> None:
        super().__init__(f"Too many wrong PINs. Wait {seconds} s, then try again. Nothing that was logged is lost.")
        self.seconds = seconds


class NoPinHere(NotOpened):
    """The person has no PIN on this device, and it is locked."""

    def __init__(self, person: str) -> None:
        super().__init__(
            f"{person} has no PIN on this device. Someone who has one unlocks it first (contact755 unlock NUMBER); "
            f"then {person} signs on."
        )


class NoPinToRemove(NotOpened):
    """The PIN that shall be taken away is not there; the text is for who wants it gone, not for the person."""

    def __init__(self, person: str) -> None:
        super().__init__(f"{person} has no PIN on this device, so there is none to take away.")


class PlatformKeyGone(StoreLocked):
    """The platform's secure store does not give the key that it was given."""

    def __init__(self) -> None:
        super().__init__(
            "This device's secure store does not give the key of what was logged here. Nothing is lost. Restart the "
            "device; if that does not help, the station opens it with a recovery code."
        )


class KeysDamaged(StoreFault):
    """keys.json cannot be used."""


def locked() -> StoreLocked:
    """The store is sealed and nobody has opened it."""
    return StoreLocked("This store is locked. Sign on, or open it with: contact755 unlock NUMBER")
