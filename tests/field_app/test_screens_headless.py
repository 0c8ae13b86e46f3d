"""What a deputy sees and does, on the app's own window over a real store, without a browser."""

import asyncio
import dataclasses
import shutil
import time
from collections.abc import Iterator
from pathlib import Path

import flet as ft
import pytest
from doubles import FixedClock, uuids
from headless import Screen, app_on, on_a_loop, open_screen
from journals import Mount, StartProgram, finish, hear, say

from field_app.actions import DEBOUNCE_SECONDS
from field_app.app import open_deck
from field_app.guards import SAFE
from field_app.hand import Hand, open_hand
from field_app.logbook import Details
from field_app.state import Screen as Tab
from field_app.store.faults import StoreFull
from field_app.theme import Light
from sync.records import Role, Source
from sync.reference import Reference

_HOLDER = """
db = JournalDB(folder)
with db.journal.writing():
    print("held", flush=True)
    sys.stdin.readline()
"""
LAG_SECONDS_MAX = 0.1


@pytest.fixture
def hand(tmp_path: Path, reference: Reference) -> Iterator[Hand]:
    """An open store, fresh: nobody is signed on."""
    with open_hand(tmp_path, FixedClock(), reference) as hand:
        yield hand


@pytest.fixture
def signed_on(hand: Hand) -> Hand:
    """The same store with a deputy signed on."""
    hand.logbook.sign_on("900041", Role.DEPUTY, "day", "41A")
    return hand


def settings_logged(hand: Hand) -> list[str]:
    """The settings of the contacts that stand, latest first."""
    return [entry.contact.setting for entry in hand.logbook.entries()]


def log_until_full(hand: Hand) -> int:
    """Log until the disk takes no more: how many contacts stand then."""
    try:
        while True:
            hand.logbook.log(Details("block-watch"))
    except StoreFull:
        return len(hand.logbook.entries())


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
async def test_keys_log_as_the_buttons_do_but_not_while_the_tag_is_typed(signed_on: Hand) -> None:
    async with app_on(signed_on) as app:
        await app.event(app.one(ft.TextField, label="Tag"), "focus")
        await app.press("3")
        assert settings_logged(signed_on) == []
        await app.event(app.one(ft.TextField, label="Tag"), "blur")
        await app.press("F3")
        assert settings_logged(signed_on) == ["coffee-shop"]


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
        assert len(app.all(ft.TextButton, content="Withdraw")) == 2
        await app.tap(app.all(ft.TextButton, content="Withdraw")[0])
        assert app.reads("1 contact")
        assert settings_logged(signed_on) == ["block-watch"]
        assert not app.reads("Undo")  # it would take back the other one


@on_a_loop
async def test_what_another_program_logs_is_shown_in_every_window(signed_on: Hand, tmp_path: Path) -> None:
    async with open_deck(signed_on) as deck, open_screen(deck) as one, open_screen(deck, 390, 844) as other:
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


@on_a_loop
async def test_a_full_disk_is_told_and_logging_goes_on_when_there_is_space(mount: Mount, reference: Reference) -> None:
    disk = mount("size=256k")
    with open_hand(disk / "car", FixedClock(), reference) as hand:
        hand.logbook.sign_on("900041", Role.DEPUTY, "day", "41A")
        hand.logbook.log(Details("block-watch"))
        filler = disk / "filler"
        filler.write_bytes(bytes(shutil.disk_usage(disk).free))
        acknowledged = log_until_full(hand)
        async with app_on(hand) as app:
            for _ in range(2):
                await app.tap("Other")
                assert app.reads("The disk is full. Free some space, then try again.")
                assert not app.reads("Logged")
                assert len(settings_logged(hand)) == acknowledged
            filler.unlink()
            await app.tap("Coffee shop")
            assert app.reads("Logged 14:32 · Coffee shop or restaurant")
            assert not app.reads("The disk is full.")
            assert len(settings_logged(hand)) == acknowledged + 1
            assert app.crashes == 0


@on_a_loop
async def test_a_fault_in_a_component_shows_one_sentence_and_the_next_change_is_shown(signed_on: Hand) -> None:
    async with app_on(signed_on) as app:
        app.state.light = "dusk"  # type: ignore[assignment]  # no light has this name: every component raises
        await app.settle()
        assert app.texts() == [SAFE]
        for light in Light:
            app.state.light = light
            await app.settle()
            assert app.reads(light.capitalize())
            assert len(app.all(ft.Button)) == 8
        await app.tap("Other")
        assert app.reads("Logged")
        assert app.crashes == 0


@on_a_loop
async def test_a_fault_in_a_handler_is_told_and_the_screen_stays(signed_on: Hand) -> None:
    async with app_on(signed_on) as app:
        await app.choose("nonsense", instead_of="obs")
        assert app.reads("Something went wrong in the app. What you logged is safe.")
        assert app.crashes == 0
        await app.tap("Other")
        assert app.reads("Logged")
        assert not app.reads("Something went wrong")


@on_a_loop
async def test_a_contact_of_a_setting_that_the_station_no_longer_has_is_still_listed(
    signed_on: Hand, reference: Reference
) -> None:
    signed_on.logbook.log(Details("coffee-shop"))
    fewer = {name: setting for name, setting in reference.settings.items() if name != "coffee-shop"}
    later = dataclasses.replace(signed_on, reference=dataclasses.replace(reference, settings=fewer))
    async with app_on(later) as app:
        await app.tap("Shift 1")
        assert app.reads("coffee-shop")
        assert not app.reads(SAFE)


@on_a_loop
async def test_the_window_never_waits_for_the_disk(signed_on: Hand, program: StartProgram, folder: Path) -> None:
    """Another program holds the store for half a second; a tap waits for it, and everything else goes on."""
    async with app_on(signed_on) as app:
        await app.sees("Not enrolled")
        lags: list[float] = []

        async def tick() -> None:
            while True:
                before = time.monotonic()
                await asyncio.sleep(0.005)
                lags.append(time.monotonic() - before - 0.005)

        holder = program(_HOLDER)
        await asyncio.to_thread(hear, holder, "held")
        ticking = asyncio.create_task(tick())
        tapped = asyncio.create_task(app.tap("Other"))
        await asyncio.sleep(0.3)
        await app.choose("call", instead_of="obs")  # a window that waits could not be used
        await asyncio.sleep(0.2)
        assert not tapped.done()
        assert not app.reads("Logged")
        say(holder, "go")
        await tapped
        ticking.cancel()
        await asyncio.to_thread(finish, holder)
        assert app.reads("Logged")
        assert max(lags) < LAG_SECONDS_MAX


@on_a_loop
async def test_one_more_contact_on_a_long_shift_draws_one_more_row(signed_on: Hand) -> None:
    for _ in range(200):
        signed_on.logbook.log(Details("coffee-shop"))
    async with app_on(signed_on) as app:
        app.state.screen = Tab.SHIFT
        await app.settle()
        before = {row.key: row._b for row in app.components("ContactRow")}
        assert len(before) == 200
        bytes_before = app.bytes_sent
        await app.press("F8")
        rows = list(app.components("ContactRow"))
        drawn = [row.args[0].contact.setting for row in rows if row._b is not before.get(row.key)]
        assert drawn == ["other"]
        assert len(rows) == 200  # the list's limit: the oldest gave way
        assert app.bytes_sent - bytes_before < 5_000
