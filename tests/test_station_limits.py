"""Dates, numbers and files that no station can have are refused by its commands in a sentence, and change nothing."""

import json
from collections.abc import Sequence
from pathlib import Path

import pytest
from certificates import certificate

from station.commands.main import main as station755
from station.commands.office import DATA_VARIABLE
from sync.commandline import Exit, Stop
from sync.reference import shipped_document

NO_TIMES = ("0001-01-01T00:00Z", "0001-01-01T00:00+14:00", "1969-12-31T23:59Z", "3000-01-01", "9999-12-31T23:59:59")


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A station without records; and a file of reference data."""
    monkeypatch.setenv(DATA_VARIABLE, str(tmp_path / "station"))
    monkeypatch.chdir(tmp_path)
    assert station755(["add-person", "900001"]) is Exit.DONE
    (tmp_path / "reference.json").write_text(json.dumps(shipped_document()), "utf-8")
    return tmp_path


def refused(*typed: str) -> str:
    """The sentence with which a command refuses what was typed."""
    with pytest.raises(Stop) as stopped:
        station755(typed)
    assert stopped.value.code is Exit.BAD_INPUT, stopped.value
    return str(stopped.value)


def said(typed: Sequence[str], capsys: pytest.CaptureFixture[str]) -> str:
    """What a command prints."""
    capsys.readouterr()
    assert station755(typed) is Exit.DONE
    return capsys.readouterr().out


@pytest.mark.parametrize("begins", NO_TIMES)
def test_no_version_begins_when_no_device_could_read_it(begins: str, capsys: pytest.CaptureFixture[str]) -> None:
    for typed in (["import", "reference.json"], ["import", "reference.json", "--preview"], ["map", "reference.json"]):
        assert "A version begins in the years 1970 to 2999" in refused("reference", *typed, "--from", begins)
    assert len(json.loads(said(["reference", "show", "--json"], capsys))) == 1


def test_a_version_is_called_valid_now_only_if_it_is(capsys: pytest.CaptureFixture[str]) -> None:
    first = said(["reference", "import", "reference.json", "--from", "2025-06-01"], capsys)
    overtaken = said(["reference", "import", "reference.json", "--from", "2025-01-01"], capsys)
    assert ("2 ·" in first, "valid now" in first) == (True, True)
    assert ("3 ·" in overtaken, "valid now" in overtaken) == (True, False)
    shown = json.loads(said(["reference", "show", "--json"], capsys))
    assert [each["version"] for each in shown if each["is_valid"]] == [2]


@pytest.mark.parametrize("day", ["0001-01-01", "1968-12-31", "3001-01-01", "9999-12-31"])
def test_a_date_that_no_worksheet_has_is_refused(day: str) -> None:
    for typed in (
        ["worksheets", "--on", day],
        ["records", "delete", "--until", day],
        ["records", "hold", "--matter", "m", "--reason", "r", "--from", day],
    ):
        assert f"{day!r} is not a date that a worksheet has" in refused(*typed)


def test_the_worksheet_of_a_clock_that_begins_in_1970_can_be_read(capsys: pytest.CaptureFixture[str]) -> None:
    for day in ("1969-12-31", "1970-01-01", "3000-01-01"):
        assert said(["worksheets", "--on", day], capsys) == f"No contacts on {day}.\n"


@pytest.mark.parametrize("number", ["0", "-1", "1_0", "99999999999999999999", "0" * 30 + "9" * 30, "x"])
def test_a_number_that_no_list_has_is_refused(number: str) -> None:
    for typed in (
        ["reference", "export", "f", f"--version={number}"],
        ["quarantine", f"--show={number}"],
        ["records", "lift", "--reason", "r", "--", number],
    ):
        assert "is not a number of the list" in refused(*typed)


def test_a_file_that_is_no_audit_is_refused_however_deep_it_goes(folder: Path) -> None:
    for text in ("[" * 100_000, "[]", '{"number": 1}', "1" * 5_000):
        (folder / "audit").write_text(text)
        assert "cannot be read as an exported audit" in refused("audit", "verify", "--file", "audit")


def test_a_key_that_cannot_be_read_is_not_called_a_wrong_one(folder: Path) -> None:
    chain, private_key = map(str, certificate(folder / "tls"))
    (folder / "kept").mkdir()
    for unread in ("kept", "x" * 300, "nowhere.pem"):
        for typed in ((unread, private_key), (chain, unread)):
            sentence = refused("serve", "--port", "0", "--certificate", typed[0], "--private-key", typed[1])
            assert sentence.startswith(f"{unread} cannot be read: "), sentence
