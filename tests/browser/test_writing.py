"""What a deputy writes is shown, in whatever script, and nothing is asked of the network for it."""

import time
from pathlib import Path

import pytest
from playwright.sync_api import FloatRect
from programs import Program
from windows import Window, browser, needs_browser

pytestmark = [needs_browser, pytest.mark.timeout(300)]
NOTE = "Note (no names, plates or birth dates)"
FONT = "/fonts/scripts.otf"
# Two characters each; without their font both would be the same box.
PAIRS = {"Korean": "한말", "simplified Chinese": "汉语", "traditional Chinese": "國學", "signs": "→✓", "emoji": "😀🚓"}
# Characters for private use: no font has them, so they are the box.
BOXES = "\ue123\ue124"
FONT_SECONDS_MAX = 30


def shown(window: Window, text: str, cell: FloatRect) -> bytes:
    """A picture of the first character in the note; the spaces keep the caret away from it."""
    window.write(NOTE, text + " " * 20)
    window.page.wait_for_timeout(500)
    return window.page.screenshot(clip=cell)


def test_a_note_in_korean_chinese_with_an_arrow_and_an_emoji_shows_no_boxes(tmp_path: Path, pictures: Path) -> None:
    car = Program("contact755", tmp_path / "car")
    assert car("sign-on", "900041", "--unit", "41A", "--watch", "day").code == 0
    assert car("log", "coffee-shop", "--rd", "0454").code == 0
    with browser() as context, car.running("run", "--no-browser", "--port", "0") as (_, launch):
        window = Window(context, launch)
        give_up_at = time.monotonic() + FONT_SECONDS_MAX
        while not any(url.endswith(FONT) for url in window.requests):
            assert time.monotonic() < give_up_at
            window.page.wait_for_timeout(200)
        window.tap("Shift")
        window.tap("Change")
        window.sees("Save")
        box = window.page.get_by_role("textbox", name=NOTE).bounding_box()
        assert box is not None
        cell: FloatRect = {"x": box["x"] + 14, "y": box["y"] + 4, "width": 24, "height": box["height"] - 8}
        blank, *boxes = (shown(window, text, cell) for text in (" ", *BOXES))
        assert boxes[0] == boxes[1] != blank
        for script, pair in PAIRS.items():
            pictured = {shown(window, character, cell) for character in pair}
            assert len(pictured) == 2, script
            assert not pictured & {blank, boxes[0]}, script
        window.write(NOTE, " ".join(PAIRS.values()))
        window.picture(pictures / "note.png")
        window.tap("Save")
        window.sees("1 contact in this shift")
        here = ("http://127.0.0.1", "blob:", "data:")
        assert [url for url in window.requests if not url.startswith(here)] == []
    assert car("list", "--json").json[0]["note"] == " ".join(PAIRS.values())
