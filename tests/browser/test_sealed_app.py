"""The sealed app in a real browser: a PIN, a kill, a reboot."""

import shutil
import signal
from pathlib import Path

import pytest
from programs import Program, sealing_program, serving
from windows import Window, browser, needs_browser

pytestmark = [needs_browser, pytest.mark.timeout(300)]
PIN, WRONG_PIN = "271828", "161803"


@pytest.fixture
def car(tmp_path: Path, runtime: Path) -> Program:
    """The deputy's program, which seals what it makes; with an empty data folder."""
    return sealing_program(tmp_path / "car", runtime)


@pytest.fixture
def station(tmp_path: Path) -> Program:
    """The station's program with an empty data folder."""
    return Program("station755", tmp_path / "station")


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


def test_a_forgotten_pin_is_helped_by_the_station_without_a_command_line(
    car: Program, station: Program, runtime: Path, pictures: Path, tmp_path: Path
) -> None:
    (tmp_path / "pin").write_text(PIN)
    assert car("sign-on", "900041", "--unit", "41A", "--watch", "day", "--pin-file", str(tmp_path / "pin")).code == 0
    with serving(station) as address:
        assert car("enrol", address, station("enrol-code", "car 41").out.strip()).code == 0
    assert car("log", "coffee-shop").code == 0
    shutil.rmtree(runtime)
    runtime.mkdir(mode=0o700)
    with browser() as context, car.running("run", "--no-browser", "--port", "0") as (_, launch):
        window = Window(context, launch)
        window.tap("PIN forgotten")
        window.sees("Anybody with a PIN on this device")
        window.picture(pictures / "pin-forgotten.png")
        window.page.get_by_text("Recovery code", exact=True).first.click()
        window.sees("make a recovery code")
        with window.page.expect_download() as download:
            window.tap("Save the keys")
        download.value.save_as(tmp_path / "keys.json")
        window.sees("Saved as contact755-keys.json")
        code = station("recovery-code", str(tmp_path / "keys.json")).out.strip()
        window.write("Number", "900041")
        write_secret(window, "New PIN", WRONG_PIN)
        write_secret(window, "New PIN again", WRONG_PIN)
        window.write("Recovery code", code)
        window.picture(pictures / "recovery-code.png")
        window.tap("Set the PIN")
        window.sees("Shift 1")
    assert [item["setting"] for item in car("list", "--json").json] == ["coffee-shop"]
