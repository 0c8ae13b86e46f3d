"""The station's own authority over real TLS: who is believed, who is not, and in which words."""

import ssl
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import requests
from doubles import FixedClock
from handset import Handset, a_code, enrolled_handset, served
from stations_tls import served_over_tls, written

from station.authority import Authority
from station.certificates import Pair, new_authority, new_server
from station.database import Database
from station.desk import Desk
from station.live_certificate import Certificate, LiveCertificate
from sync.client import StationClient
from sync.exchange import NotReachable
from sync.outcome import Outcome, ending_of
from sync.packing import Packing
from sync.reference import Reference
from sync.signing import sign
from sync.trust import Trust, shown_authority

HERE = ["127.0.0.1"]
ELSEWHERE = ["station.example"]
NOW = datetime.now(UTC)
# A tenth of what asyncio would wait; half a second is what the station gives it.
GOODBYE_SECONDS_MAX = 3.0
YEARS = timedelta(days=9 * 365)


@dataclass
class Wire:
    """An enrolled device, and a station that serves with whatever certificate it is given."""

    handset: Handset
    authority: Authority
    serve: Callable[[LiveCertificate], AbstractContextManager[str]]
    folder: Path

    @contextmanager
    def serving(self, pair: Pair) -> Iterator[str]:
        """The station under this certificate."""
        found = written(pair, self.folder / "served.pem")
        with self.serve(LiveCertificate(lambda: found)) as address:
            yield address

    def send(self, address: str, trust: Trust, learned: Callable[[str], None] = print) -> Outcome:
        """One exchange over a fresh connection. Raises NotReachable."""
        batch = self.handset.batch(self.handset.contact())
        client = StationClient(address, lambda message: sign(self.handset.private_key, message), trust, learned=learned)
        try:
            ending = ending_of(client.exchange(batch, self.handset.challenge, Packing.GZIP), batch)
        finally:
            client.close()
        return ending.outcome

    def distrust(self, address: str, trust: Trust) -> str:
        """The sentences with which a device does not believe what answers."""
        with pytest.raises(NotReachable) as caught:
            self.send(address, trust)
        return str(caught.value)


@pytest.fixture
def wire(tmp_path: Path, database: Database, desk: Desk, reference: Reference, clock: FixedClock) -> Wire:
    """A station on its first day."""
    authority = Authority(tmp_path)
    authority.make(reference.station, NOW)

    def serve(certificate: LiveCertificate) -> AbstractContextManager[str]:
        return served_over_tls(database, reference, certificate, authority, clock)

    return Wire(enrolled_handset(database, desk, clock), authority, serve, tmp_path)


def test_a_device_that_knows_only_the_pin_learns_the_authority_and_sends(wire: Wire) -> None:
    (pair,) = wire.authority.pairs()
    learned: list[str] = []
    with wire.serving(new_server(pair, HERE, NOW)) as address:
        assert wire.send(address, Trust(pins=(pair.pin,)), learned.append) is Outcome.RECEIVED
        assert learned == [pair.certificate_pem]
        assert wire.send(address, Trust(learned[0], (pair.pin,)), learned.append) is Outcome.RECEIVED
    assert len(learned) == 1  # asked for once


def test_a_car_that_keeps_its_line_open_does_not_hold_up_a_station_that_stops(wire: Wire, tmp_path: Path) -> None:
    """Under TLS it would be asked to say goodbye, and waited for half a minute."""
    (pair,) = wire.authority.pairs()
    car = requests.Session()
    car.trust_env, car.verify = False, str(tmp_path / "authority.pem")
    (tmp_path / "authority.pem").write_text(pair.certificate_pem)
    with car:
        with wire.serving(new_server(pair, HERE, NOW)) as address:
            assert car.get(f"{address}/healthz", timeout=10).ok
            stops_at = time.monotonic()
        assert time.monotonic() - stops_at < GOODBYE_SECONDS_MAX


def test_what_has_another_key_than_the_pin_is_not_believed(wire: Wire) -> None:
    (pair,) = wire.authority.pairs()
    other = new_authority("Norwalk Station", NOW)
    with wire.serving(new_server(pair, HERE, NOW)) as address:
        words = wire.distrust(address, Trust(pins=(other.pin,)))
    assert "not from this station's authority" in words


@pytest.mark.parametrize("knows", ["the pin", "the certificate"])
def test_a_man_in_the_middle_with_another_authority_sees_nothing(knows: str, wire: Wire) -> None:
    """He may even show the true authority when asked: that is no secret, and does not help him."""
    (pair,) = wire.authority.pairs()
    evil = new_authority(pair.certificate.subject.rfc4514_string().removeprefix("CN="), NOW)  # by the same name
    trust = Trust(None if knows == "the pin" else pair.certificate_pem, (pair.pin,))
    with wire.serving(new_server(evil, HERE, NOW)) as address:
        assert shown_authority(address, 10) == pair.certificate_pem
        words = wire.distrust(address, trust)
    assert "not from this station's authority" in words
    assert "sign in to the network" in words


def test_the_right_certificate_under_another_name_is_told_apart(wire: Wire) -> None:
    (pair,) = wire.authority.pairs()
    with wire.serving(new_server(pair, ELSEWHERE, NOW)) as address:
        by_address = wire.distrust(address, Trust(pins=(pair.pin,)))
        by_name = wire.distrust(address.replace("127.0.0.1", "localhost"), Trust(pair.certificate_pem, (pair.pin,)))
    for words in (by_address, by_name):
        assert "is for another name" in words
        assert "enrol with it again" in words


@pytest.mark.parametrize("made_at", [NOW - YEARS, NOW + YEARS], ids=["device ahead", "device behind"])
def test_a_clock_that_is_years_off_keeps_no_device_from_its_own_station(made_at: datetime, wire: Wire) -> None:
    """The pin proves the station. A certificate of nine years ago is what a clock nine years ahead makes of today's."""
    (pair,) = wire.authority.pairs()
    with wire.serving(new_server(pair, HERE, made_at)) as address:
        assert wire.send(address, Trust(pins=(pair.pin,))) is Outcome.RECEIVED


@pytest.mark.parametrize("made_at", [NOW - YEARS, NOW + YEARS], ids=["run out", "not yet valid"])
def test_under_another_authority_the_clock_counts_and_is_named(made_at: datetime, wire: Wire) -> None:
    (pair,) = wire.authority.pairs()
    with wire.serving(new_server(pair, HERE, made_at)) as address:
        words = wire.distrust(address, Trust(pair.certificate_pem))
    assert "Check the device's clock" in words
    assert str(NOW.year) in words


def test_with_the_countys_authority_no_pin_is_needed(wire: Wire) -> None:
    county = new_authority("County", NOW)
    with wire.serving(new_server(county, HERE, NOW)) as address:
        assert wire.send(address, Trust(county.certificate_pem)) is Outcome.RECEIVED
        assert "not from this station's authority" in wire.distrust(address, Trust())  # the public ones do not know it


def test_what_speaks_no_tls_is_told_apart(wire: Wire, database: Database, reference: Reference) -> None:
    (pair,) = wire.authority.pairs()
    with served(database, reference, wire.handset.clock) as address:
        words = wire.distrust(address.replace("http:", "https:"), Trust(pins=(pair.pin,)))
    assert "speaks no https" in words


def test_nothing_in_the_environment_changes_whom_a_device_believes(
    wire: Wire, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (pair,) = wire.authority.pairs()
    evil = new_authority("Norwalk Station", NOW)
    file = tmp_path / "evil.pem"
    file.write_text(evil.certificate_pem)
    for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE"):
        monkeypatch.setenv(name, str(file))
    for name in ("HTTPS_PROXY", "https_proxy", "ALL_PROXY", "HTTP_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    with wire.serving(new_server(pair, HERE, NOW)) as address:
        assert wire.send(address, Trust(pins=(pair.pin,))) is Outcome.RECEIVED
    with wire.serving(new_server(evil, HERE, NOW)) as address:
        assert "not from this station's authority" in wire.distrust(address, Trust(pins=(pair.pin,)))


def serial_served(address: str) -> str:
    """What tells one certificate that is served from another."""
    host, _, port = address.removeprefix("https://").partition(":")
    return ssl.get_server_certificate((host, int(port)))


def test_the_certificate_is_renewed_under_a_client_that_keeps_sending(wire: Wire) -> None:
    clock = FixedClock(at=NOW)

    def find() -> Certificate:
        path = wire.authority.server(HERE, clock.now())
        return Certificate(path, path)

    (pair,) = wire.authority.pairs()
    trust = Trust(pair.certificate_pem, (pair.pin,))
    seen = set()
    with wire.serve(LiveCertificate(find)) as address:
        for _ in range(5):
            before = serial_served(address)
            seen.add(before)
            clock.passes(61 * 24 * 3_600)
            give_up_at = time.monotonic() + 30
            while serial_served(address) == before:
                assert wire.send(address, trust) is Outcome.RECEIVED
                assert time.monotonic() < give_up_at
    assert len(seen) == 5


def test_a_certificate_that_cannot_be_read_any_more_is_served_on(wire: Wire, caplog: pytest.LogCaptureFixture) -> None:
    (pair,) = wire.authority.pairs()
    server = new_server(pair, HERE, NOW)
    with wire.serving(server) as address:
        before = serial_served(address)
        (wire.folder / "served.pem").write_bytes(server.pem[:400])
        time.sleep(0.5)
        assert serial_served(address) == before
        assert wire.send(address, Trust(pins=(pair.pin,))) is Outcome.RECEIVED
    assert caplog.text.count("cannot be renewed") == 1  # told once, and not at every look


def test_a_device_follows_a_new_authority_by_the_pin_that_it_was_given(wire: Wire) -> None:
    (old,) = wire.authority.pairs()
    following = wire.authority.begin_rotation("Norwalk Station", NOW)
    knows = Trust(old.certificate_pem, (old.pin, following.pin))
    wire.authority.finish_rotation()
    learned: list[str] = []
    with wire.serving(new_server(following, HERE, NOW)) as address:
        assert wire.send(address, knows, learned.append) is Outcome.RECEIVED
        assert learned == [following.certificate_pem]
        assert "not from" in wire.distrust(address, replace(knows, pins=(old.pin,)))


def test_an_authority_whose_pin_was_taken_back_is_trusted_no_more(wire: Wire) -> None:
    (old,) = wire.authority.pairs()
    following = wire.authority.begin_rotation("Norwalk Station", NOW)
    wire.authority.finish_rotation()
    with wire.serving(new_server(old, HERE, NOW)) as address:
        both = old.certificate_pem + following.certificate_pem
        assert "not from" in wire.distrust(address, Trust(both, (following.pin,)))


def test_a_code_is_used_up_by_nobody_whom_the_device_does_not_believe(wire: Wire, database: Database) -> None:
    (pair,) = wire.authority.pairs()
    code = a_code(database, wire.handset.clock)
    fresh = Handset(wire.handset.desk, wire.handset.clock, "01920000-0000-7000-8000-0000000000aa")
    evil = new_authority("Norwalk Station", NOW)
    with wire.serving(new_server(evil, HERE, NOW)) as address:
        client = StationClient(address, lambda _: "", Trust(pins=(pair.pin,)))
        with pytest.raises(NotReachable):
            client.enrol(fresh.enrolment(code))
        client.close()
    assert fresh.enrol(code).name == "car 42"
