"""What a deputy sees and does, on the app's own window over a real store, without a browser."""

import asyncio
from pathlib import Path

import flet as ft
import pytest
from doubles import FixedClock, uuids
from headless import Screen, app_on, on_a_loop, open_screen, settings_logged

from field_app.actions import DEBOUNCE_SECONDS
from field_app.deck import deck_over
from field_app.hand import Hand, open_hand
from field_app.logbook import Details
from sync.records import Role, Source
from sync.reference import Reference


async def sign_on(app: Screen, number: str) -> None:
    """Type a number and tap the button."""
    await app.type("Number", number)
    await app.tap(app.one(ft.FilledButton, key="sign-on"))


async def until_the_next_tap_counts() -> None:
    """Wait as long as a finger may bounce."""
    await asyncio.sleep(DEBOUNCE_SECONDS + 0.02)


@on_a_loop
async def test_sign_on_leads_to_the_eight_buttons(hand: Hand, reference: Reference) -> None:
    async with app_on(hand) as app:
        assert app.reads("Not signed on")
        assert not app.all(ft.Button)
        await app.type("Unit", "42a")
        await sign_on(app, "900001")
        assert [button.key for button in app.all(ft.Button)] == list(reference.settings)
        assert app.reads("900001 · 42A · ")
        shift = hand.logbook.shift()
        assert shift is not None
        assert (shift.person, shift.role, shift.watch, shift.unit) == ("900001", Role.DEPUTY, "em", "42A")
        assert app.crashes == 0


@on_a_loop
async def test_a_number_that_is_none_is_told_and_the_form_stays_as_it_was(hand: Hand) -> None:
    async with app_on(hand) as app:
        await app.choose("volunteer", instead_of="deputy")
        await sign_on(app, "9001")
        assert app.reads("'9001' is not a person's number. It has six digits, like 900001.")
        assert app.one(ft.TextField, label="Number").value == "9001"
        assert app.all(ft.SegmentedButton, selected=["volunteer"])
        assert hand.logbook.shift() is None
        await sign_on(app, "900001")
        assert len(app.all(ft.Button)) == 8
        assert not app.reads("'9001'")


@pytest.mark.parametrize(
    ("role", "has_unit", "source"),
    [("deputy", True, Source.OBS), ("volunteer", True, Source.OBS), ("desk", False, Source.COUNTER)],
)
@on_a_loop
async def test_each_role_signs_on_with_what_it_has(hand: Hand, role: str, has_unit: bool, source: Source) -> None:  # noqa: FBT001 - a table's column
    async with app_on(hand) as app:
        await app.type("Unit", "42A")
        if role != "deputy":
            await app.choose(role, instead_of="deputy")
        assert len(app.all(ft.TextField, label="Unit")) == has_unit
        await app.choose("pm", instead_of="em")
        await sign_on(app, "900001")
        assert app.all(ft.SegmentedButton, selected=[source.value])
        await app.tap("Other")
        (entry,) = hand.logbook.entries()
        contact = entry.contact
        expected = (Role(role), "pm", "42A" if has_unit else None, source)
        assert (contact.role, contact.watch, contact.unit, contact.source) == expected


@on_a_loop
async def test_a_tap_logs_one_contact_says_so_and_a_second_within_a_second_logs_nothing(signed_on: Hand) -> None:
    async with app_on(signed_on) as app:
        await asyncio.gather(app.tap("Coffee shop"), app.tap("Coffee shop"))
        await app.tap("Business owner")
        assert settings_logged(signed_on) == ["coffee-shop"]
        assert app.reads("Logged 14:32 · Coffee shop or restaurant · no RD")
        assert app.reads("Undo 10")
        assert app.reads("Ready to send 1 (0:00)")
        await until_the_next_tap_counts()
        assert app.reads("Undo 9")
        await app.tap("Business owner")
        assert settings_logged(signed_on) == ["business-owner", "coffee-shop"]


@on_a_loop
async def test_keys_log_as_the_buttons_do_but_a_digit_in_the_tag_is_text(signed_on: Hand) -> None:
    async with app_on(signed_on) as app:
        tag = app.one(ft.TextField, label="Tag")
        await app.event(tag, "focus")
        await app.type("Tag", "3")
        await app.press("3")
        assert settings_logged(signed_on) == []
        await app.press("F3")
        (entry,) = signed_on.logbook.entries()
        assert (entry.contact.setting, entry.contact.tag) == ("coffee-shop", "3")
        await until_the_next_tap_counts()
        await app.event(tag, "blur")
        await app.press("2")
        assert settings_logged(signed_on) == ["business-owner", "coffee-shop"]


@on_a_loop
async def test_undo_takes_back_the_last_contact_alone_however_often_the_finger_lands(signed_on: Hand) -> None:
    signed_on.logbook.log(Details("block-watch"))
    async with app_on(signed_on) as app:
        await app.tap("Other")
        assert settings_logged(signed_on) == ["other", "block-watch"]
        undo = app.button("Undo")
        await asyncio.gather(app.tap(undo), app.tap(undo))
        await app.tap(undo)
        assert settings_logged(signed_on) == ["block-watch"]
        assert app.reads("Undone 14:32 · Other · no RD")
        assert not app.reads("Undo ")


@on_a_loop
async def test_what_is_chosen_or_typed_while_the_screen_is_drawn_anew_counts(signed_on: Hand) -> None:
    async with app_on(signed_on) as app:

        def news() -> None:
            app.state.news = f"{app.state.news}."

        await app.change(app.one(ft.SegmentedButton), "change", "selected", ["call"], news)
        await app.change(app.one(ft.TextField, label="Tag"), "change", "value", "123", news)
        await app.change(app.one(ft.Dropdown, label="RD"), "select", "value", "0454", news)
        await app.tap("Other")
        (entry,) = signed_on.logbook.entries()
        assert (entry.contact.source, entry.contact.tag, entry.contact.rd) == (Source.CALL, "123", "0454")


@on_a_loop
async def test_one_tag_serves_one_contact_while_source_and_rd_stay(signed_on: Hand) -> None:
    async with app_on(signed_on) as app:
        await app.type("Tag", "123")
        await app.choose_rd("0454")
        await app.choose("call", instead_of="obs")
        await app.tap("Other")
        assert app.reads("Logged 14:32 · Other · RD 0454")
        assert app.one(ft.TextField, label="Tag").value == ""
        await until_the_next_tap_counts()
        await app.tap("Other")
        found = [entry.contact for entry in signed_on.logbook.entries()]
        assert [(contact.source, contact.rd, contact.tag) for contact in found] == [
            (Source.CALL, "0454", None),
            (Source.CALL, "0454", "123"),
        ]


@on_a_loop
async def test_whoever_signs_on_next_starts_with_no_rd_and_no_tag_of_the_one_before(signed_on: Hand) -> None:
    async with app_on(signed_on) as app:
        await app.type("Tag", "123")
        await app.choose_rd("0454")
        await app.tap("Shift 0")
        await app.tap("Sign off")
        await sign_on(app, "900001")
        await app.tap("Other")
        (entry,) = signed_on.logbook.entries()
        assert (entry.contact.person, entry.contact.rd, entry.contact.tag) == ("900001", None, None)


@on_a_loop
async def test_a_tag_that_is_none_is_told_kept_to_be_mended_and_the_next_tap_follows_at_once(signed_on: Hand) -> None:
    async with app_on(signed_on) as app:
        await app.type("Tag", "12B")
        await app.tap("Other")
        assert app.reads("'12B' is not a tag.")
        assert app.one(ft.TextField, label="Tag").value == "12B"
        await app.type("Tag", "12")
        await app.tap("Other")
        assert app.reads("Logged")
        assert settings_logged(signed_on) == ["other"]


@on_a_loop
async def test_a_contact_is_withdrawn_from_the_shift_screen_and_undo_goes_with_it(signed_on: Hand) -> None:
    signed_on.logbook.log(Details("block-watch"))
    async with app_on(signed_on) as app:
        await app.tap("Other")
        await app.tap("Shift 2")
        assert len(app.all(ft.TextButton, content="Change")) == 2
        await app.tap(app.all(ft.TextButton, content="Change")[0])
        await app.tap("Withdraw: a mistake")
        assert app.reads("1 contact")
        assert settings_logged(signed_on) == ["block-watch"]
        assert not app.reads("Undo")  # it would take back the other one


@on_a_loop
async def test_what_another_program_logs_is_shown_in_every_window(signed_on: Hand, tmp_path: Path) -> None:
    async with deck_over(signed_on).running() as deck, open_screen(deck) as one, open_screen(deck, 390, 844) as other:
        with open_hand(tmp_path, FixedClock(ids=uuids(2_000)), signed_on.reference) as program:
            program.logbook.log(Details("station-event"))
        await one.sees("Shift 1")
        await other.sees("Shift 1")
        await other.tap("Other")
        with open_hand(tmp_path, FixedClock(ids=uuids(1_000)), signed_on.reference) as program:
            program.logbook.log(Details("block-watch"))
        await one.sees("Shift 3")
        await other.tap("Undo")  # its own, though another came later
        assert settings_logged(signed_on) == ["block-watch", "station-event"]
        await one.sees("Not enrolled")
        assert not one.reads("Logged")
        assert other.reads("Undone 14:32 · Other")
