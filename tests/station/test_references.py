"""Versions of the reference data: kept for ever, each valid from its time on, and old contacts keep their meaning."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from alembic import command
from alembic.config import Config
from documents import compton, norwalk, saved, standing
from doubles import FixedClock
from handset import Handset, Sheet, enrolled_handset, hand_in
from programs import Program
from sqlalchemy import Connection, text

from station.console.views import contact_rows
from station.database import Database
from station.desk import Desk
from station.happenings import Happening
from station.news import news_after
from station.reference_rules import problems_in
from station.references import NotSaved, document_of, kept_versions, save
from station.revisions import _alembic, migrate
from sync.canonical import JsonObject
from sync.mdc_lines import mdc_line
from sync.records import record_from_json, unhashed
from sync.reference import load_reference, reference_from_json, shipped_document
from sync.reference_news import versions_in
from sync.verdicts import Verdict
from sync.versions import BEGINNING, Version, Versions

HOUR = timedelta(hours=1)


@pytest.fixture
def handset(database: Database, clock: FixedClock) -> Handset:
    """A device of the station, which goes by what the database has."""
    return enrolled_handset(database, Desk(database, standing(database, clock.now()), clock.now), clock)


def test_what_ships_is_the_first_version_and_nothing_is_wrong_with_it(database: Database, clock: FixedClock) -> None:
    with database.reading() as session:
        (first,) = kept_versions(session)
        assert document_of(session, 1) == shipped_document()
    assert (first.number, first.valid_from, first.who) == (1, BEGINNING, "station")
    assert problems_in(shipped_document()) == problems_in(compton()) == []


BAD: list[tuple[JsonObject, str]] = [
    ({"station": ""}, "station must be text"),
    ({"time_zone": "Norwalk"}, "time_zone must be a time zone like America/Los_Angeles."),
    ({"person_pattern": "(a+)+"}, "person_pattern must be a pattern"),
    ({"person_pattern": "[0-9"}, "person_pattern must be a pattern"),
    ({"unit_pattern": "[0-9A-Z]{16666666666}"}, "unit_pattern must be a pattern"),
    ({"settings": [{"name": "coffee-shop", "label": "Coffee"}]}, "settings: one must be called 'other'"),
    ({"settings": []}, "settings must be a list of 1 to 8."),
    ({"settings": [{"name": "Other!", "label": "x"}]}, "settings, number 1: name must be lower-case letters"),
    ({"settings": [{"name": "other", "label": "x"}] * 2}, "settings, number 2: 'other' is there twice."),
    ({"watches": [{"name": "day", "label": "Day", "starts": "6", "minutes": 1}]}, "watches, number 1: starts must be"),
    ({"areas": [{"name": "A", "rds": ["0450", "04x"]}]}, "areas: A: RD '04x' must be digits and capital letters"),
    ({"areas": [{"name": "A", "rds": ["1"], "patrolled": "no"}]}, "areas, number 1: patrolled must be true or false."),
    ({"areas": [{"name": "A", "rds": ["1"]}, {"name": "B", "rds": ["1"]}]}, "areas: B: RD 1 is there already, in A."),
    ({"cards": [{"language": "English", "label": "English", "text": "x"}]}, "cards, number 1: language must be"),
    ({"cards": [{"language": "en", "label": "English", "text": "a\x07"}]}, "cards, number 1: text must be on one line"),
    ({"return_reasons": ["a", "a"]}, "return_reasons, number 2: 'a' is there twice."),
    ({"mdc_line": "{name}"}, "mdc_line names 'name', which no contact has"),
    ({"mdc_line": "{rd"}, "mdc_line names '{', which no contact has"),
    ({"colour": "red"}, "'colour' is no part of the reference data"),
]


@pytest.mark.parametrize(("changes", "said"), BAD, ids=[said for _, said in BAD])
def test_every_bad_place_is_named_in_a_sentence(changes: JsonObject, said: str) -> None:
    (problem,) = problems_in(norwalk(**changes))
    assert problem.startswith(said)
    assert problem.endswith(".")


def test_several_bad_places_are_named_at_once_and_nothing_is_saved(database: Database, clock: FixedClock) -> None:
    with pytest.raises(NotSaved) as refusal:
        saved(database, norwalk(station=7, code=""), None, clock.now())
    assert len(refusal.value.problems) == 2
    with database.reading() as session:
        assert len(kept_versions(session)) == 1


def test_a_version_is_valid_from_its_time_on_and_the_one_before_until_then(
    database: Database, handset: Handset, clock: FixedClock
) -> None:
    hand_in(handset, handset.contact())
    begins = clock.now() + HOUR
    saved(database, norwalk(station="Norwalk Sheriff's Station"), begins, clock.now())
    reference = standing(database, clock.now())
    assert [reference.at(begins - HOUR / 60).station, reference.at(begins).station] == [
        "Norwalk Station",
        "Norwalk Sheriff's Station",
    ]


def test_of_two_versions_that_begin_together_the_last_made_counts(clock: FixedClock) -> None:
    versions = Versions(load_reference())
    begins = clock.now()
    versions.hold(Version(number, begins, reference_from_json(norwalk(station=str(number)))) for number in (3, 2))
    assert versions.at(begins).station == "3"
    assert [each.station for each in versions.known()] == ["3", "Norwalk Station"]


def test_what_was_logged_keeps_its_meaning(database: Database, handset: Handset, clock: FixedClock) -> None:
    old = handset.contact(setting="coffee-shop", rd="0455")
    hand_in(handset, old)
    clock.at += HOUR
    settings = [{"name": "coffee-shop", "label": "Cafés"}, {"name": "other", "label": "Other"}]
    areas = [{"name": "All of it", "rds": ["0454", "0400"]}]
    saved(database, norwalk(settings=settings, areas=areas, clearance_code="756"), None, clock.now())
    clock.at += HOUR
    new = handset.contact(setting="coffee-shop", rd="0454")
    late = handset.contact(setting="block-watch", rd="0455")  # by a device that has not heard of it
    hand_in(handset, new, late)
    reference = standing(database, clock.now())
    sheet = Sheet(database, reference)
    lines = sheet.lines()
    assert [(row.setting, row.area) for row in contact_rows(lines, reference)] == [
        ("Coffee shop or restaurant", "Norwalk"),
        ("Cafés", "All of it"),
        ("Block watch meeting", ""),
    ]
    assert [row["code"] for row in sheet.rows(lines)] == ["755", "756", "756"]
    assert ["rd-outside" in line.flags for line in lines] == [False, False, True]


def test_a_version_never_begins_before_what_was_logged(database: Database, handset: Handset, clock: FixedClock) -> None:
    hand_in(handset, handset.contact())
    with pytest.raises(NotSaved, match="keeps its meaning"):
        saved(database, norwalk(), clock.now() - HOUR, clock.now())


@pytest.mark.parametrize(
    "begins", [datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC), BEGINNING - HOUR]
)
def test_a_version_never_begins_when_no_device_could_read_it(
    begins: datetime, database: Database, clock: FixedClock
) -> None:
    with pytest.raises(NotSaved, match="in the years 1970 to 2999"):
        saved(database, norwalk(), begins, clock.now())
    with database.reading() as session:
        assert len(kept_versions(session)) == 1


def test_nobody_passes_over_somebody_elses_change(database: Database, clock: FixedClock) -> None:
    saved(database, norwalk(), None, clock.now())
    with pytest.raises(NotSaved, match="Somebody else has made version 2"), database.writing() as session:
        save(session, norwalk(), None, "900005", clock.now(), newest=1)


def test_a_second_station_is_set_up_by_data_alone(database: Database, clock: FixedClock) -> None:
    handset = enrolled_handset(database, Desk(database, standing(database, clock.now()), clock.now), clock)
    saved(database, compton(), None, clock.now())
    there = handset.contact(setting="park-walk", watch="late", rd="9001")
    assert handset.verdicts(there, handset.contact(watch="day")) == [Verdict.ACCEPTED, Verdict.QUARANTINED]
    reference = standing(database, clock.now())
    (line,) = Sheet(database, reference).lines()
    (row,) = contact_rows([line], reference)
    assert (reference.station, row.setting, row.area) == ("Compton Station", "Park, walk and talk", "Compton")
    contact = record_from_json(unhashed(there))
    assert mdc_line(contact, reference) == "755/9001"  # type: ignore[arg-type]  # it is a contact


def test_every_device_is_told_in_as_many_parts_as_it_takes(
    database: Database, handset: Handset, clock: FixedClock
) -> None:
    rds = [f"{number * 7_919 % 1_000_003:06}" for number in range(900)]
    areas = [*norwalk()["areas"], {"name": "More", "rds": rds}]
    saved(database, norwalk(areas=areas), clock.now(), clock.now())
    news = handset.send(handset.batch()).news
    assert {item.kind for item in news.items} == {"reference"}
    (version,) = versions_in(item.body for item in news.items)
    assert version.reference.area_of(rds[-1]) == "More"
    assert version.reference.return_reasons == ()  # the station's own


def test_a_part_that_is_missing_or_damaged_changes_nothing(database: Database, clock: FixedClock) -> None:
    saved(database, norwalk(), clock.now(), clock.now())
    with database.reading() as session:
        (item,) = news_after(session, uuid4(), 0).items
    for spoilt in ({"parts": 2}, {"hash": "0" * 32}, {"packed": "AAAA"}, {"part": "one"}):
        assert versions_in([item.body | spoilt]) == []


def test_each_change_is_told_to_the_audit(database: Database, clock: FixedClock) -> None:
    saved(database, norwalk(), None, clock.now())
    with database.reading() as session:
        (told,) = session.execute(
            text("SELECT who, whom FROM chronicle WHERE kind = :kind"), {"kind": Happening.REFERENCE_CHANGED.value}
        )
    assert tuple(told) == ("900005", "version 2")


def test_reasons_that_a_station_had_reworded_come_along_and_go_back(database: Database) -> None:
    with database._engine.begin() as connection:
        command.downgrade(alembic_over(connection), "0014")
        connection.execute(text("UPDATE return_reasons SET is_offered = (place <> 2)"))
        connection.execute(text("UPDATE return_reasons SET words = 'Where is the tag?' WHERE place = 1"))
        migrate(connection)
    with database.reading() as session:
        document = document_of(session, 1)
    assert document is not None
    reasons = document["return_reasons"]
    assert (reasons[0], len(reasons)) == ("Where is the tag?", 5)
    with database._engine.begin() as connection:
        command.downgrade(alembic_over(connection), "0014")
        found = connection.execute(text("SELECT words FROM return_reasons ORDER BY place")).scalars().all()
    assert list(found) == reasons


def alembic_over(connection: Connection) -> Config:
    """Alembic on this connection."""
    config = _alembic()
    config.attributes["connection"] = connection
    return config


def test_the_command_shows_exports_and_imports(station755: Program, tmp_path: Path) -> None:
    assert station755("add-person", "900001").code == 0
    file = tmp_path / "reference.json"
    assert station755("reference", "export", str(file)).code == 0
    document = json.loads(file.read_text("utf-8"))
    file.write_text(json.dumps(document | {"station": "Compton Station", "watches": 7}), "utf-8")
    refused = station755("reference", "import", str(file))
    assert (refused.code, "watches must be a list" in refused.err) == (2, True)
    file.write_text(json.dumps(document | {"station": "Compton Station"}), "utf-8")
    assert "can be taken over" in station755("reference", "import", str(file), "--preview").out
    assert station755("reference", "import", str(file), "--json").json["version"] == 2
    shown = station755("reference", "show", "--json").json
    assert [each["is_valid"] for each in shown] == [False, True]
    assert station755("reference", "export", str(file)).code == 2  # a file of this name
    assert station755("reference", "export", str(file), "--replace", "--version", "9").code == 4
