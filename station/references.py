"""The versions of the reference data in the station's database: read, and added to. None is ever changed."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from station.database import one_at_a_time
from station.happenings import Happening, note
from station.news import tell
from station.rd_maps import has_map
from station.reference_rules import problems_in
from station.reference_tables import ReferenceVersionRow
from station.table_base import NUMBER_MAX, table_of
from station.tables import RecordRow
from sync.canonical import JsonObject, canonical_bytes, content_hash
from sync.limits import YEAR_MAX, YEAR_MIN
from sync.news import NewsKind
from sync.reference import Reference, reference_from_json
from sync.reference_news import parts_of
from sync.times import whole_milliseconds
from sync.versions import BEGINNING, Version, Versions

# Versions of a station: one a week for twenty years. Each device is told of each.
VERSIONS_MAX = 1_000
# A form is read, thought about and sent.
_LATE_MAX = timedelta(minutes=1)
# No device reads a time from here on.
_END = datetime(YEAR_MAX + 1, 1, 1, tzinfo=UTC)
# Made once: every exchange asks it.
_ROW = table_of(ReferenceVersionRow).c
_KEPT = select(_ROW.number, _ROW.valid_from, _ROW.made_at, _ROW.who, _ROW.hash).order_by(_ROW.number)


class NotSaved(Exception):
    """No version was made; a sentence for each reason."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__(" ".join(problems))
        self.problems = problems


@dataclass(frozen=True, slots=True)
class Kept:
    """A version as it is kept: its number, from when it is valid, who made it and when, and its hash."""

    number: int
    valid_from: datetime
    made_at: datetime
    who: str
    hash: str


class StationVersions(Versions):
    """The versions that the database has, each read once."""

    def __init__(self, shipped: Reference) -> None:
        super().__init__(shipped)
        self._read: dict[Kept, Version] = {}

    def freshen(self, session: Session) -> None:
        """Take in what was added since; also by another worker."""
        kept = kept_versions(session)
        known = self._read
        if known.keys() != set(kept):
            self._read = {each: known.get(each) or _version(session, each) for each in kept}
            self.hold(self._read.values())


def freshen(session: Session, reference: Reference) -> None:
    """See that a reference knows the versions that the database has now."""
    if isinstance(reference.timeline, StationVersions):
        reference.timeline.freshen(session)


def standing_reference(session: Session, shipped: Reference, now: datetime) -> Reference:
    """The version that is valid now, with all others in its timeline."""
    versions = StationVersions(shipped)
    versions.freshen(session)
    return versions.at(now)


def kept_versions(session: Session) -> list[Kept]:
    """All versions, the first first, without their documents."""
    return [Kept(*found) for found in session.connection().execute(_KEPT)]


def valid_at(kept: list[Kept], moment: datetime) -> Kept:
    """The one of these that is valid at a moment: of those that have begun the last to begin, and of these the last made."""
    begun = [each for each in kept if each.valid_from <= moment]
    return max(begun, key=lambda each: (each.valid_from, each.number))


def document_of(session: Session, number: int) -> JsonObject | None:
    """A version's document, None if there is no such version."""
    row = session.get(ReferenceVersionRow, min(number, NUMBER_MAX))
    return None if row is None else dict(json.loads(row.document))


def rds_of(document: JsonObject) -> list[str]:
    """The RDs of a version, in its order."""
    return [rd for area in document["areas"] for rd in area["rds"]]


def see_that_it_can_begin(begins: datetime) -> None:
    """See that a version can begin then: at a time that every device reads. Raises NotSaved."""
    if not BEGINNING <= begins < _END:
        raise NotSaved([f"A version begins in the years {YEAR_MIN} to {YEAR_MAX}."])


def save(
    session: Session, document: object, valid_from: datetime | None, who: str, now: datetime, newest: int | None = None
) -> Kept:
    """Add a version, valid from a moment on (None: from now), and tell every device. Raises NotSaved.

    Until the first record comes in nothing was logged under another version: then None is the beginning.
    `newest` is the number of the last version when whoever saves this began; nobody else's change is passed over.
    """
    problems = problems_in(document)
    if problems or not isinstance(document, dict):
        raise NotSaved(problems)
    if (name := document.get("rd_map")) and not has_map(session, name):
        raise NotSaved(["rd_map names a map that this station does not have: leave it out, and load the map here."])
    one_at_a_time(session, "reference")
    kept = kept_versions(session)
    _see_that_nobody_was_faster(kept, newest)
    begins = _begins(session, valid_from, now)
    number = kept[-1].number + 1 if kept else 1
    found = Kept(number, begins, now, who, content_hash(canonical_bytes(document)))
    text = json.dumps(document, ensure_ascii=False)
    session.add(
        ReferenceVersionRow(number=number, valid_from=begins, made_at=now, who=who, hash=found.hash, document=text)
    )
    for body in parts_of(number, begins, document):
        tell(session, None, NewsKind.REFERENCE, body, now)
    note(session, Happening.REFERENCE_CHANGED, who, f"version {number}", f"valid from {begins.isoformat()}")
    session.flush()
    return found


def _see_that_nobody_was_faster(kept: list[Kept], newest: int | None) -> None:
    if newest is not None and kept and kept[-1].number != newest:
        raise NotSaved([f"Somebody else has made version {kept[-1].number} meanwhile. Look at it, and begin again."])
    if len(kept) >= VERSIONS_MAX:
        raise NotSaved([f"A station has {VERSIONS_MAX} versions at most."])


def _begins(session: Session, asked: datetime | None, now: datetime) -> datetime:
    is_used = session.scalar(select(func.count()).select_from(select(RecordRow.id).limit(1).subquery()))
    if asked is None:
        return whole_milliseconds(now) if is_used else BEGINNING
    see_that_it_can_begin(asked)
    if is_used and asked < now - _LATE_MAX:
        raise NotSaved(["What was logged keeps its meaning: a version begins now or later."])
    return whole_milliseconds(asked)


def _version(session: Session, kept: Kept) -> Version:
    document = document_of(session, kept.number)
    return Version(kept.number, kept.valid_from, reference_from_json(document or {}))
