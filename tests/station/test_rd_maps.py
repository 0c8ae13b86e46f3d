"""Maps of the RDs: kept under their hash, named by versions of the reference data, and told to no device."""

import json
from pathlib import Path
from uuid import uuid4

import pytest
from alembic import command
from alembic.config import Config
from documents import norwalk, saved
from doubles import FixedClock
from programs import Program
from shapes import BOW_TIE, collection, feature, file_of, grid, keeps_map, made_up_map
from sqlalchemy import inspect

from station.database import Database
from station.news import news_after
from station.rd_maps import has_map, map_named
from station.references import NotSaved, document_of, rds_of
from station.revisions import _alembic, migrate
from sync.reference_news import parts_of, versions_in
from sync.versions import BEGINNING

RDS = rds_of(norwalk())


def test_a_map_is_kept_once_and_comes_back_as_it_was(database: Database, clock: FixedClock) -> None:
    rd_map = made_up_map()
    assert [keeps_map(database) for _ in range(2)] == [rd_map.name] * 2
    with database.reading() as session:
        assert has_map(session, rd_map.name)
        assert map_named(session, rd_map.name) == rd_map
        assert map_named(session, rd_map.name) is not rd_map
        assert map_named(session, "") is None
        assert not has_map(session, "0" * 64)


def test_a_version_names_a_map_that_the_station_has_and_no_other(database: Database, clock: FixedClock) -> None:
    rd_map = made_up_map()
    with pytest.raises(NotSaved, match="rd_map names a map that this station does not have: leave it out"):
        saved(database, norwalk(rd_map=rd_map.name), None, clock.now())
    keeps_map(database)
    assert saved(database, norwalk(rd_map=rd_map.name), None, clock.now()).number == 2
    saved(database, norwalk(rd_map=""), None, clock.now())  # without one again
    with database.reading() as session:
        assert [(document_of(session, number) or {}).get("rd_map") for number in (2, 3)] == [rd_map.name, ""]


def test_no_device_hears_of_the_map_and_each_reads_the_version(database: Database, clock: FixedClock) -> None:
    name = keeps_map(database)
    saved(database, norwalk(rd_map=name), None, clock.now())
    with database.reading() as session:
        (item,) = news_after(session, uuid4(), 0).items
    assert parts_of(2, BEGINNING, norwalk(rd_map=name)) == parts_of(2, BEGINNING, norwalk()) == [item.body]
    (version,) = versions_in([item.body])
    assert version.reference.rd_map == ""


def test_the_table_comes_and_goes_with_its_migration(database: Database, clock: FixedClock) -> None:
    keeps_map(database)
    with database._engine.begin() as connection:
        config: Config = _alembic()
        config.attributes["connection"] = connection
        command.downgrade(config, "0017")
        assert "rd_maps" not in inspect(connection).get_table_names()
        migrate(connection)
        assert "rd_maps" in inspect(connection).get_table_names()


def test_the_command_looks_at_a_file_and_takes_it_over(station755: Program, tmp_path: Path) -> None:
    assert station755("add-person", "900001").code == 0
    file = tmp_path / "rds.geojson"
    file.write_bytes(collection(feature("0450", BOW_TIE), feature("0451", [])))
    refused = station755("reference", "map", str(file), "--preview")
    assert refused.code == 2
    assert "Nothing was changed. This cannot be taken over:" in refused.err
    assert "RD 0450 crosses itself at longitude -118.09000, latitude 33.91000." in refused.err
    assert "RD 0451 (feature 2) has no coordinates." in refused.err
    file.write_bytes(file_of(grid(RDS[:3])))
    seen = station755("reference", "map", str(file), "--preview")
    assert "Nothing was changed: the file can be taken over." in seen.out
    assert "3 RDs, 3.08 square km, by the property RD." in seen.out
    assert "Without a shape, of the station's list: 30 RDs: 0453," in seen.out
    assert len(station755("reference", "show", "--json").json) == 1
    done = station755("reference", "map", str(file), "--json", "--property", "RD", "--from", "2027-01-01").json
    assert (done["version"], done["by"], list(done["square_kilometres"])) == (2, "RD", RDS[:3])
    assert station755("reference", "export", str(tmp_path / "two.json"), "--version", "2").code == 0
    assert len(json.loads((tmp_path / "two.json").read_text("utf-8"))["rd_map"]) == 64
    for typed in (["nowhere.geojson"], [str(file), "--from", "soon"], [str(file), "--property", "COLOUR"]):
        assert station755("reference", "map", *typed).code == 2
