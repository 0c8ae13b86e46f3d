"""Briefings on the app's screens: found by a glance, read, and called read once it is on the disk."""

import asyncio
from dataclasses import replace

import flet as ft
import pytest
from briefings_told import EVERYBODY, tell
from headless import app_on, on_a_loop, settings_logged

from field_app.hand import Hand
from field_app.store.faults import StoreFault
from sync.briefings import Audience, BriefingWithdrawn


@on_a_loop
async def test_a_briefing_is_seen_read_and_acknowledged_once_however_often_the_finger_lands(signed_on: Hand) -> None:
    tell(signed_on, EVERYBODY)
    async with app_on(signed_on) as app:
        await app.tap("Briefings 1")
        assert app.reads("1 briefing to read")
        assert app.reads("To be read by Sun 29 Nov")
        await app.tap("Open")
        assert app.one(ft.Markdown).value == EVERYBODY.text
        button = app.one(ft.FilledButton, key="read")
        await asyncio.gather(app.tap(button), app.tap(button))
        assert app.reads(f"Read 14:32 · {EVERYBODY.title}")
        assert app.reads("You have read all briefings.")
        assert app.reads("Briefings 0")
        assert len(signed_on.store.ready_ids()) == 1
        await app.tap("Open")
        assert app.reads("Read Sun 22 Nov 14:32")
        assert not app.all(ft.FilledButton, key="read")
        await app.tap(app.one(ft.OutlinedButton, key="back"))
        assert app.reads("You have read all briefings.")
        assert app.crashes == 0


@on_a_loop
async def test_a_briefing_never_stands_in_the_way_of_a_tap(signed_on: Hand) -> None:
    async with app_on(signed_on) as app:
        tell(signed_on, EVERYBODY)
        await app.sees("Briefings 1")
        await app.tap("Other")
        assert settings_logged(signed_on) == ["other"]
        await app.tap("Briefings 1")
        await app.tap("Open")
        await app.press("F1")  # the keys mean the buttons only while they are seen
        assert settings_logged(signed_on) == ["other"]
        await app.tap("Log")
        assert len(app.all(ft.Button)) == 8


@on_a_loop
async def test_what_could_not_be_kept_is_not_called_read(signed_on: Hand, monkeypatch: pytest.MonkeyPatch) -> None:
    tell(signed_on, EVERYBODY)

    def full(_: object) -> None:
        raise StoreFault("The disk is full. Make room, then tap again.")

    async with app_on(signed_on) as app:
        await app.tap("Briefings 1")
        await app.tap("Open")
        monkeypatch.setattr(signed_on.store, "add", full)
        await app.tap(app.one(ft.FilledButton, key="read"))
        assert app.reads("The disk is full.")
        assert app.all(ft.FilledButton, key="read")
        assert app.reads("Briefings 1")
        monkeypatch.undo()
        await app.tap(app.one(ft.FilledButton, key="read"))
        assert app.reads("Briefings 0")


@on_a_loop
async def test_links_and_pictures_are_words_on_the_screen(signed_on: Hand) -> None:
    tell(signed_on, replace(EVERYBODY, text="[x](http://evil.example) ![p](http://evil.example/p.png) <b>"))
    async with app_on(signed_on) as app:
        await app.tap("Briefings 1")
        await app.tap("Open")
        shown = app.one(ft.Markdown)
        assert shown.value == "\\[x\\](http://evil.example) !\\[p\\](http://evil.example/p.png) \\<b>"
        assert (shown.auto_follow_links, shown.on_tap_link, shown.extension_set) == (
            False,
            None,
            ft.MarkdownExtensionSet.NONE,
        )


@on_a_loop
async def test_a_briefing_that_is_taken_back_while_it_is_read_can_still_be_left(signed_on: Hand) -> None:
    tell(signed_on, replace(EVERYBODY, audience=Audience(areas=("La Mirada",)), edition=2))
    async with app_on(signed_on) as app:
        await app.tap("Briefings 1")
        await app.tap("Open")
        assert app.reads("From 900003, Sat 21 Nov 14:32 · edition 2 · for La Mirada")
        tell(signed_on, BriefingWithdrawn(EVERYBODY.briefing, EVERYBODY.at, "900003"))
        await app.sees("Briefings 0")
        await app.tap(app.one(ft.OutlinedButton, key="back"))
        assert app.reads("No briefings for you.")
