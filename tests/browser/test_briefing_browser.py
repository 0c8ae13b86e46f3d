"""A briefing from the sergeant's form to the deputy's eyes and back, over a link that is cut in between."""

import signal
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from programs import Program, serving
from sergeants import console_in, picture, sign_in
from windows import Window, browser, needs_browser

from bench.link.proxy import Proxy, Way, sound
from station.database import Database

pytestmark = [needs_browser, pytest.mark.timeout(300)]
# Two rows of the bar, with large text; what is above can be tapped.
BAR_PX = 130
TITLE = "Community Partnership Program (Unit Order 16-02)"


async def dead_zone(way: Way, _request: bytes) -> None:
    """Nothing arrives."""
    await way.cut()


ODD = """It costs $5 and then $10, or $$x^2$$.

[a link](http://evil.example) ![a picture](http://evil.example/p.png) <b>bold</b> http://evil.example/plain `code`

    a block of code

> a quote"""


def write_standard_briefing(page: Page) -> None:
    """Begin with the order's own text, look at it first, and send it, with the keyboard alone."""
    page.goto("/briefings")
    page.get_by_role("link", name="Write a briefing").press("Enter")
    page.get_by_role("link", name=TITLE).press("Enter")
    expect(page.get_by_label("Title", exact=True)).to_have_value(TITLE)
    page.get_by_label("Deputy").press("Space")
    page.get_by_label("Repeats").select_option(label="Every month")
    page.get_by_role("button", name="Look at it first").press("Enter")
    expect(page.get_by_role("heading", name="As it will be read")).to_be_visible()
    expect(page.get_by_label("Deputy")).to_be_checked()
    page.get_by_role("button", name="Send to the devices").press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text(TITLE)


def send(window: Window) -> None:
    """Ask the station now."""
    window.tap("Outbox")
    window.tap("Send")


def say_read(window: Window, picture_path: Path | None = None) -> None:
    """Scroll to the end of the text, and tap the button there."""
    size = window.page.viewport_size
    assert size is not None
    window.page.mouse.move(size["width"] / 2, size["height"] / 2)
    for _ in range(30):
        button = window.button("I have read this")
        box = button.bounding_box() if button.count() else None
        if box is not None and box["y"] + box["height"] < size["height"] - BAR_PX:
            break
        window.page.mouse.wheel(0, size["height"] / 3)
        window.page.wait_for_timeout(300)
    if picture_path is not None:
        window.picture(picture_path)
    window.tap("I have read this")


def test_a_briefing_is_acknowledged_in_a_dead_zone_and_the_sergeant_sees_it_when_the_link_is_back(
    station755: Program, contact755: Program, database: Database, pictures: Path
) -> None:
    with serving(station755) as address, Proxy(address) as proxy, browser() as context:
        assert contact755("enrol", proxy.address, station755("enrol-code", "car 41").out.strip()).code == 0
        assert station755("add-person", "900041", "--role", "deputy").code == 0
        with console_in(context.browser, address) as page:
            sign_in(page, station755("admin-password").out.strip())
            with contact755.running("run", "--no-browser", "--port", "0") as (app, launch):
                window = Window(context, launch)
                window.sign_on()
                window.sees("Briefings 0")
                write_standard_briefing(page)
                where = page.url
                send(window)
                window.sees("Briefings 1")

                proxy.harm = dead_zone
                window.tap("Briefings")
                window.sees("1 briefing to read")
                window.picture(pictures / "app-briefings.png")
                window.tap("Open")
                window.sees("When handing out")
                window.picture(pictures / "app-briefing.png")
                say_read(window)
                window.sees("You have read all briefings.")
                window.sees("Briefings 0")
                window.picture(pictures / "app-briefing-read.png")
                app.send_signal(signal.SIGKILL)
            page.goto(where)
            expect(page.get_by_role("row", name="900041 Deputy Not yet")).to_be_visible()

            with contact755.running("run", "--no-browser", "--port", "0") as (_, launch):
                window = Window(context, launch)
                window.sees("Briefings 0")
                send(window)
                window.sees("Station not reachable")
                proxy.harm = sound
                send(window)
                window.sees("Nothing to send")
            page.goto(where)
            expect(page.get_by_role("row", name="900041 Deputy Read")).to_be_visible()
            expect(page.locator("dl.heading")).to_contain_text("1 of 1")
            picture(page, pictures / "console-briefing.png")


@pytest.mark.parametrize(
    ("width", "height", "text_percent"), [(1024, 768, 200), (390, 844, 200), (390, 844, 100)], ids=str
)
def test_a_briefing_can_be_read_in_every_light_with_large_text_and_on_a_phone(
    station755: Program, contact755: Program, width: int, height: int, text_percent: int, pictures: Path
) -> None:
    shape = f"{width}-{text_percent}"
    with serving(station755) as address, browser(1280, 800) as office, console_in(office.browser, address) as page:
        assert contact755("enrol", address, station755("enrol-code", "car 41").out.strip()).code == 0
        assert contact755("sign-on", "900041", "--unit", "41A", "--watch", "day").code == 0
        sign_in(page, station755("admin-password").out.strip())
        write_standard_briefing(page)
        assert contact755("send").code == 0
    with (
        browser(width, height, text_percent) as context,
        contact755.running("run", "--no-browser", "--port", "0") as (_, launch),
    ):
        window = Window(context, launch)
        window.sees("Briefings 1")
        window.page.wait_for_timeout(1_000)
        window.picture(pictures / f"briefing-log-{shape}.png")
        window.tap("Briefings")
        window.sees("1 briefing to read")
        window.picture(pictures / f"briefing-list-{shape}.png")
        window.tap("Open")
        window.sees("Community Partnership Program is a collaborative effort")
        for light in ("day", "night", "night red"):
            window.picture(pictures / f"briefing-{light.replace(' ', '-')}-{shape}.png")
            window.tap(light.capitalize())
        say_read(window, pictures / f"briefing-end-{shape}.png")
        window.sees("You have read all briefings.")
        window.sees("Briefings 0")
        window.picture(pictures / f"briefing-done-{shape}.png")


def test_what_could_lead_elsewhere_is_read_as_it_was_typed_and_nothing_is_fetched(
    station755: Program, contact755: Program, pictures: Path
) -> None:
    with serving(station755) as address, browser() as office, console_in(office.browser, address) as page:
        assert contact755("enrol", address, station755("enrol-code", "car 41").out.strip()).code == 0
        assert contact755("sign-on", "900041", "--unit", "41A", "--watch", "day").code == 0
        sign_in(page, station755("admin-password").out.strip())
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        page.goto("/briefings/new")
        page.get_by_label("Title", exact=True).fill("Odd <i>")
        page.get_by_label("Text", exact=True).fill(ODD)
        page.get_by_role("button", name="Send to the devices").click()
        expect(page.get_by_role("article")).to_contain_text("[a link](http://evil.example) ![a picture]")
        expect(page.get_by_role("article").locator("a, img")).to_have_count(0)
        picture(page, pictures / "console-briefing-odd.png")
        assert contact755("send").code == 0
    with browser() as context, contact755.running("run", "--no-browser", "--port", "0") as (_, launch):
        window = Window(context, launch)
        context.on("request", lambda request: asked.append(request.url))
        window.tap("Briefings")
        window.tap("Open")
        window.sees("It costs $5 and then $10, or $$x^2$$.")
        window.sees("[a link](http://evil.example) ![a picture](http://evil.example/p.png) <b>bold</b>")
        window.tap("Day")
        window.tap("Night")
        window.picture(pictures / "app-briefing-odd.png")
    assert not any("evil.example" in url for url in asked)
