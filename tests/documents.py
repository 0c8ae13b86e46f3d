"""Documents of reference data for the tests: Norwalk's as it ships, and that of a second station."""

from copy import deepcopy
from datetime import datetime

from station.database import Database
from station.references import Kept, save, standing_reference
from sync.canonical import JsonObject
from sync.reference import Reference, load_reference, shipped_document


def norwalk(**changes: object) -> JsonObject:
    """What ships, with changes."""
    return deepcopy(shipped_document()) | changes


def compton() -> JsonObject:
    """A second station under the same order. Its RDs, watches and settings are made up for the tests."""
    return norwalk(
        station="Compton Station",
        code="CPT",
        settings=[
            {"name": "park-walk", "label": "Park, walk and talk"},
            {"name": "counter-report", "label": "Counter report", "always_source": "counter"},
            {"name": "other", "label": "Other"},
        ],
        watches=[
            {"name": "early", "label": "First half", "starts": "05:00", "minutes": 600},
            {"name": "late", "label": "Second half", "starts": "15:00", "minutes": 600},
        ],
        areas=[{"name": "Compton", "rds": ["9001", "9002"]}, {"name": "Location unknown", "rds": ["9000"]}],
        cards=[{"language": "en", "label": "English", "text": "Emergency: 911\nCompton Station"}],
        return_reasons=["Check the RD"],
        mdc_line="{code}/{rd}",
    )


def saved(database: Database, document: JsonObject, begins: datetime | None, now: datetime) -> Kept:
    """The document as the station's next version."""
    with database.writing() as session:
        return save(session, document, begins, "900005", now)


def standing(database: Database, now: datetime) -> Reference:
    """What the station goes by, with its whole timeline."""
    with database.reading() as session:
        return standing_reference(session, load_reference(), now)
