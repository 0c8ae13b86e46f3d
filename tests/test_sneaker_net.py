"""Without a network: from the car in a file to the office, and the receipt back, by command."""

from pathlib import Path

import pytest
from programs import Program, serving

from sync.commandline import Exit
from sync.qr import code_png
from sync.qr_series import codes_of


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


def test_a_bundle_is_read_off_pictures_of_its_codes(car: Program, station755: Program, tmp_path: Path) -> None:
    """All of them in any order; what cannot be read is named, and nothing is changed."""
    for number in range(12):
        car("log", "coffee-shop", "--rd", "0454", "--note", f"A long conversation about the park, number {number}")
    bundle = tmp_path / "b"
    assert car("export", str(bundle)).code == 0
    pictures = []
    for number, code in enumerate(codes_of(bundle.read_bytes()), 1):
        pictures.append(tmp_path / f"{number}.png")
        pictures[-1].write_bytes(code_png(code))
    assert len(pictures) > 1
    names = [str(picture) for picture in reversed(pictures)]
    few = station755("import", *names[1:])
    assert (few.code, f"Code {len(names)} of {len(names)} cannot be read" in few.err) == (Exit.BAD_INPUT, True)
    torn = tmp_path / "torn.png"
    torn.write_bytes(pictures[0].read_bytes()[:60])
    for wrong, words in ((torn, "is not a whole PNG, JPEG or WebP picture"), (bundle, "is not a whole PNG")):
        refused = station755("import", names[0], str(wrong))
        assert (refused.code, words in refused.err) == (Exit.BAD_INPUT, True), refused
    mixed = station755("import", str(bundle), names[0])
    assert (mixed.code, "One file at a time" in mixed.err) == (Exit.BAD_INPUT, True)
    taken = station755("import", *names, "--receipt", str(tmp_path / "r"), "--json").json
    assert (taken["accepted"], taken["already-here"]) == (12, 0)
    assert car("settle", str(tmp_path / "r")).out.startswith("12 of 12 contacts received.")


def test_a_car_that_is_not_enrolled_or_has_nothing_says_so(deputy: Program, tmp_path: Path) -> None:
    assert deputy("export", str(tmp_path / "b")).code == Exit.NOT_READY
    assert not (tmp_path / "b").exists()
