"""The keys of a sealed store: who can open it, and that nothing ever takes them away."""

import stat
from collections.abc import Callable
from pathlib import Path

import pytest
from doubles import FixedClock

from field_app.hand import open_hand
from field_app.keys.faults import KeysDamaged, NoPinHere, PinMustWait, WrongPin
from field_app.keys.keyring import Keyring, Need, Sealing
from field_app.logbook import Details
from field_app.refusals import BadInput
from field_app.store.faults import StoreLocked
from sync.keyslots import recovery_bound, slots_from_bytes
from sync.records import Role
from sync.reference import Reference
from sync.sealing import new_key, new_recovery_key, open_with, recovery_public_key

PIN, OTHER_PIN = "271828", "314159"
MakeKeyring = Callable[[], Keyring]


@pytest.fixture
def memory(tmp_path: Path) -> Path:
    """The folder in memory."""
    return tmp_path / "memory"


@pytest.fixture
def program(tmp_path: Path, memory: Path, clock: FixedClock) -> MakeKeyring:
    """The keyring as each new program of the user finds it."""
    return lambda: Keyring(tmp_path / "car", clock, memory=memory)


@pytest.fixture
def sealed(program: MakeKeyring) -> Keyring:
    """The keyring of a store that 900001 has a PIN for; open."""
    keyring = program()
    keyring.make()
    keyring.sign_in("900001", PIN)
    return keyring


def reboot(memory: Path) -> None:
    """What was in memory is gone."""
    for path in memory.iterdir():
        path.unlink()
    memory.rmdir()


def plain_in(folder: Path, words: bytes) -> list[str]:
    """The files under a folder that show these words."""
    return [path.name for path in folder.rglob("*") if path.is_file() and words in path.read_bytes()]


def test_the_first_sign_on_sets_the_pin_and_from_then_on_the_disk_alone_opens_nothing(
    sealed: Keyring, program: MakeKeyring, tmp_path: Path, memory: Path, reference: Reference, clock: FixedClock
) -> None:
    with open_hand(tmp_path / "car", clock, reference, sealed) as hand:
        hand.logbook.sign_on("900001", Role.DEPUTY, "day", "42A")
        hand.logbook.log(Details("coffee-shop", note="porch lights"))
    assert sealed.sealing() is Sealing.PIN
    assert plain_in(tmp_path / "car" / "store", b"porch") == []
    reboot(memory)
    assert program().is_locked()
    with pytest.raises(StoreLocked, match="unlock"), open_hand(tmp_path / "car", clock, reference, program()):
        pass
    program().unlock("900001", PIN)
    with open_hand(tmp_path / "car", clock, reference, program()) as hand:
        assert [entry.contact.note for entry in hand.logbook.entries()] == ["porch lights"]


def test_what_was_in_plain_before_the_first_pin_opens_nothing_after_it(program: MakeKeyring, tmp_path: Path) -> None:
    keyring = program()
    keyring.make()
    assert (keyring.sealing(), keyring.is_locked()) == (Sealing.NO_PIN_YET, False)
    (before,) = keyring.data_keys()
    text = (tmp_path / "car" / "keys.json").read_bytes()
    keyring.sign_in("900001", PIN)
    newest, older = keyring.data_keys()
    assert (newest != before, older) == (True, before)
    assert keyring.sealing() is Sealing.PIN
    assert slots_from_bytes(text).ring != slots_from_bytes((tmp_path / "car" / "keys.json").read_bytes()).ring


def test_the_next_program_finds_the_store_open_until_sign_off_or_a_reboot(
    sealed: Keyring, program: MakeKeyring, memory: Path
) -> None:
    assert program().data_keys() == sealed.data_keys()
    (path,) = memory.iterdir()
    assert stat.S_IMODE(memory.stat().st_mode) == 0o700
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    program().lock()
    assert sealed.is_locked()
    sealed.unlock("900001", PIN)
    reboot(memory)
    assert sealed.is_locked()


def test_without_a_folder_in_memory_only_the_program_that_was_given_the_pin_has_the_store_open(
    tmp_path: Path, clock: FixedClock
) -> None:
    one, other = (Keyring(tmp_path, clock) for _ in range(2))
    one.make()
    one.sign_in("900001", PIN)
    assert (one.is_locked(), other.is_locked()) == (False, True)
    assert PIN.encode() not in (tmp_path / "keys.json").read_bytes()
    one.lock()
    assert one.is_locked()


def test_a_folder_in_memory_that_others_can_enter_is_not_used(program: MakeKeyring, memory: Path) -> None:
    memory.mkdir(mode=0o755)
    keyring = program()
    keyring.make()
    keyring.sign_in("900001", PIN)
    assert list(memory.iterdir()) == []
    assert not keyring.is_locked()
    assert program().is_locked()


def test_a_second_person_sets_a_pin_while_the_store_is_open_and_both_can_open_it(sealed: Keyring, memory: Path) -> None:
    assert sealed.need("900001") is Need.PIN
    assert sealed.need("900002") is Need.NEW_PIN
    sealed.lock()
    assert sealed.need("900002") is Need.SOMEONE_ELSE
    with pytest.raises(NoPinHere, match="900002 has no PIN"):
        sealed.sign_in("900002", OTHER_PIN)
    sealed.sign_in("900001", PIN)
    sealed.sign_in("900002", OTHER_PIN)
    assert sealed.people() == {"900001", "900002"}
    for person, pin in (("900001", PIN), ("900002", OTHER_PIN)):
        sealed.lock()
        sealed.unlock(person, pin)
    with pytest.raises(WrongPin):
        sealed.unlock("900001", OTHER_PIN)


def test_a_changed_pin_ends_the_old_one(sealed: Keyring) -> None:
    sealed.set_pin("900001", OTHER_PIN)
    sealed.lock()
    with pytest.raises(WrongPin):
        sealed.unlock("900001", PIN)
    sealed.unlock("900001", OTHER_PIN)
    for bad in ("123456", "1"):
        with pytest.raises(BadInput):
            sealed.set_pin("900001", bad)
    sealed.lock()
    with pytest.raises(StoreLocked):
        sealed.set_pin("900001", PIN)


def test_wrong_pins_are_counted_over_restarts_and_the_right_one_must_wait_too(
    sealed: Keyring, program: MakeKeyring, clock: FixedClock
) -> None:
    sealed.lock()
    left = []
    for _ in range(5):
        with pytest.raises(WrongPin) as wrong:
            program().unlock("900001", OTHER_PIN)
        left.append((wrong.value.left, wrong.value.seconds))
    assert left == [(4, 0), (3, 0), (2, 0), (1, 0), (0, 60)]
    with pytest.raises(PinMustWait, match="Wait 60 s"):
        program().unlock("900001", PIN)
    clock.passes(60)
    program().unlock("900001", PIN)
    with pytest.raises(WrongPin) as wrong:
        program().unlock("900001", OTHER_PIN)
    assert wrong.value.left == 4


def test_a_try_is_written_down_before_it_is_looked_at(sealed: Keyring, tmp_path: Path) -> None:
    """Whoever pulls the battery after each wrong PIN has used it up all the same."""
    path = tmp_path / "car" / "wrong-pins"
    with pytest.raises(WrongPin):
        sealed.unlock("900001", OTHER_PIN)
    assert b'"wrong": 1' in path.read_bytes()


def test_a_new_data_key_seals_what_comes_and_the_older_ones_open_what_was(
    sealed: Keyring, tmp_path: Path, reference: Reference, clock: FixedClock, memory: Path
) -> None:
    """A program that runs meanwhile, too: it learns the new key from the first frame sealed under it."""
    with (
        open_hand(tmp_path / "car", clock, reference, sealed) as running,
        open_hand(tmp_path / "car", clock, reference, sealed) as other,
    ):
        running.logbook.sign_on("900001", Role.DEPUTY, "day", "42A")
        running.logbook.log(Details("coffee-shop"))
        sealed.rotate()
        other.logbook.log(Details("other"))  # under the old key: it was opened before
        with open_hand(tmp_path / "car", clock, reference, sealed) as new:
            new.logbook.log(Details("block-watch"))
        assert len(running.logbook.entries()) == len(other.logbook.entries()) == 3
        running.logbook.log(Details("station-event"))
    reboot(memory)
    sealed.unlock("900001", PIN)
    assert len(sealed.data_keys()) == 3
    with open_hand(tmp_path / "car", clock, reference, sealed) as hand:
        found = [entry.contact.setting for entry in hand.logbook.entries()]
    assert found == ["station-event", "block-watch", "other", "coffee-shop"]


def test_the_keys_are_made_once_and_never_over_a_store_that_is_there(
    program: MakeKeyring, tmp_path: Path, clock: FixedClock, reference: Reference
) -> None:
    keyring = program()
    keyring.make()
    keys = keyring.data_keys()
    program().make()
    assert keyring.data_keys() == keys
    with open_hand(tmp_path / "plain", clock, reference) as hand:
        hand.logbook.sign_on("900001", Role.DEPUTY, "day", None)
    plain = Keyring(tmp_path / "plain", clock)
    plain.make()
    assert (plain.sealing(), plain.data_keys()) == (Sealing.NONE, ())
    with pytest.raises(BadInput, match="not sealed"):
        plain.rotate()


@pytest.mark.parametrize("name", ["keys.json", "keys-copy.json"])
def test_one_damaged_or_lost_keys_file_takes_nothing_away(sealed: Keyring, tmp_path: Path, name: str) -> None:
    keys = sealed.data_keys()
    path = tmp_path / "car" / name
    whole = path.read_bytes()
    for at in range(0, len(whole), 17):
        path.write_bytes(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :])
        assert sealed.data_keys() == keys
    path.unlink()
    assert sealed.data_keys() == keys
    sealed.set_pin("900001", OTHER_PIN)
    assert path.read_bytes() == (tmp_path / "car" / "keys.json").read_bytes()


def test_two_damaged_keys_files_are_told_and_left_alone(sealed: Keyring, tmp_path: Path) -> None:
    for name in ("keys.json", "keys-copy.json"):
        (tmp_path / "car" / name).write_bytes(b"{")
    for action in (sealed.data_keys, sealed.make, sealed.is_locked, sealed.rotate):
        with pytest.raises(KeysDamaged, match="backup"):
            action()
    assert (tmp_path / "car" / "keys.json").read_bytes() == b"{"


def test_the_station_can_give_back_a_store_whose_only_pin_is_forgotten(
    sealed: Keyring, tmp_path: Path, memory: Path
) -> None:
    """With the private half of the key that it gave out at enrolment; what it tells is of no use after that."""
    private_key = new_recovery_key()
    sealed.seal_to_station(recovery_public_key(private_key))
    keys = sealed.data_keys()
    reboot(memory)
    slots = slots_from_bytes((tmp_path / "car" / "keys.json").read_bytes())
    slot = slots.recovery()
    assert slot is not None
    code = open_with(private_key, bytes.fromhex(slot.sealed), recovery_bound(slots.ring))
    with pytest.raises(BadInput, match="not for this store"):
        sealed.recover("900002", OTHER_PIN, new_key())
    sealed.recover("900002", OTHER_PIN, code)
    assert sealed.data_keys()[1:] == keys
    assert sealed.people() == {"900002"}
    sealed.lock()
    with pytest.raises(BadInput, match="not for this store"):
        sealed.recover("900002", PIN, code)
    sealed.unlock("900002", OTHER_PIN)


def test_a_station_that_gave_no_recovery_key_or_a_new_one_is_served(sealed: Keyring, tmp_path: Path) -> None:
    first, second = (recovery_public_key(new_recovery_key()) for _ in range(2))
    for given, kept in ((None, None), (first, first), (second, second), (None, second)):
        sealed.seal_to_station(given)
        slot = slots_from_bytes((tmp_path / "car" / "keys.json").read_bytes()).recovery()
        assert (slot and slot.public_key) == kept
