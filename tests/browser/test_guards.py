"""What guards the screen, in the real served app in a real browser: faults, a busy store, a thousand contacts."""

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import troubled_app
from journals import held
from programs import START_SECONDS_MAX, Program, said_at_start
from windows import BETWEEN_TAPS_MS, Window, browser, needs_browser

from field_app.clock import SystemClock
from field_app.guards import SAFE
from field_app.hand import open_hand
from field_app.logbook import Details
from sync.reference import Reference

pytestmark = [needs_browser, pytest.mark.timeout(300)]
WENT_WRONG = "Something went wrong in the app. What was logged is safe. See under Shift whether your last tap is there."
HELD_SECONDS = 3
CONTACTS = 1_000
# A key changes one value on the screen: about 50 bytes, and as many again if the age of the oldest moves meanwhile.
BYTES_PER_KEY_MAX = 200


class TroubledApp:
    """The app that troubled_app.py serves."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process
        self.address: str = said_at_start(process)["address"]

    def draws(self) -> dict[str, int]:
        """How often each function of the screens ran since the last time this was asked."""
        stdin, stdout = self._process.stdin, self._process.stdout
        assert stdin is not None
        assert stdout is not None
        stdin.write("\n")
        stdin.flush()
        found: dict[str, int] = json.loads(stdout.readline())
        return found


@contextmanager
def troubled(deputy: Program) -> Iterator[TroubledApp]:
    """The app on the deputy's store, among parts that can be told to fail."""
    pipe: Any = subprocess.PIPE
    process = subprocess.Popen(
        [sys.executable, troubled_app.__file__, deputy.data], stdin=pipe, stdout=pipe, stderr=pipe, text=True
    )
    try:
        yield TroubledApp(process)
    finally:
        process.terminate()
        process.communicate(timeout=START_SECONDS_MAX)


def test_a_fault_in_a_handler_is_one_sentence_and_the_next_tap_logs(deputy: Program, pictures: Path) -> None:
    trouble = deputy.data / troubled_app.CLOCK
    with browser() as context, troubled(deputy) as app:
        window = Window(context, app.address)
        window.sees("Coffee shop")
        trouble.touch()
        window.tap("Coffee shop")
        window.sees(WENT_WRONG)
        window.picture(pictures / "fault-in-a-handler.png")
        trouble.unlink()
        window.tap("Other")
        window.sees("Logged")
        window.sees("Shift 1")
        assert WENT_WRONG not in window.text()
    assert [item["setting"] for item in deputy("list", "--json").json] == ["other"]


def test_a_fault_in_a_screen_is_one_sentence_and_updates_go_on(deputy: Program, pictures: Path) -> None:
    trouble = deputy.data / troubled_app.LABELS
    deputy("log", "other")
    with browser() as context, troubled(deputy) as app:
        window = Window(context, app.address)
        window.tap("Shift")
        window.sees("1 contact in this shift")
        trouble.touch()
        deputy("log", "coffee-shop")  # the list is drawn again, and cannot be
        window.sees(SAFE)
        window.sees("Shift 2")  # the rest of the window is
        window.picture(pictures / "fault-in-a-screen.png")
        deputy("log", "coffee-shop")
        window.sees("Shift 3")
        window.tap("Outbox")
        window.sees("Outbox 3")
        window.tap("Log")
        window.tap("Block watch")
        window.sees("Shift 4")
        trouble.unlink()
        window.page.wait_for_timeout(BETWEEN_TAPS_MS)
        window.tap("Other")
        window.sees("Logged")
        window.tap("Shift")
        window.sees("5 contacts in this shift")
        assert SAFE not in window.text()


def test_while_another_program_holds_the_store_the_screen_answers(deputy: Program) -> None:
    """A tap waits for the store; everything else is seen while the store is still held, or it never would be."""
    with browser() as context, deputy.running("run", "--no-browser", "--port", "0") as (_, launch):
        window = Window(context, launch)
        with held(deputy.data / "store"):
            give_back_at = time.monotonic() + HELD_SECONDS
            window.tap("Other")
            while time.monotonic() < give_back_at:
                for tab, words in (("Shift", "0 contacts in this shift"), ("Outbox", "Sent 0"), ("Log", "F1")):
                    window.tap(tab)
                    window.sees(words)
            assert "Logged" not in window.text()
        window.sees("Logged")
        window.sees("Shift 1")


def test_with_a_thousand_contacts_only_what_changed_is_drawn_and_sent(deputy: Program, reference: Reference) -> None:
    with open_hand(deputy.data, SystemClock(), reference) as hand:
        for _ in range(CONTACTS):
            hand.logbook.log(Details("coffee-shop"))
    with browser() as context, troubled(deputy) as app:
        window = Window(context, app.address)
        window.tap("Shift")
        window.sees("1000 contacts in this shift; the latest 200 are listed")
        rows = app.draws()["ContactRow"]
        assert rows > 1
        deputy("log", "other", "--rd", "0454")
        window.sees("RD 0454")
        assert app.draws()["ContactRow"] == 1
        window.tap("Log")
        window.page.get_by_role("textbox", name="Tag").click()
        window.page.wait_for_timeout(500)
        app.draws()
        before = window.bytes_received
        for key in "123":
            window.page.keyboard.press(key)
            window.page.wait_for_timeout(300)
        found = app.draws()
        assert 1 <= found["LogScreen"] <= 3
        assert "ContactRow" not in found
        assert window.bytes_received - before <= 3 * BYTES_PER_KEY_MAX
