"""Schedules of the simulated exchange: nothing lost, nothing twice, nothing made up, nothing stuck (exchange_world.py)."""

import pytest
from exchange_mutants import MUTANTS
from exchange_world import World
from sizes import is_long

from field_app.store import records

PARTS = 40
SCHEDULES = 200_000 if is_long() else 20_000
MUTANT_SCHEDULES_MAX = 200
# Seeds beyond the default run that once found a fault, which is mended: three records that nobody takes blocked those behind.
FOUND = (101967, 104885, 105382, 105549, 105805, 106203)


@pytest.fixture(autouse=True)
def _short_frames(monkeypatch: pytest.MonkeyPatch) -> None:
    """A frame of verdicts holds three of them, so that a kill falls between two frames of one receipt."""
    monkeypatch.setattr(records, "_VERDICTS_MAX", 3)


def run(seed: int) -> None:
    """One schedule; a failure names its seed."""
    try:
        World(seed).run()
    except AssertionError as problem:
        problem.add_note(f"seed {seed}")
        print(f"seed {seed}: {problem}")
        raise


@pytest.mark.slow
@pytest.mark.parametrize("part", range(PARTS))
def test_no_schedule_loses_doubles_invents_or_blocks_a_record(part: int) -> None:
    length = SCHEDULES // PARTS
    print(f"seeds {part * length} to {(part + 1) * length - 1}")
    for seed in range(part * length, (part + 1) * length):
        run(seed)


@pytest.mark.parametrize("seed", FOUND)
def test_what_was_found_stays_mended(seed: int) -> None:
    run(seed)


@pytest.mark.parametrize("name", MUTANTS)
def test_a_protocol_with_this_fault_is_found_out(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    MUTANTS[name](monkeypatch)
    for seed in range(MUTANT_SCHEDULES_MAX):
        try:
            World(seed).run()
        except AssertionError as problem:
            print(f"seed {seed}: {problem}")
            return
    pytest.fail(f"not found within {MUTANT_SCHEDULES_MAX} schedules")
