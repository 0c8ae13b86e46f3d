"""The reference data at the console: looked at, changed by forms, previewed, and saved as the next version."""

from datetime import timedelta

import pytest
from consoles import Browser, Page, Served
from documents import compton, norwalk, saved
from doubles import FixedClock
from handset import Handset, enrolled_handset, hand_in
from hypothesis import given
from hypothesis import strategies as st
from staff import browser_of

from station.console.reference_views import mdc_example
from station.database import Database
from station.desk import Desk
from station.reference_parts import PARTS, changed, differences
from station.reference_rules import problems_in
from station.references import document_of, kept_versions
from station.roles import StationRole
from sync.canonical import JsonObject
from sync.reference import Reference

AREAS = "Norwalk: 0450 0451\nLa Mirada: 0460, 0461\nLocation unknown: 0400"


@pytest.fixture
def handset(database: Database, reference: Reference, clock: FixedClock) -> Handset:
    """A device that has sent something: what was logged keeps its meaning from then on."""
    made = enrolled_handset(database, Desk(database, reference, clock.now), clock)
    hand_in(made, made.contact(rd="0454"))
    clock.at += timedelta(minutes=5)
    return made


def submit(browser: Browser, path: str, **form: str) -> tuple[int, str]:
    """Fill a form in and send it; the status, and the page's words or where it leads."""
    answer = browser.post(path, Page(browser.get(path).text).fields | form)
    return answer.status_code, answer.headers.get("location") or Page(answer.text).text


@pytest.mark.parametrize("part", PARTS)
@pytest.mark.parametrize("document", [norwalk(), compton()], ids=["norwalk", "compton"])
def test_each_part_comes_back_from_its_form_as_it_was(part: str, document: JsonObject) -> None:
    assert changed(document, PARTS[part], PARTS[part].write(document)) == document


@given(
    st.dictionaries(
        st.sampled_from(["areas", "watches", "settings", "topics", "cards", "mdc_line", "station"]), st.text()
    )
)
def test_whatever_is_typed_into_a_form_is_read_or_refused_in_sentences(form: dict[str, str]) -> None:
    for name, part in PARTS.items():
        if name != "document":
            for sentence in problems_in(changed(norwalk(), part, form)):
                assert sentence.endswith(".")


def test_differences_name_each_place_once() -> None:
    assert differences(norwalk(), norwalk()) == []
    found = {each.place: (each.before, each.after) for each in differences(norwalk(), compton())}
    assert found["station"] == ("Norwalk Station", "Compton Station")
    assert found["settings: park-walk"] == ("", "Park, walk and talk")
    assert found["watches: em"][1] == ""
    assert found["areas: Compton"] == ("", "9001 9002")


def test_an_area_is_marked_as_not_patrolled_at_the_end_of_its_line() -> None:
    (area,) = changed(norwalk(), PARTS["areas"], {"areas": "Somewhere: 0400, 0499 | Not patrolled"})["areas"]
    assert area == {"name": "Somewhere", "rds": ["0400", "0499"], "patrolled": False}
    unclear = changed(norwalk(), PARTS["areas"], {"areas": "Somewhere: 0400 | perhaps"})
    assert problems_in(unclear)[0].startswith("areas: Somewhere: RD '|' must be")


def test_the_mdc_line_is_shown_with_an_example(clock: FixedClock) -> None:
    assert mdc_example(norwalk(mdc_line="{tag} {code} RD {rd} {people}"), clock.now()) == "123 755 RD 0450 2"


def test_areas_are_previewed_saved_and_seen_and_the_station_goes_by_them(
    sergeant: Browser, database: Database, handset: Handset, clock: FixedClock
) -> None:
    path = "/reference/1/edit/areas"
    status, words = submit(sergeant, path, areas=AREAS.replace("0461", "04b"), do="save")
    assert (status, "areas: La Mirada: RD '04b' must be digits and capital letters" in words) == (400, True)
    status, words = submit(sergeant, path, areas=AREAS, do="preview")
    assert (status, "areas: Norwalk" in words or "Areas: Norwalk" in words) == (200, True)
    assert submit(sergeant, path, areas=AREAS, do="save") == (303, "/reference/2")
    assert "Version 2" in Page(sergeant.get("/reference").text).text
    assert "Valid now" in Page(sergeant.get("/reference/2").text).text
    hand_in(handset, handset.contact(rd="0455"))
    sheet = Page(sergeant.get("/worksheets/2026-11-22/day/900001").text).text
    assert sheet.count("RD outside") == 1
    audit = Page(sergeant.get("/audit").text).text
    assert "Reference data changed" in audit


def test_a_version_is_planned_and_what_it_replaces_says_so(sergeant: Browser, handset: Handset) -> None:
    path = "/reference/1/edit/station"
    form = {"station": "Norwalk", "begins": "2027-01-01T06:00", "do": "save"}
    page = Page(sergeant.get(path).text)
    values = {str(found["name"]): found.get("value") or "" for tag, found in page.tags if tag == "input"}
    assert sergeant.post(path, values | form).status_code == 303
    assert "Planned" in Page(sergeant.get("/reference").text).text
    assert "A newer version is planned" in Page(sergeant.get(path).text).text
    assert sergeant.post(path, values | form | {"begins": "soon", "newest": "2"}).status_code == 400
    assert sergeant.post(path, values | form | {"begins": "2020-01-01", "newest": "2"}).status_code == 400
    overtaken = sergeant.post(path, values | form)
    assert (overtaken.status_code, "Somebody else has made version 2" in Page(overtaken.text).text) == (400, True)


def test_a_sergeant_rewords_the_reasons_and_a_deputy_chooses_nothing_here(
    sergeant: Browser, database: Database, served: Served, handset: Handset
) -> None:
    other = browser_of(database, served, StationRole.SERGEANT)
    assert submit(other, "/reference/reasons", return_reasons="Which RD?\nWhich tag?", do="save") == (
        303,
        "/reference/2",
    )
    assert "Which tag?" in Page(other.get("/worksheets/2026-11-22/day/900001/return").text).text
    assert other.get("/reference/1/edit/areas").status_code == 403
    assert browser_of(database, served, StationRole.DEPUTY, "900001").get("/reference").status_code == 403
    captain = browser_of(database, served, StationRole.CAPTAIN)
    assert captain.get("/reference/2").status_code == 200
    assert captain.get("/reference/reasons").status_code == 403


def test_a_whole_document_is_taken_over_and_the_console_is_the_other_stations(
    sergeant: Browser, database: Database, clock: FixedClock
) -> None:
    status, words = submit(sergeant, "/reference/1/edit/document", document="{", do="save")
    assert (status, "That is not JSON" in words) == (400, True)
    written = PARTS["document"].write(compton())
    assert submit(sergeant, "/reference/1/edit/document", **written, do="save")[0] == 303
    assert "Contact 755 Compton Station" in Page(sergeant.get("/worksheets").text).text
    assert sergeant.get("/reference/2/file").json() == compton()


def test_what_is_not_there_is_told(sergeant: Browser, database: Database, clock: FixedClock) -> None:
    for path in (
        "/reference/9",
        "/reference/x",
        "/reference/9/file",
        "/reference/1/edit/colours",
        "/reference/1?against=9",
    ):
        assert sergeant.get(path).status_code == 404
    saved(database, norwalk(), None, clock.now())
    assert "Nothing differs." in Page(sergeant.get("/reference/2").text).text
    with database.reading() as session:
        assert len(kept_versions(session)) == 2
        assert document_of(session, 3) is None
