"""The station's own authority: made once, private, replaced in two steps; and the server's certificate under it."""

import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import monotonic, sleep

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding, PrivateFormat
from doubles import FixedClock

from station.authority import FOLDER_NAME, Authority, AuthorityDamaged
from station.certificates import RENEWED_DAYS_BEFORE, SERVER_DAYS, new_authority, read_pair
from station.live_certificate import Certificate, LiveCertificate
from station.names import host_name, name_to_show, names_of

NOW = datetime(2026, 11, 22, tzinfo=UTC)
NAMES = ["station.example", "192.0.2.7"]


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    """An authority on its first day."""
    made = Authority(tmp_path)
    made.make("Norwalk Station", NOW)
    return made


def serial(authority: Authority, names: list[str], now: datetime) -> int:
    """The serial number of the server's certificate as it is served then."""
    return read_pair(authority.server(names, now).read_bytes()).certificate.serial_number


def test_the_authority_is_made_once_and_stays(authority: Authority) -> None:
    pins = authority.pins()
    authority.make("Norwalk Station", NOW)
    assert authority.pins() == pins
    assert len(pins) == 1


def test_only_its_owner_can_read_the_keys_and_nothing_is_left_over(authority: Authority, tmp_path: Path) -> None:
    authority.server(NAMES, NOW)
    authority.begin_rotation("Norwalk Station", NOW)
    folder = tmp_path / FOLDER_NAME
    modes = {path.name: path.stat().st_mode & 0o777 for path in (folder, *folder.iterdir())}
    assert modes == {
        "tls": 0o700,
        "authority.pem": 0o600,
        "next-authority.pem": 0o600,
        "server.pem": 0o600,
    }


def test_two_programs_that_start_together_make_one_authority(tmp_path: Path) -> None:
    lines = (
        "import sys; from datetime import UTC, datetime; from pathlib import Path; "
        "from station.authority import Authority; made = Authority(Path(sys.argv[1])); "
        "made.make('Norwalk Station', datetime.now(UTC)); print(made.pins()[0])"
    )
    typed = [sys.executable, "-c", lines, str(tmp_path)]
    started = [subprocess.Popen(typed, stdout=subprocess.PIPE, text=True) for _ in range(4)]
    assert len({process.communicate()[0] for process in started}) == 1
    assert [path.name for path in (tmp_path / FOLDER_NAME).iterdir()] == ["authority.pem"]


def test_the_authority_may_sign_servers_and_nothing_else(authority: Authority) -> None:
    (pair,) = authority.pairs()
    extensions = pair.certificate.extensions
    assert extensions.get_extension_for_class(x509.BasicConstraints).value == x509.BasicConstraints(
        ca=True, path_length=0
    )
    usage = extensions.get_extension_for_class(x509.KeyUsage).value
    assert (usage.key_cert_sign, usage.digital_signature) == (True, False)


def test_the_server_sends_its_authority_behind_its_own_certificate(authority: Authority) -> None:
    chain = x509.load_pem_x509_certificates(authority.server(NAMES, NOW).read_bytes())
    (pair,) = authority.pairs()
    assert chain[1:] == [pair.certificate]
    chain[0].verify_directly_issued_by(chain[1])


@pytest.mark.parametrize(
    ("past_renewal", "is_renewed"), [(timedelta(0), False), (timedelta(seconds=1), True), (timedelta(days=400), True)]
)
def test_a_servers_certificate_is_renewed_thirty_days_before_its_end(
    past_renewal: timedelta, authority: Authority, *, is_renewed: bool
) -> None:
    before = serial(authority, NAMES, NOW)
    later = NOW + timedelta(days=SERVER_DAYS - RENEWED_DAYS_BEFORE) + past_renewal
    assert (serial(authority, NAMES, later) != before) is is_renewed


def test_one_made_under_a_clock_that_was_ahead_is_made_anew(authority: Authority) -> None:
    before = serial(authority, NAMES, NOW + timedelta(days=365))
    assert serial(authority, NAMES, NOW) != before


def test_another_name_wants_another_certificate_and_one_name_less_does_not(authority: Authority) -> None:
    before = serial(authority, NAMES, NOW)
    assert serial(authority, NAMES[:1], NOW) == before
    assert serial(authority, [*NAMES, "192.0.2.8"], NOW) != before


def test_a_damaged_servers_certificate_is_made_anew_and_a_damaged_authority_is_told(
    authority: Authority, tmp_path: Path
) -> None:
    path = authority.server(NAMES, NOW)
    path.write_bytes(path.read_bytes()[:500])
    assert serial(authority, NAMES, NOW)
    damaged = tmp_path / FOLDER_NAME / "authority.pem"
    damaged.write_bytes(damaged.read_bytes()[:-300])
    with pytest.raises(AuthorityDamaged, match="Put it back from a backup"):
        authority.server(NAMES, NOW)
    with pytest.raises(AuthorityDamaged):
        authority.make("Norwalk Station", NOW)  # never replaced: every device trusts the one that was there


def under_a_pass_phrase(pem: Path) -> None:
    """Seal the key, as somebody may who knows only that keys should be."""
    pair = read_pair(pem.read_bytes())
    sealed = pair.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"quiet word"))
    pem.write_bytes(sealed + pair.certificate_pem.encode())


@pytest.mark.parametrize("harm", [Path.unlink, under_a_pass_phrase])
def test_after_any_trouble_with_the_authority_the_certificate_is_renewed_again(
    harm: Callable[[Path], None], authority: Authority, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """A station runs for years: whoever moves the file away for a moment must not end the renewal for good."""
    clock = FixedClock(at=NOW)

    def find() -> Certificate:
        path = authority.server(NAMES, clock.now())
        return Certificate(path, path)

    def wait_for(is_so: Callable[[], bool]) -> None:
        give_up_at = monotonic() + 30
        while not is_so():
            assert monotonic() < give_up_at
            sleep(0.02)

    pem = tmp_path / FOLDER_NAME / "authority.pem"
    whole = pem.read_bytes()
    with LiveCertificate(find).watched(look_seconds=0.02):
        before = serial(authority, NAMES, NOW)
        harm(pem)
        wait_for(lambda: "cannot be renewed" in caplog.text)
        pem.write_bytes(whole)
        clock.passes(SERVER_DAYS * 86_400)
        server = tmp_path / FOLDER_NAME / "server.pem"
        wait_for(lambda: read_pair(server.read_bytes()).certificate.serial_number != before)


def test_a_key_that_is_not_the_certificates_is_damage(authority: Authority, tmp_path: Path) -> None:
    (pair,) = authority.pairs()
    other = new_authority("Norwalk Station", NOW)
    mixed = pair.pem[: pair.pem.index(b"-----BEGIN CERTIFICATE")] + other.certificate_pem.encode()
    (tmp_path / FOLDER_NAME / "authority.pem").write_bytes(mixed)
    with pytest.raises(AuthorityDamaged):
        authority.pins()


def test_while_the_authority_is_replaced_both_are_handed_out_and_the_old_one_signs(authority: Authority) -> None:
    old = authority.pins()[0]
    before = serial(authority, NAMES, NOW)
    following = authority.begin_rotation("Norwalk Station", NOW)
    assert authority.begin_rotation("Norwalk Station", NOW).pin == following.pin  # beginning twice makes no third
    assert authority.pins() == (old, following.pin)
    assert serial(authority, NAMES, NOW) == before
    authority.finish_rotation()
    assert authority.pins() == (following.pin,)
    server = read_pair(authority.server(NAMES, NOW).read_bytes())
    server.certificate.verify_directly_issued_by(following.certificate)


@pytest.mark.parametrize("station", ["Sheriff's Department, " * 3 + "Norwalk", "ñ" * 80, "N"])
def test_however_long_a_stations_name_is_its_next_authority_signs_another_certificate(
    station: str, tmp_path: Path
) -> None:
    authority = Authority(tmp_path)
    authority.make(station, NOW)
    before = read_pair(authority.server(NAMES, NOW).read_bytes()).certificate
    following = authority.begin_rotation(station, NOW)
    assert following.certificate.subject != before.issuer
    authority.finish_rotation()
    read_pair(authority.server(NAMES, NOW).read_bytes()).certificate.verify_directly_issued_by(following.certificate)


def test_a_rotation_that_was_not_begun_cannot_be_finished(authority: Authority) -> None:
    pins = authority.pins()
    with pytest.raises(FileNotFoundError):
        authority.finish_rotation()
    assert authority.pins() == pins


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("Station.Example", "station.example"),
        (" station ", "station"),
        ("192.0.2.7", "192.0.2.7"),
        ("[2001:DB8::7]", "2001:db8::7"),
        ("station.example.", "station.example"),
    ],
)
def test_a_host_name_is_tidied(typed: str, name: str) -> None:
    assert host_name(typed) == name


@pytest.mark.parametrize("typed", ["", "https://station.example", "two words", "-a", "a..b", "*.example", "a" * 64])
def test_what_is_no_host_name_is_refused_in_a_sentence(typed: str) -> None:
    with pytest.raises(ValueError, match="not a host name"):
        host_name(typed)


def test_a_certificate_is_good_for_what_was_given_for_this_machine_and_for_loopback() -> None:
    names = names_of("192.0.2.7", ["station.example"])
    assert names[:2] == ["station.example", "192.0.2.7"]
    assert {"localhost", "127.0.0.1", "::1"} <= set(names)
    assert "0.0.0.0" not in names_of("0.0.0.0", [])  # noqa: S104 - compared with, not served on


def test_devices_are_told_the_first_name_that_was_given() -> None:
    assert name_to_show("0.0.0.0", ["station.example", "other.example"]) == "station.example"  # noqa: S104 - as above
    assert name_to_show("192.0.2.7", []) == "192.0.2.7"
    assert name_to_show("::", []) not in {"::", "0.0.0.0", ""}  # noqa: S104 - as above
