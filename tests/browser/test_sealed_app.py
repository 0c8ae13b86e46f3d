"""The sealed app in a real browser: a PIN, a kill, a reboot."""

import shutil
import signal
from pathlib import Path

import pytest
from programs import Program, sealing_program
from windows import Window, browser, needs_browser

pytestmark = [needs_browser, pytest.mark.timeout(300)]
PIN, WRONG_PIN = "271828", "161803"


@pytest.fixture
def car(tmp_path: Path, runtime: Path) -> Program:
    """The deputy's program, which seals what it makes; with an empty data folder."""
    return sealing_program(tmp_path / "car", runtime)


def write_secret(window: Window, label: str, text: str) -> None:
    """Write into a field whose text is not shown, which is no text box to a screen reader."""
    field = window.page.get_by_label(label, exact=True)
    field.click()
    window.page.wait_for_timeout(300)
    field.fill(text)
    window.page.wait_for_timeout(300)


def test_a_pin_opens_the_app_a_kill_leaves_it_open_and_a_reboot_locks_it(
    car: Program, runtime: Path, pictures: Path
) -> None:
    with browser() as context:
        with car.running("run", "--no-browser", "--port", "0") as (process, launch):
            window = Window(context, launch)
            window.write("Number", "900041")
            write_secret(window, "New PIN", PIN)
            write_secret(window, "New PIN again", PIN)
            window.picture(pictures / "sign-on-pin.png")
            window.tap("Sign on")
            window.sees("F1")
            window.tap("Coffee shop")
            window.sees("Shift 1")
            process.send_signal(signal.SIGKILL)
        with car.running("run", "--no-browser", "--port", "0") as (process, launch):
            window = Window(context, launch)
            window.sees("Shift 1")
            process.send_signal(signal.SIGKILL)
        shutil.rmtree(runtime)
        runtime.mkdir(mode=0o700)
        with car.running("run", "--no-browser", "--port", "0") as (_, launch):
            window = Window(context, launch)
            window.sees("This device is locked")
            assert "Coffee" not in window.text()
            window.write("Number", "900041")
            write_secret(window, "PIN", WRONG_PIN)
            window.tap("Unlock")
            window.sees("Wrong PIN. 4 more tries")
            window.picture(pictures / "unlock.png")
            write_secret(window, "PIN", PIN)
            window.tap("Unlock")
            window.sees("Shift 1")
    assert [item["setting"] for item in car("list", "--json").json] == ["coffee-shop"]
    files = [path for path in car.data.rglob("*") if path.is_file()]
    assert not any(PIN.encode() in path.read_bytes() or b"coffee-shop" in path.read_bytes() for path in files)
