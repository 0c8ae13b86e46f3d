"""Save to a file, in the app: what becomes a sentence, what becomes a file. The button itself is in tests/browser."""

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from cars import enrol_at
from doubles import FixedClock
from headless import on_a_loop

from field_app.actions import Actions, KeepFile
from field_app.attempts import exported, tried
from field_app.courier import Courier
from field_app.device import EnrolledAt
from field_app.hand import Hand
from field_app.logbook import Details
from field_app.state import AppState
from field_app.view import take_view
from field_app.writer import Writer
from station.database import open_database
from station.desk import Desk
from sync.reference import Reference

NAME = "contact755-car-42-2026-11-22-143205.bundle"


@pytest.fixture
def enrolled(signed_on: Hand, tmp_path: Path, reference: Reference, clock: FixedClock) -> Iterator[Hand]:
    """A device with one contact, that a station knows."""
    database = open_database(tmp_path / "office")
    enrol_at(Desk(database, reference, clock.now), database, signed_on.device, "car 42", clock)
    signed_on.logbook.log(Details("other"))
    yield signed_on
    database.close()


def window(hand: Hand, keep_file: KeepFile) -> tuple[AppState, Actions]:
    """What one window shows and does, with a place for files."""

    async def locked() -> None:
        raise AssertionError("nothing locks the store here")

    state = AppState(take_view(hand))
    return state, Actions(state, hand, Writer(), Courier(hand), lambda _: None, locked, keep_file, lambda: None)


def test_what_stands_in_the_way_is_a_sentence_without_a_command(enrolled: Hand) -> None:
    made, problem = tried(lambda: exported(enrolled))
    assert (made and made[0], problem) == (NAME, None)
    station = enrolled.device.station()
    assert station is not None
    enrolled.device.enrol_at(replace(station, recovery_key=None), "none")
    _, problem = tried(lambda: exported(enrolled))
    assert problem == "The station gave this device no key to seal a file to. Enrol again."


def test_without_a_station_or_anything_to_hand_over_no_file_is_made(signed_on: Hand) -> None:
    assert tried(lambda: exported(signed_on)) == (None, "This device is not enrolled.")
    signed_on.device.enrol_at(EnrolledAt("http://127.0.0.1:1", "Norwalk", "car 42", None, "09" + "00" * 31), "none")
    assert tried(lambda: exported(signed_on)) == (None, "Nothing is ready to send, so no file is made.")


@on_a_loop
async def test_a_file_is_saved_once_though_a_finger_lands_twice(enrolled: Hand) -> None:
    kept: dict[str, bytes] = {}
    is_chosen = asyncio.Event()

    async def keep(name: str, data: bytes) -> bool:
        await is_chosen.wait()
        assert name not in kept
        kept[name] = data
        return True

    state, actions = window(enrolled, keep)
    first = asyncio.create_task(actions.save_file())
    await asyncio.sleep(0.1)
    await actions.save_file()
    is_chosen.set()
    await first
    assert [*kept] == [NAME]
    assert state.toast is not None
    assert state.toast.text == f"Saved as {NAME}. Take it to the station."
    assert len(enrolled.store.ready_ids()) == 1


@on_a_loop
async def test_a_file_that_nobody_chose_a_place_for_is_not_called_saved(enrolled: Hand) -> None:
    async def leave(name: str, data: bytes) -> bool:
        return not (name and data)

    state, actions = window(enrolled, leave)
    await actions.save_file()
    assert (state.toast, state.problem) == (None, None)


@on_a_loop
async def test_a_fault_of_the_file_dialog_is_a_sentence_and_the_next_try_works(enrolled: Hand) -> None:
    tries: list[str] = []

    async def fail_once(name: str, data: bytes) -> bool:
        tries.append(name)
        if len(tries) == 1:
            raise RuntimeError(len(data))
        return True

    state, actions = window(enrolled, fail_once)
    await actions.save_file()
    told = [state.problem]
    await actions.save_file()
    told.append(state.problem)
    assert told == ["The file could not be saved here. What you logged is safe.", None]
    assert state.toast is not None


@on_a_loop
async def test_codes_are_drawn_one_by_one_and_gone_when_left(enrolled: Hand) -> None:
    """Numbers that are none show nothing else; and nothing is any less ready to send."""
    state, actions = window(enrolled, _no_file)
    await actions.codes.ask()
    assert state.codes is not None
    first = state.codes
    assert (first.number, first.count, first.picture[:4]) == (1, 1, b"\x89PNG")
    for number in (0, 2):
        await actions.codes.show(number)
        assert state.codes is first
    actions.codes.leave()
    await actions.codes.show(1)
    assert not _is_shown(state)
    assert len(enrolled.store.ready_ids()) == 1


@on_a_loop
async def test_what_codes_cannot_show_is_a_sentence(signed_on: Hand) -> None:
    state, actions = window(signed_on, _no_file)
    await actions.codes.ask()
    assert (state.codes, state.problem) == (None, "This device is not enrolled.")


def _is_shown(state: AppState) -> bool:
    return state.codes is not None


async def _no_file(_name: str, _data: bytes) -> bool:
    raise AssertionError("codes need no file")
