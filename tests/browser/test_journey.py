"""The journey of a shift in a real browser: from a tap in a dead zone to the sergeant's worksheet."""

import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import date, datetime
from pathlib import Path

import pytest
from playwright.sync_api import TimeoutError as PlaywrightTimeout
from playwright.sync_api import expect
from programs import START_SECONDS_MAX, Program, said_at_start, serving
from sergeants import console_in, open_worksheet, picture, sign_in
from windows import BETWEEN_TAPS_MS, Window, browser, needs_browser

from sync.reference import Reference
from sync.watches import shift_on

pytestmark = [needs_browser, pytest.mark.timeout(300)]
SETTINGS = ("Resident outside", "Coffee shop or restaurant", "Block watch")


@contextmanager
def silent_station(station755: Program, port: str) -> Iterator[subprocess.Popen[str]]:
    """A station that takes connections, and answers once it gets SIGCONT."""
    process = station755.start("serve", "--port", port, "--json")
    try:
        said_at_start(process)
        process.send_signal(signal.SIGSTOP)
        yield process
    finally:
        process.send_signal(signal.SIGCONT)
        process.terminate()
        process.communicate(timeout=START_SECONDS_MAX)


def sheet_date(contact755: Program, reference: Reference) -> date:
    """The date of the worksheet on which the device's last contact belongs."""
    at = datetime.fromisoformat(contact755("list", "--json").json[0]["at"])
    return shift_on(at, reference.watches["day"], reference.zone)


def test_a_shift_from_sign_on_to_the_worksheet_though_the_station_is_down_and_the_app_is_killed(
    contact755: Program, station755: Program, reference: Reference, pictures: Path
) -> None:
    with serving(station755) as address:
        assert contact755("enrol", address, station755("enrol-code", "car 41").out.strip()).code == 0
    with browser() as context:
        with contact755.running("run", "--no-browser", "--port", "0") as (app, launch):
            window = Window(context, launch)
            window.picture(pictures / "sign-on.png")
            window.sign_on()
            for name in SETTINGS:
                window.tap(name)
                window.sees(f"· {name}")
                window.page.wait_for_timeout(BETWEEN_TAPS_MS)
            window.sees("Ready to send 3")
            window.sees("Station not reachable")
            window.picture(pictures / "log.png")
            app.send_signal(signal.SIGKILL)
        with contact755.running("run", "--no-browser", "--port", "0") as (_, launch):
            window = Window(context, launch)
            window.sees("Shift 3")
            window.tap("Shift")
            window.sees("3 contacts in this shift")
            window.picture(pictures / "shift.png")
            window.tap("Outbox")
            with silent_station(station755, address.rpartition(":")[2]) as process:
                with suppress(PlaywrightTimeout):  # the app may have begun by itself meanwhile
                    window.button("Send").click(timeout=3_000)
                window.sees("Sending.")
                window.sees("Progress")
                expect(window.button("Send")).to_be_disabled()
                window.picture(pictures / "sending.png")
                process.send_signal(signal.SIGCONT)
                window.sees("3 of 3 contacts received. Receipt 1.")
                window.sees("Ready to send 0 · Sent 3 · Needs attention 0")
                window.picture(pictures / "outbox.png")
                with console_in(context.browser, address) as page:
                    sign_in(page, station755("admin-password").out.strip())
                    rows = open_worksheet(page, sheet_date(contact755, reference), "Day", "900041")
                    expect(rows).to_have_count(3)
                    for row, name in zip(rows.all(), SETTINGS, strict=True):
                        expect(row).to_contain_text(name)
                    picture(page, pictures / "journey-worksheet.png")
                    window.tap("Send")
                    window.page.wait_for_timeout(1_000)
                    page.reload()
                    expect(rows).to_have_count(3)
