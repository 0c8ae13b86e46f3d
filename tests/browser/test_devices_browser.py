"""Devices in a real browser: enrolling, what a bundle brings, revoking; by day, at night and on a phone."""

from pathlib import Path

import pytest
from cars import Car
from consoles import Served
from playwright.sync_api import expect
from sergeants import chromium, console_in, sign_in, views_of
from windows import needs_browser

from field_app.exporting import export
from field_app.settling import settle

pytestmark = [needs_browser, pytest.mark.timeout(300)]


def test_a_device_is_enrolled_hands_over_a_bundle_and_is_revoked(
    served: Served, car: Car, pictures: Path, tmp_path: Path
) -> None:
    """With the keyboard where it matters; the receipt that the browser gets settles on the device."""
    car.log("coffee-shop", rd="0454")
    car.send()
    car.log("block-watch", "other", rd="0454")
    bundle = tmp_path / "car42.bundle"
    bundle.write_bytes(export(car.store, car.device, car.clock).data)
    with chromium() as found, console_in(found, served.address) as page:
        sign_in(page, served.password)
        page.get_by_role("link", name="Devices").click()
        views_of(page, pictures, "devices")
        page.get_by_role("link", name="Enrol a device").click()
        expect(page.get_by_label("Name")).to_be_focused()
        views_of(page, pictures, "devices-enrol")
        page.get_by_label("Name").press_sequentially("car 43")
        page.keyboard.press("Enter")
        expect(page.get_by_role("img", name="QR code")).to_be_visible()
        views_of(page, pictures, "devices-code")
        page.get_by_role("link", name="All devices").click()
        page.get_by_role("link", name="Bundles").click()
        page.get_by_label("File").set_input_files(bundle)
        page.get_by_role("button", name="Take in").press("Enter")
        expect(page.get_by_role("status")).to_contain_text("Taken in from car 42: 2 accepted, 0 already here")
        views_of(page, pictures, "devices-bundles")
        with page.expect_download() as download:
            page.get_by_role("status").get_by_role("link", name="Get the receipt").click()
        assert download.value.suggested_filename == "car-42-1.receipt"
        settled = settle(car.store, car.device, car.logbook, Path(download.value.path()).read_bytes())
        assert len(settled.received) == 2
        page.get_by_role("cell", name="car 42").get_by_role("link").click()
        views_of(page, pictures, "device")
        page.get_by_role("link", name="Revoke …").click()
        views_of(page, pictures, "device-revoke")
        page.get_by_role("button", name="Revoke this device").press("Enter")
        expect(page.locator("dl.heading")).to_contain_text("Revoked")
        page.get_by_role("link", name="All devices").click()
        page.get_by_role("link", name="Rescue").click()
        views_of(page, pictures, "devices-rescue")
        page.get_by_role("link", name="Audit").click()
        expect(page.locator("tbody")).to_contain_text("Device revoked")
