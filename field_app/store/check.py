"""What a survey of the whole store finds, in plain words. Pure: surveyed files in, report out."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from field_app.store.changes import Documents
from field_app.store.check_index import index_findings
from field_app.store.codec import Codec
from field_app.store.findings import Finding, bad, fine
from field_app.store.memory import replay
from field_app.store.outbox import RECORDS, VERDICTS
from field_app.store.survey import Heard, Surveyed, Worth, documents, standing_changes
from sync.canonical import NotCanonical
from sync.records import BadRecord, Contact, NewerRecord, Record, Withdrawal, hashed, record_from_json, unhashed
from sync.standing import standing
from sync.verdicts import State, Verdict, state_of

# Of a badly damaged store the first ids and numbers tell the story.
_NAMED_MAX = 10


@dataclass(frozen=True, slots=True)
class Report:
    """What was counted and what was found. `contacts` are those that stand, by state; None in a locked store."""

    files: int
    bytes: int
    frames: int
    frames_sealed: int
    frames_locked: int
    bits_mended: int
    bytes_damaged: int
    bytes_tail: int
    records: int | None
    contacts: Mapping[State, int] | None
    findings: tuple[Finding, ...]

    @property
    def is_well(self) -> bool:
        """Whether nothing was found that is wrong."""
        return not any(each.is_wrong for each in self.findings)


def report_on(surveyed: Sequence[Surveyed], codec: Codec) -> Report:
    """Everything that can be told of a store from its files."""
    heard = [each for file in surveyed for each in file.heard]
    locked = sum(each.worth is Worth.LOCKED for each in heard)
    records = documents(standing_changes(surveyed), RECORDS)
    alive: dict[str, Documents] = {}
    replay(alive, list(standing_changes([each for each in surveyed if not each.file.is_past])))
    return Report(
        files=len(surveyed),
        bytes=sum(len(each.file.data) for each in surveyed),
        frames=len(heard),
        frames_sealed=sum(each.frame.is_sealed for each in heard),
        frames_locked=locked,
        bits_mended=sum(each.frame.is_mended for each in heard),
        bytes_damaged=sum(end - start for each in surveyed for start, end in each.damage),
        bytes_tail=sum(each.tail_bytes for each in surveyed),
        records=None if locked else len(alive.get(RECORDS, {})),
        contacts=None if locked else _counts(alive.get(RECORDS, {}), alive.get(VERDICTS, {})),
        findings=(
            *_file_findings(surveyed),
            *_number_findings(surveyed),
            *(() if locked else _record_findings(records, has_base=any(each.segment.is_base for each in surveyed))),
            *index_findings(surveyed, codec),
            *(
                [fine(f"{locked} frames are sealed, and the key is not at hand: only checksums could be checked")]
                * (locked > 0)
            ),
        ),
    )


def _file_findings(surveyed: Sequence[Surveyed]) -> Iterator[Finding]:
    for each in surveyed:
        name = each.segment.name
        for start, end in each.damage:
            yield bad(f"{name}: bytes {start} to {end} are damaged; the good frames behind them were read")
        for heard in each.heard:
            yield from _frame_findings(heard, f"{name}: bytes {heard.frame.start} to {heard.frame.end}")
        void = sum(heard.worth is Worth.VOID for heard in each.heard)
        if void:
            yield fine(f"{name}: {void} changes at the end do not count: {Worth.VOID.value}")
        if each.tail_bytes:
            yield _tail_finding(each)


def _frame_findings(heard: Heard, place: str) -> Iterator[Finding]:
    if heard.frame.is_mended:
        yield bad(f"{place}: one flipped bit was mended, and nothing is lost; the disk may be failing")
    if heard.worth in (Worth.UNREADABLE, Worth.NOT_SEALED):
        yield bad(f"{place} cannot be believed: {heard.worth.value}")
    if any(change[1] not in ("p", "d", "c", "x", "e") for change in heard.changes):
        yield fine(f"{place} were written by a newer version of this program")


def _tail_finding(each: Surveyed) -> Finding:
    line = f"{each.segment.name}: {each.tail_bytes} bytes at the end are no frame"
    if each.has_whole_frame_in_tail():
        return bad(f"{line}, though they have the length of one: the last changes may be damaged")
    return fine(f"{line}: a write that a crash cut short, and that was never acknowledged")


def _number_findings(surveyed: Sequence[Surveyed]) -> Iterator[Finding]:
    """What is missing between files, and between the changes in them."""
    counted = [each for each in surveyed if not each.file.is_past]
    numbers = [each.segment.number for each in counted]
    expected = numbers[:1] if counted and counted[0].segment.is_base else [1]
    for number in numbers:
        if number > expected[0]:
            yield bad(f"{_run('journal file', expected[0], number - 1)} missing")
        expected = [number + 1]
    last = 0
    for each in counted:
        if each.segment.is_base:
            yield from _base_findings(each)
            last = next((change[2] for heard in each.heard for change in heard.changes if change[1] == "e"), 0)
            continue
        for heard in each.heard:
            if heard.worth is Worth.VOID:
                continue
            if heard.frame.lsn > last + 1 and (last or not counted[0].segment.is_base):
                yield bad(
                    f"{_run('change', last + 1, heard.frame.lsn - 1)} missing before {each.segment.name}, byte {heard.frame.start}"
                )
            last = max(last, heard.frame.lsn)


def _base_findings(each: Surveyed) -> Iterator[Finding]:
    lsns = [heard.frame.lsn for heard in each.heard]
    missing = sorted(set(range(1, max(lsns, default=0) + 1)) - set(lsns))
    ends = [change for heard in each.heard for change in heard.changes if change[1] == "e"]
    is_locked = any(heard.worth is Worth.LOCKED for heard in each.heard)
    if missing or not (ends or is_locked):
        yield bad(f"{each.segment.name} is not whole: {len(missing) or 'the last'} of its frames missing")


def _record_findings(records: Mapping[str, dict[str, Any]], *, has_base: bool) -> Iterator[Finding]:
    for key, found in records.items():
        if not _is_proved(key, found):
            yield bad(f"record {key}: its content does not match its own hash")
    sequences = Counter(found["sequence"] for found in records.values() if isinstance(found.get("sequence"), int))
    twice = sorted(number for number, count in sequences.items() if count > 1)
    if twice:
        yield bad(f"several records have the same sequence number: {_named(twice)}")
    missing = sorted(set(range(1, max(sequences, default=0) + 1)) - set(sequences))
    if missing:
        counted = "1 record is" if len(missing) == 1 else f"{len(missing)} records are"
        line = f"{counted} missing in the sequence: {_named(missing)}"
        yield fine(f"{line}; records that the station has long had are removed") if has_base else bad(line)


def _is_proved(key: str, found: dict[str, Any]) -> bool:
    try:
        return hashed(unhashed(found)) == found and found.get("id") == key
    except NotCanonical:
        return False


def _counts(records: Mapping[str, dict[str, Any]], verdicts: Mapping[str, dict[str, Any]]) -> Mapping[State, int]:
    known = [record for record in map(_record, records.values()) if record is not None]
    contacts = [record for record in known if isinstance(record, Contact)]
    stand = standing(contacts, [record for record in known if isinstance(record, Withdrawal)]).contacts
    states = Counter(state_of(_verdict(verdicts.get(contact.id))) for contact in stand)
    return {state: states[state] for state in State}


def _record(found: dict[str, Any]) -> Record | None:
    try:
        return record_from_json(unhashed(found))
    except (BadRecord, NewerRecord):
        return None


def _verdict(found: dict[str, Any] | None) -> Verdict | None:
    word = None if found is None else found.get("verdict")
    return Verdict(word) if word in set(Verdict) else None


def _run(what: str, first: int, last: int) -> str:
    return f"{what} {first} is" if first == last else f"{what}s {first} to {last} are"


def _named(numbers: Sequence[int]) -> str:
    more = len(numbers) - _NAMED_MAX
    return ", ".join(map(str, numbers[:_NAMED_MAX])) + (f" and {more} more" if more > 0 else "")
