"""Launch to first frame and tap to visible, against a bare Flet counter in the same run (`make bench-ui`).

Everything is timed inside the page. A tap's time runs from the pointer's event to the change of the text that a screen
reader finds; a launch's from the start of the server's process, with the browser already open and its profile fresh.
"""

import argparse
import json
import shutil
import signal
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from functools import partial
from pathlib import Path

from playwright.sync_api import Browser, Page, Playwright, sync_playwright

from bench.chromium import OPTIONS
from bench.subjects import Subject, subjects
from sync.commandline import put

SIZE = {"width": 1024, "height": 768}
# The app takes one contact a second and no more, and on a busy machine a tap may reach it late; the counter is tapped at
# the same pace.
BETWEEN_TAPS_MS = 1_300
# So short that no server is stopped for as long as a web socket's keep-alive waits.
BLOCK_TAPS = 5
WAIT_SECONDS_MAX = 60
WATCH = """
window.bench = {firstFrame: 0, words: "", at: 0, seen: 0};
addEventListener("flutter-first-frame", () => { bench.firstFrame = performance.now(); }, {once: true});
for (const kind of ["pointerdown", "keydown"])
  addEventListener(kind, (event) => { bench.at ||= event.timeStamp; }, true);
const look = () => {
  document.querySelector("flt-semantics-placeholder")?.click();
  if (bench.seen || !bench.words) return;
  if (document.querySelector("flt-semantics-host")?.textContent.includes(bench.words)) bench.seen = performance.now();
};
const what = {subtree: true, childList: true, characterData: true, attributes: true, attributeFilter: ["aria-label"]};
new MutationObserver(look).observe(document, what);
"""


def opened(browser: Browser, address: str, first_words: str) -> Page:
    """A window that shows its first words."""
    page = browser.new_context(viewport=SIZE).new_page()  # type: ignore[arg-type]  # a TypedDict in all but name
    page.add_init_script(f"{WATCH}; bench.words = {json.dumps(first_words)};")
    page.goto(address)
    until(lambda: bool(page.evaluate("bench.seen")))
    return page


def until(is_so: Callable[[], bool]) -> None:
    """Wait; the app's policy refuses the browser's own ways of waiting for a value."""
    give_up_at = time.monotonic() + WAIT_SECONDS_MAX
    while not is_so():
        if time.monotonic() > give_up_at:
            raise TimeoutError("The page did not show what was awaited.")
        time.sleep(0.05)


def chromium(playwright: Playwright) -> Browser:
    """A new browser with a profile of its own."""
    return playwright.chromium.launch(executable_path=shutil.which("chromium"), headless=True, args=OPTIONS)


def launch(playwright: Playwright, subject: Subject) -> None:
    """Start once, from nothing to the first words."""
    browser = chromium(playwright)
    with subject.running() as (_, address, started):
        page = opened(browser, address, subject.first_words)
        origin, frame, words = page.evaluate("[performance.timeOrigin, bench.firstFrame, bench.seen]")
        subject.first_frames.append(origin + frame - started * 1000)
        subject.first_texts.append(origin + words - started * 1000)
        browser.close()


def tap(page: Page, subject: Subject, act: Callable[[], object]) -> float:
    """One tap: milliseconds until it is seen."""
    subject.count += 1
    page.evaluate("(words) => Object.assign(bench, {words, at: 0, seen: 0})", subject.counted.format(subject.count))
    act()
    page.wait_for_timeout(BETWEEN_TAPS_MS)  # before the first look, which would take the page's time
    until(lambda: bool(page.evaluate("bench.seen")))
    return float(page.evaluate("bench.seen - bench.at"))


def tap_in_blocks(playwright: Playwright, found: list[Subject], taps: int, keys: int) -> None:
    """Tap and press F1 in all windows, block by block; only the server that is measured runs meanwhile."""
    with ExitStack() as stack:
        browser = chromium(playwright)
        windows: list[tuple[Subject, subprocess.Popen[str], Page]] = []
        for subject in found:
            process, address, _ = stack.enter_context(subject.running())
            stack.callback(process.send_signal, signal.SIGCONT)
            windows.append((subject, process, opened(browser, address, subject.first_words)))
        for _, process, _ in windows:
            process.send_signal(signal.SIGSTOP)
        blocks = [False] * (taps // BLOCK_TAPS) + [True] * (keys // BLOCK_TAPS)
        for is_keys in blocks:
            for subject, process, page in windows:
                process.send_signal(signal.SIGCONT)
                page.bring_to_front()
                page.wait_for_timeout(BETWEEN_TAPS_MS)
                box = page.get_by_role("button", name=subject.button).first.bounding_box()
                if box is None:
                    raise RuntimeError(f"{subject.name} shows no button {subject.button}.")
                middle = (box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
                click, press = partial(page.mouse.click, *middle), partial(page.keyboard.press, "F1")
                act, times = (click, subject.taps) if not is_keys else (press, subject.keys)
                times += [tap(page, subject, act) for _ in range(BLOCK_TAPS)]
                process.send_signal(signal.SIGSTOP)
        browser.close()


def say(name: str, times: list[float], floor: list[float]) -> None:
    """One figure, as a line of JSON."""
    if not times:
        return
    median = statistics.median(times)
    p95 = sorted(times)[min(len(times) - 1, int(len(times) * 0.95))]
    ratio = round(median / statistics.median(floor), 2)
    figure = {"name": name, "median": round(median, 1), "p95": round(p95, 1), "n": len(times), "unit": "ms"}
    put(json.dumps({**figure, "ratio": ratio}) + "\n")


def main() -> None:
    """Measure, and print one line per figure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--launches", type=int, default=5)
    parser.add_argument("--taps", type=int, default=60)
    parser.add_argument("--keys", type=int, default=20)
    parser.add_argument("--contacts", type=int, default=1_000)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        found = subjects(Path(folder), asked.contacts)
        for _ in range(asked.launches):
            for subject in found:
                launch(playwright, subject)
        tap_in_blocks(playwright, found, asked.taps, asked.keys)
    floor = found[0]
    for subject in found:
        say(f"launch to first frame: {subject.name}", subject.first_frames, floor.first_frames)
        say(f"launch to first words: {subject.name}", subject.first_texts, floor.first_texts)
        say(f"button to visible: {subject.name}", subject.taps, floor.taps)
        say(f"key to visible: {subject.name}", subject.keys, floor.keys)


if __name__ == "__main__":
    main()
