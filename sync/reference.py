"""The station's reference data: areas and RDs, settings, watches, patterns. Data, not code: Norwalk is the default.

RDs are those of DOMAIN.md §2; settings are the order's seven examples and *other*; the source `counter` of a counter
report follows from the order's "when taking counter reports".
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Protocol
from zoneinfo import ZoneInfo

from sync.canonical import JsonObject, read_json
from sync.records import Source
from sync.watches import Watch


@dataclass(frozen=True, slots=True)
class Setting:
    """Where a contact happens; `always_source` when the setting leaves no choice."""

    name: str
    label: str
    always_source: Source | None = None


@dataclass(frozen=True, slots=True)
class Card:
    """What the "755" card says in one language: its name in that language, and the text."""

    label: str
    text: str


class Timeline(Protocol):
    """The versions of the reference data (versions.py)."""

    def at(self, moment: datetime) -> "Reference":
        """The version that is valid at a moment."""

    def known(self) -> "Sequence[Reference]":
        """Those that are, were or will be valid, the last first."""

    def begun(self, until: datetime) -> tuple[int, ...]:
        """The numbers of the versions that are valid at some moment before this one, the earliest first."""


@dataclass(frozen=True, slots=True)
class Reference:
    """What a station's people, places and watches are called. One version of it; without a timeline, the only one."""

    station: str
    code: str
    zone: ZoneInfo
    clearance_code: str
    person_pattern: str
    unit_pattern: str
    tag_pattern: str
    settings: dict[str, Setting]
    watches: dict[str, Watch]
    areas: dict[str, tuple[str, ...]]
    late: timedelta  # a contact first entered later than this after it happened is shown to the sergeant
    partner: timedelta  # what two people of one unit log within this time is probably one contact
    keep: timedelta  # how long a sent record stays on the device, so that a station restored from a backup can be refilled
    topics: dict[str, str] = field(default_factory=dict)  # what residents are concerned about: names with labels
    cards: dict[str, Card] = field(default_factory=dict)  # what the "755" card says, by language
    return_reasons: tuple[str, ...] = ()  # why a contact is returned, as a sergeant chooses
    mdc_line: str = ""  # what is typed into the MDC, with {names} for what the contact has (mdc_lines.py)
    unpatrolled: frozenset[str] = (
        frozenset()
    )  # areas where nobody goes to look: an unknown location, the station itself
    rd_map: str = ""  # the hash of the shapes of its RDs, which the station keeps and no device has
    timeline: Timeline | None = field(default=None, compare=False, repr=False)

    def at(self, moment: datetime) -> "Reference":
        """The version that is valid at a moment."""
        return self if self.timeline is None else self.timeline.at(moment)

    def on(self, day: date) -> "Reference":
        """The version that is valid at the end of a date."""
        return self.at(datetime.combine(day, time.max, self.zone))

    def known(self) -> "Sequence[Reference]":
        """All versions that are, were or will be valid, the last first."""
        return (self,) if self.timeline is None else self.timeline.known()

    def begun(self, until: datetime) -> tuple[int, ...]:
        """The numbers of the versions that are valid at some moment before this one; 0 is what ships (versions.py)."""
        return (0,) if self.timeline is None else self.timeline.begun(until)

    def watch_named(self, name: str) -> Watch | None:
        """A watch of this version, or else of the last one that had it."""
        found = (version.watches[name] for version in (self, *self.known()) if name in version.watches)
        return next(found, None)

    def area_of(self, rd: str) -> str | None:
        """The area that an RD lies in, or None for an RD that is not the station's."""
        return next((area for area, rds in self.areas.items() if rd in rds), None)

    def label_of(self, setting: str) -> str:
        """A setting's label, in this version or else in the last one that had it; one that none had, as it is called."""
        found = (version.settings[setting].label for version in (self, *self.known()) if setting in version.settings)
        return next(found, setting)

    def is_person(self, number: str) -> bool:
        """Whether this is spelled like a person's number (people are numbers, never names)."""
        return re.fullmatch(self.person_pattern, number) is not None

    def was_person(self, number: str) -> bool:
        """Whether a number is written like a person's by any version that is, was or will be valid."""
        return any(each.is_person(number) for each in self.known())

    def is_unit(self, unit: str) -> bool:
        """Whether this is spelled like a unit's call sign."""
        return re.fullmatch(self.unit_pattern, unit) is not None

    def is_tag(self, tag: str) -> bool:
        """Whether this is spelled like a tag."""
        return re.fullmatch(self.tag_pattern, tag) is not None


def load_reference(folder: Path | None = None) -> Reference:
    """The reference data that ship in assets/. Raises OSError or ValueError if they are missing or damaged."""
    return reference_from_json(shipped_document(folder))


def shipped_document(folder: Path | None = None) -> JsonObject:
    """The same as it is written down. Raises OSError or ValueError."""
    found: JsonObject = read_json(((folder or assets_folder()) / "station.json").read_bytes())
    return found


def reference_from_json(found: JsonObject) -> Reference:
    """Reference data from their JSON. Raises KeyError or ValueError for data that are not whole."""
    return Reference(
        station=found["station"],
        code=found["code"],
        zone=ZoneInfo(found["time_zone"]),
        clearance_code=found["clearance_code"],
        person_pattern=found["person_pattern"],
        unit_pattern=found["unit_pattern"],
        tag_pattern=found["tag_pattern"],
        settings={item["name"]: _setting(item) for item in found["settings"]},
        watches={item["name"]: _watch(item) for item in found["watches"]},
        areas={item["name"]: tuple(item["rds"]) for item in found["areas"]},
        late=timedelta(minutes=found["logged_late_minutes"]),
        partner=timedelta(minutes=found["partner_minutes"]),
        keep=timedelta(days=found["keep_days"]),
        topics={item["name"]: item["label"] for item in found.get("topics", ())},
        cards={item["language"]: Card(item["label"], item["text"]) for item in found.get("cards", ())},
        return_reasons=tuple(found.get("return_reasons", ())),
        mdc_line=found.get("mdc_line", ""),
        unpatrolled=frozenset(item["name"] for item in found["areas"] if item.get("patrolled") is False),
        rd_map=found.get("rd_map", ""),
    )


def _setting(item: JsonObject) -> Setting:
    always = item.get("always_source")
    return Setting(item["name"], item["label"], None if always is None else Source(always))


def _watch(item: JsonObject) -> Watch:
    return Watch(item["name"], item["label"], time.fromisoformat(item["starts"]), item["minutes"])


def assets_folder() -> Path:
    """Where the files that ship beside the code lie."""
    # A wheel carries assets inside this package; a checkout and a device have them beside it.
    inside = Path(__file__).parent / "assets"
    return inside if inside.is_dir() else Path(__file__).parent.parent / "assets"
