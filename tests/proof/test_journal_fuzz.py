"""A disk may spoil any file of the store, in any way: nothing wrong is believed, and only what was touched is lost."""

import random
from typing import Any

import pytest
from crash_states import FOLDER
from fuzzed_stores import KINDS, Allowed, Store, opened, store_of
from journal_damage import DAMAGE
from sim_disk import SimDisk
from sizes import is_long, set_segment_bytes
from witness import Tables, shown_by

from field_app.store.journal import JournalDB

# Each kind of store and of damage has its share, rounded up.
IMAGES = -(-5_000 // (len(KINDS) * len(DAMAGE)))
IMAGES_LONG = -(-100_000 // (len(KINDS) * len(DAMAGE)))
# So many seeds are tried on one store before the next one is filled: of few pages few images can be made.
SEEDS_OF_ONE = 100


@pytest.mark.slow
@pytest.mark.parametrize("damage", DAMAGE)
@pytest.mark.parametrize("kind", KINDS)
def test_a_spoiled_file_costs_only_what_was_touched(kind: str, damage: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file that came out as it was, or as it did before, is not counted."""
    set_segment_bytes(monkeypatch, KINDS[kind][2])
    judged = seed = 0
    while judged < (IMAGES_LONG if is_long() else IMAGES):
        if seed % SEEDS_OF_ONE == 0:
            store = store_of(kind, random.Random(f"{kind} {seed}"))
            seen = {*store.files.items()}
        judged += spoil_and_judge(store, damage, seed, seen)
        seed += 1
    print(f"{kind}, {damage}, seeds 0 to {seed - 1}: {judged} different images")


def spoil_and_judge(store: Store, damage: str, seed: int, seen: set[tuple[str, bytes]]) -> bool:
    """Spoil one file of a store by lot, and see what is left; whether it is none of those seen before."""
    lot = random.Random(f"{store.name} {damage} {seed}")
    path = lot.choice(sorted(store.files))
    others = [data for other, data in store.files.items() if other != path] or [store.files[path]]
    spoiled = DAMAGE[damage](store.files[path], others, lot)
    if (path, spoiled.data) in seen:
        return False
    seen.add((path, spoiled.data))
    try:
        _judge(store, {**store.files, path: spoiled.data}, store.allowed(path, spoiled.touched), damage)
    except Exception as problem:
        raise AssertionError(
            f"{store.name}, {damage}, seed {seed}, {path} at {spoiled.touched}: {problem!r}"
        ) from problem
    return True


def _judge(store: Store, files: dict[str, bytes], allowed: Allowed, damage: str) -> None:
    db = opened(store, files)
    one_by_one = _looked_up(db)
    found = shown_by(db)
    lost = _lost(found, allowed)
    _lost(one_by_one, allowed)
    if store.is_proved and damage == "one bit":
        assert not lost, f"A flipped bit was not mended: {lost}"
    if lost:
        tail = db.journal._reader.files.tail()
        is_cut_off = (
            damage in ("a cut", "a hole") and files[store.last] != store.files[store.last]
        )  # no trace may be left
        assert db.journal.damage or tail or is_cut_off, f"Nobody is told of what is gone: {lost}"
    number = db.insert({"next": "tap"})
    disk = SimDisk(db.journal._disk.image(), ("/", FOLDER))  # type: ignore[attr-defined]  # it is a SimDisk
    found.setdefault("_default", {})[str(number)] = {"next": "tap"}
    assert shown_by(JournalDB(FOLDER, store.key, disk=disk)) == found, "The next tap did not survive, or changed more."


def _looked_up(db: JournalDB) -> Tables:
    tables = db.journal.tables
    return {
        name: {key: found for key in table.newest_first() if (found := table.get(key)) is not None}
        for name, table in tables.items()
    }


def _lost(found: Tables, allowed: Allowed) -> list[tuple[str, str]]:
    """The documents that are not what they were last; raises AssertionError for what they never were."""
    shown: dict[tuple[str, str], Any] = {
        (name, key): each for name, table in found.items() for key, each in table.items()
    }
    assert shown.keys() <= allowed.keys(), f"Nobody wrote {shown.keys() - allowed.keys()}."
    wrong = [key for key, values in allowed.items() if shown.get(key) not in values]
    assert not wrong, f"Lost or wrong though no frame of theirs was touched: {wrong}"
    return [key for key, values in allowed.items() if shown.get(key) != values[-1]]
