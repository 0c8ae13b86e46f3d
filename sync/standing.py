"""Which contacts stand: not withdrawn, and not replaced by a correction that stands itself or has one that does.

Hand and office ask the same question of the same records, so they always count alike. Only the person who logged a
contact can withdraw or correct it; anyone else's record is kept and changes nothing.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sync.records import Contact, Withdrawal


@dataclass(frozen=True, slots=True)
class Standing:
    """The contacts that count, and those of them that share an original with another (for a person to decide)."""

    contacts: tuple[Contact, ...]
    rivals: frozenset[str]


def standing(contacts: Sequence[Contact], withdrawals: Iterable[Withdrawal]) -> Standing:
    """The contacts that stand among these, in the order given."""
    by_id = {contact.id: contact for contact in contacts}
    withdrawn = {(item.withdraws, item.person) for item in withdrawals}
    corrections: dict[str, list[Contact]] = defaultdict(list)
    for contact in contacts:
        original = by_id.get(contact.corrects or "")
        if original is None or original.person != contact.person:
            continue
        if original not in _line(contact, corrections):  # a faulty device could draw a circle and lose both
            corrections[original.id].append(contact)
    stands = _stands(contacts, withdrawn, corrections)
    rivals = {
        rival.id
        for family in corrections.values()
        if len(alive := [heir for correction in family for heir in _line(correction, corrections) if heir.id in stands])
        > 1
        for rival in alive
    }
    return Standing(
        tuple(contact for contact in contacts if contact.id in stands),
        frozenset(rivals),
    )


def _stands(
    contacts: Sequence[Contact],
    withdrawn: set[tuple[str, str]],
    corrections: dict[str, list[Contact]],
) -> set[str]:
    alive = {contact.id for contact in contacts if (contact.id, contact.person) not in withdrawn}
    replaced = {
        contact.id
        for contact in contacts
        if any(heir.id in alive for heir in _line(contact, corrections) if heir.id != contact.id)
    }
    return alive - replaced


def _line(contact: Contact, corrections: dict[str, list[Contact]]) -> list[Contact]:
    """A contact and all that correct it, directly or not."""
    found = [contact]
    for heir in found:  # grows while it is read, so that no line is too long for the call stack
        found.extend(corrections.get(heir.id, ()))
    return found
