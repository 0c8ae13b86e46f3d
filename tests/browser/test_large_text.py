"""Text at 200 %, and a browser's zoom at 200 %: everything can still be read and tapped."""

from pathlib import Path

import pytest
from playwright.sync_api import FloatRect
from programs import Program
from windows import Window, browser, needs_browser

pytestmark = [needs_browser, pytest.mark.timeout(300)]
# Below this a gloved finger hits the neighbour (a phone's own keys are smaller).
FINGER_PX_MIN = 90


def seen(window: Window, width: int, height: int) -> dict[int, FloatRect]:
    """Where the eight buttons are as one scrolls down; each where most of it is on the screen."""
    found: dict[int, FloatRect] = {}
    window.page.mouse.move(width / 2, height / 2)
    for _ in range(12):
        boxes = {}
        for number in range(1, 9):
            button = window.button(f"F{number} ")
            box = button.bounding_box() if button.count() else None
            if box is not None and box["x"] >= 0 and box["x"] + box["width"] <= width:
                boxes[number] = box
                found[number] = max(found.get(number, box), box, key=lambda each: each["height"])
        apart(list(boxes.values()))
        window.page.mouse.wheel(0, height / 6)
        window.page.wait_for_timeout(300)
    return found


def apart(boxes: list[FloatRect]) -> None:
    """No two lie upon one another."""
    for place, one in enumerate(boxes):
        for other in boxes[place + 1 :]:
            is_beside = one["x"] + one["width"] <= other["x"] or other["x"] + other["width"] <= one["x"]
            is_above = one["y"] + one["height"] <= other["y"] or other["y"] + other["height"] <= one["y"]
            assert is_beside or is_above


@pytest.mark.parametrize(
    ("width", "height", "text_percent"), [(1024, 768, 200), (390, 844, 200), (512, 384, 100)], ids=str
)
def test_every_button_can_be_reached_and_tapped_at_200_percent(
    tmp_path: Path, width: int, height: int, text_percent: int, pictures: Path
) -> None:
    car = Program("contact755", tmp_path / "car")
    with (
        browser(width, height, text_percent) as context,
        car.running("run", "--no-browser", "--port", "0") as (_, launch),
    ):
        window = Window(context, launch)
        window.picture(pictures / f"sign-on-{width}-{text_percent}.png")
        assert car("sign-on", "900041", "--unit", "41A", "--watch", "day").code == 0
        window.sees("Log")
        window.page.wait_for_timeout(1_000)
        window.picture(pictures / f"log-{width}-{text_percent}.png")
        found = seen(window, width, height)
        assert sorted(found) == list(range(1, 9))
        assert all(min(box["width"], box["height"]) >= FINGER_PX_MIN for box in found.values())
        window.tap("Other")
        window.sees("Logged")
        window.picture(pictures / f"logged-{width}-{text_percent}.png")
        window.tap("Undo")
        window.sees("Undone")
        window.tap("Shift")
        window.sees("0 contacts in this shift")
