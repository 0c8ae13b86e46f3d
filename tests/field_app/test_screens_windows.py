"""Several windows over one store: each is drawn what is its own, and one that is gone spoils nothing for the others."""

import asyncio
from dataclasses import replace

from headless import app_on, on_a_loop, open_screen
from tablets import PIN, Tablet, unlock

from field_app.actions import DEBOUNCE_SECONDS
from field_app.app import REFRESH_SECONDS
from field_app.deck import open_deck
from field_app.device import EnrolledAt
from field_app.hand import Hand
from field_app.logbook import Details
from field_app.screens.unlock import LOCKED_WORDS
from sync.records import Role, Source


@on_a_loop
async def test_the_pin_opens_a_window_though_the_one_before_its_reload_is_not_closed_yet(used: Tablet) -> None:
    used.reboot()
    async with used.app() as (deck, before), open_screen(deck) as reloaded:
        await before.lose_socket()
        await unlock(reloaded, "900001", PIN)
        await reloaded.sees("Shift 1")
        assert reloaded.crashes == 0


@on_a_loop
async def test_every_window_is_locked_though_one_before_it_cannot_be_told(used: Tablet) -> None:
    def cannot() -> None:
        raise LookupError("This window is gone.")

    async with used.app() as (deck, one):
        deck.listen(cannot)
        async with open_screen(deck) as other:
            used.keyring().lock()
            for screen in (one, other):
                await screen.sees(LOCKED_WORDS)


@on_a_loop
async def test_a_window_whose_send_another_window_hears_of_is_still_drawn_what_comes_of_its_tap(
    signed_on: Hand,
) -> None:
    signed_on.device.enrol_at(EnrolledAt("http://127.0.0.1:1", "Norwalk", "car 42", None), "none")
    signed_on.logbook.log(Details("coffee-shop"))
    async with open_deck(signed_on) as deck, open_screen(deck) as one, open_screen(deck) as other:
        assert deck.opened is not None
        courier = deck.opened.courier
        for screen in (one, other):
            await screen.sees("Station not reachable")
        courier.news = replace(courier.news, is_reachable=True)  # a moment ago it was: the end of a shift sends first
        await one.tap("Shift 1")
        await one.tap("Sign off")
        await one.tap("Confirm and end the shift")
        assert one.was_drawn("Not signed on")
        await other.sees("Not signed on")
        assert other.was_drawn("Not signed on")


@on_a_loop
async def test_whoever_signs_on_elsewhere_finds_nothing_of_the_one_before_in_this_window(signed_on: Hand) -> None:
    def sign_on_another() -> None:
        signed_on.logbook.sign_off()
        signed_on.logbook.sign_on("900042", Role.DESK, "pm", None)

    async with app_on(signed_on) as app:
        await app.type("Tag", "123")
        await app.choose_rd("0454")
        await app.tap("Other")
        await app.type("Tag", "456")
        await app.tap("Shift 1")
        await app.tap("Sign off")
        await asyncio.to_thread(sign_on_another)
        await app.sees("900042")
        assert not app.reads("End of the shift")
        assert not app.reads("Undo")
        await asyncio.sleep(DEBOUNCE_SECONDS)
        await app.tap("Other")
        contact = signed_on.logbook.entries()[0].contact
        assert (contact.person, contact.source, contact.rd, contact.tag) == ("900042", Source.COUNTER, None, None)


@on_a_loop
async def test_a_refusal_of_the_one_before_is_not_read_by_whoever_signs_on_elsewhere(signed_on: Hand) -> None:
    async with app_on(signed_on) as app:
        await app.type("Tag", "1234567")
        await app.tap("Other")
        assert app.reads("'1234567' is not a tag")
        await asyncio.to_thread(signed_on.logbook.sign_off)
        await asyncio.to_thread(lambda: signed_on.logbook.sign_on("900042", Role.DEPUTY, "pm", "43A"))
        await app.sees("900042")
        assert not app.reads("'1234567' is not a tag")


@on_a_loop
async def test_the_digits_of_a_pin_log_nothing_though_somebody_signs_on_elsewhere_meanwhile(used: Tablet) -> None:
    used.reboot()
    async with used.app() as (deck, app):
        await unlock(app, "900001", PIN)
        await app.sees("Shift 1")
        assert deck.opened is not None
        logbook = deck.opened.hand.logbook
        await asyncio.to_thread(logbook.sign_off)
        await app.sees("Not signed on")
        await app.tap("PIN forgotten")
        await asyncio.to_thread(lambda: logbook.sign_on("900042", Role.DEPUTY, "pm", "43A"))
        await asyncio.sleep(REFRESH_SECONDS + 0.5)
        await app.press("4")
        assert len(logbook.entries()) == 1
        await app.tap("Back")
        await app.press("4")
        assert len(logbook.entries()) == 2
