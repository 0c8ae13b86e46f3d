"""Enrolling by both programs over the station's own authority: invitations, QR codes, a replaced authority, revocation."""

import ssl
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
import zxingcpp
from PIL import Image
from programs import Program, Said, serving

from sync.commandline import Exit
from sync.invitation import Invitation, read_invitation, write_invitation
from sync.qr import qr_lines

TLS = ("--name", "localhost")


def invited(station: Program, name: str) -> str:
    """What the station prints for a device."""
    return str(station("enrol-code", name, "--json").json["invitation"])


def car(tmp_path: Path, name: str, invitation: str) -> Program:
    """An enrolled device with somebody signed on and one contact logged."""
    made = Program("contact755", tmp_path / name)
    assert made("enrol", invitation).code == 0
    assert made("sign-on", "900001", "--watch", "day").code == 0
    assert made("log", "coffee-shop", "--rd", "0454").code == 0
    return made


def sent(car: Program) -> Said:
    """Log one more contact, and send."""
    assert car("log", "other").code == 0
    return car("send")


def read_off(picture: Image.Image) -> str:
    """What a QR reader reads."""
    (found,) = zxingcpp.read_barcodes(picture)
    return found.text


def certificate_at(address: str) -> str:
    """The certificate that is served there."""
    return ssl.get_server_certificate(("localhost", int(address.rpartition(":")[2])))


@pytest.fixture
def address(station755: Program) -> Iterator[str]:
    """A station that serves beyond this machine, with its own certificate."""
    with serving(station755, "--host", "0.0.0.0", *TLS) as address:  # noqa: S104 - the point
        yield address


def test_a_station_beyond_this_machine_serves_over_its_own_certificate_alone(
    address: str, station755: Program, tmp_path: Path
) -> None:
    assert address.startswith("https://localhost:")
    invitation = read_invitation(invited(station755, "car 42"))
    assert (invitation.address, len(invitation.pins)) == (address, 1)
    assert car(tmp_path, "car 42", invited(station755, "car 42"))("send").code == 0
    with pytest.raises(OSError, match=r"."):
        urllib.request.urlopen(address.replace("https", "http"), timeout=5)  # noqa: S310 - a loopback address


def test_the_code_and_its_address_may_be_typed_apart(address: str, station755: Program, contact755: Program) -> None:
    text, _, code = invited(station755, "car 42").partition("&code=")
    assert contact755("enrol", text).code == Exit.BAD_INPUT  # the code is missing
    assert contact755("enrol", address, code).code == Exit.NOT_REACHABLE  # no public authority knows this station
    assert contact755("enrol", text, code).code == 0


def test_a_wrong_pin_enrols_nobody_and_costs_the_code_nothing(
    address: str, station755: Program, contact755: Program
) -> None:
    text = invited(station755, "car 42")
    pin = read_invitation(text).pins[0]
    said = contact755("enrol", text.replace(pin, "A" * 43))
    assert (said.code, "not from this station's authority" in said.err) == (Exit.NOT_REACHABLE, True)
    assert contact755("enrol", text.replace(pin, pin[:-1])).code == Exit.BAD_INPUT
    assert contact755("enrol", text).code == 0


def test_the_code_alone_is_the_result_and_the_rest_is_for_people(address: str, station755: Program) -> None:
    said = station755("enrol-code", "car 42")
    code = said.out.strip()
    assert len(code) == 9
    assert f"#pin={read_invitation(invited(station755, 'x')).pins[0]}&code={code}" in said.err
    assert "█" in said.err


def test_what_a_reader_reads_off_the_picture_enrols_a_device(
    address: str, station755: Program, contact755: Program, tmp_path: Path
) -> None:
    png, svg = tmp_path / "car.picture", tmp_path / "drawing"  # whatever they are called
    assert station755("enrol-code", "car 42", "--png", str(png), "--svg", str(svg)).code == 0
    text = read_off(Image.open(png))
    assert text.startswith(f"{address}/#pin=")
    assert contact755("enrol", text).code == 0
    assert b"<svg" in svg.read_bytes()


def test_a_picture_that_cannot_be_written_is_all_that_is_told(
    address: str, station755: Program, tmp_path: Path
) -> None:
    """A program that reads the answer finds one, and no code that nobody has a picture of."""
    nowhere = station755("enrol-code", "car 42", "--png", str(tmp_path / "no" / "car.png"), "--json")
    assert (nowhere.code, nowhere.json["exit_code"]) == (Exit.BAD_INPUT, Exit.BAD_INPUT)
    assert nowhere.err == f"{nowhere.json['error']}\n"
    taken = tmp_path / "car.png"
    taken.write_text("a photograph")
    refused = station755("enrol-code", "car 42", "--png", str(taken))
    assert (refused.code, taken.read_text(), "--replace" in refused.err) == (Exit.BAD_INPUT, "a photograph", True)
    assert station755("enrol-code", "car 42", "--png", str(taken), "--replace").code == 0
    assert (read_off(Image.open(taken)).startswith(address), taken.stat().st_mode & 0o077) == (True, 0)


@pytest.mark.parametrize("is_light", [False, True], ids=["dark terminal", "light terminal"])
def test_a_reader_reads_the_invitation_off_the_terminal(*, is_light: bool) -> None:
    """Each letter is drawn as a terminal draws it, a lower and an upper half; a light terminal shows the reverse."""
    text = write_invitation(Invitation("https://station.example:8755", ("A" * 43, "b" * 43), "K7QM-4T2X"))
    lines = qr_lines(text)
    picture = Image.new("L", (len(lines[0]), 2 * len(lines)))
    for row, line in enumerate(lines):
        for column, letter in enumerate(line):
            picture.putpixel((column, 2 * row), 255 * ((letter in "█▀") is not is_light))
            picture.putpixel((column, 2 * row + 1), 255 * ((letter in "█▄") is not is_light))
    assert read_off(picture.resize((6 * picture.width, 6 * picture.height), Image.Resampling.NEAREST)) == text


def test_before_a_station_has_served_its_address_has_to_be_given(station755: Program, tmp_path: Path) -> None:
    said = station755("enrol-code", "car 42")
    assert (said.code, "--address" in said.err) == (0, True)
    picture = ("--png", str(tmp_path / "car.png"))
    refused = station755("enrol-code", "car 42", *picture, "--json")
    assert (refused.code, refused.json["exit_code"]) == (Exit.NOT_READY, Exit.NOT_READY)
    assert station755("enrol-code", "car 42", "--address", "nowhere").code == Exit.BAD_INPUT
    found = station755("enrol-code", "car 42", "--address", "http://127.0.0.1:8755", "--json").json
    assert found["invitation"] == f"http://127.0.0.1:8755/#code={found['code']}"


@pytest.mark.timeout(300)  # some thirty programs one after the other
def test_the_authority_is_replaced_and_devices_follow(address: str, station755: Program, tmp_path: Path) -> None:
    """One device hears of it in time; the other is left behind, keeps what it has, and sends it once enrolled again."""
    there = car(tmp_path, "car 42", invited(station755, "car 42"))
    away = car(tmp_path, "car 43", invited(station755, "car 43"))
    assert station755("rotate-authority", "--finish").code == Exit.NOT_READY  # nothing was begun
    begun = station755("rotate-authority", "--json").json
    assert (len(begun["pins"]), begun["not_told_yet"]) == (2, ["car 42", "car 43"])
    assert read_invitation(invited(station755, "car 44")).pins == tuple(begun["pins"])
    assert sent(there).code == 0
    assert station755("rotate-authority", "--json").json["not_told_yet"] == ["car 43"]
    refused = station755("rotate-authority", "--finish")
    assert (refused.code, "car 43" in refused.err, "car 42" in refused.err) == (Exit.NOT_READY, True, False)
    before = certificate_at(address)
    assert station755("rotate-authority", "--finish", "--anyway").code == 0
    newest = read_invitation(invited(station755, "x")).pins
    assert newest == (begun["pins"][1],)
    give_up_at = time.monotonic() + 30
    while certificate_at(address) == before:
        assert time.monotonic() < give_up_at
        time.sleep(0.1)
    assert sent(there).code == 0
    lost = sent(away)
    assert (lost.code, "not from this station's authority" in lost.err) == (Exit.NOT_REACHABLE, True)
    assert "safe on this device" in lost.err
    assert away("enrol", invited(station755, "car 43")).code == 0
    assert away("send").code == 0
    assert away("status", "--json").json["ready_to_send"] == 0


def test_a_revoked_device_keeps_its_contacts_hands_them_over_and_sends_once_enrolled_again(
    address: str, station755: Program, tmp_path: Path
) -> None:
    device = car(tmp_path, "car 42", invited(station755, "car 42"))
    assert station755("revoke", "car 42").code == 0
    told = device("send")
    assert (told.code, "revoked this device" in told.err) == (Exit.REFUSED, True)
    assert device("status", "--json").json["ready_to_send"] == 1
    bundle = str(tmp_path / "car.bundle")
    assert device("export", bundle).code == 0
    assert station755("import", bundle, "--json").json["accepted"] == 1  # by hand it takes what it takes no more by air
    assert device("log", "other").code == 0
    assert device("enrol", invited(station755, "car 42")).code == 0
    assert device("send").out.startswith("2 of 2 contacts received.")


def test_a_device_gets_another_key_and_goes_on_sending(station755: Program, tmp_path: Path) -> None:
    with serving(station755, *TLS) as address:
        device = car(tmp_path, "car 42", invited(station755, "car 42"))
        assert device("rotate-device-key").code == 0
        assert sent(device).code == 0
    away = device("rotate-device-key")
    assert (away.code, "not reachable" in away.err) == (Exit.NOT_REACHABLE, True)
    with serving(station755, "--port", address.rpartition(":")[2], *TLS):
        assert sent(device).code == 0
        assert device("rotate-device-key").code == 0
        assert sent(device).code == 0
    stranger = Program("contact755", tmp_path / "stranger")
    assert stranger("rotate-device-key").code == Exit.NOT_READY
