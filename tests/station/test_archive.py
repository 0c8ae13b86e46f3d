"""A backup that was cut or altered, or that is of another version or kind, is refused before anything is touched."""

import gzip
import random
import tarfile
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest
from backups import changed, epoch_of, older_backup, opened, records_of
from doubles import FixedClock

from station.archive import DATABASE, BadArchive, check_archive, unpack_archive, write_archive
from station.database import Database
from station.restoring import NewerBackup, NotRestored, restore


def test_an_altered_backup_is_refused_before_anything_is_touched(
    database: Database, place: Path | str, data: Path, backup: Path, tmp_path: Path, clock: FixedClock
) -> None:
    """Cut anywhere, or with a bit flipped: refused, or (a bit that means nothing to gzip) it holds what it held."""
    whole, wanted = backup.read_bytes(), check_archive(backup)
    chance = random.Random(755)
    bad = tmp_path / "bad"
    for length in {0, 1, 10, len(whole) - 1, *(chance.randrange(len(whole)) for _ in range(40))}:
        bad.write_bytes(whole[:length])
        with pytest.raises(BadArchive):
            check_archive(bad)
    for place_of_bit in {*range(12), *(chance.randrange(len(whole)) for _ in range(150))}:
        flipped = bytearray(whole)
        flipped[place_of_bit] ^= 1 << chance.randrange(8)
        bad.write_bytes(flipped)
        with suppress(BadArchive):
            assert check_archive(bad) == wanted
    bad.write_bytes(whole + b"more")
    with pytest.raises(BadArchive):
        check_archive(bad)
    before = (records_of(database), sorted(data.rglob("*")))
    bad.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(BadArchive, match="no backup of a station, or not a whole one"):
        restore(place, data, bad, clock.now(), may_replace=True)
    assert (records_of(database), sorted(data.rglob("*"))) == before


def test_a_member_that_was_changed_added_or_left_out_is_refused(backup: Path, tmp_path: Path) -> None:
    files = tmp_path / "files"
    manifest = unpack_archive(backup, files)
    victim = next(name for name in manifest.members if name.startswith(DATABASE) and manifest.members[name][0] > 10)
    data = (files / victim).read_bytes()
    (files / victim).write_bytes(data[:-1] + bytes([data[-1] ^ 1]))
    write_archive(tmp_path / "changed", manifest, files)
    with pytest.raises(BadArchive, match="was altered or is damaged"):
        check_archive(tmp_path / "changed")

    (files / victim).write_bytes(data)
    for number, name in enumerate(("../../escaped", "/etc/escaped", "folder/tls/../../../escaped", "manifest.json")):
        (tmp_path / "b2").write_bytes(b"")
        evil = tmp_path / f"evil {number}"
        with gzip.open(evil, "wb") as packed, tarfile.open(fileobj=packed, mode="w|") as tar:
            with gzip.open(backup) as source, tarfile.open(fileobj=source, mode="r|") as whole:
                for entry in whole:
                    tar.addfile(entry, whole.extractfile(entry))
            tar.addfile(tarfile.TarInfo(name))
        with pytest.raises(BadArchive):
            unpack_archive(evil, tmp_path / f"out {number}")
    assert not list(tmp_path.rglob("escaped"))
    (tmp_path / "text").write_text("not a backup")
    for file in (tmp_path / "text", tmp_path / "not there", tmp_path):
        with pytest.raises(BadArchive):
            check_archive(file)


def test_a_newer_or_foreign_backup_is_refused_in_a_sentence(
    database: Database, place: Path | str, data: Path, backup: Path, tmp_path: Path, clock: FixedClock
) -> None:
    before, old = records_of(database), epoch_of(database)
    newer = changed(backup, tmp_path / "newer", tmp_path, lambda found: replace(found, revision="9999"))
    with pytest.raises(NewerBackup, match="Update this one first"):
        restore(place, data, newer, clock.now(), may_replace=True)
    kind = "sqlite" if isinstance(place, str) else "postgresql"
    foreign = changed(backup, tmp_path / "foreign", tmp_path, lambda found: replace(found, kind=kind))
    with pytest.raises(NotRestored, match="Restore it where it came from"):
        restore(place, data, foreign, clock.now(), may_replace=True)
    assert (records_of(database), epoch_of(database)) == (before, old)


OLDER = "0007"


def test_a_backup_of_an_older_version_is_brought_up_to_date(
    database: Database, backup: Path, empty: Path | str, tmp_path: Path, clock: FixedClock
) -> None:
    before = records_of(database)
    old = older_backup(database, backup, OLDER, tmp_path)
    assert check_archive(old).revision == OLDER
    restore(empty, tmp_path / "another", old, clock.now())
    with opened(empty) as restored:
        assert records_of(restored) == before
