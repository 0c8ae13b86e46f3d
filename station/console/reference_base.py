"""What every form that makes the next version begins with: a version's document, the newest number, and a time as typed."""

from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus

from station.console.reference_texts import TEXTS
from station.console.refusals import NotShown
from station.database import Database
from station.references import document_of, kept_versions, valid_at
from sync.canonical import JsonObject
from sync.reference import Reference


@dataclass(frozen=True, slots=True)
class Base:
    """The version that a form begins with, and the number of the last one that there is."""

    number: int
    document: JsonObject
    newest: int
    is_followed: bool


def base_of(database: Database, number: int | None, now: datetime) -> Base:
    """A version to begin with; None: the one that is valid. Raises NotShown."""
    with database.reading() as session:
        kept = kept_versions(session)
        wanted = valid_at(kept, now).number if number is None else number
        document = document_of(session, wanted)
    if document is None:
        raise NotShown(HTTPStatus.NOT_FOUND, TEXTS["no_version"])
    is_followed = any(each.valid_from > now and each.number != wanted for each in kept)
    return Base(wanted, document, kept[-1].number, is_followed)


def moment_typed(text: str, reference: Reference) -> datetime | None:
    """A local time as typed, None for none. Raises ValueError with a sentence."""
    if not text.strip():
        return None
    try:
        found = datetime.fromisoformat(text.strip())
    except ValueError:
        raise ValueError(TEXTS["bad_time"]) from None
    return found if found.tzinfo else found.replace(tzinfo=reference.zone)
