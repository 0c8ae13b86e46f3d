"""The app in the hand, in a real browser: keys, sizes, windows."""

from pathlib import Path

import pytest
from programs import Program
from windows import BETWEEN_TAPS_MS, Window, browser, needs_browser

pytestmark = [needs_browser, pytest.mark.timeout(300)]


def count(contact755: Program) -> int:
    """Contacts on the device."""
    return len(contact755("list", "--json").json)


def test_keys_log_and_lose_their_meaning_for_the_browser(deputy: Program) -> None:
    with browser() as context, deputy.running("run", "--no-browser", "--port", "0") as (_, launch):
        window = Window(context, launch)
        window.page.wait_for_timeout(BETWEEN_TAPS_MS)  # what is drawn first may not listen for keys yet
        for place, key in enumerate([*(f"F{number}" for number in range(1, 9)), *"12345678"], start=1):
            window.page.keyboard.press(key)
            window.sees(f"Shift {place}")
            window.page.wait_for_timeout(BETWEEN_TAPS_MS)
        assert window.page.evaluate("window.keys.every(([, prevented]) => prevented)")
    settings = [item["setting"] for item in deputy("list", "--json").json][::-1]
    assert settings[:8] == settings[8:]
    assert len(set(settings)) == 8


def test_digits_in_a_field_are_text_and_a_tag_is_for_one_contact(deputy: Program) -> None:
    with browser() as context, deputy.running("run", "--no-browser", "--port", "0") as (_, launch):
        window = Window(context, launch)
        field = window.page.get_by_role("textbox", name="Tag")
        field.click()
        window.page.wait_for_timeout(500)
        for key in "123":
            window.page.keyboard.press(key)
            window.page.wait_for_timeout(200)
        assert count(deputy) == 0
        window.tap("Other")
        window.sees("Shift 1")
        window.page.wait_for_timeout(BETWEEN_TAPS_MS)
        window.tap("Other")
        window.sees("Shift 2")
        window.page.wait_for_timeout(BETWEEN_TAPS_MS)
        field.click()
        window.page.wait_for_timeout(500)
        window.page.keyboard.press("4")
        window.page.wait_for_timeout(200)
        window.page.keyboard.press("F3")  # no text: it logs with the focus in the field too
        window.sees("Shift 3")
    assert [item["tag"] for item in deputy("list", "--json").json] == ["4", None, "123"]


def test_a_finger_that_lands_twice_logs_once_and_undo_takes_it_back(deputy: Program) -> None:
    with browser() as context, deputy.running("run", "--no-browser", "--port", "0") as (_, launch):
        window = Window(context, launch)
        window.button("Business owner").dblclick()
        window.sees("Shift 1")
        window.page.wait_for_timeout(BETWEEN_TAPS_MS)
        assert count(deputy) == 1
        window.tap("Undo")
        window.sees("Undone")
        assert count(deputy) == 0


@pytest.mark.parametrize(("width", "height"), [(1024, 768), (800, 1280), (1366, 768), (390, 844)])
def test_all_eight_buttons_fit_the_window_and_a_gloved_finger(
    deputy: Program, width: int, height: int, pictures: Path
) -> None:
    with browser(width, height) as context, deputy.running("run", "--no-browser", "--port", "0") as (_, launch):
        window = Window(context, launch)
        boxes = [window.button(f"F{number} ").bounding_box() for number in range(1, 9)]
        window.picture(pictures / f"log-{width}x{height}.png")
    found = [box for box in boxes if box is not None]
    assert len(found) == 8
    assert all(box["x"] >= 0 and box["x"] + box["width"] <= width for box in found)
    assert all(box["y"] >= 0 and box["y"] + box["height"] <= height for box in found)
    if width >= 600:
        assert all(min(box["width"], box["height"]) >= 126 for box in found)
        right = min(box["x"] for box in found if box["x"] > found[0]["x"] + 1)
        below = min(box["y"] for box in found if box["y"] > found[0]["y"] + 1)
        assert right - found[0]["x"] - found[0]["width"] >= 39.5
        assert below - found[0]["y"] - found[0]["height"] >= 39.5


def test_every_window_shows_the_store_as_it_is_and_nothing_leaves_this_machine(deputy: Program) -> None:
    with browser() as context, deputy.running("run", "--no-browser", "--port", "0") as (_, launch):
        first = Window(context, launch)
        second = Window(context, launch)
        second.tap("Other")
        second.sees("Shift 1")
        first.sees("Shift 1")  # another window, the same store
        deputy("log", "coffee-shop")
        first.sees("Shift 2")  # another process, the same store
        first.page.reload()
        first.is_drawn()
        first.sees("Shift 2")
        first.page.wait_for_timeout(BETWEEN_TAPS_MS)
        first.tap("Resident outside")
        first.sees("Shift 3")
        elsewhere = [
            url
            for url in first.requests + second.requests
            if not url.startswith(("http://127.0.0.1", "blob:", "data:"))
        ]
        assert elsewhere == []


def test_night_and_night_red_are_one_tap_away(deputy: Program, pictures: Path) -> None:
    with browser() as context, deputy.running("run", "--no-browser", "--port", "0") as (_, launch):
        window = Window(context, launch)
        for light in ("Day", "Night"):
            window.tap(light)
            window.page.wait_for_timeout(300)
            window.picture(pictures / f"after-{light.lower()}.png")
        window.sees("Night red")
