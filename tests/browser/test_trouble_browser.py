"""A window over a store that cannot be read, in a real browser."""

from contextlib import suppress
from pathlib import Path

import pytest
from playwright.sync_api import TimeoutError as PlaywrightTimeout
from programs import Program
from windows import Window, browser, needs_browser

pytestmark = [needs_browser, pytest.mark.timeout(300)]


def test_a_window_that_cannot_read_the_store_says_why_and_tries_again(tmp_path: Path, pictures: Path) -> None:
    car = Program("contact755", tmp_path / "car")
    assert car("sign-on", "900041", "--unit", "41A", "--watch", "day").code == 0
    unreadable = tmp_path / "car" / "store" / "journal-00000002.log"  # a folder where a file should be
    with browser() as context, car.running("run", "--no-browser", "--port", "0") as (_, launch):
        unreadable.mkdir()
        window = Window(context, launch)
        window.sees("The contacts on this device cannot be read.")
        window.sees("The disk reports a fault")
        window.picture(pictures / "trouble.png")
        window.tap("Try again")
        window.page.wait_for_timeout(500)
        window.sees("The disk reports a fault")
        unreadable.rmdir()
        with suppress(PlaywrightTimeout):  # the window may have looked again by itself meanwhile
            window.button("Try again").click(timeout=3_000)
        window.sees("F1")
