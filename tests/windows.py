"""The app's window in a real browser, as a deputy uses it."""

import json
import os
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Locator, Page, sync_playwright

from bench.chromium import OPTIONS

CHROMIUM = shutil.which("chromium")
# Set where skipping would hide that nothing was tested.
REQUIRED = bool(os.environ.get("CONTACT755_BROWSER_REQUIRED"))
needs_browser = pytest.mark.skipif(
    CHROMIUM is None and not REQUIRED, reason="NOT TESTED HERE: no Chromium. On Debian: apt-get install chromium"
)
# A first frame on a busy two-core machine, and the time in which a tap must be seen there.
FRAME_SECONDS_MAX = 60
SEEN_SECONDS_MAX = 15
# What a first screen is made in stays the same for this long only when it is whole.
AT_REST_MS = 300
# One contact a second and no more, so the next tap waits this long.
BETWEEN_TAPS_MS = 1_200
# Runs before the page's own code: notes the first frame, and whether keys kept the browser's own meaning.
_WATCH = """
window.firstFrame = 0; window.keys = [];
addEventListener("flutter-first-frame", () => { window.firstFrame = performance.now(); }, {once: true});
window.sockets = [];
window.WebSocket = class extends WebSocket {
  constructor(...given) { super(...given); window.sockets.push(this); }
};
addEventListener("keydown", (event) => setTimeout(() => window.keys.push([event.key, event.defaultPrevented]), 0));
"""
# All of it in one look: what is asked for piece by piece changes meanwhile.
_WORDS = """(host) => [host.innerText, ...[...host.querySelectorAll("[aria-label]")].map((item) => item.ariaLabel)].join("\\n")"""


@contextmanager
def browser(width: int = 1024, height: int = 768, text_percent: int = 100) -> Iterator[BrowserContext]:
    """A browser with a fresh profile, a window of this size, and text of the size that its person chose."""
    with tempfile.TemporaryDirectory() as profile, sync_playwright() as playwright:
        chosen = {"webkit": {"webprefs": {"default_font_size": 16 * text_percent // 100}}}
        (Path(profile) / "Default").mkdir()
        (Path(profile) / "Default" / "Preferences").write_text(json.dumps(chosen))
        context = playwright.chromium.launch_persistent_context(
            profile,
            executable_path=CHROMIUM,
            headless=True,
            viewport={"width": width, "height": height},
            args=OPTIONS,
        )
        context.add_init_script(_WATCH)
        try:
            yield context
        finally:
            context.close()


class Window:
    """One window of the app. Everything waits for what it names."""

    def __init__(self, context: BrowserContext, address: str) -> None:
        self.page: Page = context.new_page()
        self.requests: list[str] = []
        self.page.on("requestfinished", lambda request: self.requests.append(request.url))
        self.bytes_received = 0
        self.page.on("websocket", lambda socket: socket.on("framereceived", self._receive))
        self.page.goto(address)
        self.is_drawn()

    def is_drawn(self) -> None:
        """Wait for the first frame, and for the tree that screen readers (and these tests) read."""
        _until(lambda: bool(self.page.evaluate("window.firstFrame > 0")), FRAME_SECONDS_MAX)
        self.page.wait_for_selector("flt-semantics-placeholder", state="attached")
        self.page.evaluate("document.querySelector('flt-semantics-placeholder').click()")
        _until(self._is_at_rest, FRAME_SECONDS_MAX)

    def _is_at_rest(self) -> bool:
        """Whether there is something, and the same a moment later: a tap on what is still being made goes to nobody."""
        before = self.text()
        self.page.wait_for_timeout(AT_REST_MS)
        return bool(before) and self.text() == before

    def text(self) -> str:
        """Everything that a screen reader finds."""
        return str(self.page.locator("flt-semantics-host").evaluate(_WORDS))

    def button(self, name: str) -> Locator:
        """The first button whose name holds this."""
        return self.page.get_by_role("button", name=name).first

    def tap(self, name: str) -> None:
        """Tap a button."""
        self.button(name).click()

    def write(self, name: str, text: str) -> None:
        """Write into a field."""
        field = self.page.get_by_role("textbox", name=name)
        field.click()
        self.page.wait_for_timeout(300)
        field.fill(text)
        self.page.wait_for_timeout(300)

    def sees(self, words: str) -> None:
        """Wait until these words are on the screen."""
        _until(lambda: words in self.text(), SEEN_SECONDS_MAX, lambda: f"{words!r} in {self.text()!r}")

    def lose_connection(self) -> None:
        """Lose the web socket, as a laptop's sleep does."""
        self.page.evaluate("window.sockets.splice(0).forEach((socket) => socket.close())")

    def sign_on(self, number: str = "900041", unit: str = "41A", watch: str = "Day") -> None:
        """Sign somebody on."""
        self.write("Number", number)
        self.page.get_by_text(watch, exact=True).first.click()
        self.write("Unit", unit)
        self.tap("Sign on")
        self.sees("F1")

    def _receive(self, payload: bytes | str) -> None:
        self.bytes_received += len(payload)

    def picture(self, path: Path) -> None:
        """Take a picture when all is drawn."""
        self.page.wait_for_timeout(600)
        self.page.screenshot(path=path)


def _until(is_so: Callable[[], bool], seconds_max: float, what: Callable[[], str] = str) -> None:
    give_up_at = time.monotonic() + seconds_max
    while not is_so():
        assert time.monotonic() < give_up_at, what()
        time.sleep(0.1)
