"""The chain of the audit proves itself: whatever is done to its entries is found, and verify is not fooled by itself."""

import random
import string
from collections.abc import Callable, Sequence
from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from station import chain
from station.chain import EMPTY, Broken, Entry, Head, head_of, linked, spelled, verify

WORDS = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
VALUES = st.fixed_dictionaries(dict.fromkeys(("at", "who", "kind", "whom", "origin", "outcome", "details"), WORDS))


def chained(values: Sequence[dict[str, str]]) -> list[Entry]:
    """A chain of entries with these values."""
    head, found = EMPTY, []
    for each in values:
        found.append(linked(head, each))
        head = Head(found[-1].number, found[-1].hash)
    return found


def some(count: int) -> list[Entry]:
    """A chain of so many entries."""
    return chained(
        [
            {
                "at": spelled(datetime(2026, 11, 22, tzinfo=UTC) + timedelta(seconds=number)),
                "who": "900001",
                "kind": "signed-in",
                "whom": "",
                "origin": "127.0.0.1",
                "outcome": "done",
                "details": str(number),
            }
            for number in range(count)
        ]
    )


def altered(entry: Entry, field: str, new: object) -> Entry:
    """The same entry with another value in a field, whatever its type: so may a database give it."""
    changes: dict[str, Any] = {field: new}
    return replace(entry, **changes)


def head(entries: Sequence[Entry]) -> Head:
    return Head(entries[-1].number, entries[-1].hash) if entries else EMPTY


@given(st.lists(VALUES, max_size=8))
def test_a_chain_as_it_was_written_is_whole(values: list[dict[str, str]]) -> None:
    entries = chained(values)
    assert verify(entries) == head(entries)
    assert verify(entries, head(entries)) == head(entries)
    assert [entry.number for entry in entries] == list(range(1, len(values) + 1))


@pytest.mark.parametrize("field", [field.name for field in fields(Entry)])
@pytest.mark.parametrize("place", [0, 2, 4])
def test_any_field_that_is_altered_is_found_at_its_entry(field: str, place: int) -> None:
    for new in ("", "other", 77, None, 1.5, b"x"):
        entries = some(5)
        if getattr(entries[place], field) == new:
            continue
        entries[place] = altered(entries[place], field, new)
        found = verify(entries)
        assert isinstance(found, Broken)
        assert found.number == place + 1


@given(st.lists(VALUES, min_size=2, max_size=6), st.data())
def test_an_entry_that_is_altered_and_hashed_anew_is_found_at_the_next(
    values: list[dict[str, str]], data: st.DataObject
) -> None:
    entries = chained(values)
    place = data.draw(st.integers(0, len(entries) - 2))
    before = EMPTY if place == 0 else head(entries[:place])
    entries[place] = linked(before, values[place] | {"details": values[place]["details"] + "!"})
    found = verify(entries)
    assert isinstance(found, Broken)
    assert found.number == place + 2


@pytest.mark.parametrize("place", range(4))
def test_an_entry_that_is_taken_out_doubled_or_swapped_is_found(place: int) -> None:
    entries = some(5)
    without = verify(entries[:place] + entries[place + 1 :])
    doubled = verify(entries[: place + 1] + entries[place:])
    swapped = verify([*entries[:place], entries[place + 1], entries[place], *entries[place + 2 :]])
    assert [each.number for each in (without, doubled, swapped) if isinstance(each, Broken)] == [
        place + 1,
        place + 2,
        place + 1,
    ]


@pytest.mark.parametrize("left", range(5))
def test_what_is_cut_off_at_the_end_is_found_with_a_head_that_was_kept_and_only_so(left: int) -> None:
    entries = some(5)
    assert verify(entries[:left]) == head(entries[:left])
    found = verify(entries[:left], head(entries))
    assert isinstance(found, Broken)
    assert found.number == left + 1


def test_a_chain_that_was_written_anew_as_a_whole_is_found_with_a_head_that_was_kept() -> None:
    entries = some(5)
    others = chained([{"at": "", "who": "", "kind": "", "whom": "", "origin": "", "outcome": "", "details": ""}] * 6)
    assert not isinstance(verify(others), Broken)
    found = verify(others, head(entries))
    assert isinstance(found, Broken)
    assert found.number == 5


def test_a_random_change_anywhere_is_found() -> None:
    seed = random.randrange(2**32)
    print("seed", seed)  # noqa: T201 - so that a failure can be repeated
    chance = random.Random(seed)
    for _ in range(300):
        entries = some(6)
        place, field = chance.randrange(6), chance.choice(fields(Entry)).name
        old = getattr(entries[place], field)
        new = old + 1 if isinstance(old, int) else old + chance.choice(string.printable)
        entries[place] = altered(entries[place], field, new)
        assert isinstance(verify(entries), Broken)


Mutant = Callable[..., Broken | None]


@pytest.mark.parametrize("name", ["numbers", "links", "hashes", "kept"])
def test_a_verify_that_looks_less_closely_is_found_out(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Mutants of verify: each leaves one look out, and then one harm passes that the tests above find."""
    whole, kept = some(5), head(some(5))
    # An entry with another number, rightly linked and hashed by who can hash; one of another chain; one altered.
    renumbered = linked(Head(2, whole[1].hash), {"at": "", **dict.fromkeys(("who", "kind"), ""), **_rest()})
    harms = {
        "numbers": ([whole[0], renumbered], None),
        "links": ([whole[0], linked(Head(1, "f" * 64), {"at": "", "who": "", "kind": "", **_rest()})], None),
        "hashes": ([*whole[:4], replace(whole[4], details="other")], None),
        "kept": ([*whole[:4], linked(head(whole[:4]), {"at": "", "who": "", "kind": "", **_rest()})], kept),
    }
    entries, known = harms[name]
    assert isinstance(verify(entries, known), Broken)
    if name == "kept":
        monkeypatch.setattr(chain, "_why_not_kept", lambda *_: None)
    else:
        monkeypatch.setattr(chain, "_why_not", lambda entry, before: _careless(name, entry, before))
    assert not isinstance(verify(entries, known), Broken)


def _rest() -> dict[str, str]:
    return dict.fromkeys(("whom", "origin", "outcome", "details"), "")


def _careless(without: str, entry: Entry, before: Head) -> Broken | None:
    fresh = {field.name: getattr(entry, field.name) for field in fields(Entry) if field.name != "hash"}
    looks = {
        "numbers": entry.number == before.number + 1,
        # Whoever leaves the numbers out has no link to compare with either, where one is missing.
        "links": without == "numbers" or entry.before == before.hash,
        "hashes": chain._hash(fresh) == entry.hash,
    }
    return None if all(good for look, good in looks.items() if look != without) else Broken(entry.number, "")


def test_times_are_hundredths_of_a_second_with_their_offset_and_sort_as_text() -> None:
    at = datetime(2026, 11, 22, 14, 32, 5, 129_999, tzinfo=timezone(timedelta(hours=-8)))
    assert spelled(at) == "2026-11-22T22:32:05.12+00:00"
    moments = [at + timedelta(milliseconds=10 * step) for step in range(300)]
    assert [spelled(each) for each in moments] == sorted(spelled(each) for each in moments)


def test_a_head_is_read_as_it_is_written() -> None:
    found = head(some(3))
    assert head_of(str(found)) == found
    for text in ("", "3", "3:abc", f"x:{'0' * 64}", f"-1:{'0' * 64}"):
        with pytest.raises(ValueError, match="a head is"):
            head_of(text)
