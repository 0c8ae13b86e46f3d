"""The line that is typed into the MDC for a contact, by the station's own template. Pure.

A template is text with names in braces, like `{tag} {code} {rd}`; what a contact does not have is left out.
"""

import re
from collections.abc import Callable, Mapping

from sync.records import Contact
from sync.reference import Reference

_NAME = re.compile(r"\{([^{}]*)\}")
_VALUES: Mapping[str, Callable[[Contact, Reference], object]] = {
    "code": lambda _, reference: reference.clearance_code,
    "tag": lambda contact, _: contact.tag,
    "rd": lambda contact, _: contact.rd,
    "unit": lambda contact, _: contact.unit,
    "source": lambda contact, _: contact.source.value,
    "setting": lambda contact, reference: reference.label_of(contact.setting),
    "people": lambda contact, _: contact.people,
    "cards": lambda contact, _: contact.cards,
    "minutes": lambda contact, _: contact.minutes,
    "time": lambda contact, reference: f"{contact.claimed_at.astimezone(reference.zone):%H%M}",
}
MDC_NAMES: tuple[str, ...] = tuple(_VALUES)


def mdc_line(contact: Contact, reference: Reference) -> str:
    """The line for a contact; names that this version does not know are left out."""

    def value(match: re.Match[str]) -> str:
        said = _VALUES[match[1]](contact, reference) if match[1] in _VALUES else None
        return "" if said is None else str(said)

    return " ".join(_NAME.sub(value, reference.mdc_line).split())


def unknown_names(template: str) -> list[str]:
    """The names in a template that no contact has; a brace that stands alone counts as one."""
    alone = [brace for brace in "{}" if brace in _NAME.sub("", template)]
    return [name for name in _NAME.findall(template) if name not in _VALUES] + alone
