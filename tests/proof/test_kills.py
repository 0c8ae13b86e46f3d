"""The process is killed while a deputy logs, again and again: every tap that was told "Logged" is there, once."""

import random
import sys
from pathlib import Path

import pytest
from journals import StartProgram, finish

from field_app.store.journal import JournalDB
from field_app.store.records import RecordStore
from sync.sealing import new_key

KILLS, KILLS_LONG = 30, 300
# Forks a process that logs until it is killed, over and over; prints each line that it wrote, whole ones only.
_LOGS_AND_IS_KILLED = """
import random, signal, time
from field_app.clock import SystemClock
from field_app.logbook import Details, Logbook
from field_app.store import files
from field_app.store.records import RecordStore
from sync.records import Role
from sync.reference import load_reference

kills, lot, key = int(sys.argv[2]), random.Random(int(sys.argv[3])), bytes.fromhex(sys.argv[4]) or None
files.SEGMENT_BYTES = 4_000
exec(sys.argv[5])  # a fault that is to be found
reference = load_reference()

def log(out):
    db = JournalDB(folder, key)
    logbook = Logbook(RecordStore(db), SystemClock(), reference)
    if logbook.shift() is None:
        logbook.sign_on("900001", Role.DEPUTY, "day", "42A")
    n = 0
    while True:
        n += 1
        contact = logbook.log(Details(setting="coffee-shop", cards=n % 9)).contact
        os.write(out, f"{contact.id} {contact.sequence}\\n".encode())
        if n % 5 == 3:
            db.journal.compact()

for _ in range(kills):
    ours, theirs = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(ours)
        try:
            log(theirs)
        finally:
            os._exit(1)
    os.close(theirs)
    said = os.read(ours, 1)
    time.sleep(lot.random() * lot.choice([0.01, 0.2]))
    os.kill(child, signal.SIGKILL)
    while piece := os.read(ours, 65536):
        said += piece
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -signal.SIGKILL
    os.close(ours)
    print(said[:said.rfind(b"\\n") + 1].decode(), end="")
"""


# The app goes on, and says so, before the record is in the file.
_TOLD_BEFORE_KEPT = """
add, waiting = RecordStore.add, []
def add_the_one_before(store, makers):
    for each in waiting:
        add(store, [lambda _, each=each: each])
    number = store.sequence_last() + 1
    waiting[:] = [make(number) for make in makers]
    return waiting[:]
RecordStore.add = add_the_one_before
"""
_LOGGED_TWICE = """
log_once = Logbook.log
Logbook.log = lambda logbook, details: (log_once(logbook, details), log_once(logbook, details))[1]
"""
KILLS_OF_FAULTS = 8

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(3600),
    pytest.mark.skipif(sys.platform == "win32", reason="NOT TESTED HERE: Windows has no fork and no SIGKILL."),
]


def kill_and_judge(folder: Path, program: StartProgram, kills: int, key: bytes = b"", fault: str = "") -> None:
    """Let a process log, kill it, so many times; then see what was told and what is kept."""
    seed = random.randrange(2**32)
    print(f"seed {seed}")
    running = program(_LOGS_AND_IS_KILLED, kills, seed, key.hex(), fault)
    told = dict(line.split() for line in finish(running, seconds=3600))
    records = RecordStore(JournalDB(folder, key or None)).records()
    kept = {record_id: str(record["sequence"]) for record_id, record in records.items()}
    lost = told.items() - kept.items()
    assert not lost, f"Told, and not kept: {lost}"
    assert sorted(map(int, kept.values())) == [*range(1, len(kept) + 1)]
    # Each kill may leave one that is on the disk and was not told.
    assert len(kept) - len(told) <= kills, "Kept, and never told."
    print(f"{kills} kills, {len(told)} taps told, {len(kept)} kept, {len([*folder.iterdir()])} files")


@pytest.mark.parametrize("key", [b"", new_key()], ids=["plain", "sealed"])
def test_a_killed_process_loses_no_tap_and_doubles_none(
    key: bytes, folder: Path, program: StartProgram, *, is_long: bool
) -> None:
    kill_and_judge(folder, program, (KILLS_LONG if is_long else KILLS) // 2, key)  # half of them each


@pytest.mark.parametrize(
    ("fault", "complaint"),
    [(_TOLD_BEFORE_KEPT, "Told, and not kept"), (_LOGGED_TWICE, "Kept, and never told")],
    ids=["told before kept", "logged twice"],
)
def test_a_process_with_this_fault_is_found_out(
    fault: str, complaint: str, folder: Path, program: StartProgram
) -> None:
    with pytest.raises(AssertionError, match=complaint):
        kill_and_judge(folder, program, KILLS_OF_FAULTS, fault=fault)
