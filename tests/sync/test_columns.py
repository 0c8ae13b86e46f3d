"""Records as columns: whatever goes in comes out, and what is no columns is refused, never worse."""

import json
from typing import Any

import pytest
from examples import BATCH
from hypothesis import given, settings
from hypothesis import strategies as st

from sync.canonical import canonical_bytes, content_hash, read_json
from sync.columns import BadColumns, columns_of, records_of
from sync.records import unhashed

TIMES = st.sampled_from(["2026-11-22T22:32:05.123Z", "1970-01-01T00:00:00.000Z", "2999-12-31T23:59:59.999Z", "now"])
UUIDS = st.uuids().map(str) | st.uuids().map(lambda found: str(found).upper())
HEXES = st.binary(min_size=7, max_size=9).map(bytes.hex) | st.sampled_from(["ab" * 64, "ab" * 65, "AB" * 16, "a" * 17])
SCALARS = st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.integers() | st.floats(allow_nan=False)
LEAVES = SCALARS | st.text(max_size=5) | TIMES | UUIDS | HEXES
VALUES = st.recursive(LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner))
NAMES = st.sampled_from(["id", "entered_at", "claimed_at", "sequence", "hash", "note", "", "é"])
RECORDS = st.lists(st.dictionaries(NAMES, VALUES, max_size=5) | VALUES, max_size=8)


def there_and_back(records: list[Any]) -> list[Any]:
    """As it travels: through JSON."""
    found = json.loads(json.dumps(columns_of(records)))
    return list(records_of(found, count_max=1_000, repeated_characters_max=10**6))


@settings(deadline=None)
@given(RECORDS)
def test_whatever_is_sent_comes_out_as_it_was(records: list[Any]) -> None:
    back = there_and_back(records)
    assert json.dumps(back, sort_keys=True) == json.dumps(records, sort_keys=True)


def test_each_records_canonical_bytes_and_hash_come_out_exactly() -> None:
    for record, sent in zip(there_and_back(list(BATCH.records)), BATCH.records, strict=True):
        assert canonical_bytes(unhashed(record)) == canonical_bytes(unhashed(sent))
        assert content_hash(canonical_bytes(unhashed(record))) == record["hash"]


@settings(deadline=None)
@given(RECORDS, st.data())
def test_damaged_columns_are_refused_or_give_as_many_records(records: list[Any], data: st.DataObject) -> None:
    text = json.dumps(columns_of(records))
    at = data.draw(st.integers(0, len(text) - 1))
    try:
        found = read_json(text[:at] + data.draw(st.sampled_from(["", "0", "-", "]", '"', "null"])) + text[at + 1 :])
    except ValueError:
        return
    try:
        made = records_of(found, count_max=8, repeated_characters_max=10**6)
    except BadColumns:
        return
    assert len(made) == found["count"]


@pytest.mark.parametrize(
    "found",
    [
        None,
        [],
        {},
        {"count": 1, "shapes": [["a"]], "columns": {}},
        {"count": 2, "shapes": [["a"]], "columns": {"a": [1]}},
        {"count": 1, "shapes": [["a"]], "columns": {"a": [1, 2]}},
        {"count": 1, "shapes": [["a", "a"]], "columns": {"a": [1, 2]}},
        {"count": 1, "shapes": [[1]], "columns": {"a": [1]}},
        {"count": True, "shapes": [["a"]], "columns": {"a": [1]}},
        {"count": -1, "shapes": [["a"]], "columns": {"a": []}},
        {"count": 1, "shapes": [["a"]], "of": [1], "columns": {"a": [1]}},
        {"count": 1, "shapes": [None], "columns": {}},
        {"count": 0, "shapes": [], "columns": {}, "others": [1]},
        {"count": 1, "shapes": [["a"]], "columns": {"a": {"bits": [1]}}},
        {"count": 1, "shapes": [["a"]], "columns": {"a": {"ints": [2**53]}}},
        {"count": 1, "shapes": [["a"]], "columns": {"a": {"ints": [1], "from": True}}},
        {"count": 1, "shapes": [["a"]], "columns": {"a": {"times": [32503680000000]}}},
        {"count": 1, "shapes": [["a"]], "columns": {"a": {"times": [-1]}}},
        {"count": 1, "shapes": [["a"]], "columns": {"a": {"uuids": [2**48], "rest": "AAAAAAAAAAAAAA=="}}},
        {"count": 1, "shapes": [["a"]], "columns": {"a": {"uuids": [1], "rest": "AAAA"}}},
        {"count": 1, "shapes": [["a"]], "columns": {"a": {"hex": "AAAA", "bytes": 0}}},
        {"count": 1, "shapes": [["a"]], "columns": {"a": {"hex": "AA!", "bytes": 1}}},
        {"count": 1, "shapes": [["a"]], "columns": {"a": {"ints": [1], "steps": "yes"}}},
        {"count": 1, "shapes": [["a"]], "columns": {"a": [1], "b": [1]}},
        {"count": 1, "shapes": ["a"], "columns": {"a": [1]}},
        {"count": 0, "shapes": {}, "columns": {}},
        {"count": 0, "shapes": [], "columns": []},
        {"count": 0, "shapes": [], "of": {}, "columns": {}},
        {"count": 0, "shapes": [], "columns": {}, "others": ""},
    ],
)
def test_what_is_no_columns_is_refused(found: object) -> None:
    with pytest.raises(BadColumns):
        records_of(found, count_max=8, repeated_characters_max=100)


def test_a_value_for_all_is_limited_in_what_it_makes() -> None:
    columns = columns_of([{"note": "x" * 98}] * 10)
    assert len(records_of(columns, count_max=10, repeated_characters_max=1_000)) == 10
    with pytest.raises(BadColumns, match="repeated"):
        records_of(columns, count_max=10, repeated_characters_max=999)
    with pytest.raises(BadColumns, match="at most 9"):
        records_of(columns, count_max=9, repeated_characters_max=1_000)
