"""Who may hand in: one-time codes, enrolment, revocation, signatures and challenges."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from cars import Car
from doubles import FixedClock
from examples import DEVICE, OTHER_ID
from handset import Handset, a_code, as_body, enrolled_handset, row_counts
from places import ON_SQLITE_ALONE

from station.admission import Signed
from station.challenges import is_good, new_challenge
from station.database import Database
from station.desk import Desk
from station.devices import revoke, the_station
from station.refusal import Refused
from sync.enrolment import ALPHABET, enrolment_to_json
from sync.limits import CHALLENGE_SECONDS_MAX, ENROL_SECONDS_MAX, ENROL_TRIES_MAX
from sync.problem import Problem, Trouble
from sync.sealing import open_with, seal_to
from sync.signing import new_private_key
from sync.verdicts import Verdict
from sync.wire import ENROL_PATH, batch_to_json


@pytest.fixture
def fresh(desk: Desk, clock: FixedClock) -> Handset:
    """A device that the station does not know yet."""
    return Handset(desk, clock)


@pytest.fixture
def handset(database: Database, desk: Desk, clock: FixedClock) -> Handset:
    """An enrolled device."""
    return enrolled_handset(database, desk, clock)


def refused_code(handset: Handset, code: str) -> Problem:
    """Why a code does not enrol this device."""
    with pytest.raises(Refused) as caught:
        handset.enrol(code)
    return caught.value.problem


def refused(handset: Handset, signed: Signed) -> Problem:
    """Why a signed request is refused."""
    with pytest.raises(Refused) as caught:
        handset.desk.exchange(signed, "")
    return caught.value.problem


def other_device(handset: Handset) -> Handset:
    """Another device at the same desk."""
    return Handset(handset.desk, handset.clock, OTHER_ID)


def misspelled(code: str) -> str:
    """The code with another last character."""
    return code[:-1] + ALPHABET[(ALPHABET.index(code[-1]) + 1) % len(ALPHABET)]


def test_a_code_enrols_a_device_that_can_then_hand_in(fresh: Handset, database: Database) -> None:
    enrolled = fresh.enrol(a_code(database, fresh.clock, "car 42"))
    assert (enrolled.device, enrolled.name, enrolled.station) == (DEVICE, "car 42", "Norwalk Station")
    assert fresh.verdicts(fresh.contact()) == [Verdict.ACCEPTED]


def test_every_device_is_given_the_public_half_of_the_stations_recovery_key(car: Car, database: Database) -> None:
    station = car.device.station()
    assert station is not None
    assert station.recovery_key is not None
    with database.reading() as session:
        private_key = the_station(session).recovery_key
    assert open_with(private_key, seal_to(station.recovery_key, b"text", b""), b"") == b"text"
    assert private_key not in (station.recovery_key, repr(car.store.note("station")))


def test_a_device_that_enrolled_before_there_were_recovery_keys_still_knows_its_station(car: Car) -> None:
    note = car.store.note("station")
    assert note is not None
    car.store.keep_note("station", {name: value for name, value in note.items() if name != "recovery_key"})
    station = car.device.station()
    assert station is not None
    assert station.recovery_key is None


def test_a_used_code_is_good_only_for_the_device_that_used_it(fresh: Handset, database: Database) -> None:
    code = a_code(database, fresh.clock)
    first = fresh.enrol(code)
    assert refused_code(other_device(fresh), code).trouble is Trouble.CODE_REFUSED
    fresh.clock.passes(5)
    again = fresh.enrol(code)  # the first answer was lost on the way
    assert replace(again, challenge="") == replace(first, challenge="")
    assert row_counts(database)["devices"] == 1


def test_a_used_code_does_not_let_another_key_in_under_the_same_id(fresh: Handset, database: Database) -> None:
    code = a_code(database, fresh.clock)
    fresh.enrol(code)
    thief = Handset(fresh.desk, fresh.clock, private_key=new_private_key())
    assert refused_code(thief, code).trouble is Trouble.CODE_REFUSED
    assert refused_code(thief, a_code(database, fresh.clock)).trouble is Trouble.CODE_REFUSED
    assert fresh.verdicts(fresh.contact()) == [Verdict.ACCEPTED]


@pytest.mark.parametrize(("seconds", "is_enrolled"), [(ENROL_SECONDS_MAX, True), (ENROL_SECONDS_MAX + 0.001, False)])
def test_a_code_is_good_for_ten_minutes(
    seconds: float, fresh: Handset, database: Database, *, is_enrolled: bool
) -> None:
    assert ENROL_SECONDS_MAX == 600
    code = a_code(database, fresh.clock)
    fresh.clock.passes(seconds)
    if is_enrolled:
        assert fresh.enrol(code).device == DEVICE
    else:
        assert refused_code(fresh, code).trouble is Trouble.CODE_REFUSED


@pytest.mark.parametrize(("wrong_tries", "is_enrolled"), [(ENROL_TRIES_MAX - 1, True), (ENROL_TRIES_MAX, False)])
def test_a_code_bears_five_tries(wrong_tries: int, fresh: Handset, database: Database, *, is_enrolled: bool) -> None:
    assert ENROL_TRIES_MAX == 5
    code = a_code(database, fresh.clock)
    for _ in range(wrong_tries):
        assert refused_code(fresh, misspelled(code)).trouble is Trouble.CODE_REFUSED
    if is_enrolled:
        assert fresh.enrol(code).device == DEVICE
    else:
        assert refused_code(fresh, code).trouble is Trouble.CODE_REFUSED


@ON_SQLITE_ALONE  # it reads the file
def test_a_code_is_stored_only_as_a_hash(fresh: Handset, database: Database, tmp_path: Path) -> None:
    code = a_code(database, fresh.clock)
    fresh.enrol(code)
    database.close()
    kept = b"".join(path.read_bytes() for path in (tmp_path / "station").iterdir())
    assert code[:4].encode() in kept  # its first half is the name under which it is looked up
    assert code.encode() not in kept
    assert code.replace("-", "").encode() not in kept


def test_codes_that_can_no_longer_be_used_are_cleared_away(fresh: Handset, database: Database) -> None:
    for _ in range(3):
        a_code(database, fresh.clock)
    fresh.clock.passes(ENROL_SECONDS_MAX + 1)
    a_code(database, fresh.clock)
    assert row_counts(database)["enrol_codes"] == 1


def test_a_revoked_device_hands_in_again_only_after_a_new_code(handset: Handset, database: Database) -> None:
    first = handset.contact()
    with database.writing() as session:
        assert revoke(session, "car 42", handset.clock.now()) == 1
        assert revoke(session, "car 42", handset.clock.now()) == 0
    batch = handset.batch(first)
    problem = refused(handset, handset.signed(as_body(batch_to_json(batch)), batch.batch))
    assert (problem.trouble, problem.status) == (Trouble.DEVICE_REVOKED, 403)
    handset.enrol(a_code(database, handset.clock))
    assert handset.verdicts(first) == [Verdict.ACCEPTED]
    assert row_counts(database)["devices"] == 1


def test_a_revoked_device_cannot_undo_that_with_the_code_it_has_used(fresh: Handset, database: Database) -> None:
    """A device stolen within ten minutes of its enrolment still has its code."""
    code = a_code(database, fresh.clock)
    fresh.enrol(code)
    with database.writing() as session:
        revoke(session, "car 42", fresh.clock.now())
    assert refused_code(fresh, code).trouble is Trouble.CODE_REFUSED


MISREADINGS = {"0": "Oo0", "1": "IiLl1"}


@pytest.mark.parametrize("reading", range(5))
def test_a_code_may_be_read_and_typed_carelessly(reading: int, fresh: Handset, database: Database) -> None:
    """O for 0, I or L for 1, lower case, no hyphen, blanks."""
    code = a_code(database, fresh.clock)
    while not {"0", "1"} & set(code):
        code = a_code(database, fresh.clock)
    typed = "".join(MISREADINGS.get(letter, letter)[reading % len(MISREADINGS.get(letter, letter))] for letter in code)
    spelled = [typed, typed.lower(), typed.replace("-", ""), typed.replace("-", " "), f"  {typed} "]
    assert fresh.enrol(spelled[reading]).device == DEVICE


@pytest.mark.parametrize("code", ["K7QM", "K7QM-4T2X-9", "K7QM-4T2U", "한국어-코드", "        "])
def test_what_cannot_be_a_code_is_refused_in_a_sentence(code: str, fresh: Handset) -> None:
    problem = refused_code(fresh, code)
    assert (problem.trouble, problem.status) == (Trouble.CODE_REFUSED, 403)
    assert problem.detail.endswith(".")


def test_an_enrolment_must_be_signed_with_the_key_that_it_names(fresh: Handset, database: Database) -> None:
    """Else somebody could enrol a key of a stranger; and a wrong signature costs the code no try."""
    code = a_code(database, fresh.clock)
    asked = fresh.enrolment(code)
    forged = [
        replace(asked, signature="00" * 64),
        replace(asked, device=OTHER_ID),
        replace(asked, code=misspelled(code)),
        replace(asked, public_key=other_device(fresh).enrolment(code).public_key),
        replace(asked, public_key="ff" * 32),
    ]
    for attempt in forged * 2:
        with pytest.raises(Refused) as caught:
            fresh.desk.enrol(json.dumps(enrolment_to_json(attempt)).encode())
        assert caught.value.problem.trouble is Trouble.SIGNATURE_BAD
    assert fresh.enrol(code).device == DEVICE


@pytest.mark.parametrize("name", ["", OTHER_ID, "car 42", "0" * 32, "é"])
def test_a_device_that_is_not_enrolled_is_told_so(name: str, fresh: Handset) -> None:
    problem = refused(fresh, Signed(name, OTHER_ID, "", "", b"{}"))
    assert (problem.trouble, problem.status, problem.challenge) == (Trouble.DEVICE_UNKNOWN, 401, None)


def test_a_signature_holds_for_its_own_body_batch_device_path_and_challenge(
    handset: Handset, database: Database
) -> None:
    other = enrolled_handset(database, handset.desk, handset.clock, OTHER_ID)
    batch = handset.batch(handset.contact())
    body = as_body(batch_to_json(batch))
    signed = handset.signed(body, batch.batch)
    bad = [
        replace(signed, body=body + b" "),
        replace(signed, batch=handset.clock.new_id()),
        replace(signed, device=OTHER_ID),
        replace(signed, challenge=other.challenge),
        replace(signed, signature=other.signed(body, batch.batch).signature),
        handset.signed(body, batch.batch, path=ENROL_PATH),
        replace(signed, signature=signed.signature[:-2]),
        replace(signed, signature=""),
        replace(signed, signature="é" * 128),
    ]
    for attempt in bad:
        problem = refused(handset, attempt)
        assert (problem.trouble, problem.status) == (Trouble.SIGNATURE_BAD, 401)
    assert row_counts(database)["receipts"] == 0
    assert len(handset.desk.exchange(signed, "").verdicts) == 1


@pytest.mark.parametrize("age", [0, CHALLENGE_SECONDS_MAX, CHALLENGE_SECONDS_MAX + 1])
def test_a_challenge_is_good_for_thirty_days_and_then_renewed(age: int, handset: Handset, database: Database) -> None:
    # Challenges are given to the second; the example's clock stands at 123 ms.
    handset.clock.passes(age - 0.123)
    batch = handset.batch(handset.contact())
    body = as_body(batch_to_json(batch))
    if age <= CHALLENGE_SECONDS_MAX:
        assert len(handset.send(batch).verdicts) == 1
        return
    problem = refused(handset, handset.signed(body, batch.batch))
    assert (problem.trouble, problem.status) == (Trouble.CHALLENGE_STALE, 401)
    assert row_counts(database)["receipts"] == 0
    handset.challenge = problem.challenge or ""
    assert len(handset.send(batch).verdicts) == 1


@pytest.mark.parametrize("spelled", ["", ".", "now.", "1795386725.", "9" * 400, "1795386725." + "0" * 64, "é.ü"])
def test_a_challenge_that_this_station_never_gave_is_answered_with_a_good_one(spelled: str, handset: Handset) -> None:
    batch = handset.batch(handset.contact())
    problem = refused(handset, handset.signed(as_body(batch_to_json(batch)), batch.batch, challenge=spelled))
    assert problem.trouble is Trouble.CHALLENGE_STALE
    handset.challenge = problem.challenge or ""
    assert handset.send(batch).verdicts[0].verdict is Verdict.ACCEPTED


def test_a_challenge_is_good_only_here_and_only_for_its_device(clock: FixedClock) -> None:
    challenge = new_challenge(b"s" * 32, DEVICE, clock.now())
    assert is_good(challenge, b"s" * 32, DEVICE, clock.now())
    assert not is_good(challenge, b"t" * 32, DEVICE, clock.now())
    assert not is_good(challenge, b"s" * 32, OTHER_ID, clock.now())
    given_at, _, mark = challenge.partition(".")
    assert not is_good(f"{int(given_at) + 1}.{mark}", b"s" * 32, DEVICE, clock.now())
