"""Compaction: what is alive in the closed files, written anew into one base file. Done in idle time, never at a tap.

Nothing is removed before the base has been read back from the disk and says the same as the files that it replaces. The
base takes its place by a rename, so that a crash anywhere leaves either the old files, or the base with some of the old
files beside it, which nobody reads any more. A file that is damaged is copied into quarantine first: its bytes may yet be
of use to somebody. They go from the oldest on, and at the first that cannot be removed (on
Windows one that another process has open) the rest stays, so that no process ever finds a gap behind the file it follows.
What stays so, or since the app was killed here, the next compaction removes first: a disk may be full of it.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

from field_app.store import frames
from field_app.store.changes import Change, Documents
from field_app.store.codec import Codec, NotReadable, pack
from field_app.store.disk import Disk
from field_app.store.faults import StoreFault
from field_app.store.history import History
from field_app.store.index import State, index_bytes
from field_app.store.memory import replay
from field_app.store.places import Places
from field_app.store.segments import DAMAGE_LINES_MAX, QUARANTINE, Segment, all_segments, segments_in

# Documents in one frame of a base: few enough that reading one of them decodes little, enough that seals cost little.
FRAME_DOCUMENTS = 16


LOCK_NAME = "LOCK-COMPACTION"


def compact(folder: Path, disk: Disk, codec: Codec, report: Callable[[str], None]) -> Segment | None:
    """Write the base of what the closed files say, check it, and remove what it replaces. None if there is no need to.

    Taps may go on meanwhile. Damage that is met is reported. Raises OSError, StoreFault; all is as before then.
    """
    if not disk.names(folder):
        return None  # not even made yet
    lock = disk.lock(folder / LOCK_NAME)
    try:
        lock.acquire()
        _remove_leftovers(folder, disk, codec)
        # A half that is gone must not come back under the name that the next base is renamed from.
        disk.sync_folder(folder)
        return _compact(folder, disk, codec, report)
    finally:
        lock.close()  # which gives it back


def _compact(folder: Path, disk: Disk, codec: Codec, report: Callable[[str], None]) -> Segment | None:
    damage: dict[str, None] = {}
    history = History(folder, disk, codec, lambda line: damage.update({line: None}))
    history.open(segments_in(disk.names(folder)))
    closed, state = history.segments, history.state
    if state is None or (len(closed) == 1 and closed[0].is_base):
        return None
    base = Segment(closed[-1].number, is_base=True)
    alive: dict[str, Documents] = {name: {} for name in state.tables}
    history.replay(lambda changes: replay(alive, changes))
    data, places = _base_bytes(base, alive, state, codec)
    disk.write_whole(folder / base.name, data)
    if _read_back(disk.read(folder / base.name), base, codec) != alive:
        disk.remove(folder / base.name)
        raise StoreFault("Compaction was given up: the disk gave back other bytes. Nothing is lost.")
    tables = {name: (len(alive[name]), number, text) for name, (_, number, text) in state.tables.items()}
    state = replace(state, tables=tables, damage=[*dict.fromkeys([*state.damage, *damage])][:DAMAGE_LINES_MAX])
    has_index = _lay_index(folder, disk, codec, base, state, places)
    for line in damage:
        report(line)
    remove_replaced(folder, disk, codec, base)
    if not has_index:
        _lay_index(folder, disk, codec, base, state, places)  # there is room now
    return base


def _lay_index(folder: Path, disk: Disk, codec: Codec, base: Segment, state: State, places: Places) -> bool:
    """Lay the index beside a base, which stands for itself without: it only makes opening quicker."""
    with suppress(OSError, ValueError):  # ValueError: more to tell than one frame holds
        disk.write_whole(folder / base.index_name, index_bytes(base, state, places, codec))
        return True
    return False


def has_leftovers(names: Iterable[str]) -> bool:
    """Whether a compaction was broken off while it wrote, or before it had removed what its base replaces."""
    names = list(names)
    return any(map(_is_half_written, names)) or _has_replaced(names)


def _is_half_written(name: str) -> bool:
    return name.startswith("base-") and name.endswith(".new")


def _has_replaced(names: list[str]) -> bool:
    return len(all_segments(names)) > len(segments_in(names))


def _remove_leftovers(folder: Path, disk: Disk, codec: Codec) -> None:
    names = disk.names(folder)
    for name in filter(_is_half_written, names):
        disk.remove(folder / name)
    if _has_replaced(names):
        base = segments_in(names)[0]
        if _is_whole(disk.read(folder / base.name), base, codec):  # else what it replaced may be all that is left
            remove_replaced(folder, disk, codec, base)


def remove_replaced(folder: Path, disk: Disk, codec: Codec, base: Segment) -> None:
    """Remove the files that a base replaces, the oldest first; stop at one that cannot be removed."""
    old = sorted(each for each in all_segments(disk.names(folder)) if each.number <= base.number and each != base)
    for segment in old:
        try:
            _keep_if_damaged(folder, disk, codec, segment)
            disk.remove(folder / segment.index_name)
            disk.remove(folder / segment.name)
        except OSError:
            return
    disk.sync_folder(folder)


def _keep_if_damaged(folder: Path, disk: Disk, codec: Codec, segment: Segment) -> None:
    data = disk.read(folder / segment.name)
    if not _is_whole(data, segment, codec):
        # A copy: whoever still follows the file must see it removed, and begin anew.
        disk.write_whole(folder / f"{QUARANTINE}{segment.name}", data)


def _is_whole(data: bytes, segment: Segment, codec: Codec) -> bool:
    found = frames.scan(data, segment.frame_number)
    try:
        for frame in found.frames:
            codec.changes(frame)
    except NotReadable:
        return False
    return not found.damage and found.end == len(data)


def _base_bytes(base: Segment, alive: Mapping[str, Documents], state: State, codec: Codec) -> tuple[bytes, Places]:
    places, pieces, offset = Places(), [], 0
    for number, changes in enumerate(_frames_of(alive, state), 1):
        data = codec.frame(number, base.frame_number, pack(changes))
        places.note([change for change in changes if change[1] == "p"], offset, offset + len(data))
        pieces.append(data)
        offset += len(data)
    return b"".join(pieces), places


def _frames_of(alive: Mapping[str, Documents], state: State) -> Iterator[list[Change]]:
    """The changes of a base: each table from empty, and at the end what numbers are used up."""
    for name, table in alive.items():
        yield [(name, "c")]
        rows: list[Change] = [(name, "p", key, document) for key, document in table.items()]
        for start in range(0, len(rows), FRAME_DOCUMENTS):
            yield rows[start : start + FRAME_DOCUMENTS]
    yield [("", "e", state.lsn, {name: number for name, (_, number, _) in state.tables.items()})]


def _read_back(data: bytes, base: Segment, codec: Codec) -> dict[str, Any] | None:
    found = frames.scan(data, base.frame_number)
    alive: dict[str, Documents] = {}
    for frame in found.frames:
        replay(alive, codec.changes(frame))
    return None if found.damage or found.end != len(data) else alive
