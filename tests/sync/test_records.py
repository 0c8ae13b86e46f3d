"""Records: immutable facts whose JSON form goes round without loss."""

import dataclasses
import json
from datetime import UTC, datetime
from typing import Any

import pytest
from examples import CONTACT, WITHDRAWAL, WORKSHEET, contact_json
from hypothesis import given
from hypothesis import strategies as st

from sync import limits
from sync.canonical import NotCanonical, canonical_bytes, content_hash, read_json
from sync.kept import record_from_kept
from sync.records import (
    BadRecord,
    Contact,
    NewerRecord,
    Role,
    Source,
    hashed,
    record_from_json,
    record_to_json,
    unhashed,
)

words = st.text(st.characters(exclude_categories=("Cc", "Cs")), min_size=1, max_size=20)
times = st.datetimes(datetime(1970, 1, 1), datetime(2999, 12, 31), timezones=st.just(UTC)).map(  # noqa: DTZ001 - the strategy adds the zone
    lambda at: at.replace(microsecond=at.microsecond // 1000 * 1000)
)
ids = st.uuids().map(str)
leaves = st.none() | st.booleans() | st.integers(-limits.INTEGER_MAX, limits.INTEGER_MAX) | words
jsons = st.recursive(leaves, lambda inner: st.lists(inner) | st.dictionaries(words, inner), max_leaves=10)
extras = st.dictionaries(words.map(lambda name: f"x-{name}"), jsons, max_size=3)
contacts = st.builds(
    Contact,
    id=ids,
    device=ids,
    sequence=st.integers(1, limits.INTEGER_MAX),
    person=words,
    entered_at=times,
    monotonic_ms=st.integers(0, limits.MONOTONIC_MS_MAX),
    boot=words,
    claimed_at=times,
    setting=st.sampled_from(["coffee-shop", "other"]),
    source=st.sampled_from(Source),
    role=st.sampled_from(Role),
    watch=st.sampled_from(["em", "day", "pm"]),
    unit=st.none() | words,
    rd=st.none() | words,
    tag=st.none() | words,
    people=st.integers(limits.PEOPLE_MIN, limits.PEOPLE_MAX),
    cards=st.integers(0, limits.CARDS_MAX),
    minutes=st.none() | st.integers(0, limits.MINUTES_MAX),
    note=st.none() | words,
    corrects=st.none() | ids,
    extra=extras,
)


@given(contacts)
def test_a_contact_comes_back_as_it_went(made: Contact) -> None:
    over_the_wire = read_json(json.dumps(record_to_json(made)))
    assert record_from_json(over_the_wire) == made


@given(contacts)
def test_a_form_that_is_read_is_written_the_same_whatever_it_holds(made: Contact) -> None:
    form = record_to_json(made)
    assert canonical_bytes(record_to_json(record_from_json(form))) == canonical_bytes(form)


@given(contacts)
def test_a_record_that_is_kept_is_read_as_it_was_when_it_came(made: Contact) -> None:
    kept = canonical_bytes(record_to_json(made))
    assert record_from_kept(kept) == made == record_from_json(read_json(kept))


def test_every_kind_of_record_is_read_again_from_what_is_kept() -> None:
    for record in (CONTACT, WITHDRAWAL, WORKSHEET):
        assert record_from_kept(canonical_bytes(record_to_json(record))) == record


@given(contacts, st.randoms(use_true_random=False))
def test_the_hash_does_not_depend_on_the_order_of_fields(made: Contact, random: Any) -> None:  # noqa: ANN401 - Hypothesis's own type
    form = record_to_json(made)
    shuffled = list(form.items())
    random.shuffle(shuffled)
    assert hashed(dict(shuffled))["hash"] == hashed(form)["hash"] == content_hash(canonical_bytes(form))


def test_fields_of_a_newer_version_survive() -> None:
    form = record_to_json(CONTACT) | {"mood": "sunny", "weather": {"rain": [1, None, True]}}
    found = record_from_json(form)
    assert found.extra == {"mood": "sunny", "weather": {"rain": [1, None, True]}}
    assert record_to_json(found) == form


def test_a_record_cannot_be_changed() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        CONTACT.people = 4  # type: ignore[misc]  # that it fails is the promise
    with pytest.raises(TypeError):
        CONTACT.extra["people"] = 4  # type: ignore[index]


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("people", 0, "people must be a whole number from 1 to 9999."),
        ("people", 10_000, "people must be a whole number from 1 to 9999."),
        ("people", True, "people must be a whole number from 1 to 9999."),
        ("cards", -1, "cards must be a whole number from 0 to 9999."),
        ("minutes", 1_441, "minutes must be a whole number from 0 to 1440."),
        ("note", "x" * 501, "note must be text of 1 to 500 characters."),
        ("note", "", "note must be text of 1 to 500 characters."),
        ("note", "two\nlines", "note must be on one line, without control characters."),
        ("note", "\x00", "note must be on one line, without control characters."),
        ("setting", "Coffee Shop", "setting must be a setting's name, like coffee-shop."),
        ("source", "radio", "source must be one of obs, call, counter."),
        ("source", ["obs"], "source must be one of obs, call, counter."),
        ("role", "sheriff", "role must be one of deputy, volunteer, desk."),
        ("id", "1", "id must be a UUID in lower case."),
        ("id", CONTACT.id.upper().replace("0192", "ABCD"), "id must be a UUID in lower case."),
        ("claimed_at", "2026-11-22T22:32:05Z", "claimed_at must be a time like 2026-11-22T22:32:05.123Z."),
        ("claimed_at", "2026-13-22T22:32:05.123Z", "claimed_at must be"),
        ("claimed_at", "1969-12-31T23:59:59.999Z", "claimed_at must be a time from 1970 to 2999."),
        ("claimed_at", 5, "claimed_at must be a time like 2026-11-22T22:32:05.123Z."),
        ("sequence", 0, "sequence must be a whole number from 1"),
        ("monotonic_ms", -1, "monotonic_ms must be a whole number from 0"),
        ("rd", None, "rd must be text"),
    ],
)
def test_a_value_out_of_bounds_is_refused_with_a_sentence(name: str, value: object, sentence: str) -> None:
    with pytest.raises(BadRecord) as refused:
        record_from_json(record_to_json(CONTACT) | {name: value})
    assert str(refused.value).startswith(sentence)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("people", 1),
        ("people", 9_999),
        ("cards", 0),
        ("cards", 9_999),
        ("minutes", 0),
        ("minutes", 1_440),
        ("note", "x" * 500),
        ("note", "☕" * 500),
        ("sequence", limits.INTEGER_MAX),
        ("monotonic_ms", limits.MONOTONIC_MS_MAX),
    ],
)
def test_the_bounds_themselves_are_allowed(name: str, value: object) -> None:
    form = record_to_json(CONTACT) | {name: value}
    assert record_to_json(record_from_json(form)) == form


def test_every_fault_is_named_at_once() -> None:
    form = record_to_json(CONTACT) | {"people": 0, "note": ""}
    del form["watch"]
    with pytest.raises(BadRecord) as refused:
        record_from_json(form)
    assert [problem.split()[0] for problem in refused.value.problems] == ["watch", "people", "note"]


@pytest.mark.parametrize("changes", [{"kind": "newer"}, {"schema": 2}])
def test_a_record_of_a_newer_version_is_told_from_a_bad_one(changes: dict[str, Any]) -> None:
    with pytest.raises(NewerRecord):
        record_from_json(record_to_json(WITHDRAWAL) | changes)


@pytest.mark.parametrize("changes", [{"kind": 5}, {"kind": None}, {"schema": 0}, {"schema": "1"}, {"schema": True}])
def test_a_record_without_its_kind_and_schema_is_a_bad_one(changes: dict[str, Any]) -> None:
    with pytest.raises(BadRecord):
        record_from_json(record_to_json(WITHDRAWAL) | changes)


@given(jsons)
def test_no_json_whatever_is_more_than_refused(found: object) -> None:
    with pytest.raises((BadRecord, NewerRecord)):
        record_from_json(found)


def test_the_largest_contact_fits_into_a_record() -> None:
    form = contact_json(
        note="\U0001f600" * 500,
        people=9_999,
        cards=9_999,
        minutes=1_440,
        sequence=limits.INTEGER_MAX,
        monotonic_ms=limits.MONOTONIC_MS_MAX,
        boot="b" * 64,
        corrects=CONTACT.id,
    )
    assert len(canonical_bytes(unhashed(form))) < limits.RECORD_BYTES_MAX
    assert limits.BATCH_RECORDS_START * limits.RECORD_BYTES_MAX < limits.BODY_BYTES_MAX
    assert limits.BATCH_RECORDS_MAX * limits.RECORD_BYTES_MAX < limits.INFLATED_BYTES_MAX


@pytest.mark.parametrize("value", [1.5, 2**53, -(2**53), "\ud800", {"a": {"b": [0.1]}}, {1: 2}])
def test_what_has_no_single_spelling_has_no_hash(value: object) -> None:
    with pytest.raises(NotCanonical):
        hashed(record_to_json(CONTACT) | {"extra-field": value})
