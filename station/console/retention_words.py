"""Retention in words: the holds and what a deletion would do, as their pages show them. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from station.chain import Entry
from station.console.audit_words import EntryWords, entry_words
from station.console.words import day_words
from station.deleting import Stays, Tally
from station.holds import Hold, scope_words
from station.retention import WHY_WORDS, Why
from sync.reference import Reference

TEXTS: Mapping[str, str] = {
    "title": "Retention",
    "hint": "Nothing is deleted by itself. Records may go after two years, if the Board authorizes it (Government Code 26202), "
    "unless a legal hold keeps them.",
    "oldest": "Oldest worksheet",
    "none": "None",
    "last_day": "May be deleted",
    "up_to": "up to",
    "holds": "Legal holds, those in force first",
    "number": "Hold",
    "matter": "Matter",
    "keeps": "Keeps",
    "reason": "Reason",
    "set": "Set",
    "state": "State",
    "in_force": "In force",
    "lifted": "Lifted",
    "lift": "Lift",
    "lift_reason": "Why it is lifted",
    "no_holds": "No hold was ever set.",
    "set_hold": "Set a hold",
    "hold_hint": "What is filled in has to fit all together; a worksheet with one contact that fits is held whole. "
    "With nothing but matter and reason, everything is held.",
    "person": "Person",
    "from": "From",
    "to": "Through",
    "rd": "RD",
    "optional": "any, if left empty",
    "delete": "Delete records",
    "delete_hint": "First you see what would go and what would stay. A worksheet goes as a whole, with its corrections, withdrawals, "
    "signatures and reviews.",
    "until": "Everything up to",
    "record": "Or the worksheet with this record (its id, from the CSV)",
    "look": "See what would go",
    "deleted": "Deleted lately, the newest first",
    "when": "When",
    "who": "By",
    "details": "What",
    "nothing_deleted": "Nothing was deleted yet.",
    "preview": "What would be deleted",
    "of": "Worksheets of",
    "sheets": "Worksheets",
    "contacts": "Contacts",
    "records": "Records in all",
    "aside": "Put aside, decided on",
    "bundles": "Receipts of carried files",
    "nothing_goes": "Nothing of that may be deleted now.",
    "shortened": "That is more than a page looks at once. What is shown is up to this day; the rest comes afterwards, or by the "
    "command station755 records delete:",
    "stays": "What stays",
    "count": "Records",
    "why_it_stays": "Why",
    "no_way_back": "There is no way back. Backups, devices and paper keep what they have.",
    "why": "On what authority",
    "typed": "Its number, or why",
    "confirm": "Delete for good",
    "keep": "Keep everything",
}
STAYS_WORDS: Mapping[Stays, str] = {
    Stays.HELD: "A legal hold",
    Stays.UNDECIDED: "Something in quarantine beside it waits for a decision",
    Stays.YOUNG: "Younger than two years, or tied to something that is",
    Stays.LATER: "Tied by a correction to a later day",
}
WHY_CHOICES: Sequence[tuple[str, str]] = [(why.value, words) for why, words in WHY_WORDS.items()]


@dataclass(frozen=True, slots=True)
class HoldWords:
    """A hold as shown."""

    number: int
    matter: str
    keeps: str
    reason: str
    was_set: str
    lifted: str


@dataclass(frozen=True, slots=True)
class StaysWords:
    """What stays, and why."""

    count: int
    words: str


def hold_rows(holds: Sequence[Hold], reference: Reference) -> list[HoldWords]:
    """The holds as shown."""
    return [
        HoldWords(
            number=hold.id,
            matter=hold.matter,
            keeps=scope_words(hold),
            reason=hold.reason,
            was_set=f"{_day(hold.at, reference)}, {hold.who}",
            lifted=f"{_day(hold.lifted_at, reference)}, {hold.lifted_by}: {hold.lifted_reason}"
            if hold.lifted_at
            else "",
        )
        for hold in holds
    ]


def stays_rows(tally: Tally, holds: Sequence[Hold]) -> list[StaysWords]:
    """What stays, by why; then how much of it each hold keeps."""
    whys = [StaysWords(tally.stays[stays], STAYS_WORDS[stays]) for stays in Stays if tally.stays[stays]]
    named = {hold.id: hold for hold in holds}
    return whys + [
        StaysWords(count, f"Hold {number}: {named[number].matter} ({scope_words(named[number])})")
        for number, count in sorted(tally.held.items())
    ]


def deleted_rows(entries: Sequence[Entry], reference: Reference) -> list[EntryWords]:
    """What the audit says of the latest deletions."""
    return [entry_words(entry, reference) for entry in entries]


def why_of(text: str) -> Why | None:
    """The authority that a form names, or None."""
    return Why(text) if text in set(Why) else None


def _day(at: datetime | None, reference: Reference) -> str:
    return "" if at is None else day_words(at.astimezone(reference.at(at).zone).date())
