"""The app on a sealed store: a PIN to sign on, a locked screen before anything else, and no restart between them."""

import asyncio

import flet as ft
from doubles import FixedClock, uuids
from headless import on_a_loop, open_screen
from tablets import OTHER_PIN, PIN, WRONG_PIN, Tablet, sign_on, unlock

from field_app.deck import FOLLOW_SECONDS
from field_app.hand import open_hand
from field_app.keys.key_files import COPY_NAME, KEYS_NAME
from field_app.keys.keyring import Sealing
from field_app.logbook import Details
from field_app.screens.unlock import LOCKED_WORDS
from sync.records import record_from_json, unhashed
from sync.rules import problems_with


@on_a_loop
async def test_the_first_sign_on_wants_a_new_pin_twice_and_then_all_is_sealed(tablet: Tablet) -> None:
    async with tablet.app() as (_, app):
        await app.type("Number", "900001")
        await app.type("New PIN", PIN)
        await app.type("New PIN again", OTHER_PIN)
        await sign_on(app)
        await app.sees("The two PINs are not the same")
        for pin in ("123456", PIN):
            await app.type("New PIN", pin)
            await app.type("New PIN again", pin)
            await sign_on(app)
        await app.sees("900001 · ")
        assert app.all(ft.Button)
        assert all(field.password for field in app.all(ft.TextField) if "PIN" in str(field.label))
        await app.tap("Other")
    assert tablet.keyring().sealing() is Sealing.PIN
    tablet.reboot()
    assert tablet.keyring().is_locked()


@on_a_loop
async def test_a_sign_on_that_is_refused_for_its_unit_sets_no_pin(tablet: Tablet) -> None:
    async with tablet.app() as (_, app):
        await app.type("Number", "900001")
        await app.type("Unit", "NOT A UNIT!")
        await app.type("New PIN", PIN)
        await app.type("New PIN again", PIN)
        await sign_on(app)
        await app.sees("'NOT A UNIT!' is not")
        assert tablet.keyring().sealing() is not Sealing.PIN


@on_a_loop
async def test_a_locked_store_shows_nothing_but_the_lock_until_the_pin_is_right(used: Tablet) -> None:
    used.reboot()
    async with used.app() as (deck, app):
        assert app.reads(LOCKED_WORDS)
        assert not app.all(ft.Button)
        await app.press("F1")
        await unlock(app, "900001", WRONG_PIN)
        await app.sees("Wrong PIN. 4 more tries")
        await unlock(app, "900002", PIN)
        await app.sees("900002 has no PIN on this device")
        await unlock(app, "900001", PIN)
        await app.sees("Shift 1")
        await app.tap("Other")
        assert deck.opened is not None
        assert [entry.contact.setting for entry in deck.opened.hand.logbook.entries()] == ["other", "coffee-shop"]
        assert app.crashes == 0


@on_a_loop
async def test_a_window_opened_while_the_keys_cannot_be_read_says_so_and_opens_when_they_are_back(used: Tablet) -> None:
    used.reboot()
    async with used.app() as (deck, _):
        kept = {path: path.read_bytes() for path in (used.folder / KEYS_NAME, used.folder / COPY_NAME)}
        for path in kept:
            path.write_bytes(b"x")
        async with open_screen(deck) as app:
            assert app.reads("keys.json and its copy are damaged")
            for path, keys in kept.items():
                path.write_bytes(keys)
            await unlock(app, "900001", PIN)
            await app.sees("Shift 1")
            assert app.crashes == 0


@on_a_loop
async def test_sign_off_locks_every_window_and_the_next_shift_needs_no_restart(used: Tablet) -> None:
    async with used.app() as (deck, one), open_screen(deck) as other:
        await one.tap("Shift 1")
        await one.tap("Sign off")
        await one.type("PIN", PIN)
        await one.tap("Sign and end the shift")
        for screen in (one, other):
            await screen.sees(LOCKED_WORDS)
        assert used.keyring().is_locked()
        assert deck.opened is None
        await unlock(other, "900001", PIN)
        for screen in (one, other):
            await screen.sees("Sign on")
        await one.type("Number", "900001")
        await one.type("PIN", PIN)
        assert not one.all(ft.TextField, label="New PIN again")
        await sign_on(one)
        await one.tap("Other")
        await other.sees("Shift 1")
        assert one.crashes == other.crashes == 0


@on_a_loop
async def test_what_another_program_locks_or_opens_the_window_follows(used: Tablet) -> None:
    async with used.app() as (_, app):
        assert app.reads("Shift 1")
        used.keyring().lock()
        await app.sees(LOCKED_WORDS)
        used.keyring().unlock("900001", PIN)
        with open_hand(used.folder, FixedClock(ids=uuids(500)), used.reference, used.keyring()) as hand:
            hand.logbook.log(Details("block-watch"))
        await app.sees("Shift 2")
        await asyncio.sleep(FOLLOW_SECONDS)
        assert app.reads("Shift 2")


@on_a_loop
async def test_somebody_new_sets_a_pin_at_sign_on_while_the_store_is_open(used: Tablet) -> None:
    async with used.app() as (deck, app):
        assert deck.opened is not None
        deck.opened.hand.logbook.sign_off()  # by a program of an older version, which knows no lock
        await app.sees("Sign on")
        await app.type("Number", "900002")
        await app.type("New PIN", OTHER_PIN)
        await app.type("New PIN again", OTHER_PIN)
        await sign_on(app)
        await app.sees("900002 · ")
    assert used.keyring().people() == {"900001", "900002"}


@on_a_loop
async def test_the_screen_goes_on_while_a_pin_is_looked_at(used: Tablet) -> None:
    """The event loop turns: it is asked for in another task, again and again, while scrypt works."""
    used.reboot()
    turns = 0

    async def count() -> None:
        nonlocal turns
        while True:
            await asyncio.sleep(0)
            turns += 1

    async with used.app() as (deck, _):
        counting = asyncio.create_task(count())
        await asyncio.sleep(0)
        before = turns
        assert await deck.unlock("900001", PIN) is None
        counting.cancel()
    assert turns - before > 100


@on_a_loop
async def test_the_end_of_a_shift_says_what_is_not_sent_and_signs_only_with_the_right_pin(used: Tablet) -> None:
    async with used.app() as (deck, app):
        await app.tap("Shift 1")
        await app.tap("Sign off")
        assert app.reads("1 contact is not sent yet. It stays sealed on this device and goes with the next send.")
        assert app.reads("Your worksheet has 1 contact. Your PIN signs it.")
        await app.tap("Send first")
        await app.tap("Back")
        assert app.reads("1 contact in this shift")
        await app.tap("Sign off")
        await app.press("F1")
        await app.type("PIN", WRONG_PIN)
        await app.tap("Sign and end the shift")
        await app.sees("Wrong PIN. 4 more tries")
        assert deck.opened is not None
        hand = deck.opened.hand
        await app.type("PIN", PIN)
        await app.tap("Sign and end the shift")
        await app.sees(LOCKED_WORDS)
        assert app.crashes == 0
    keyring = used.keyring()
    keyring.unlock("900001", PIN)
    with open_hand(used.folder, used.clock, used.reference, keyring) as hand:
        contact, worksheet = hand.store.records().values()
        assert worksheet["contacts"] == [contact["id"]]
        assert problems_with(record_from_json(unhashed(worksheet)), used.reference) == []
        assert worksheet["key"]


@on_a_loop
async def test_a_shift_can_end_without_signing(used: Tablet) -> None:
    async with used.app() as (_, app):
        await app.tap("Shift 1")
        await app.tap("Sign off")
        await app.tap("End without signing")
        await app.sees(LOCKED_WORDS)
    keyring = used.keyring()
    keyring.unlock("900001", PIN)
    with open_hand(used.folder, used.clock, used.reference, keyring) as hand:
        assert [record["kind"] for record in hand.store.records().values()] == ["contact"]
