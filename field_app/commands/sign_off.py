"""sign-off: the worksheet is signed, the shift ends, the store is locked. Nothing is ever deleted by it."""

import argparse
from collections.abc import Sequence

from field_app.commands.pins_typed import add_pin_file, pin_typed
from field_app.entries import counted
from field_app.hand import Hand, sending_over
from field_app.keys.keyring import Sealing
from field_app.refusals import BadInput, NotSignedOn
from field_app.sending import Sent, received_words
from sync.commandline import Exit, show
from sync.outcome import Outcome
from sync.records import Worksheet
from sync.verdicts import State


def add_options(parser: argparse.ArgumentParser) -> None:
    """How the worksheet is signed, or not."""
    add_pin_file(parser)
    parser.add_argument("--without-signing", action="store_true", help="end the shift and sign no worksheet")
    parser.add_argument(
        "--send", action="store_true", help="send everything, the worksheet too, before the store locks"
    )


def sign_off(hand: Hand, typed: argparse.Namespace) -> Exit:
    """Do it."""
    shift = hand.logbook.shift()
    is_locking = hand.keyring.sealing() is Sealing.PIN
    if shift is None and is_locking:
        hand.keyring.lock()
        show({"signed_off": None}, ["Nobody was signed on. The store is locked."], as_json=typed.json)
        return Exit.DONE
    worksheets = [] if typed.without_signing else _sign(hand, typed)
    sent = _send(hand) if typed.send else None
    ended = hand.logbook.sign_off()
    tally = hand.logbook.tally()
    waiting = tally.contacts[State.READY_TO_SEND]
    hand.keyring.lock()
    found = {
        "signed_off": ended.person,
        "ready_to_send": waiting,
        "worksheets": [_worksheet_json(worksheet) for worksheet in worksheets],
    }
    lines = [
        *map(_signed_words, worksheets),
        *([] if sent is None else [_sent_words(sent)]),
        f"Signed off: {ended.person}." + (" The store is locked." if is_locking else ""),
        *_waiting_words(hand, waiting, tally.records_ready, is_locking=is_locking),
    ]
    show(found, lines, as_json=typed.json)
    return Exit.DONE


def _sign(hand: Hand, typed: argparse.Namespace) -> Sequence[Worksheet]:
    shift = hand.logbook.shift()
    if shift is None:
        raise NotSignedOn
    if not hand.logbook.to_confirm():
        return ()
    if not hand.needs_pin_to_sign():
        return hand.sign_worksheet("")
    if typed.json and typed.pin_file is None:
        raise BadInput("Name a file with the PIN that signs the worksheet (--pin-file FILE), or say --without-signing.")
    return hand.sign_worksheet(pin_typed(shift.person, typed.pin_file))


def _send(hand: Hand) -> Sent | None:
    station, enrolments = hand.device.enrolled()
    if station is None:
        return None
    client = hand.client(station)
    try:
        sending = sending_over(hand, station, enrolments, client)
        sent = sending.send()
        # A batch has two tries before it is halved, and after the lock nobody sends.
        return sending.send() if sent.ending.outcome is Outcome.FAULT and not sent.receipts else sent
    finally:
        client.close()


def _worksheet_json(worksheet: Worksheet) -> dict[str, object]:
    return {
        "id": worksheet.id,
        "date": worksheet.shift_on.isoformat(),
        "watch": worksheet.watch,
        "contacts": len(worksheet.contacts),
        "signed_by_pin": worksheet.signature is not None,
    }


def _signed_words(worksheet: Worksheet) -> str:
    count = len(worksheet.contacts)
    verb = "Signed" if worksheet.signature is not None else "Confirmed without a PIN"
    sheet = f"the worksheet of {worksheet.shift_on}, {worksheet.watch}"
    return f"{verb}: {sheet}, {count} contact{'' if count == 1 else 's'}."


def _sent_words(sent: Sent) -> str:
    if not sent.receipts:
        return f"Nothing was received. {sent.ending.sentence}"
    return received_words(len(sent.received), len(sent.received) + len(sent.still_ready), sent.receipts)


def _waiting_words(hand: Hand, contacts: int, records: int, *, is_locking: bool) -> list[str]:
    if not records:
        return []
    first = "contact755 unlock NUMBER, then " if is_locking else ""
    sealed = " sealed" if hand.needs_pin_to_sign() else ""
    what = f"{counted(contacts)} not sent yet" if contacts else "Something is not sent yet"
    return [
        f"{what} and safe on this device. Send with: {first}contact755 send",
        f"What is not sent stays{sealed} on this device and goes with the next send; nothing is deleted.",
    ]
