"""Which contacts stand: not withdrawn, and not replaced by a correction that stands itself or has one that does.

Hand and office ask the same question of the same records, so they always count alike. Only the person who logged a
contact can withdraw or correct it; anyone else's record is kept and changes nothing.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar


class Logged(Protocol):
    """What decides of a contact whether it stands."""

    @property
    def id(self) -> str: ...  # noqa: D102 - as in records.py
    @property
    def person(self) -> str: ...  # noqa: D102 - as in records.py
    @property
    def corrects(self) -> str | None: ...  # noqa: D102 - as in records.py


class TakenBack(Protocol):
    """What decides of a withdrawal what it takes back."""

    @property
    def withdraws(self) -> str: ...  # noqa: D102 - as in records.py
    @property
    def person(self) -> str: ...  # noqa: D102 - as in records.py


_Logged = TypeVar("_Logged", bound=Logged)


@dataclass(frozen=True, slots=True)
class Standing(Generic[_Logged]):
    """The contacts that count, and those of them that share an original with another (for a person to decide)."""

    contacts: tuple[_Logged, ...]
    rivals: frozenset[str]


def standing(contacts: Sequence[_Logged], withdrawals: Iterable[TakenBack]) -> Standing[_Logged]:
    """The contacts that stand among these, in the order given."""
    originals = _originals(contacts)
    withdrawn = {(item.withdraws, item.person) for item in withdrawals}
    alive = [contact for contact in contacts if (contact.id, contact.person) not in withdrawn]
    replaced: set[str] = set()
    for contact in alive:
        original = originals.get(contact.id)
        while original is not None and original not in replaced:
            replaced.add(original)
            original = originals.get(original)
    stands = tuple(contact for contact in alive if contact.id not in replaced)
    families = Counter(roots := [_root(contact.id, originals) for contact in stands])
    rivals = frozenset(contact.id for contact, root in zip(stands, roots, strict=True) if families[root] > 1)
    return Standing(stands, rivals)


def _originals(contacts: Sequence[Logged]) -> dict[str, str]:
    """Which contact each correction replaces, by id; corrections that count, and no circles."""
    by_id = {contact.id: contact for contact in contacts}
    found: dict[str, str] = {}
    for contact in contacts:
        original = by_id.get(contact.corrects or "")
        if original is None or original.person != contact.person:
            continue
        if _root(original.id, found) != contact.id:  # a faulty device could draw a circle and lose all of it
            found[contact.id] = original.id
    return found


def _root(contact_id: str, originals: Mapping[str, str]) -> str:
    """The first contact of a line of corrections."""
    while contact_id in originals:
        contact_id = originals[contact_id]
    return contact_id
