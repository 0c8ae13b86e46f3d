"""The roster as CSV: read whole, every bad line named, compared with who is known, and only then taken over.

Columns: number, role and, if wanted, state (active or left). Who is not in the file stays as they are. A column that is
called anything else is refused: names of people have no place here.
"""

import csv
import io
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from hashlib import sha256

from sqlalchemy.orm import Session

from station import sessions
from station.database import one_at_a_time
from station.happenings import Happening, note
from station.people import Person, add_person, change_person, everyone
from station.roles import StationRole
from sync.reference import Reference

# A station has some hundreds; this is the whole department, with room.
ROSTER_LINES_MAX = 20_000
ROSTER_BYTES_MAX = 512 * 1024
_COLUMNS = ("number", "role", "state")
_NEEDED = ("number", "role")
_SEPARATORS = ",;\t"
_WHAT = "A roster has the columns number, role and, if wanted, state; nothing else, and no names."


class State(StrEnum):
    """Whether somebody is at the station."""

    ACTIVE = "active"
    LEFT = "left"


@dataclass(frozen=True, slots=True)
class Entry:
    """One person of a roster."""

    number: str
    role: StationRole
    state: State


@dataclass(frozen=True, slots=True)
class BadLine:
    """A line of the file (the first is 1), and a sentence that says what is wrong with it."""

    line: int
    sentence: str


@dataclass(frozen=True, slots=True)
class Change:
    """What a roster changes: somebody as they are known now (None: not at all), and as they will be."""

    before: Entry | None
    after: Entry


def read_roster(raw: bytes, reference: Reference) -> tuple[list[Entry], list[BadLine]]:
    """The people of a file, and every line that cannot be taken; a file with one of those is not imported at all."""
    if len(raw) > ROSTER_BYTES_MAX:
        return [], [BadLine(1, f"The file has more than {ROSTER_BYTES_MAX // 1024} KiB; that is no roster.")]
    try:
        text = raw.decode("utf-8-sig")
        lines = list(csv.reader(io.StringIO(text, newline=""), delimiter=_separator(text), strict=True))
    except UnicodeDecodeError:
        return [], [BadLine(1, "The file is not UTF-8 text. Save it as CSV UTF-8.")]
    except csv.Error as problem:
        return [], [BadLine(1, f"The file cannot be read as CSV: {problem}.")]
    header = [cell.strip().lower() for cell in lines[0]] if lines else []
    bad_header = _header_problem(header, len(lines))
    return ([], [BadLine(1, bad_header)]) if bad_header else _entries(header, lines, reference)


def roster_csv(entries: Iterable[Entry]) -> str:
    """A roster as CSV, as it can be imported again. Nothing in it could be a formula."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(_COLUMNS)
    writer.writerows((entry.number, entry.role.value, entry.state.value) for entry in entries)
    return out.getvalue()


def roster_of(session: Session) -> list[Entry]:
    """Everyone who is known, as a roster."""
    return [_entry(person) for person in everyone(session)]


def changes_of(session: Session, entries: Iterable[Entry]) -> list[Change]:
    """What these entries would change now, by number."""
    known = {person.number: _entry(person) for person in everyone(session)}
    wanted = [Change(known.get(entry.number), entry) for entry in entries]
    return sorted((change for change in wanted if change.before != change.after), key=lambda each: each.after.number)


def digest_of(changes: Sequence[Change]) -> str:
    """What stands for these changes, so that what is imported is what was looked at."""
    return sha256(repr(changes).encode()).hexdigest()


def import_roster(
    session: Session, entries: Sequence[Entry], now: datetime, by: str, seen: str | None = None
) -> list[Change] | None:
    """Make these entries so, all or none, and say what changed; None if it would not be what was `seen` (a digest)."""
    one_at_a_time(session, "roster")
    changes = changes_of(session, entries)
    if seen is not None and digest_of(changes) != seen:
        return None
    for change in changes:
        after = change.after
        has_left = after.state is State.LEFT
        add_person(session, after.number, after.role, now, by)
        change_person(session, after.number, after.role, now, by, has_left=has_left)
        if has_left:
            sessions.end_all(session, after.number)
    note(session, Happening.ROSTER_IMPORTED, by, details=summary(changes))
    return changes


def summary(changes: Sequence[Change]) -> str:
    """How many of each kind, in words; empty if there are none."""
    counts = Counter(kind_of_change(change) for change in changes)
    return ", ".join(f"{count} {kind}" for kind, count in sorted(counts.items()))


def kind_of_change(change: Change) -> str:
    """What happens to somebody, in a word or two."""
    if change.before is None:
        return "added"
    if change.before.state is not change.after.state:
        return "left" if change.after.state is State.LEFT else "back"
    return "with another role"


def _header_problem(header: Sequence[str], lines: int) -> str | None:
    if lines > ROSTER_LINES_MAX:
        return f"The file has more than {ROSTER_LINES_MAX} lines; that is no roster."
    strange = [name for name in header if name not in _COLUMNS]
    if strange:
        return f"The first line has {strange[0][:20]!r}. {_WHAT}"
    missing = [name for name in _NEEDED if name not in header]
    if missing:
        return f"The first line lacks {missing[0]!r}. {_WHAT}"
    return "The first line names a column twice." if len(set(header)) < len(header) else None


def _entries(
    header: Sequence[str], lines: Sequence[Sequence[str]], reference: Reference
) -> tuple[list[Entry], list[BadLine]]:
    found: dict[str, int] = {}
    entries, bad = [], []
    for number, cells in enumerate(lines[1:], start=2):
        if not any(cell.strip() for cell in cells):
            continue  # an empty line at the end is no mistake
        if len(cells) != len(header):
            bad.append(BadLine(number, f"It has {len(cells)} cells where the first line has {len(header)}."))
            continue
        entry = _read(dict(zip(header, (cell.strip() for cell in cells), strict=True)), reference)
        if isinstance(entry, str):
            bad.append(BadLine(number, entry))
        elif entry.number in found:
            bad.append(BadLine(number, f"{entry.number} stands in line {found[entry.number]} already."))
        else:
            found[entry.number] = number
            entries.append(entry)
    return entries, bad


def _read(cells: Mapping[str, str], reference: Reference) -> Entry | str:
    number, role, state = cells["number"], cells["role"].lower(), cells.get("state", "").lower() or State.ACTIVE
    if not reference.is_person(number):
        return f"{number[:20]!r} is not a person's number. It has six digits, like 900001."
    if role not in set(StationRole):
        return f"{role[:20]!r} is not a role. Use one of: {', '.join(StationRole)}."
    if state not in set(State):
        return f"{state[:20]!r} is not a state. Use one of: {', '.join(State)}."
    return Entry(number, StationRole(role), State(state))


def _entry(person: Person) -> Entry:
    return Entry(person.number, person.role, State.ACTIVE if person.left_at is None else State.LEFT)


def _separator(text: str) -> str:
    first = text.partition("\n")[0]
    return max(_SEPARATORS, key=first.count)
