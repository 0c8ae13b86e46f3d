"""The journey of a store that is damaged and locked out: from the car to the worksheet, by command."""

import json
import shutil
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from programs import Program, Said, sealing_program, serving
from rescues import fingerprint, spoil

from field_app.store.frames import scan
from sync.commandline import Exit

PIN = "271828"


@pytest.fixture
def station(tmp_path: Path) -> Program:
    """The station's program with an empty data folder."""
    return Program("station755", tmp_path / "station")


@pytest.fixture
def car(tmp_path: Path, runtime: Path) -> Program:
    """The deputy's program, which seals what it makes."""
    return sealing_program(tmp_path / "car", runtime)


@pytest.fixture
def plain_car(tmp_path: Path) -> Program:
    """The deputy's program on a store that is not sealed, with somebody signed on."""
    car = Program("contact755", tmp_path / "plain car")
    assert car("sign-on", "900001", "--unit", "42A", "--watch", "day").code == 0
    return car


def journal(car: Program, number: int = 1) -> Path:
    """A journal file of the device."""
    return car.data / "store" / f"journal-{number:08d}.log"


def spoil_last_frame_but(car: Program, count: int) -> None:
    """Damage, in the middle of the journal, the body of the last frame but so many."""
    frame = scan(journal(car).read_bytes(), 1).frames[-1 - count]
    spoil(journal(car), (frame.start + frame.end) // 2, count=3)


def on_worksheets(station: Program) -> list[str]:
    """The ids on the worksheets of today, or of the day before or after: the watch may have begun yesterday, or begin tomorrow."""
    today = datetime.now(ZoneInfo("America/Los_Angeles")).date()
    for day in (today, today - timedelta(days=1), today + timedelta(days=1)):
        if found := [line["contact"] for line in station("worksheets", "--on", str(day), "--json").json]:
            return found
    return []


def enrolled_at(car: Program, station: Program, tmp_path: Path) -> str:
    """The car signed on with a PIN, and enrolled; where the station was, which has gone again."""
    (tmp_path / "pin").write_text(PIN)
    assert car("sign-on", "900001", "--unit", "42A", "--watch", "day", "--pin-file", str(tmp_path / "pin")).code == 0
    with serving(station) as address:
        assert car("enrol", address, station("enrol-code", "car 42").out.strip()).code == 0
    return address


def logged(car: Program, *settings: str) -> list[str]:
    """A contact for each setting; their ids."""
    return [car("log", setting, "--rd", "0454", "--json").json["id"] for setting in settings]


@pytest.mark.slow
@pytest.mark.timeout(300)  # fourteen programs one after the other; on a busy machine each takes seconds to start
def test_a_damaged_store_whose_key_is_lost_reaches_the_worksheet(
    car: Program, station: Program, tmp_path: Path, runtime: Path
) -> None:
    """Two of three contacts can be read. They arrive once, though in the end the device comes back and sends."""
    address = enrolled_at(car, station, tmp_path)
    ids = logged(car, "coffee-shop", "block-watch", "other")
    spoil_last_frame_but(car, 1)
    shutil.rmtree(runtime)  # the device was off, and the PIN is forgotten
    runtime.mkdir(mode=0o700)
    before = fingerprint(car.data)
    checked = car("check")
    assert checked.code == Exit.STORE_TROUBLE
    assert "are damaged" in checked.out
    assert "only checksums could be checked" in checked.out
    bundle = tmp_path / "car42.bundle"
    said = car("salvage", str(bundle))
    assert said.code == 0
    assert "sealed frames that only the station can open" in said.out
    assert fingerprint(car.data) == before
    assert b"coffee" not in bundle.read_bytes()

    recovered = station("recover", str(bundle))
    assert recovered.code == Exit.NEEDS_ATTENTION  # the damaged frame is kept, for a person to look at
    assert recovered.out.startswith(
        "Recovered from car 42: 2 accepted, 0 already here, 1 in quarantine (1 of them new;"
    )

    assert car("unlock", "900001", "--pin-file", str(tmp_path / "pin")).code == 0  # it was found after all
    with serving(station, "--port", address.rpartition(":")[2]):
        assert car("send").out.startswith("2 of 2 contacts received.")
    assert on_worksheets(station) == [ids[0], ids[2]]


def test_an_unlocked_store_is_rescued_signed_and_sealed(car: Program, station: Program, tmp_path: Path) -> None:
    enrolled_at(car, station, tmp_path)
    ids = logged(car, "coffee-shop", "other")
    assert car("check").code == 0
    made = car("salvage", str(tmp_path / "b"), "--json").json
    assert (made["records"], made["is_signed"], made["is_sealed"], made["frames_sealed"]) == (2, True, True, 0)
    assert station("recover", str(tmp_path / "b")).out == (
        "Recovered from car 42: 2 accepted, 0 already here, 0 in quarantine.\n"
    )
    assert on_worksheets(station) == ids
    elsewhere = Program("station755", tmp_path / "elsewhere")
    refused = elsewhere("recover", str(tmp_path / "b"))
    assert refused.code == Exit.REFUSED
    assert "another station's key" in refused.err


@pytest.mark.parametrize("damage", ["middle", "end", "cut", "all", "index", "lock"])
def test_damage_never_stops_the_next_tap(plain_car: Program, damage: str) -> None:
    car = plain_car
    logged(car, "coffee-shop", "block-watch")
    path = journal(car)
    data = path.read_bytes()
    match damage:
        case "middle":
            spoil_last_frame_but(car, 1)
        case "end":
            spoil_last_frame_but(car, 0)
        case "cut":
            path.write_bytes(data[:-7])
        case "all":
            path.write_bytes(bytes(len(data)))
        case "index":
            path.with_suffix(".idx").write_bytes(b"no index")
        case "lock":
            (car.data / "store" / "LOCK").unlink()
    car("check")
    if damage == "all":  # not even who is signed on
        assert car("sign-on", "900001", "--watch", "day").code == 0
    (found,) = logged(car, "other")
    assert found in [item["id"] for item in car("list", "--json").json]
    records = car("salvage", str(car.data / "b"), "--json").json["records"]
    assert records == {"middle": 2, "end": 2, "cut": 2, "all": 1, "index": 3, "lock": 3}[damage]


def test_a_plain_store_that_was_never_enrolled_says_what_its_file_is_worth(
    plain_car: Program, station: Program, tmp_path: Path
) -> None:
    logged(plain_car, "coffee-shop")
    said = plain_car("salvage", str(tmp_path / "b"))
    assert "The file is not sealed: whoever has it can read it." in said.out
    station("enrol-code", "car 42")
    refused = station("recover", str(tmp_path / "b"), "--json")
    assert (refused.code, refused.json["exit_code"]) == (Exit.REFUSED, Exit.REFUSED)
    assert "--device NAME" in refused.err


def test_a_file_that_is_there_is_never_written_over(plain_car: Program, tmp_path: Path) -> None:
    (tmp_path / "b").write_text("mine")
    said = plain_car("salvage", str(tmp_path / "b"))
    assert said.code == Exit.BAD_INPUT
    assert f"{tmp_path / 'b'} is there already" in said.err
    assert (tmp_path / "b").read_text() == "mine"
    (tmp_path / "b").unlink()
    nowhere = plain_car("salvage", str(tmp_path / "no folder" / "b"))
    assert nowhere.code == Exit.BAD_INPUT
    assert "cannot be written" in nowhere.err
    assert not list(tmp_path.glob("b*"))


@pytest.mark.parametrize("typed", [["check"], ["salvage", "b"]])
def test_where_there_is_no_store_nothing_is_made(tmp_path: Path, typed: list[str]) -> None:
    said = Program("contact755", tmp_path / "nobody")(*typed)
    assert said.code == Exit.NOT_FOUND
    assert "There is no store" in said.err
    assert list(tmp_path.iterdir()) == []


def test_a_check_tells_a_program_everything(plain_car: Program) -> None:
    logged(plain_car, "coffee-shop")
    said: Said = plain_car("check", "--json")
    found = said.json
    assert (said.code, found["is_well"], found["records"], found["findings"]) == (0, True, 1, [])
    assert found["contacts"] == {"ready_to_send": 1, "sent": 0, "needs_attention": 0}


@pytest.mark.parametrize("content", [b"", b"no bundle", b"C755BUNDLE1P\nxxx", json.dumps({}).encode()])
def test_a_file_that_is_no_bundle_is_refused_in_a_sentence(content: bytes, station: Program, tmp_path: Path) -> None:
    (tmp_path / "b").write_bytes(content)
    said = station("recover", str(tmp_path / "b"))
    assert said.code == Exit.BAD_INPUT
    assert "Nothing was changed." in said.err
    assert station("recover", str(tmp_path / "none")).code == Exit.BAD_INPUT
