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


@pytest.mark.slow
@pytest.mark.timeout(3600)
@pytest.mark.skipif(sys.platform == "win32", reason="NOT TESTED HERE: Windows has no fork and no SIGKILL.")
@pytest.mark.parametrize("key", [b"", new_key()], ids=["plain", "sealed"])
def test_a_killed_process_loses_no_tap_and_doubles_none(
    key: bytes, folder: Path, program: StartProgram, *, is_long: bool
) -> None:
    kills = (KILLS_LONG if is_long else KILLS) // 2  # half of them each
    seed = random.randrange(2**32)
    print(f"seed {seed}")
    running = program(_LOGS_AND_IS_KILLED, kills, seed, key.hex())
    told = dict(line.split() for line in finish(running, seconds=3600))
    records = RecordStore(JournalDB(folder, key or None)).records()
    kept = {record_id: str(record["sequence"]) for record_id, record in records.items()}
    assert told.items() <= kept.items()
    assert sorted(map(int, kept.values())) == [*range(1, len(kept) + 1)]
    assert len(kept) - len(told) <= kills  # each kill may leave one that is on the disk and was not told
    print(f"{kills} kills, {len(told)} taps told, {len(kept)} kept, {len([*folder.iterdir()])} files")
