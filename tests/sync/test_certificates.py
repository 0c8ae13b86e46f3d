"""Pins and invitations: what names a station's authority, and the one text that holds all for an enrolment."""

from datetime import UTC, datetime, timedelta

import pytest
from certificates import openssl_pin

from station.certificates import new_authority, new_server
from sync.certificates import is_pin, pin_of, pinned_in, pins_in
from sync.invitation import Invitation, read_invitation, write_invitation

NOW = datetime(2026, 11, 22, tzinfo=UTC)
PIN, NEXT_PIN = "A" * 43, "_-09z" + "B" * 38
ADDRESS = "https://station.example:8755"


def test_a_pin_is_the_digest_of_the_key_as_openssl_makes_it() -> None:
    authority = new_authority("Norwalk Station", NOW)
    assert authority.pin == openssl_pin(authority.certificate_pem)
    assert is_pin(authority.pin)


def test_a_pin_names_its_key_and_no_other() -> None:
    one, other = new_authority("Norwalk Station", NOW), new_authority("Norwalk Station", NOW)
    both = one.certificate_pem + other.certificate_pem
    assert pins_in(both) == (one.pin, other.pin)
    assert pinned_in(both, [other.pin]) == other.certificate_pem
    assert pinned_in(both, [other.pin, one.pin]) == both
    assert pinned_in(both, []) == pinned_in(both, [PIN]) == ""


def test_a_servers_certificate_has_another_pin_than_its_authority() -> None:
    authority = new_authority("Norwalk Station", NOW)
    server = new_server(authority, ["station.example"], NOW)
    assert pin_of(server.certificate) != authority.pin
    assert pinned_in(server.pem, [authority.pin]) == authority.certificate_pem  # the chain has it


@pytest.mark.parametrize(
    "text", ["", "<html>Sign in</html>", "-----BEGIN CERTIFICATE-----\nAA==\n-----END CERTIFICATE-----"]
)
def test_what_is_no_certificate_matches_no_pin(text: str) -> None:
    assert pinned_in(text, [PIN]) == ""


@pytest.mark.parametrize("text", ["A" * 42, "A" * 44, "A" * 42 + "=", "A" * 42 + "+", ""])
def test_a_pin_has_43_characters_of_base64url(text: str) -> None:
    assert is_pin(PIN)
    assert is_pin(NEXT_PIN)
    assert not is_pin(text)


@pytest.mark.parametrize(
    "invitation",
    [
        Invitation(ADDRESS),
        Invitation(ADDRESS, (PIN,)),
        Invitation(ADDRESS, (PIN,), "K7QM-4T2X"),
        Invitation(ADDRESS, (PIN, NEXT_PIN), "K7QM-4T2X"),
        Invitation("http://127.0.0.1:8755", (), "K7QM-4T2X"),
        Invitation("https://[2001:db8::7]:8755", (PIN,), "K7QM-4T2X"),
    ],
    ids=str,
)
def test_an_invitation_is_read_as_it_was_written(invitation: Invitation) -> None:
    text = write_invitation(invitation)
    assert read_invitation(text) == read_invitation(f"  {text}\n") == invitation


def test_an_invitation_is_spelled_like_this() -> None:
    text = write_invitation(Invitation(ADDRESS, (PIN,), "K7QM-4T2X"))
    assert text == f"https://station.example:8755/#pin={PIN}&code=K7QM-4T2X"


def test_what_a_later_version_adds_to_an_invitation_is_left_aside() -> None:
    assert read_invitation(f"{ADDRESS}/#pin={PIN}&unit=42A").pins == (PIN,)


@pytest.mark.parametrize(
    "rest",
    [
        "pin=" + "A" * 42,
        f"pin={PIN}&pin={NEXT_PIN}&pin={PIN}",
        "pin=",
        "code=K7QM",
        "code=K7QM-4T2X&code=K7QM-4T2Y",
        "somewhere",
        f"pi={PIN}",
    ],
)
def test_half_an_invitation_is_refused_in_a_sentence(rest: str) -> None:
    with pytest.raises(ValueError, match=r"\.$"):
        read_invitation(f"{ADDRESS}/#{rest}")


def test_a_servers_certificate_ends_after_90_days() -> None:
    server = new_server(new_authority("Norwalk Station", NOW), ["station.example"], NOW)
    assert server.certificate.not_valid_after_utc == NOW + timedelta(days=90)
