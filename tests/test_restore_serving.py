"""A backup is put in place under stations that serve: they go on, and nothing that anybody handed in is lost."""

import threading
from contextlib import ExitStack
from pathlib import Path

import pytest
from backups import epoch_of, opened, records_of
from doubles import FixedClock, uuids
from examples import OTHER_ID
from handset import enrolled_handset
from programs import Program, serving
from senders import Sender

from station.archive import check_archive
from station.clocks import now
from station.database import open_database
from station.desk import Desk
from station.restoring import restore
from sync.reference import Reference


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_stations_serve_on_while_a_backup_takes_the_place_of_their_data(
    place: Path | str, station755: Program, reference: Reference, tmp_path: Path, empty: Path | str
) -> None:
    """Two workers of one station; on PostgreSQL also two stations beside each other."""
    database = open_database(place)
    desk = Desk(database, reference, now)
    handsets = [
        enrolled_handset(database, desk, FixedClock(at=now(), ids=uuids(number)), device)
        for number, device in ((10_000, "0193f1a0-0000-7000-8000-000000000001"), (900_000, OTHER_ID))
    ]
    before = epoch_of(database)
    database.close()
    stop = threading.Event()
    with ExitStack() as stack:
        addresses = [stack.enter_context(serving(station755, "--workers", "2"))]
        if isinstance(place, str):
            addresses.append(stack.enter_context(serving(station755)))
        senders = [Sender(handset, addresses[-each], stop) for each, handset in enumerate(handsets)]
        threads = [threading.Thread(target=sender.run) for sender in senders]
        for thread in threads:
            thread.start()
        try:
            assert _until(senders, before)
            assert station755("backup", str(tmp_path / "b")).code == 0
            said = station755("restore", str(tmp_path / "b"), "--replace", "--json")
            assert said.code == 0, said.err
            with opened(place) as looked:
                epoch = epoch_of(looked)
            held = _until(senders, epoch)
        finally:
            stop.set()
            for thread in threads:
                thread.join()
    assert held, [ending.sentence for sender in senders for ending in sender.endings if ending.receipt is None]
    # Whoever was told "received" in the old epoch stands in what is kept, and whoever was in the new one, in the new.
    with opened(place) as looked:
        new = {key for key, _ in records_of(looked)}
    kept = Path(said.json["kept"])
    restore(empty, tmp_path / "old", kept, now())
    with opened(empty) as looked:
        old = {key for key, _ in records_of(looked)}
    for sender in senders:
        assert len(sender.receipted) == 2
        for told, ids in sender.receipted.items():
            assert ids <= (new if told == epoch else old)
    assert check_archive(kept).records > check_archive(tmp_path / "b").records


def _until(senders: list[Sender], epoch: str) -> bool:
    """Wait until every device has a receipt of an epoch."""
    return any(
        all(len(sender.receipted.get(epoch, ())) > 20 for sender in senders) or threading.Event().wait(0.1)
        for _ in range(300)
    )
