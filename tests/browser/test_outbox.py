"""The Outbox in a real browser when nothing can be sent: the file for the station, and a device that it refuses."""

import json
from pathlib import Path

import pytest
from programs import Program, serving
from windows import BETWEEN_TAPS_MS, Window, browser, needs_browser

pytestmark = [needs_browser, pytest.mark.timeout(300)]


def test_what_cannot_be_sent_is_saved_to_a_file_that_the_station_takes_in(
    deputy: Program, station755: Program, tmp_path: Path, pictures: Path
) -> None:
    with serving(station755) as address:
        assert deputy("enrol", address, station755("enrol-code", "car 42").out.strip()).code == 0
    with browser() as context, deputy.running("run", "--no-browser", "--port", "0") as (_, launch):
        window = Window(context, launch)
        window.tap("Outbox")
        window.sees("Station not reachable")
        assert "Save to a file" not in window.text()  # nothing waits for one
        window.tap("Log")
        for place, name in enumerate(("Coffee shop", "Block watch"), 1):
            window.tap(name)
            window.sees(f"Shift {place}")
            window.page.wait_for_timeout(BETWEEN_TAPS_MS)
        window.tap("Outbox")
        window.sees("Save to a file")
        window.picture(pictures / "outbox-waiting.png")
        with window.page.expect_download() as waited:
            window.tap("Save to a file")
        name = waited.value.suggested_filename
        assert name.startswith("contact755-car-42-")
        bundle = tmp_path / name
        waited.value.save_as(bundle)
        window.sees(f"Saved as {name}. Take it to the station.")
        window.picture(pictures / "outbox-saved.png")
        window.sees("Ready to send 2 · Sent 0")
        imported = station755("import", str(bundle), "--json")
        assert (imported.code, json.loads(imported.out)["accepted"]) == (0, 2), imported
        assert deputy("settle", f"{bundle}.receipt").code == 0
        window.sees("Ready to send 0 · Sent 2 · Needs attention 0")
        window.sees("Last: Receipt 1 · ")
        assert "Save to a file" not in window.text()
        window.picture(pictures / "outbox-receipt.png")


def test_a_bundle_is_shown_as_codes_that_the_station_reads_off_pictures(
    deputy: Program, station755: Program, tmp_path: Path, pictures: Path
) -> None:
    """On a phone's screen, as somebody photographs it: one code after the other."""
    with serving(station755) as address:
        assert deputy("enrol", address, station755("enrol-code", "car 42").out.strip()).code == 0
    for number in range(10):
        assert deputy("log", "coffee-shop", "--rd", "0454", "--note", f"A long talk about the park, {number}").code == 0
    with browser(360, 740) as context, deputy.running("run", "--no-browser", "--port", "0") as (_, launch):
        window = Window(context, launch)
        window.tap("Outbox")
        window.sees("Trying again at")  # nothing is moved any more by what there is to tell of the line
        window.tap("Show as codes")
        window.sees("Code 1 of ")
        count = int(window.text().partition("Code 1 of ")[2].split()[0])
        shown = []
        for number in range(1, count + 1):
            window.sees(f"Code {number} of {count}")
            window.page.wait_for_timeout(500)  # the picture comes a frame after its words
            shown.append(tmp_path / f"{number}.png")
            window.picture(shown[-1])
            if number < count:
                window.tap("Next code")
        window.picture(pictures / "codes.png")
        assert count > 1
        imported = station755("import", *map(str, shown), "--json")
        assert (imported.code, json.loads(imported.out)["accepted"]) == (0, 10), imported
        window.tap("Done")
        window.sees("Ready to send 10")


def test_a_refused_device_is_told_what_to_do(deputy: Program, station755: Program, pictures: Path) -> None:
    with serving(station755) as address:
        assert deputy("enrol", address, station755("enrol-code", "car 42").out.strip()).code == 0
        assert station755("revoke", "car 42").code == 0
        with browser() as context, deputy.running("run", "--no-browser", "--port", "0") as (_, launch):
            window = Window(context, launch)
            window.tap("Coffee shop")
            window.sees("Station refuses this device")
            window.tap("Outbox")
            window.sees("take it to the station")
            window.sees("Enrol again, or tap Send once the station has put it right.")
            window.sees("1 contact is safe on this device.")
            window.sees("Save to a file")
            window.picture(pictures / "outbox-refused.png")
            window.tap("Shift")
            window.tap("Sign off")
            window.sees("1 contact is not sent yet.")
            window.picture(pictures / "end-shift.png")
            window.tap("Back")
            window.tap("Outbox")
            window.tap("Enrol again")
            window.sees("Enrol this device")
            window.picture(pictures / "enrol.png")
