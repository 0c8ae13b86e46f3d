"""What the pages of briefings show: audiences, due days and readers in words. Pure: no database, no HTML."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby

from station.briefing_readers import Reader, Reading
from station.briefings import Briefing
from station.console.briefing_texts import READING_WORDS, REPEATS_WORDS, TEXTS
from station.console.people_words import moment_words
from station.console.texts import STATION_ROLE_WORDS
from station.console.words import day_words
from station.roles import StationRole
from sync.briefings import Audience
from sync.reference import Reference

# Behind every watch's name.
_AFTER_ALL = "\U0010ffff"


@dataclass(frozen=True, slots=True)
class BriefingRowWords:
    """One briefing as one row of the list; `counts` are how many of how many have read it."""

    number: int
    title: str
    audience: str
    due: str
    repeats: str
    counts: str
    state: str
    is_overdue: bool


@dataclass(frozen=True, slots=True)
class ReaderWords:
    """One person of an audience; everything is text, as shown."""

    person: str
    role: str
    area: str
    reading: str
    when: str
    needs_attention: bool


@dataclass(frozen=True, slots=True)
class WatchReaders:
    """The people of one watch, those who have not read it first."""

    label: str
    counts: str
    rows: tuple[ReaderWords, ...]


def audience_words(audience: Audience, reference: Reference) -> str:
    """For whom, in words."""
    watches = [_watch_label(name, reference) or name for name in audience.watches]
    known_roles = set(StationRole)
    roles = [STATION_ROLE_WORDS[StationRole(name)] if name in known_roles else name for name in audience.roles]
    parts = [", ".join(names) for names in (roles, watches, audience.areas) if names]
    return " · ".join(parts) or TEXTS["everybody"]


def row_words(briefing: Briefing, found: Sequence[Reader], today: date, reference: Reference) -> BriefingRowWords:
    """One row of the list."""
    latest, due_on = briefing.latest, briefing.due_on(today)
    return BriefingRowWords(
        number=briefing.id,
        title=latest.title,
        audience=audience_words(latest.audience, reference),
        due=day_words(due_on),
        repeats=REPEATS_WORDS[latest.repeats],
        counts=count_words(found),
        state=state_words(briefing, today),
        is_overdue=briefing.withdrawn_at is None and due_on < today and any(is_waiting(each) for each in found),
    )


def state_words(briefing: Briefing, today: date) -> str:
    """Whether it still counts."""
    if briefing.withdrawn_at is not None:
        return TEXTS["withdrawn"]
    return TEXTS["current"] if briefing.latest.due[-1] >= today else TEXTS["over"]


def is_waiting(reader: Reader) -> bool:
    """Whether somebody whom it is for has not read what counts."""
    return reader.is_asked and reader.reading is not Reading.READ


def count_words(found: Sequence[Reader]) -> str:
    """How many of those asked have read it."""
    asked = [each for each in found if each.is_asked]
    return f"{sum(not is_waiting(each) for each in asked)} {TEXTS['of']} {len(asked)}"


def by_watch(found: Iterable[Reader], due_on: date, today: date, reference: Reference) -> list[WatchReaders]:
    """The readers by watch, in the station's order; within one, those who have not read it first, then by number."""
    places = {name: place for place, name in enumerate(reference.watches)}

    def place_of(reader: Reader) -> tuple[int, str]:
        # Watches that were given up come last, each by itself, then those whose watch nobody knows.
        return places.get(reader.watch or "", len(places)), reader.watch or _AFTER_ALL

    ordered = sorted(found, key=lambda each: (place_of(each), not is_waiting(each), each.person))
    groups = []
    for _, group in groupby(ordered, key=place_of):
        some = list(group)
        label = _watch_label(some[0].watch or "", reference) or TEXTS["watch_unknown"]
        rows = tuple(_reader_words(each, due_on, today, reference) for each in some)
        groups.append(WatchReaders(label, count_words(some), rows))
    return groups


def _watch_label(name: str, reference: Reference) -> str | None:
    watch = reference.watch_named(name)
    return None if watch is None else watch.label


def _reader_words(reader: Reader, due_on: date, today: date, reference: Reference) -> ReaderWords:
    is_overdue = is_waiting(reader) and due_on < today
    words = READING_WORDS[reader.reading]
    if not reader.is_asked:
        words = f"{words} ({TEXTS['not_asked']})"
    return ReaderWords(
        person=reader.person,
        role=STATION_ROLE_WORDS[StationRole(reader.role)] if reader.role else "",
        area=reader.area or "",
        reading=f"{words}, {TEXTS['overdue']}" if is_overdue else words,
        when="" if reader.read_at is None else moment_words(reader.read_at, reference),
        needs_attention=is_overdue,
    )
