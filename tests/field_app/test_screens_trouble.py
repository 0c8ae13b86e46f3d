"""The app's own window when something goes wrong or takes long, over a real store, without a browser."""

import asyncio
import dataclasses
import shutil
import time
from pathlib import Path
from typing import TYPE_CHECKING

import flet as ft
import pytest
from doubles import FixedClock
from headless import SEEN_SECONDS_MAX, app_on, on_a_loop, settings_logged, started
from journals import HOLDER, Mount, StartProgram, finish, hear, say
from troubled_app import TroubledClock

from field_app import native
from field_app.guards import SAFE
from field_app.hand import Hand, open_hand
from field_app.logbook import Details
from field_app.screens.trouble import UNREAD
from field_app.state import Screen as Tab
from field_app.store.faults import StoreFull
from field_app.theme import Light
from sync.records import Role
from sync.reference import Reference

if TYPE_CHECKING:
    from _collections_abc import dict_items

HELD_SECONDS = 1.0


def log_until_full(hand: Hand) -> int:
    """Log until the disk takes no more: how many contacts stand then."""
    try:
        while True:
            hand.logbook.log(Details("block-watch"))
    except StoreFull:
        return len(hand.logbook.entries())


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


class FailingAreas(dict[str, tuple[str, ...]]):
    """The station's areas, which nobody can list while they fail."""

    fails = True

    def items(self) -> "dict_items[str, tuple[str, ...]]":
        """The areas and their RDs."""
        if self.fails:
            raise LookupError("There are no areas now.")
        return super().items()


@on_a_loop
async def test_a_part_that_could_not_be_shown_comes_back_by_itself_when_the_fault_has_passed(
    signed_on: Hand, reference: Reference
) -> None:
    areas = FailingAreas(reference.areas)
    failing = dataclasses.replace(signed_on, reference=dataclasses.replace(reference, areas=areas))
    async with app_on(failing) as app:
        assert app.reads(SAFE)
        assert not app.all(ft.Button)
        await app.press("F1")  # keys log all the same
        assert app.reads("Logged")
        areas.fails = False
        await app.sees("Resident outside")
        assert not app.reads(SAFE)
        assert len(app.all(ft.Button)) == 8


@on_a_loop
async def test_a_fault_in_a_handler_is_told_and_the_screen_stays(signed_on: Hand) -> None:
    async with app_on(signed_on) as app:
        await app.choose("nonsense", instead_of="obs")
        assert app.reads(
            "Something went wrong in the app. What was logged is safe. See under Shift whether your last tap is there."
        )
        assert app.crashes == 0
        await app.tap("Other")
        assert app.reads("Logged")
        assert not app.reads("Something went wrong")


@on_a_loop
async def test_after_a_fault_while_logging_the_next_tap_counts_at_once(tmp_path: Path, reference: Reference) -> None:
    trouble = tmp_path / "trouble"
    with open_hand(tmp_path, TroubledClock(trouble), reference) as hand:
        hand.logbook.sign_on("900041", Role.DEPUTY, "day", "41A")
        async with app_on(hand) as app:
            trouble.touch()
            await app.tap("Coffee shop")
            assert app.reads("Something went wrong in the app.")
            trouble.unlink()
            await app.tap("Other")  # no finger has bounced: nothing was logged
            assert app.reads("Logged")
            assert settings_logged(hand) == ["other"]


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
    """Another program holds the store for a second; a tap waits for it, and everything else goes on."""
    async with app_on(signed_on) as app:
        await app.sees("Not enrolled")
        lags: list[float] = []

        async def tick() -> None:
            while True:
                before = time.monotonic()
                await asyncio.sleep(0.005)
                lags.append(time.monotonic() - before - 0.005)

        holder = program(HOLDER)
        await asyncio.to_thread(hear, holder, "held")
        ticking = asyncio.create_task(tick())
        tapped = asyncio.create_task(app.tap("Other"))
        await asyncio.sleep(HELD_SECONDS / 2)
        await app.choose("call", instead_of="obs")  # a window that waits could not be used
        await asyncio.sleep(HELD_SECONDS / 2)
        assert not tapped.done()
        assert not app.reads("Logged")
        say(holder, "go")
        await tapped
        ticking.cancel()
        await asyncio.to_thread(finish, holder)
        assert app.reads("Logged")
        assert max(lags) < HELD_SECONDS / 2  # a loop that waits for the store lags as long as it is held


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
        await app.press("F8")  # a key means a button only while the buttons are seen
        assert app.state.view.own[0].contact.setting == "coffee-shop"
        await asyncio.to_thread(lambda: signed_on.logbook.log(Details("other")))
        await app.sees("Other")
        rows = list(app.components("ContactRow"))
        drawn = [row.args[0].contact.setting for row in rows if row._b is not before.get(row.key)]
        assert drawn == ["other"]
        assert len(rows) == 200  # the list's limit: the oldest gave way
        assert app.bytes_sent - bytes_before < 5_000


@on_a_loop
async def test_a_window_opened_over_a_store_that_cannot_be_read_says_why_and_tries_again(
    signed_on: Hand, tmp_path: Path
) -> None:
    unreadable = tmp_path / "store" / "journal-00000002.log"  # a folder where a file should be: reading it is a fault
    unreadable.mkdir()
    async with app_on(signed_on) as app:
        for _ in range(2):
            assert app.reads(UNREAD)
            assert app.reads("The disk reports a fault: Is a directory.")
            assert not app.reads("Sign on")  # nobody knows whether somebody is signed on
            await app.tap("Try again")
        unreadable.rmdir()
        await app.tap("Try again")
        assert not app.reads(UNREAD)
        assert app.reads("900041 · 41A")
        assert len(app.all(ft.Button)) == 8
        assert app.crashes == 0


@on_a_loop
async def test_a_store_that_cannot_be_read_for_a_while_is_told_only_for_that_while(
    signed_on: Hand, tmp_path: Path
) -> None:
    unreadable = tmp_path / "store" / "journal-00000002.log"
    async with app_on(signed_on) as app:
        unreadable.mkdir()
        await app.sees("The disk reports a fault")
        assert len(app.all(ft.Button)) == 8
        unreadable.rmdir()
        async with asyncio.timeout(SEEN_SECONDS_MAX):
            while app.reads("The disk reports a fault"):  # noqa: ASYNC110 - Flet tells nobody when it has shown something
                await asyncio.sleep(0.01)


@on_a_loop
async def test_a_native_window_whose_data_folder_is_no_folder_says_so_and_tries_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    blocked = tmp_path / "data"
    blocked.write_text("a file where the folder should be")
    monkeypatch.setenv("CONTACT755_DATA", str(blocked))
    async with started(native.main) as app:
        assert app.reads(UNREAD)
        assert app.reads("The data folder is not a folder.")
        await app.tap("Try again")
        assert app.reads(UNREAD)
        blocked.unlink()
        await app.tap("Try again")
        await app.sees("Sign on")
        assert app.crashes == 0


@on_a_loop
async def test_a_finger_that_lands_twice_on_try_again_opens_the_store_of_a_native_window_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    blocked = tmp_path / "data"
    blocked.write_text("a file where the folder should be")
    monkeypatch.setenv("CONTACT755_DATA", str(blocked))
    async with started(native.main) as app:
        blocked.unlink()
        again = app.button("Try again")
        await asyncio.gather(app.tap(again), app.tap(again))
        await app.sees("Sign on")
        assert sum("Deck._keep_following" in repr(task) for task in asyncio.all_tasks()) == 1
        assert app.crashes == 0
