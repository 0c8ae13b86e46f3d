"""unlock, change-pin, remove-pin and rotate-key: the keys of a sealed store."""

import argparse
from pathlib import Path
from typing import Any

from field_app.commands.pins_typed import add_pin_file, new_pin_typed, pin_typed
from field_app.forgotten import ring_key_in
from field_app.hand import Hand
from field_app.keys.choice import UNSEALED_VARIABLE
from field_app.keys.keyring import Keyring
from field_app.refusals import BadInput, NotSignedOn
from sync.commandline import Exit, show
from sync.reference import Reference


def add_to(commands: Any, common: argparse.ArgumentParser) -> None:  # noqa: ANN401 - argparse keeps its type private
    """Add these commands to the command line."""
    help_text = "Open a locked store with a PIN, without signing on: to send, or for someone who has none here yet."
    added = commands.add_parser("unlock", parents=[common], help=help_text, description=help_text, allow_abbrev=False)
    added.add_argument("number", metavar="NUMBER", help="whose PIN it is")
    add_pin_file(added)
    added.add_argument(
        "--recovery", metavar="FILE", type=Path, help="a recovery code from the station; a new PIN is set then"
    )
    added.set_defaults(before=_unlock, do=_unlocked)

    help_text = "Set another PIN for whoever is signed on, or for NUMBER with the PIN of somebody else (--by)."
    added = commands.add_parser(
        "change-pin", parents=[common], help=help_text, description=help_text, allow_abbrev=False
    )
    added.add_argument("number", metavar="NUMBER", nargs="?", help="whose PIN is changed (default: who is signed on)")
    added.add_argument("--by", metavar="NUMBER", help="whose PIN is asked for, when theirs is forgotten")
    add_pin_file(added)
    add_pin_file(added, "--new-pin-file", "the new PIN")
    added.set_defaults(do=_change_pin)

    help_text = "Take NUMBER's PIN away, with the PIN of somebody else (--by). The last PIN stays."
    added = commands.add_parser(
        "remove-pin", parents=[common], help=help_text, description=help_text, allow_abbrev=False
    )
    added.add_argument("number", metavar="NUMBER", help="whose PIN is taken away")
    added.add_argument("--by", metavar="NUMBER", required=True, help="whose PIN is asked for")
    add_pin_file(added)
    added.set_defaults(do=_remove_pin)

    help_text = "Seal everything from now on under a new data key; the older ones stay, to open what was."
    added = commands.add_parser(
        "rotate-key", parents=[common], help=help_text, description=help_text, allow_abbrev=False
    )
    added.set_defaults(before=_rotate_key, do=_rotated)


def add_unsealed(parser: argparse.ArgumentParser) -> None:
    """Let a command that may make the store choose an unsealed one."""
    parser.add_argument(
        "--unsealed",
        action="store_true",
        help=f"if this makes the store: do not seal it (or {UNSEALED_VARIABLE}=1; for trying things out)",
    )


def _unlock(keyring: Keyring, typed: argparse.Namespace, reference: Reference) -> None:
    if typed.recovery is None:
        keyring.unlock(typed.number, pin_typed(typed.number, typed.pin_file))
        return
    if not reference.is_person(typed.number):
        raise BadInput(f"{typed.number!r} is not a person's number. It has six digits, like 900001.")
    try:
        code = ring_key_in(typed.recovery.read_text("ascii"))
    except (OSError, ValueError):
        raise BadInput(
            f"{typed.recovery} holds no recovery code. The station prints one: station755 recovery-code"
        ) from None
    keyring.recover(typed.number, new_pin_typed(typed.number, typed.pin_file), code)


def _unlocked(hand: Hand, typed: argparse.Namespace) -> Exit:
    hand.let_station_recover()
    lines = ["The store is open until the next sign-off."]
    show({"unlocked_by": typed.number, "sealing": hand.keyring.sealing()}, lines, as_json=typed.json)
    return Exit.DONE


def _change_pin(hand: Hand, typed: argparse.Namespace) -> Exit:
    shift = hand.logbook.shift()
    if shift is None and typed.number is None:
        raise NotSignedOn
    person = typed.number or (shift.person if shift is not None else "")
    by = typed.by or person
    if not hand.current.is_person(person):
        raise BadInput(f"{person!r} is not a person's number. It has six digits, like 900001.")
    hand.keyring.unlock(by, pin_typed(by, typed.pin_file))
    hand.keyring.set_pin(person, new_pin_typed(person, typed.new_pin_file))
    show({"person": person, "by": by}, [f"{person} has a new PIN."], as_json=typed.json)
    return Exit.DONE


def _remove_pin(hand: Hand, typed: argparse.Namespace) -> Exit:
    shift = hand.logbook.shift()
    if shift is not None and shift.person == typed.number:
        raise BadInput(f"{typed.number} is signed on. End the shift first: contact755 sign-off")
    hand.keyring.unlock(typed.by, pin_typed(typed.by, typed.pin_file))
    hand.keyring.remove_pin(typed.number)
    lines = [f"{typed.number} has no PIN here any more. What {typed.number} logged stays."]
    show({"person": typed.number, "by": typed.by}, lines, as_json=typed.json)
    return Exit.DONE


def _rotate_key(keyring: Keyring, _: argparse.Namespace, __: Reference) -> None:
    keyring.rotate()


def _rotated(hand: Hand, typed: argparse.Namespace) -> Exit:
    hand.note_new_key()
    count = len(hand.keyring.data_keys())
    lines = [f"Sealed under a new data key from now on; {count - 1} older stay to open what was."]
    show({"data_keys": count}, lines, as_json=typed.json)
    return Exit.DONE
