"""The proofs prove something: a store with a small fault fails them."""

import random

import pytest
from crash_states import FOLDER, Tally, explore
from fuzzed_stores import KINDS, store_of, taps
from mutants import MUTANTS, REDUNDANT
from sim_disk import SimDisk
from sizes import set_segment_bytes
from test_journal_fuzz import spoil_and_judge
from workloads import KEY, WORKLOADS

from field_app.store.frames import scan
from field_app.store.journal import JournalDB

# Within so many images each fault must be noticed; most are within the first hundred.
CRASH_IMAGES_MAX = 6_000
FUZZ_IMAGES_MAX = 600
MOMENT_IMAGES_MAX = 12  # few of many programs, rather than many of few
# And so many a redundant barrier is done without, to see that it is redundant.
REDUNDANT_CRASH_IMAGES = 1_500
REDUNDANT_FUZZ_IMAGES = 100


def prove(proof: tuple[str, ...], monkeypatch: pytest.MonkeyPatch, crash_images: int, fuzz_images: int) -> None:
    """Run one of the proofs for a while."""
    match proof:
        case (workload,):
            make, length = WORKLOADS[workload]
            set_segment_bytes(monkeypatch, length)
            tally, seed = Tally(crash_images), 0
            while not tally.is_full:
                print(f"seed {seed}, {tally}")
                lot = random.Random(f"{workload} {seed}")
                explore(make(lot), lot, tally, most=MOMENT_IMAGES_MAX)
                seed += 1
        case (kind, damage):
            set_segment_bytes(monkeypatch, KINDS[kind][2])
            store = store_of(kind, random.Random(0))
            seen = {*store.files.items()}
            for seed in range(fuzz_images):
                print(f"seed {seed}")
                spoil_and_judge(store, damage, seed, seen)
        case _:
            assert_nonces_differ()


def assert_nonces_differ() -> None:
    """No two frames of a sealed store have the same nonce: one used twice gives both texts away."""
    disk = SimDisk()
    taps(JournalDB(FOLDER, KEY, disk=disk), random.Random(0), 40)
    bodies = [frame.body for frame in scan(disk.image()[f"{FOLDER}/journal-00000001.log"], 1).frames]
    assert len({body[4:16] for body in bodies}) == len(bodies) > 40


def test_no_nonce_is_used_twice() -> None:
    assert_nonces_differ()


@pytest.mark.slow
@pytest.mark.parametrize("name", MUTANTS)
def test_a_store_with_this_fault_is_found_out(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    mutate, proof = MUTANTS[name]
    mutate(monkeypatch)
    with pytest.raises(AssertionError) as found:
        prove(proof, monkeypatch, CRASH_IMAGES_MAX, FUZZ_IMAGES_MAX)
    print(str(found.value)[:300])


@pytest.mark.slow
@pytest.mark.parametrize("name", REDUNDANT)
def test_a_store_without_this_barrier_has_another_one(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    mutate, proof = REDUNDANT[name]
    mutate(monkeypatch)
    prove(proof, monkeypatch, REDUNDANT_CRASH_IMAGES, REDUNDANT_FUZZ_IMAGES)
