"""The rules of the field, and which contacts stand."""

import random
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from doubles import START, uuids
from examples import CONTACT, WITHDRAWAL, contact

from sync.address import is_loopback, station_address
from sync.records import Contact, Role, Source, Withdrawal
from sync.reference import Reference
from sync.rules import Flag, flags_of, problems_with
from sync.signing import enrolment_message, exchange_message, is_signed, new_private_key, public_key_of, sign
from sync.standing import standing
from sync.watches import shift_on

LOCAL = ZoneInfo("America/Los_Angeles")


def test_the_reference_data_are_those_of_the_order(reference: Reference) -> None:
    assert list(reference.settings) == [
        "resident-outside",
        "business-owner",
        "coffee-shop",
        "block-watch",
        "community-group",
        "station-event",
        "counter-report",
        "other",
    ]
    assert {area: len(rds) for area, rds in reference.areas.items()} == {
        "Norwalk": 10,
        "La Mirada": 14,
        "Unincorporated Whittier": 7,
        "Station (courtesy)": 1,
        "Location unknown": 1,
    }
    assert reference.area_of("0472") == "La Mirada"
    assert reference.area_of("0496") is None
    assert reference.clearance_code == "755"


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({}, None),
        ({"rd": None, "tag": None, "unit": None}, None),
        ({"setting": "counter-report", "source": Source.COUNTER}, None),
        ({"claimed_at": START + timedelta(seconds=120)}, None),
        ({"claimed_at": START + timedelta(seconds=120.001)}, "has not come yet"),
        ({"claimed_at": START + timedelta(hours=1), "corrects": CONTACT.id}, None),
        ({"claimed_at": START - timedelta(days=400)}, None),
        ({"setting": "barbecue"}, "is not a setting"),
        ({"setting": "counter-report", "source": Source.OBS}, "always has the source counter"),
        ({"rd": "0496"}, "is not an RD of Norwalk Station"),
        ({"rd": "454"}, "four digits"),
        ({"tag": "1234567"}, "is not a tag"),
        ({"tag": "12a"}, "is not a tag"),
        ({"watch": "night"}, "is not a watch"),
        ({"unit": "42-A"}, "is not a unit"),
        ({"role": Role.DESK}, "desk has no unit"),
        ({"person": "90001"}, "six digits"),
    ],
)
def test_what_cannot_be_taken_gets_a_sentence(
    changes: dict[str, object], words: str | None, reference: Reference
) -> None:
    problems = problems_with(contact(**changes), reference)
    assert len(problems) == (words is not None)
    assert words is None or words in problems[0]


def test_a_call_without_a_tag_and_a_contact_without_an_rd_are_flagged_never_refused(reference: Reference) -> None:
    bare = contact(source=Source.CALL, tag=None, rd=None)
    assert problems_with(bare, reference) == []
    assert flags_of(bare) == (Flag.TAG_MISSING, Flag.RD_MISSING)
    assert flags_of(contact(source=Source.OBS, tag=None)) == ()


@pytest.mark.parametrize(
    ("local", "watch", "on"),
    [
        ("2026-11-22 14:32", "day", "2026-11-22"),
        ("2026-11-22 23:30", "em", "2026-11-22"),
        ("2026-11-23 01:30", "em", "2026-11-22"),  # past midnight: the watch started the day before
        ("2026-11-22 21:40", "em", "2026-11-22"),  # signed on early
        ("2026-11-23 06:45", "em", "2026-11-22"),  # overtime
        ("2026-11-22 23:30", "pm", "2026-11-22"),  # overtime past the next watch's start
        ("2026-11-23 00:30", "pm", "2026-11-22"),
        ("2026-11-22 05:50", "day", "2026-11-22"),
        ("2026-11-22 22:00", "day", "2026-11-22"),  # as near to one as to the other: the earlier has it
        ("2026-11-01 05:59", "em", "2026-10-31"),  # the night that has nine hours
        ("2026-03-08 05:59", "em", "2026-03-07"),  # the night that has seven
    ],
)
def test_a_contact_belongs_to_the_watch_that_it_was_worked_on(
    local: str, watch: str, on: str, reference: Reference
) -> None:
    at = datetime.fromisoformat(local).replace(tzinfo=LOCAL).astimezone(UTC)
    assert shift_on(at, reference.watches[watch], LOCAL) == date.fromisoformat(on)


def family() -> tuple[list[Contact], list[Withdrawal]]:
    """An original, its correction, that one's correction, and a withdrawal of the last."""
    ids = uuids(100)
    first = contact(id=next(ids))
    second = contact(id=next(ids), corrects=first.id)
    third = contact(id=next(ids), corrects=second.id)
    return [first, second, third], [withdrawal_of(third)]


def withdrawal_of(named: Contact, person: str = "900001") -> Withdrawal:
    """A withdrawal of a contact."""
    return Withdrawal(
        **{
            **{
                name: getattr(WITHDRAWAL, name) for name in ("device", "sequence", "entered_at", "monotonic_ms", "boot")
            },
            "id": named.id[:-1] + "f",
            "person": person,
            "withdraws": named.id,
            "reason": "undo",
        }
    )


def test_a_correction_stands_in_place_of_its_original_until_it_is_withdrawn() -> None:
    (first, second, third), withdrawals = family()
    assert standing([first, second, third], []).contacts == (third,)
    assert standing([first, second, third], withdrawals).contacts == (second,)
    assert standing([first, second, third], [*withdrawals, withdrawal_of(second)]).contacts == (first,)


def test_a_withdrawn_correction_that_was_corrected_itself_does_not_bring_the_original_back() -> None:
    (first, second, third), _ = family()
    assert standing([first, second, third], [withdrawal_of(second)]).contacts == (third,)


def test_the_order_of_arrival_does_not_matter() -> None:
    contacts, withdrawals = family()
    seed = 755
    for _ in range(20):
        random.Random(seed).shuffle(contacts)
        seed += 1
        assert [item.id for item in standing(contacts, withdrawals).contacts] == [family()[0][1].id], seed


def test_two_corrections_of_one_contact_both_stand_and_are_flagged() -> None:
    ids = uuids(200)
    first = contact(id=next(ids))
    rivals = [contact(id=next(ids), corrects=first.id) for _ in range(2)]
    found = standing([first, *rivals], [])
    assert found.contacts == tuple(rivals)
    assert found.rivals == {rival.id for rival in rivals}


def test_nobody_takes_back_or_corrects_the_contact_of_someone_else() -> None:
    other = contact(id=next(uuids(300)), person="900002", corrects=CONTACT.id)
    assert standing([CONTACT, other], [withdrawal_of(CONTACT, person="900002")]).contacts == (CONTACT, other)


def test_contacts_that_correct_each_other_in_a_circle_do_not_vanish() -> None:
    ids = uuids(400)
    one, two = next(ids), next(ids)
    circle = [contact(id=one, corrects=two), contact(id=two, corrects=one)]
    assert len(standing(circle, []).contacts) == 1
    assert len(standing([contact(id=one, corrects=one)], []).contacts) == 1


@pytest.mark.parametrize(
    ("typed", "address"),
    [
        ("https://station.example:8755/", "https://station.example:8755"),
        (" https://station.example ", "https://station.example"),
        ("http://127.0.0.1:8755", "http://127.0.0.1:8755"),
        ("http://[::1]:8755", "http://[::1]:8755"),
        ("http://localhost", "http://localhost"),
    ],
)
def test_a_stations_address_is_tidied(typed: str, address: str) -> None:
    assert station_address(typed) == address


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "station",
        "ftp://station",
        "http://station.example",
        "http://10.0.0.5:8755",
        "http://localhost.example",
        "http://127.0.0.1.example",
        "https://user@station",
        "https://station/path",
        "https://station:99999",
        "https://[::1",
    ],
)
def test_plain_http_beyond_this_machine_and_other_nonsense_is_no_address(typed: str) -> None:
    with pytest.raises(ValueError, match=r"\.$"):
        station_address(typed)


def test_loopback_is_told_by_its_spelling_alone() -> None:
    assert is_loopback("127.8.9.1")
    assert is_loopback("LOCALHOST")
    assert not is_loopback("0.0.0.0")  # noqa: S104 - that it is not loopback is the point
    assert not is_loopback("::")


def test_a_signature_holds_for_its_message_and_key_alone() -> None:
    key = new_private_key()
    message = exchange_message(device="d", batch="b", challenge="c", path="/v1/exchange", body=b"{}")
    signature = sign(key, message)
    assert is_signed(public_key_of(key), message, signature)
    assert not is_signed(public_key_of(new_private_key()), message, signature)
    for other in ({"device": "e"}, {"batch": "e"}, {"challenge": "e"}, {"path": "/e"}, {"body": b"[]"}):
        changed = {"device": "d", "batch": "b", "challenge": "c", "path": "/v1/exchange", "body": b"{}"} | other
        assert not is_signed(public_key_of(key), exchange_message(**changed), signature)  # type: ignore[arg-type]  # strings and bytes in one dict
    assert not is_signed("zz", message, signature)
    assert not is_signed(public_key_of(key), message, "")
    assert not is_signed(public_key_of(key), enrolment_message(device="d", code="b", public_key="c"), signature)
