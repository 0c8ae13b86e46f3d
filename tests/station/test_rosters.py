"""The roster as a file: out and in again, looked at first, every bad line named, and nothing half imported."""

from pathlib import Path
from typing import Any

import pytest
from consoles import Browser, Page, Served, is_on_the_event_loop
from fastapi import Response
from hypothesis import given
from hypothesis import strategies as st
from programs import Program
from staff import browser_of

from station.console import roster_pages
from station.console.pages import Pages
from station.database import Database
from station.people import everyone
from station.roles import StationRole
from station.rosters import Entry, State, changes_of, import_roster, read_roster, roster_csv, roster_of, summary
from sync.commandline import Exit
from sync.reference import Reference, load_reference

GOOD = b"number,role,state\r\n900001,deputy,active\r\n900002,Sergeant,\r\n900003,volunteer,left\r\n"
BAD = b"number,role,state\n900001,deputy,active\nSmith,deputy,\n900002,boss,\n900003,deputy,gone\n900001,deputy,\n900004\n"
BAD_LINES = [
    (3, "'Smith' is not a person's number. It has six digits, like 900001."),
    (4, "'boss' is not a role. Use one of: volunteer, deputy, sergeant, captain, administrator."),
    (5, "'gone' is not a state. Use one of: active, left."),
    (6, "900001 stands in line 2 already."),
    (7, "It has 1 cells where the first line has 3."),
]


def upload(browser: Browser, raw: bytes) -> tuple[int, str]:
    """Choose a file on the page; its answer."""
    fields = Page(browser.get("/people/import").text).fields
    url = f"{browser.address}/people/import"
    answer = browser.http.post(url, data=fields, files={"roster": ("roster.csv", raw, "text/csv")}, timeout=30)
    return answer.status_code, answer.text


def confirm(browser: Browser, preview: str) -> tuple[int, str]:
    """Press Import on the page that shows what would change; its answer's words."""
    answer = browser.post("/people/import/confirmed", Page(preview).fields)
    return answer.status_code, Page(answer.text).text


def people(database: Database) -> dict[str, tuple[str, bool]]:
    """Everyone: role, and whether they are at the station."""
    with database.reading() as session:
        return {each.number: (each.role.value, each.left_at is None) for each in everyone(session)}


def test_a_roster_is_looked_at_first_and_imported_then(sergeant: Browser, database: Database) -> None:
    status, page = upload(sergeant, GOOD)
    assert status == 200
    assert "900002 Added Sergeant" in Page(page).text
    assert people(database) == {}
    status, words = confirm(sergeant, page)
    assert (status, "Imported: 3 added." in words) == (200, True)
    assert people(database) == {
        "900001": ("deputy", True),
        "900002": ("sergeant", True),
        "900003": ("volunteer", False),
    }
    assert "Nothing would change" in upload(sergeant, GOOD)[1]
    later = b"number;role\n900001;captain\n900003;volunteer\n"  # as a spreadsheet writes it elsewhere
    status, words = confirm(sergeant, upload(sergeant, later)[1])
    assert "Imported: 1 back, 1 with another role." in words
    assert people(database)["900002"] == ("sergeant", True)  # not in the file


def test_every_bad_line_is_named_and_nothing_is_imported(
    sergeant: Browser, database: Database, station755: Program, tmp_path: Path
) -> None:
    status, page = upload(sergeant, BAD)
    assert status == 400
    file = tmp_path / "roster.csv"
    file.write_bytes(BAD)
    said = station755("import-roster", str(file))
    assert said.code == Exit.BAD_INPUT
    for line, sentence in BAD_LINES:
        assert f"Line {line}: {sentence}" in Page(page).text
        assert f"line {line}: {sentence}" in said.err
    assert people(database) == {}


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        (b"", "lacks 'number'"),
        (b"900001,deputy\n", "has '900001'"),
        (b"number,role,name\n900001,deputy,Smith\n", "no names"),
        (b"number,number,role\n", "twice"),
        (b"number,role\n900001,\xff\xfe\n", "not UTF-8"),
        (b'number,role\n"900001,deputy\n', "cannot be read as CSV"),
        (b"number,role\n" + b"\n" * 20_000, "more than 20000 lines"),
        (b"number,role\n" + b"x" * 524_288, "more than 512 KiB"),
    ],
)
def test_a_file_that_is_no_roster_is_said_to_be_none(raw: bytes, words: str, reference: Reference) -> None:
    entries, bad = read_roster(raw, reference)
    assert entries == []
    assert words in bad[0].sentence


def test_what_is_imported_is_what_was_looked_at(sergeant: Browser, database: Database, served: Served) -> None:
    _, page = upload(sergeant, GOOD)
    with database.writing() as session:
        import_roster(session, [Entry("900001", StationRole.CAPTAIN, State.ACTIVE)], served.clock.now(), "900010")
    answer = sergeant.post("/people/import/confirmed", Page(page).fields)
    assert answer.status_code == 409
    assert "900001 Another role Captain Deputy" in Page(answer.text).text
    assert people(database) == {"900001": ("captain", True)}
    status, words = confirm(sergeant, answer.text)
    assert (status, "Imported: 2 added, 1 with another role." in words) == (200, True)


def test_a_long_roster_is_read_and_shown_beside_what_others_ask(
    sergeant: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Thousands of lines take most of a second: on the event loop nobody else, and no device, is answered meanwhile."""
    kept_waiting: list[bool] = []

    def reading(*read: Any) -> Any:  # noqa: ANN401 - handed on as it came
        kept_waiting.append(is_on_the_event_loop())
        return read_roster(*read)

    def showing(pages: Pages, *shown: Any) -> Response:  # noqa: ANN401 - the same
        kept_waiting.append(is_on_the_event_loop())
        return page(pages, *shown)

    page = Pages.page
    form = Page(upload(sergeant, GOOD)[1]).fields
    monkeypatch.setattr(roster_pages, "read_roster", reading)
    monkeypatch.setattr(Pages, "page", showing)
    for raw, status in ((b"", 400), (BAD, 400), (GOOD, 200)):
        assert upload(sergeant, raw)[0] == status
    for roster, status in (("x", 400), (form["roster"], 200)):
        assert sergeant.post("/people/import/confirmed", {**form, "roster": roster}).status_code == status
    assert set(kept_waiting) == {False}


def test_no_file_and_a_foreign_form_change_nothing(sergeant: Browser) -> None:
    assert upload(sergeant, b"")[0] == 400
    url = f"{sergeant.address}/people/import"
    for more in ({"data": b"x"}, {"files": {"roster": ("roster.csv", GOOD, "text/csv")}}):
        assert sergeant.http.post(url, timeout=30, **more).status_code == 403
    headers = {"Content-Type": "multipart/form-data"}
    assert sergeant.http.post(url, data=b"--\r\n\r\n", headers=headers, timeout=30).status_code == 403
    assert sergeant.http.post(url, data=b"x" * 600_000, headers=headers, timeout=30).status_code == 413


def test_the_roster_goes_out_as_it_comes_in(
    sergeant: Browser, database: Database, station755: Program, tmp_path: Path, reference: Reference
) -> None:
    file = tmp_path / "roster.csv"
    file.write_bytes(GOOD)
    preview = station755("import-roster", str(file), "--preview")
    assert preview.out.endswith("Nothing was changed: this is what would be.\n")
    assert people(database) == {}
    assert station755("import-roster", str(file)).out.endswith("Imported: 3 added.\n")
    answer = sergeant.get("/people.csv")
    assert answer.headers["content-disposition"] == 'attachment; filename="roster.csv"'
    assert answer.text.replace("\r\n", "\n") == station755("roster").out
    with database.reading() as session:
        entries, bad = read_roster(answer.content, reference)
        assert (changes_of(session, entries), bad) == ([], [])
        assert roster_of(session) == entries


def test_who_leaves_is_signed_out_and_cannot_come_in(
    sergeant: Browser, database: Database, served: Served, tmp_path: Path
) -> None:
    deputy = browser_of(database, served, StationRole.DEPUTY)
    assert deputy.is_signed_in()
    confirm(sergeant, upload(sergeant, b"number,role,state\n900002,deputy,left\n")[1])
    assert not deputy.is_signed_in()


ENTRIES = st.builds(
    Entry,
    st.integers(0, 999_999).map("{:06}".format),
    st.sampled_from(StationRole),
    st.sampled_from(State),
)


@given(st.lists(ENTRIES, unique_by=lambda entry: entry.number), st.sampled_from(",;\t"))
def test_whatever_is_written_is_read_again(entries: list[Entry], separator: str) -> None:
    raw = roster_csv(entries).replace(",", separator).encode("utf-8-sig")
    assert read_roster(raw, load_reference()) == (entries, [])


@given(st.binary(max_size=200))
def test_no_file_makes_it_stumble(raw: bytes) -> None:
    reference = load_reference()
    for content in (raw, b"number,role\n" + raw):
        entries, bad = read_roster(content, reference)
        assert not (entries and bad) or all(each.line > 1 for each in bad)


def test_nothing_new_is_no_change() -> None:
    assert summary([]) == ""
