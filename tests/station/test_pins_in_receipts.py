"""The pins that each receipt has: whole, or nothing is stored and the device tries again."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from doubles import FixedClock
from handset import Handset, enrolled_handset, row_counts

from station.authority import FOLDER_NAME, Authority
from station.certificates import Pair, read_pair
from station.database import Database
from station.desk import Desk
from station.files import put
from station.refusal import Refused
from sync.problem import Trouble
from sync.reference import Reference
from sync.verdicts import Verdict


@pytest.fixture
def authority(tmp_path: Path, clock: FixedClock) -> Authority:
    """An authority with one that follows it."""
    made = Authority(tmp_path)
    made.make("Norwalk Station", clock.now())
    made.begin_rotation("Norwalk Station", clock.now())
    return made


@pytest.fixture
def handset(database: Database, reference: Reference, clock: FixedClock, authority: Authority) -> Handset:
    """A device at a station that hands out its pins."""
    return enrolled_handset(database, Desk(database, reference, clock.now, authority.pins), clock)


def cut(name: str) -> Callable[[Path], None]:
    """Damage one of the files."""

    def harm(folder: Path) -> None:
        (folder / name).write_bytes((folder / name).read_bytes()[:200])

    return harm


def remove(folder: Path) -> None:
    """Take the authority away."""
    (folder / "authority.pem").unlink()


def make_a_folder_of(folder: Path) -> None:
    """A file that nobody can read, not even root."""
    (folder / "next-authority.pem").unlink()
    (folder / "next-authority.pem").mkdir()


@pytest.mark.parametrize(
    "harm",
    [cut("authority.pem"), cut("next-authority.pem"), remove, make_a_folder_of, shutil.rmtree],
    ids=["damaged", "the next damaged", "gone", "not readable", "the whole folder gone"],
)
def test_nothing_is_stored_that_cannot_be_answered_with_the_pins(
    harm: Callable[[Path], None],
    handset: Handset,
    authority: Authority,
    database: Database,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:
    folder, kept = tmp_path / FOLDER_NAME, tmp_path / "kept"
    shutil.copytree(folder, kept)
    harm(folder)
    batch = handset.batch(handset.contact())
    with pytest.raises(Refused) as caught:
        handset.send(batch)
    assert caught.value.problem.trouble is Trouble.CANNOT_STORE
    assert "authority.pem" in caplog.text
    assert row_counts(database)["records"] == 0
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(kept, folder)
    receipt = handset.send(batch)
    assert (receipt.verdicts[0].verdict, receipt.pins) == (Verdict.ACCEPTED, authority.pins())


def test_whoever_asks_while_the_next_authority_follows_is_told_of_it(
    authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the old pin alone a device would believe nobody from then on."""
    following = authority.pins()[1]

    def read_and_follow(pem: bytes) -> Pair:
        monkeypatch.undo()
        authority.finish_rotation()
        return read_pair(pem)

    monkeypatch.setattr("station.authority.read_pair", read_and_follow)
    assert authority.pins() == (following,)


def test_a_file_that_root_puts_into_the_stations_folder_is_the_stations(tmp_path: Path) -> None:
    """Else the next authority that root has made would be one that the service cannot read."""
    if os.name == "nt" or os.geteuid() != 0:
        pytest.skip("NOT TESTED HERE: files that root makes for another user; only root can.")
    service = 4_755
    os.chown(tmp_path, service, service)
    put(tmp_path / "next-authority.pem", b"a key")
    found = (tmp_path / "next-authority.pem").stat()
    assert (found.st_uid, found.st_gid, found.st_mode & 0o777) == (service, service, 0o600)
