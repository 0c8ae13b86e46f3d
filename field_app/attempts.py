"""What a tap asks of the store or the station, on another thread: what came of it, or a sentence for the screen."""

from collections.abc import Callable
from typing import TypeVar

from field_app.device import EnrolledAt
from field_app.enrolling import EnrolmentRefused, enrol
from field_app.exporting import Exported, NothingToExport, SealMissing, export, file_name
from field_app.hand import Hand
from field_app.keys.faults import NotOpened
from field_app.refusals import BadInput, NoSuchContact, NotEnrolled, NotSignedOn, without_command
from field_app.shift import Shift
from field_app.state import Ending, SigningOn
from field_app.store.faults import StoreFault
from field_app.view import View, refreshed
from sync.exchange import NotReachable
from sync.qr_series import TooMuch, codes_of

_NO_SEAL = "The station gave this device no key to seal a file to. Enrol again."
_Result = TypeVar("_Result")


def tried(call: Callable[[], _Result]) -> tuple[_Result | None, str | None]:
    """What came of it, or the sentence that says why nothing did."""
    try:
        return call(), None
    except (
        BadInput,
        EnrolmentRefused,
        NoSuchContact,
        NotEnrolled,
        NotOpened,
        NotReachable,
        NotSignedOn,
        NothingToExport,
        StoreFault,
    ) as problem:
        return None, without_command(str(problem))


def signed_on(hand: Hand, who: SigningOn) -> Shift:
    """Sign somebody on. Raises BadInput, NotOpened, StoreFault."""
    person, unit = who.number.strip(), who.unit.strip().upper() or None
    hand.logbook.shift_of(person, who.role, who.watch, unit)  # what is refused sets no PIN
    hand.sign_in(person, who.pin, who.pin_again)
    shift = hand.logbook.sign_on(person, who.role, who.watch, unit)
    hand.let_station_recover()
    return shift


def ending(hand: Hand) -> Ending:
    """What is to be asked at the end of the shift. Raises StoreFault."""
    sheets = hand.logbook.to_confirm()
    return Ending(sum(map(len, sheets.values())), hand.needs_pin_to_sign(), worksheets=len(sheets))


def enrolled(hand: Hand, address: str, code: str) -> EnrolledAt:
    """Enrol the device. Raises BadInput, NotReachable, EnrolmentRefused, StoreFault."""
    station = enrol(hand.device, address, code.strip() or None, None, hand.client)
    hand.let_station_recover()
    return station


def exported(hand: Hand) -> tuple[str, Exported]:
    """What the station does not have, as a file for it, and the file's name. Raises NotEnrolled, NothingToExport, BadInput, StoreFault."""
    try:
        found = export(hand.store, hand.device, hand.clock)
    except SealMissing:
        raise BadInput(_NO_SEAL) from None
    return file_name(hand.device, hand.clock, hand.current.zone), found


def in_codes(hand: Hand) -> list[bytes]:
    """The same file as the contents of QR codes. Raises NotEnrolled, NothingToExport, BadInput, StoreFault."""
    _, found = exported(hand)
    try:
        return codes_of(found.data)
    except TooMuch as problem:
        raise BadInput(str(problem)) from None


def look(before: View, hand: Hand) -> View | str:
    """The picture as it is now, or the sentence that says why it cannot be seen."""
    try:
        return refreshed(before, hand)
    except StoreFault as problem:
        return str(problem)
