"""What a sergeant looks at first: one table of rules, each with its words, what decides it, and where it comes from.

findings.py decides by them, one function each; the console's page of rules is rendered from this very table.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from sync.limits import CLOCK_SECONDS_OFF_MAX
from sync.reference import Reference
from sync.rules import Flag

PERSON_UNKNOWN = "person-unknown"


@dataclass(frozen=True, slots=True)
class Rule:
    """One exception: short for a table's cell, as a reason in a list, what decides it, and its source.

    In `rule`, {late} and {partner} stand for the station's own minutes, {clock} for those of the clock.
    """

    name: str
    short: str
    reason: str
    rule: str
    source: str


_TAGS = "MPP 5-09/520.25: each incident has a tag of its own; Unit Order 16-02 for calls"
_SHEET = "Daily Work Sheet as reviewed by the watch sergeant (MPP 5-09/230.00, WeHo Unit Order 60)"
_SIGNED = "Submitted accurate before leaving the station (WeHo Unit Order 60); here: the signature by PIN"
_INTEGRITY = (
    "LAPD Inspector General 2014, falsified patrol records: the time of entry stands beside that of the contact"
)

RULES: tuple[Rule, ...] = (
    Rule(Flag.TAG_MISSING, "No tag", "A call without a tag", "The source is call, and there is no tag.", _TAGS),
    Rule(
        "tag-shared",
        "Tag shared",
        "A tag that another contact has too",
        "Two contacts of one day have the same tag, and are not what partners logged of one and the same "
        "(same setting and RD, within {partner} minutes).",
        _TAGS,
    ),
    Rule(Flag.RD_MISSING, "No RD", "A contact without an RD", "There is no RD; 0400 says that it is unknown.", _SHEET),
    Rule(
        "rd-outside",
        "RD outside",
        "An RD that was not in the station's list when it was logged",
        "The RD is in no area of the reference data that were valid at the time of the contact. A device that had not "
        "heard of a change yet may say one.",
        _SHEET,
    ),
    Rule(
        "overlap",
        "Overlap",
        "Overlaps another contact of the same person",
        "Two contacts of a worksheet both say their minutes, and one begins before the other ends.",
        _SHEET,
    ),
    Rule(
        "logged-late",
        "Logged late",
        "Logged long after the contact",
        "It was first entered more than {late} minutes after it happened: later than a watch is long, so after the "
        "shift. The station sets the minutes (logged_late_minutes).",
        _INTEGRITY,
    ),
    Rule(
        "partner-duplicate",
        "Partner's",
        "Probably the same contact as a partner's; counted once, both kept",
        "Another person logged the same setting and RD within {partner} minutes, in the same unit or with the same "
        "tag. The station sets the minutes (partner_minutes).",
        "Two people, one contact with citizens: counts are of contacts (Unit Order 16-02)",
    ),
    Rule(
        PERSON_UNKNOWN,
        "Unknown number",
        "The person's number is not known at this station",
        "The number is not among the station's people.",
        "Records are by employee or volunteer number; volunteers are on the Daily In-Service (FOD 04-009)",
    ),
    Rule(
        "corrected-twice",
        "Corrected twice",
        "Corrected in two ways; both stand until one is withdrawn",
        "Two contacts that stand correct one and the same.",
        "Records are immutable (docs/adr/0002): the station keeps both, a person decides",
    ),
    Rule(
        "clock-corrected",
        "Clock corrected",
        "The device's clock was wrong; the time shown is corrected",
        "The device's clock was off by more than {clock} minutes. Under the contact's note stands by how much, and how sure the "
        "time shown is: to a minute and four seconds for each day until it was sent. If the device was started again before, "
        "the time is right if nobody set its clock meanwhile.",
        "Accurate date and time (MPP 5-09/520.25); docs/adr/0007",
    ),
    Rule(
        "after-signing",
        "After signing",
        "Logged or corrected after the worksheet was signed, or elsewhere",
        "The worksheet is signed, and this contact is in no signature.",
        _SIGNED,
    ),
    Rule(
        "signed-gone",
        "Signed, then gone",
        "Signed, and not on this worksheet now (withdrawn, corrected, or not sent yet)",
        "A contact is in a signature and does not stand here.",
        _SIGNED,
    ),
    Rule(
        "new-key",
        "New PIN",
        "Signed with another key than before on this device: the PIN was changed since",
        "The key of the signature is another than that of the person's last one on the device.",
        _SIGNED,
    ),
    Rule(
        "withdrawn-stop",
        "Was a stop",
        "Withdrawn as a stop: see that 840 to 843 was cleared and the SACR entry made",
        "A contact of this worksheet was withdrawn with the reason stop.",
        "Gov Code 12525.5, 11 CCR 999.224: a detention or any search is a stop; SACR by the end of the shift (FOSS 18-07)",
    ),
    Rule(
        "sequence-missing",
        "Numbers missing",
        "Sequence numbers that the station lacks beside this worksheet's; something may be missing here",
        "The device gave out numbers between or next to those of this worksheet that are neither here nor in quarantine.",
        "Every record has a gapless number of its device (docs/exchange.md, audit)",
    ),
)
RULE_OF: Mapping[str, Rule] = {rule.name: rule for rule in RULES}


def rule_words(rule: Rule, reference: Reference) -> str:
    """What decides, with the station's own numbers."""
    return rule.rule.format(
        late=_minutes(reference.late.total_seconds()),
        partner=_minutes(reference.partner.total_seconds()),
        clock=_minutes(CLOCK_SECONDS_OFF_MAX),
    )


def _minutes(seconds: float) -> int:
    return int(seconds) // 60
