"""The map of the RDs at the console: a GeoJSON file is looked at, drawn, told what is wrong with it, and saved."""

from datetime import timedelta

import pytest
from consoles import Browser, Page, Served
from documents import norwalk, saved
from doubles import FixedClock
from handset import enrolled_handset, hand_in
from shapes import BOW_TIE, collection, feature, file_of, grid, moved
from staff import browser_of

from station.database import Database
from station.desk import Desk
from station.geojson import GEOJSON_MIB_MAX
from station.rd_map_content import RdMap, packed
from station.rd_map_drawing import UNITS, drawing_of
from station.references import document_of, kept_versions, rds_of
from station.roles import StationRole
from sync.canonical import JsonObject
from sync.reference import Reference

RDS = rds_of(norwalk())
ALL = grid(RDS)
LOAD, SAVE = "/reference/1/map/load", "/reference/1/map/save"


def load(browser: Browser, raw: bytes, path: str = LOAD, **fields: str) -> tuple[int, Page]:
    """Choose a file and look at it; the status and the page."""
    answer = browser.http.post(
        browser.address + path,
        data={"token": Page(browser.get(path).text).fields["token"]} | fields,
        files={"file": ("rds.geojson", raw)},
        timeout=30,
    )
    return answer.status_code, Page(answer.text)


def newest(database: Database) -> JsonObject:
    """The last version's document."""
    with database.reading() as session:
        return document_of(session, kept_versions(session)[-1].number) or {}


def test_a_map_is_looked_at_saved_and_seen(sergeant: Browser, database: Database) -> None:
    assert "This version has no map." in Page(sergeant.get("/reference/1/map").text).text
    status, page = load(sergeant, file_of(grid(RDS[:4])))
    assert status == 200
    assert "0450 Norwalk 1.03 New" in page.text
    assert "0472 La Mirada No shape" in page.text
    assert "Without a shape, of the station's list: 29 RDs: 0454," in page.text
    assert "The RDs were read from the property RD ." in page.text
    assert sum(tag == "text" for tag, _ in page.tags) == 4
    assert "rd_map" not in newest(database)
    answer = sergeant.post(SAVE, page.fields | {"begins": ""})
    assert (answer.status_code, answer.headers["location"]) == (303, "/reference/2/map")
    shown = Page(sergeant.get("/reference/2/map").text)
    assert "0450 Norwalk 1.03 Has a shape" in shown.text
    assert "All 4.10" in shown.text
    name = newest(database)["rd_map"]
    assert name[:12] in shown.text
    assert f"Map of the RDs {name[:12]}" in Page(sergeant.get("/reference/2").text).text
    assert "Reference data changed" in Page(sergeant.get("/audit").text).text


def test_the_next_map_is_compared_with_the_one_that_is(sergeant: Browser, database: Database) -> None:
    sergeant.post(SAVE, load(sergeant, file_of(grid(RDS[:4])))[1].fields)
    path = "/reference/2/map/load"
    status, page = load(sergeant, file_of(grid(RDS[:4])), path)
    assert (status, "This is the map that the version has already." in page.text) == (200, True)
    assert "map" not in page.fields
    other = grid(RDS[:5])
    other.pop("0450")
    other["0453"] = moved(other["0453"], (0.5, 0))
    _, page = load(sergeant, file_of(other), path)
    for words in ("0450 Norwalk No shape any more", "0451 Norwalk 1.03 As before", "0453 Norwalk 1.03 Changed"):
        assert words in page.text
    assert "0454 Norwalk 1.03 New" in page.text
    areas = [{"name": "All of it", "rds": ["0451", "0400"]}]
    saved(database, norwalk(areas=areas, rd_map=newest(database)["rd_map"]), None, FixedClock().now())
    assert "0450 1.03 Not in the list any more" in Page(sergeant.get("/reference/3/map").text).text


def test_every_bad_place_is_listed_and_marked_and_nothing_is_saved(sergeant: Browser, database: Database) -> None:
    raw = collection(feature("0450", BOW_TIE), feature("0451", []), feature("0459", ALL["0459"]))
    status, page = load(sergeant, raw)
    assert status == 400
    assert "RD 0450 crosses itself at longitude -118.09000, latitude 33.91000." in page.text
    assert "RD 0451 (feature 2) has no coordinates." in page.text
    assert "in QGIS: Fix geometries" in page.text
    assert page.text.count("See above") == 2
    assert [found.get("class") for tag, found in page.tags if tag == "path" and "fill" not in found].count("bad") == 1
    assert "map" not in page.fields
    for raw, said in (
        (b"", "Choose a file first."),
        (b"PK", "The file is not JSON"),
        (collection(feature("1574", [])), "No property of the features holds an RD"),
    ):
        status, page = load(sergeant, raw)
        assert (status, said in page.text) == (400, True)
    status, page = load(sergeant, file_of(ALL), property="COLOUR")
    assert (status, "No feature has a property 'COLOUR'. There are: RD." in page.text) == (400, True)
    assert len(database_versions(database)) == 1


def database_versions(database: Database) -> list[int]:
    """The numbers of all versions."""
    with database.reading() as session:
        return [each.number for each in kept_versions(session)]


def test_nobody_passes_over_somebody_elses_version_and_nothing_is_lost(
    sergeant: Browser, database: Database, clock: FixedClock
) -> None:
    _, page = load(sergeant, file_of(ALL))
    saved(database, norwalk(), None, clock.now())
    answer = sergeant.post(SAVE, page.fields)
    again = Page(answer.text)
    assert answer.status_code == 400
    assert "Somebody else has made version 2 meanwhile." in again.text
    assert again.fields["map"] == page.fields["map"]
    assert sergeant.post(SAVE, again.fields).headers["location"] == "/reference/3/map"


def test_a_map_is_valid_from_its_time(
    sergeant: Browser, database: Database, reference: Reference, clock: FixedClock
) -> None:
    handset = enrolled_handset(database, Desk(database, reference, clock.now), clock)
    hand_in(handset, handset.contact(rd="0454"))
    clock.at += timedelta(minutes=5)
    _, page = load(sergeant, file_of(ALL))
    for begins, said in (("soon", "That is not a time"), ("2020-01-01T06:00", "a version begins now or later")):
        answer = sergeant.post(SAVE, page.fields | {"begins": begins})
        assert (answer.status_code, said in Page(answer.text).text) == (400, True)
    assert sergeant.post(SAVE, page.fields | {"begins": "2027-01-01T06:00"}).status_code == 303
    assert "Planned" in Page(sergeant.get("/reference").text).text
    assert "A newer version is planned" in Page(sergeant.get(LOAD).text).text


def test_what_a_form_brings_is_judged_again(sergeant: Browser, database: Database) -> None:
    _, page = load(sergeant, file_of(ALL))
    for brought in ("", "AAAA", packed(RdMap({"0450": [[[(200.0, 95.0)] * 4]]})), packed(RdMap({"0450": BOW_TIE}))):
        answer = sergeant.post(SAVE, page.fields | {"map": brought})
        assert answer.status_code == 400
        assert "This cannot be saved" in Page(answer.text).text
    assert sergeant.post(SAVE, page.fields | {"newest": "x"}).status_code == 400
    assert sergeant.post(SAVE, page.fields | {"map": packed(RdMap({}))}).status_code == 400
    stranger = sergeant.post(SAVE, page.fields | {"map": packed(RdMap({"1574": ALL["0450"]}))})
    assert stranger.status_code == 400
    assert len(database_versions(database)) == 1


def test_a_file_larger_than_is_read_is_refused(sergeant: Browser) -> None:
    status, page = load(sergeant, b" " * (GEOJSON_MIB_MAX * 1_024 * 1_024 + 20_000))
    assert (status, "more than a form holds" in page.text) == (413, True)


def test_captains_and_sergeants_look_and_administrators_load(
    sergeant: Browser, database: Database, served: Served
) -> None:
    sergeant.post(SAVE, load(sergeant, file_of(ALL))[1].fields)
    for role in (StationRole.SERGEANT, StationRole.CAPTAIN):
        visitor = browser_of(database, served, role)
        page = Page(visitor.get("/reference/2/map").text)
        assert "Has a shape" in page.text
        assert not any(found.get("href") == "/reference/2/map/load" for _, found in page.tags)
        assert visitor.get("/reference/2/map/load").status_code == 403
    assert browser_of(database, served, StationRole.DEPUTY, "900001").get("/reference/2/map").status_code == 403


def test_the_page_runs_nothing_and_has_no_style_of_its_own(sergeant: Browser) -> None:
    status, page = load(sergeant, collection(feature("0450", ALL["0450"]), feature("<script>", [])))
    assert status == 200
    assert "<script>" in page.text
    assert not any(tag == "style" or "style" in found for tag, found in page.tags)


@pytest.mark.parametrize("columns", [1, 6, 33])
def test_a_drawing_is_whole_and_north_is_up(columns: int) -> None:
    drawing = drawing_of(grid(RDS, columns), bad={"0451"})
    assert drawing is not None
    assert max(drawing.width, drawing.height) == UNITS
    first, last = drawing.outlines[0], drawing.outlines[-1]
    assert first.y >= last.y
    assert [each.rd for each in drawing.outlines if each.is_bad] == ["0451"]
    assert all(0 < each.x < drawing.width and 0 < each.y < drawing.height for each in drawing.outlines)
    assert drawing_of({}) is None
