"""What comes before a sign-on: the number, the watch and the unit are looked at, then the PIN; the store is made or opened."""

import argparse

from field_app.clock import SystemClock
from field_app.commands.pins_typed import new_pin_typed, pin_typed
from field_app.hand import open_hand
from field_app.keys.choice import is_to_make, make_store
from field_app.keys.faults import NoPinHere
from field_app.keys.keyring import Keyring, Need, Sealing
from field_app.refusals import BadInput
from field_app.shift import Shift
from sync.reference import Reference
from sync.rules import problems_with_shift


def before_sign_on(keyring: Keyring, typed: argparse.Namespace, reference: Reference) -> None:
    """Whoever signs on shows a PIN, or sets one. What is refused changes nothing. Raises BadInput, NotOpened, StoreFault."""
    person = typed.number
    if not reference.is_person(person):
        raise BadInput(f"{person!r} is not a person's number. It has six digits, like 900001.")
    shift = Shift(person, typed.role, typed.watch, typed.unit or None, SystemClock().now(), sequence_before=0)
    problems = problems_with_shift(shift, reference)
    if problems and keyring.sealing() is Sealing.NO_STORE:
        raise BadInput(" ".join(problems))
    need = Need.NEW_PIN if is_to_make(keyring, unsealed=typed.unsealed) else keyring.need(person)
    if need is Need.NOTHING:
        return
    if need is Need.SOMEONE_ELSE:
        raise NoPinHere(person)
    was_locked = keyring.is_locked()
    if problems and not was_locked:
        _check_here(keyring, shift, reference)
    ask = new_pin_typed if need is Need.NEW_PIN else pin_typed
    pin = ask(person, typed.pin_file)
    make_store(keyring, unsealed=typed.unsealed)
    keyring.sign_in(person, pin)
    if problems and was_locked:
        _check_here_or_lock(keyring, shift, reference)


def _check_here(keyring: Keyring, shift: Shift, reference: Reference) -> None:
    """Ask an open store, which may have heard from the station of a watch that did not ship with the program."""
    with open_hand(keyring.folder, SystemClock(), reference, keyring) as hand:
        problems = problems_with_shift(shift, hand.reference)
    if problems:
        raise BadInput(" ".join(problems))


def _check_here_or_lock(keyring: Keyring, shift: Shift, reference: Reference) -> None:
    try:
        _check_here(keyring, shift, reference)
    except BadInput:
        keyring.lock()
        raise
