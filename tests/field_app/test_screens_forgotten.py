"""A forgotten PIN, on the screen: somebody else's PIN or the station's recovery code brings a new one, and nothing is lost."""

import flet as ft
import pytest
from headless import Screen, on_a_loop
from tablets import OTHER_PIN, PIN, WRONG_PIN, Tablet, sign_on, unlock

from field_app.forgotten import KEYS_FILE
from field_app.forgotten_actions import NOT_SAVED, ForgottenActions
from field_app.hand import open_hand
from field_app.keys.key_files import COPY_NAME, KEYS_NAME
from field_app.keys.keyring import STORE_NAME, Sealing
from field_app.logbook import Details
from field_app.screens.forgotten import HELP_WORDS, By
from field_app.screens.unlock import LOCKED_WORDS
from field_app.stage import Stage
from field_app.store.codec import Codec
from field_app.store.disk import Disk
from field_app.store.survey import Worth, read_files, survey
from station.recovery_codes import recovery_code
from sync.bundle import read_bundle
from sync.records import Role
from sync.sealing import new_recovery_key, recovery_public_key

FIRST, SECOND = "900001", "900002"


@pytest.fixture
def station_key(used: Tablet) -> str:
    """The private recovery key of the station that can open the tablet."""
    private_key = new_recovery_key()
    used.keyring().seal_to_station(recovery_public_key(private_key))
    return private_key


async def type_new(app: Screen, number: str, pin: str, again: str | None = None) -> None:
    """Type whose PIN it becomes, and the PIN."""
    await app.type("Number", number)
    await app.type("New PIN", pin)
    await app.type("New PIN again", again or pin)


async def set_pin(app: Screen) -> None:
    """Tap the button."""
    await app.tap(app.one(ft.FilledButton, key="set-pin"))


async def by_somebody(app: Screen, number: str, pin: str) -> None:
    """Let somebody else allow it."""
    await app.type("Somebody's number", number)
    await app.type("Somebody's PIN", pin)
    await set_pin(app)


async def by_code(app: Screen, code: str) -> None:
    """Let the station's code allow it."""
    await type_new(app, FIRST, OTHER_PIN)
    await app.type("Recovery code", code)
    await set_pin(app)


def open_nothing(_: bytes, __: bytes) -> bytes:
    """The file is not sealed: the tablet was never enrolled over the air."""
    raise AssertionError


def contacts(tablet: Tablet) -> list[str]:
    """The settings of the contacts on an open tablet."""
    with open_hand(tablet.folder, tablet.clock, tablet.reference, tablet.keyring()) as hand:
        return [entry.contact.setting for entry in hand.logbook.entries()]


@on_a_loop
async def test_somebody_elses_pin_brings_a_new_one_and_opens_the_lock(used: Tablet) -> None:
    used.keyring().set_pin(SECOND, OTHER_PIN)
    used.reboot()
    async with used.app() as (_, app):
        await app.tap("PIN forgotten")
        assert app.reads(HELP_WORDS[By.SOMEBODY])
        await type_new(app, FIRST, WRONG_PIN, PIN)
        await by_somebody(app, SECOND, OTHER_PIN)
        await app.sees("The two new PINs are not the same")
        await type_new(app, FIRST, "123456")
        await by_somebody(app, SECOND, OTHER_PIN)
        await app.sees("That PIN is")
        assert used.keyring().is_locked()
        await type_new(app, FIRST, WRONG_PIN)
        await by_somebody(app, SECOND, PIN)
        await app.sees("Wrong PIN. 4 more tries")
        await type_new(app, FIRST, WRONG_PIN)
        await by_somebody(app, SECOND, OTHER_PIN)
        await app.sees("Shift 1")
        assert app.crashes == 0
    used.reboot()
    used.keyring().unlock(FIRST, WRONG_PIN)
    assert contacts(used) == ["coffee-shop"]


@on_a_loop
async def test_back_leads_to_the_lock_and_to_the_sign_on(used: Tablet) -> None:
    used.reboot()
    async with used.app() as (deck, app):
        await app.tap("PIN forgotten")
        await app.tap("Back")
        assert app.reads(LOCKED_WORDS)
        await unlock(app, FIRST, PIN)
        await app.sees("Shift 1")
        assert deck.opened is not None
        deck.opened.hand.logbook.sign_off()
        await app.sees("Sign on")
        await app.tap("PIN forgotten")
        await type_new(app, SECOND, OTHER_PIN)
        await by_somebody(app, FIRST, PIN)
        await app.sees("Sign on")
        await app.type("Number", SECOND)
        await app.type("PIN", OTHER_PIN)
        await sign_on(app)
        await app.sees(f"{SECOND} · ")
        assert app.crashes == 0


@on_a_loop
async def test_the_stations_code_opens_what_nobody_can_and_ends_all_other_pins(used: Tablet, station_key: str) -> None:
    used.keyring().set_pin(SECOND, OTHER_PIN)
    used.reboot()
    code = recovery_code((used.folder / KEYS_NAME).read_bytes(), station_key).code
    async with used.app() as (_, app):
        await app.tap("PIN forgotten")
        await app.choose(By.STATION.value, instead_of=By.SOMEBODY.value)
        assert app.reads(HELP_WORDS[By.STATION])
        for wrong, words in (("", "A recovery code has 64"), ("0" * 64, "That recovery code is not for this store")):
            await by_code(app, wrong)
            await app.sees(words)
        await by_code(app, "\n".join(code[start : start + 16] for start in range(0, 64, 16)) + " ")
        await app.sees("Shift 1")
        await app.tap("Other")
        await app.sees("Shift 2")
        assert app.crashes == 0
    assert used.keyring().people() == {FIRST}
    assert used.keyring().sealing() is Sealing.PIN
    assert contacts(used) == ["other", "coffee-shop"]


@on_a_loop
async def test_an_open_store_seals_what_comes_under_the_new_key(used: Tablet, station_key: str) -> None:
    """The station has seen the old one."""
    code = recovery_code((used.folder / KEYS_NAME).read_bytes(), station_key).code
    before = used.keyring().data_keys()
    async with used.app() as (deck, app):
        assert deck.opened is not None
        logbook = deck.opened.hand.logbook
        logbook.sign_off()
        await app.sees("Sign on")
        await app.tap("PIN forgotten")
        await app.choose(By.STATION.value, instead_of=By.SOMEBODY.value)
        await by_code(app, code)
        await app.sees("Sign on")
        logbook.sign_on(FIRST, Role.DEPUTY, "day", "42A")
        logbook.log(Details("block-watch"))
    codec = Codec(before[0], before[1:])
    heard = [each for file in survey(read_files(used.folder / STORE_NAME, Disk()), codec) for each in file.heard]
    assert [each.worth for each in heard[-2:]] == [Worth.LOCKED, Worth.LOCKED]
    assert Worth.LOCKED not in {each.worth for each in heard[:-2]}


class Files:
    """Keeps what the person saves; or cannot."""

    def __init__(self, *, fails: bool = False) -> None:
        self.kept: dict[str, bytes] = {}
        self._fails = fails

    async def keep(self, name: str, data: bytes) -> bool:
        """As Flet's dialog."""
        if self._fails:
            raise OSError("There is no such dialog here.")
        self.kept[name] = data
        return True


@on_a_loop
async def test_the_keys_and_all_that_is_locked_in_are_saved_for_the_station(used: Tablet, station_key: str) -> None:
    used.reboot()
    stage, files = Stage(), Files()
    async with used.app() as (deck, _):
        actions = ForgottenActions(stage, deck, files.keep)
        await actions.save_keys()
        assert str(stage.problem).startswith(f"Saved as {KEYS_FILE}")
        await actions.save_rescue()
        assert str(stage.problem).startswith("Saved as contact755-rescue-")
    keys, rescue = files.kept.values()
    assert recovery_code(keys, station_key).ring
    bundle = read_bundle(rescue, open_nothing).bundle
    assert bundle.frames
    assert keys in bundle.keys


@on_a_loop
async def test_what_cannot_be_saved_is_told_in_a_sentence(used: Tablet) -> None:
    used.reboot()
    stage = Stage()
    async with used.app() as (deck, _):
        actions = ForgottenActions(stage, deck, Files(fails=True).keep)
        await actions.save_keys()
        assert stage.problem == NOT_SAVED
        for name in (KEYS_NAME, COPY_NAME):
            (used.folder / name).unlink()
        await actions.save_keys()
        assert str(stage.problem).startswith("This store is not sealed")
        assert not stage.is_busy
