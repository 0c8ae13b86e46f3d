"""No crash, at any moment, costs what was acknowledged: shown on every image that a crash may leave of many workloads."""

import random

import pytest
from crash_states import Tally, explore
from sizes import is_long, set_segment_bytes
from workloads import WORKLOADS

# The default run judges a hundred thousand different images in about a minute of one core, `make proof` a million.
# Each kind of program has its share, rounded up.
IMAGES = -(-100_000 // len(WORKLOADS))
IMAGES_LONG = -(-1_000_000 // len(WORKLOADS))
# Of the first program of a kind every image is judged; of each later one so many at each moment, drawn by lot.
MOMENT_IMAGES_MAX = 40
# Programs that once lost something, by kind and seed; so many images are judged at each of their moments.
FAILED = [("compaction, faults", 4)]
FAILED_IMAGES_MAX = 400


@pytest.mark.slow
@pytest.mark.parametrize("name", WORKLOADS)
def test_what_was_acknowledged_survives_a_crash_at_any_moment(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    make, length = WORKLOADS[name]
    set_segment_bytes(monkeypatch, length)
    asked = IMAGES_LONG if is_long() else IMAGES
    tally = Tally(asked)
    seed = 0
    while not tally.is_full:
        lot = random.Random(f"{name} {seed}")
        explore(make(lot), lot, tally, most=MOMENT_IMAGES_MAX if seed else None)
        seed += 1
    print(f"{name}, seeds 0 to {seed - 1}: {tally}")
    assert len(tally.seen) >= asked
    assert tally.recoveries > 0


@pytest.mark.parametrize(("name", "seed"), FAILED)
def test_what_was_lost_once_is_not_lost_again(name: str, seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    make, length = WORKLOADS[name]
    set_segment_bytes(monkeypatch, length)
    lot = random.Random(f"{name} {seed}")
    explore(make(lot), lot, Tally(IMAGES_LONG), most=FAILED_IMAGES_MAX)
