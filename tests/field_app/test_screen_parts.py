"""The parts of the app that decide: keys, colours, what the courier remembers."""

import asyncio

import pytest

from field_app.app import setting_of, show_news
from field_app.courier import Courier, News
from field_app.hand import Hand
from field_app.logbook import Details
from field_app.state import AppState, Lamp
from field_app.theme import PALETTES, Light
from field_app.view import refreshed, take_view
from field_app.widgets.setting_button import ICONS
from sync.outcome import Outcome
from sync.reference import Reference
from sync.verdicts import State


@pytest.mark.parametrize(
    ("key", "number"),
    [
        ("F1", 1),
        ("F8", 8),
        ("1", 1),
        ("8", 8),
        ("Numpad 3", 3),
        ("F9", 0),
        ("9", 0),
        ("0", 0),
        ("A", 0),
        ("F", 0),
        ("", 0),
    ],
)
def test_each_key_means_the_button_that_shows_it(key: str, number: int, reference: Reference) -> None:
    settings = list(reference.settings)
    assert setting_of(key, settings) == (settings[number - 1] if number else None)


def luminance(colour: str) -> float:
    """Relative luminance as WCAG 2.2 defines it."""
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """Contrast of two colours as WCAG 2.2 defines it."""
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("light", Light)
def test_every_colour_can_be_read_on_what_it_stands_on(light: Light) -> None:
    palette = PALETTES[light]
    for ground in (palette.background, palette.surface):
        for colour in (palette.text, palette.quiet, palette.accent, palette.attention, palette.ok):
            assert contrast(colour, ground) >= 4.5, (light, colour, ground)


def test_every_setting_but_other_has_its_own_icon(reference: Reference) -> None:
    assert set(ICONS) == set(reference.settings) - {"other"}
    assert len(set(ICONS.values())) == len(ICONS)


def test_the_picture_is_taken_anew_only_when_something_was_written(signed_on: Hand) -> None:
    view = take_view(signed_on)
    assert refreshed(view, signed_on) == view
    signed_on.logbook.log(Details("other"))
    later = refreshed(view, signed_on)
    assert later.count(State.READY_TO_SEND) == 1
    assert len(later.own) == 1


@pytest.mark.parametrize(
    ("news", "lamp"),
    [
        (News(), Lamp.LOOKING),
        (News(is_enrolled=False), Lamp.NOT_ENROLLED),
        (News(Outcome.NOTHING_TO_SEND, is_reachable=True), Lamp.REACHABLE),
        (News(Outcome.NOTHING_TO_SEND), Lamp.NOT_REACHABLE),
        (News(Outcome.NOT_REACHABLE, "."), Lamp.NOT_REACHABLE),
        (News(Outcome.REFUSED, "."), Lamp.REFUSED),
    ],
)
def test_the_lamp_tells_the_truth(news: News, lamp: Lamp, signed_on: Hand) -> None:
    state = AppState(take_view(signed_on))
    show_news(state, news)
    assert state.lamp is lamp


def test_a_window_that_fails_does_not_stop_the_courier(signed_on: Hand) -> None:
    heard: list[News] = []

    def fails(_: News) -> None:
        raise RuntimeError("the window is gone")

    async def one_round() -> None:
        courier = Courier(signed_on)
        courier.listen(fails)
        stop = courier.listen(heard.append)
        await courier.send_now()
        stop()
        await courier.send_now()

    asyncio.run(one_round())
    assert [news.is_enrolled for news in heard] == [False]
