"""What the screens may show: the one observable object of a session. Plain values; only actions.py changes them."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

import flet as ft

from field_app.briefings import Briefing
from field_app.card_counts import CardsHere
from field_app.entries import Entry
from field_app.theme import Light
from field_app.view import View
from sync.records import Role, Source


class Screen(StrEnum):
    """The screens of the bar at the bottom."""

    LOG = "log"
    SHIFT = "shift"
    OUTBOX = "outbox"
    BRIEFINGS = "briefings"


class Lamp(StrEnum):
    """What is known of the station right now."""

    NOT_ENROLLED = "Not enrolled"
    LOOKING = "Looking for the station"
    REACHABLE = "Station reachable"
    NOT_REACHABLE = "Station not reachable"
    REFUSED = "Station refuses this device"


@dataclass(frozen=True, slots=True)
class Toast:
    """The short line after a tap; while `seconds_left` is above zero it can be undone."""

    text: str
    seconds_left: int = 0


@dataclass(frozen=True, slots=True)
class SigningOn:
    """What was typed to sign on. The PINs are shown nowhere, this included."""

    number: str
    unit: str
    watch: str
    role: Role
    pin: str = field(default="", repr=False)
    pin_again: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Ending:
    """The question at the end of a shift: how many contacts its worksheets have, and whether a PIN signs them.

    `is_under_way` when it was answered: whoever takes the question away before the shift has ended stays signed on.
    """

    contacts: int
    needs_pin: bool
    worksheets: int = 0  # more than one after midnight, or where another watch's was changed
    is_under_way: bool = False


@dataclass(frozen=True, slots=True)
class Codes:
    """The QR code that is shown: which of how many, and its picture (PNG)."""

    number: int
    count: int
    picture: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class LogValues:
    """What the log screen shows: what the next contact will carry, the light, the window's shape."""

    source: Source
    rd: str | None
    tag: str
    light: Light
    is_narrow: bool
    is_upright: bool
    is_large: bool
    is_low: bool


@ft.observable
class AppState:
    """Everything that one open window shows."""

    def __init__(self, view: View) -> None:
        self.view = view
        self.is_open = False  # whether the store could be read since the window was opened
        self.unread: str | None = None  # why it could not be read the last time
        self.screen = Screen.LOG
        self.source = Source.OBS
        self.rd: str | None = None
        self.tag = ""
        self.editing: Entry | None = None
        self.ending: Ending | None = None
        self.cards: CardsHere | None = None  # while the cards are counted
        self.codes: Codes | None = None  # while a bundle is shown as codes
        self.reading: Briefing | None = None  # as it was opened: what is acknowledged is what was on the screen
        self.advice: str | None = None
        self.toast: Toast | None = None
        self.problem: str | None = None
        self.lamp = Lamp.LOOKING
        self.is_sending = False
        self.is_enrolling = False  # its screen is shown
        self.asks_to_enrol = False  # a station is asked, also when that screen was left meanwhile
        self.light = Light.DAY
        self.news: str | None = None
        self.received = self.total = 0  # records, while something is sent
        self.next_try_at: datetime | None = None
        self.is_narrow = False
        self.is_upright = False
        self.is_low = False
        self.is_large = False  # the person asked the system or the browser for larger text
        self.is_typing = False

    def shows_buttons(self) -> bool:
        """Whether the quick-log buttons are on the screen: keys mean them, and only while they are seen."""
        is_asking = self.is_enrolling or any(each is not None for each in self.asking())
        return self.view.shift is not None and self.screen is Screen.LOG and not is_asking

    def asking(self) -> tuple[object | None, ...]:
        """What is asked in place of a screen: a change, how the shift ends, how many cards there are; a briefing, codes."""
        return self.editing, self.ending, self.cards, self.reading, self.codes

    def enrol_words(self) -> str | None:
        """What the button says that leads to enrolling; None where the station knows the device and answers it."""
        if self.lamp is Lamp.NOT_ENROLLED:
            return "Enrol this device"
        return "Enrol again" if self.lamp in {Lamp.REFUSED, Lamp.NOT_REACHABLE} else None

    def log_values(self) -> LogValues:
        """What the log screen shows now."""
        shape = (self.is_narrow, self.is_upright, self.is_large, self.is_low)
        return LogValues(self.source, self.rd, self.tag, self.light, *shape)
