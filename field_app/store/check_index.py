"""Whether the indexes beside the closed files agree with their files: an index that lies would hide contacts. Pure."""

from collections.abc import Iterator, Sequence
from typing import Any

from field_app.store.codec import Codec
from field_app.store.faults import StoreLocked
from field_app.store.findings import Finding, bad
from field_app.store.index import State, read_whole
from field_app.store.outbox import OUTBOX, Outbox
from field_app.store.places import Places
from field_app.store.survey import Surveyed, Worth

_NAMED_MAX = 10


class _Mirror:
    """What the store is at the end of each file, told from its changes alone."""

    def __init__(self) -> None:
        self.tables: dict[str, set[str]] = {}
        self.outbox = Outbox()
        self.outbox.start(None)
        self.lsn = 0
        self.is_whole = True  # nothing before is damaged, else the index may know more than the files do

    def follow(self, each: Surveyed) -> None:
        """Take in one file."""
        self.is_whole &= not each.damage and all(heard.worth in (Worth.STANDS, Worth.VOID) for heard in each.heard)
        for heard in each.heard:
            if heard.worth is not Worth.STANDS:
                continue
            if not each.segment.is_base:
                self.is_whole &= heard.frame.lsn == self.lsn + 1
                self.lsn = heard.frame.lsn
            try:
                self.outbox.follow(heard.changes)
            except (KeyError, TypeError):  # a record without its sequence: no store writes that
                self.is_whole = False
            for change in heard.changes:
                self._apply(*change)

    def _apply(self, name: str, verb: str, key: Any = None, *_: object) -> None:  # noqa: ANN401 - an id, or a number
        if verb == "e":
            self.lsn = key
        elif verb == "x":
            self.tables.pop(name, None)
        elif verb == "c":
            self.tables[name] = set()
        elif verb == "p":
            self.tables.setdefault(name, set()).add(key)
        elif verb == "d":
            self.tables.setdefault(name, set()).discard(key)

    def agrees(self, state: State) -> bool:
        """Whether an index says the same."""
        counts = {name: count for name, (count, _, _) in state.tables.items()}
        outbox = state.indexes.get(OUTBOX)
        return (
            state.lsn == self.lsn
            and counts == {name: len(keys) for name, keys in self.tables.items()}
            and (outbox is None or outbox["ready"] == self.outbox.freeze()["ready"])
        )


def index_findings(surveyed: Sequence[Surveyed], codec: Codec) -> Iterator[Finding]:
    """What is wrong with the indexes."""
    mirror = _Mirror()
    counted = [each for each in surveyed if not each.file.is_past]
    for each in counted:
        mirror.follow(each)
        if each.file.index is None:
            continue
        try:
            said = read_whole(each.file.index, each.segment, codec)
        except StoreLocked:
            continue
        yield from _findings(each, said, mirror)


def _findings(each: Surveyed, said: tuple[State, Places] | None, mirror: _Mirror) -> Iterator[Finding]:
    name = each.segment.index_name
    if said is None:
        yield bad(f"{name} is damaged; it is made again from its file, and nothing is lost")
        return
    state, places = said
    if mirror.is_whole and not mirror.agrees(state):
        yield bad(f"{name} does not agree with the files: it says that the store was another one at their end")
    known = _places_in(each)
    known_keys = {*_keys(known)}
    lost = [f"{table} {key}" for table, key in _keys(places) if (table, key) not in known_keys]
    if lost:
        named = ", ".join(lost[:_NAMED_MAX]) + (f" and {len(lost) - _NAMED_MAX} more" if len(lost) > _NAMED_MAX else "")
        yield bad(f"{name} tells of {len(lost)} documents that {each.segment.name} no longer gives: {named}")
    elif not each.damage and not _are_alike(places, known):
        yield bad(f"{name} does not agree with {each.segment.name}: it names other places. Remove it; it is made again")


def _places_in(each: Surveyed) -> Places:
    places = Places()
    for heard in each.heard:
        changes = [change for change in heard.changes if not each.segment.is_base or change[1] == "p"]
        places.note(
            [change for change in changes if change[1] in ("p", "d", "c", "x")], heard.frame.start, heard.frame.end
        )
    return places


def _are_alike(one: Places, other: Places) -> bool:
    """Whether they name the same places; what was decoded from JSON has lists for pairs."""
    told = [
        {name: [(key, place and tuple(place)) for key, place in table.items()] for name, table in each.tables.items()}
        for each in (one, other)
    ]
    return told[0] == told[1] and one.cleared == other.cleared


def _keys(places: Places) -> Iterator[tuple[str, str]]:
    for name, table in places.tables.items():
        for key in table:
            yield name, key
