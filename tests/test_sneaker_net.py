"""Without a network: from the car in a file to the office, and the receipt back, by command."""

from pathlib import Path

import pytest
from programs import Program, serving

from sync.commandline import Exit


@pytest.fixture
def car(deputy: Program, station755: Program) -> Program:
    """A car that is enrolled, whose station has gone out of reach."""
    with serving(station755) as address:
        assert deputy("enrol", address, station755("enrol-code", "car 42").out.strip()).code == 0
    return deputy


@pytest.mark.slow
@pytest.mark.timeout(300)  # two dozen programs one after the other; on a busy machine each takes seconds to start
def test_contacts_reach_the_station_in_a_file_and_the_receipt_comes_back(
    car: Program, station755: Program, tmp_path: Path
) -> None:
    """Whatever is done twice adds nothing; a device that was revoked meanwhile can still hand over."""
    for setting in ("coffee-shop", "other"):
        car("log", setting, "--rd", "0454")
    bundle, receipt = str(tmp_path / "b"), str(tmp_path / "b.receipt")
    made = car("export", bundle, "--json").json
    assert (made["records"], made["is_sealed"]) == (2, True)
    assert car("export", bundle).code == Exit.BAD_INPUT
    assert b"coffee" not in Path(bundle).read_bytes()
    car("log", "block-watch", "--rd", "0454")  # after the file was made
    assert station755("revoke", "car 42").code == 0

    taken = station755("import", bundle)
    assert taken.code == 0
    assert taken.out.startswith("Taken in from car 42: 2 accepted, 0 already here, 0 in quarantine.")
    first = Path(receipt).read_bytes()
    assert station755("import", bundle).code == Exit.BAD_INPUT  # there is a receipt of this name
    again = station755("import", bundle, "--receipt", str(tmp_path / "again"), "--json").json
    assert (again["accepted"], again["already-here"], again["receipts"]) == (0, 2, [1])

    Path(receipt).write_bytes(first[:-1] + bytes([first[-1] ^ 1]))
    assert car("settle", receipt).code == Exit.REFUSED
    assert car("settle", bundle).code == Exit.BAD_INPUT
    Path(receipt).write_bytes(first)
    elsewhere = Program("contact755", tmp_path / "elsewhere")
    assert elsewhere("settle", receipt).code == Exit.NOT_READY
    assert car("status", "--json").json["ready_to_send"] == 3
    settled = car("settle", receipt)
    assert (settled.code, settled.out.splitlines()[0]) == (0, "2 of 3 contacts received. Receipt 1.")
    for file in (receipt, str(tmp_path / "again")):
        assert car("settle", file).out.startswith("Nothing here was waiting for this receipt.")
    status = car("status", "--json").json
    assert (status["ready_to_send"], status["sent"], status["needs_attention"]) == (1, 2, 0)
    assert Program("station755", tmp_path / "another")("import", bundle).code == Exit.REFUSED


def test_a_car_that_is_not_enrolled_or_has_nothing_says_so(deputy: Program, tmp_path: Path) -> None:
    assert deputy("export", str(tmp_path / "b")).code == Exit.NOT_READY
    assert not (tmp_path / "b").exists()
