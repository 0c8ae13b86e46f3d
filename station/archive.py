"""The file that `station755 backup` writes: a gzipped tar that says what it holds, so that it can be checked anywhere.

    manifest.json                 first: which station, of when, by which version, and every other member's SHA-256
    database/station.sqlite3      from SQLite: the database as one file
    database/<table>.copy         from PostgreSQL: each table in COPY's text format
    folder/tls/…, folder/…        what the data folder holds besides the database

Its format is for ever: what one version has written, every later one reads.
"""

import gzip
import hashlib
import io
import json
import os
import re
import tarfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO, Any

FORMAT = 1
DATABASE, FOLDER = "database", "folder"
_MANIFEST = "manifest.json"
# A manifest has a line per table and per file of the data folder, some fifty.
_MANIFEST_BYTES_MAX = 1_048_576
_CHUNK_BYTES = 1_048_576
# Most of the time goes into packing; level 6 takes three times as long as 1, for a tenth of the size.
_GZIP_LEVEL = 1
_NAME = re.compile(r"[a-z][a-z0-9_]*")
_MEMBER = re.compile(rf"({DATABASE}|{FOLDER}|{FOLDER}/tls)/[A-Za-z0-9_][A-Za-z0-9_.-]*")


class BadArchive(Exception):
    """The file is no backup, or not a whole one; the text is a sentence."""


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a backup says of itself.

    `kind` is the kind of database (sqlite, postgresql), `revision` the form of its tables, `tables` their columns, each
    table after those that it refers to; `members` is the size and the SHA-256 of each file by its name.
    """

    version: str
    kind: str
    revision: str
    epoch: str
    made_at: str
    records: int
    devices: int
    tables: Mapping[str, tuple[str, ...]]
    members: Mapping[str, tuple[int, str]]


def digests(folder: Path) -> dict[str, tuple[int, str]]:
    """The size and the SHA-256 of every file in a folder, by its name there. Raises OSError."""
    found = {}
    for path in sorted(each for each in folder.rglob("*") if each.is_file()):
        with path.open("rb") as file:
            found[path.relative_to(folder).as_posix()] = _digest(file, None)
    return found


def write_archive(file: Path, manifest: Manifest, folder: Path) -> None:
    """Write the archive of a folder's files, synced, for its owner alone. Raises OSError."""
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as raw:
        packed = gzip.GzipFile(filename="", mode="wb", compresslevel=_GZIP_LEVEL, fileobj=raw, mtime=0)
        with packed, tarfile.open(fileobj=packed, mode="w|", format=tarfile.PAX_FORMAT) as tar:
            text = json.dumps({"format": FORMAT, **asdict(manifest)}, indent=1).encode()
            tar.addfile(_entry(_MANIFEST, len(text)), io.BytesIO(text))
            for name, (size, _) in manifest.members.items():
                with (folder / name).open("rb") as member:
                    tar.addfile(_entry(name, size), member)
        raw.flush()
        os.fsync(raw.fileno())


def check_archive(file: Path) -> Manifest:
    """Read a whole backup and see that nothing in it is missing or changed. Raises BadArchive."""
    return _read(file, None)


def unpack_archive(file: Path, folder: Path) -> Manifest:
    """Check it and put its files into a folder, made for its owner alone. Raises BadArchive, OSError."""
    return _read(file, folder)


def _read(file: Path, into: Path | None) -> Manifest:
    with _opened(file) as packed:
        try:
            with tarfile.open(fileobj=packed, mode="r|") as tar:
                manifest = _manifest_in(tar, file)
                missing = dict(manifest.members)
                while (entry := tar.next()) is not None:
                    wanted = missing.pop(entry.name, None)
                    if (
                        wanted is None
                        or not entry.isreg()
                        or entry.size != wanted[0]
                        or _kept(tar, entry, into) != wanted
                    ):
                        raise BadArchive(f"{file} was altered or is damaged: {entry.name} is not what was backed up.")
            while packed.read(_CHUNK_BYTES):  # to the end: there stands gzip's own checksum
                pass
        except (tarfile.TarError, EOFError, gzip.BadGzipFile, zlib.error):
            raise BadArchive(f"{file} is no backup of a station, or not a whole one.") from None
    if missing:
        raise BadArchive(f"{file} is not whole: {', '.join(sorted(missing))} is missing.")
    return manifest


@contextmanager
def _opened(file: Path) -> Iterator[IO[bytes]]:
    try:
        raw = file.open("rb")
    except OSError as problem:
        raise BadArchive(f"{file} cannot be read: {problem.strerror or problem}.") from None
    with raw, gzip.GzipFile(fileobj=raw, mode="rb") as packed:
        yield packed  # type: ignore[misc]  # a GzipFile reads like any binary file


def _manifest_in(tar: tarfile.TarFile, file: Path) -> Manifest:
    entry = tar.next()
    source = None if entry is None or entry.name != _MANIFEST else tar.extractfile(entry)
    if entry is None or source is None or entry.size > _MANIFEST_BYTES_MAX:
        raise BadArchive(f"{file} is no backup of a station.")
    try:
        return _manifest_from(json.loads(source.read()), file)
    except (ValueError, KeyError, TypeError, AttributeError):
        raise BadArchive(f"{file} was altered or is damaged: it does not say what is in it.") from None


def _manifest_from(found: Any, file: Path) -> Manifest:  # noqa: ANN401 - decoded JSON
    if found["format"] != FORMAT:
        raise BadArchive(f"{file} was made by a newer version ({found['version']}). Update this one first.")
    return Manifest(
        **{name: str(found[name]) for name in ("version", "kind", "revision", "epoch", "made_at")},
        records=int(found["records"]),
        devices=int(found["devices"]),
        tables={
            _like(_NAME, name): tuple(_like(_NAME, column) for column in columns)
            for name, columns in found["tables"].items()
        },
        members={_like(_MEMBER, name): (int(size), str(digest)) for name, (size, digest) in found["members"].items()},
    )


def _like(pattern: re.Pattern[str], name: str) -> str:
    """A name that cannot lead anywhere else, neither in a folder nor in a statement."""
    if pattern.fullmatch(name) is None:
        raise ValueError(name)
    return name


def _kept(tar: tarfile.TarFile, entry: tarfile.TarInfo, into: Path | None) -> tuple[int, str]:
    """A member's size and SHA-256; it is written into the folder, if one is named."""
    source = tar.extractfile(entry)
    if source is None:
        return 0, ""
    if into is None:
        return _digest(source, None)
    path = into / entry.name
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as target:
        return _digest(source, target)


def _digest(source: IO[bytes], target: IO[bytes] | None) -> tuple[int, str]:
    digest, size = hashlib.sha256(), 0
    while block := source.read(_CHUNK_BYTES):
        digest.update(block)
        size += len(block)
        if target is not None:
            target.write(block)
    return size, digest.hexdigest()


def _entry(name: str, size: int) -> tarfile.TarInfo:
    entry = tarfile.TarInfo(name)
    entry.size, entry.mode = size, 0o600
    return entry
