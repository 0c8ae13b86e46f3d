"""The audit of sequence numbers: which of a device's records the station holds, in numbers that a person can check.

Sequence numbers are gapless per device and serve for this alone, never for identity: "the device says 4711, the station
holds 4709, missing 4512 and 4513".
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sync.canonical import JsonObject
from sync.limits import INTEGER_MAX, MISSING_RANGES_MAX

Range = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Audit:
    """`said` is the last number that the device has given out, `held` how many of those up to it the station holds.

    `missing` are ranges (first, last), the lowest first, at most MISSING_RANGES_MAX of them.
    """

    said: int = 0
    held: int = 0
    missing: tuple[Range, ...] = ()


NO_AUDIT = Audit()


def audit_of(said: int, held: Collection[int], unsure: Sequence[Range]) -> Audit:
    """The audit, from the numbers held within the ranges `unsure`; all others up to `said` are held. Pure."""
    missing = numbers_in(unsure, held)
    return Audit(said, said - count_of(missing), missing[:MISSING_RANGES_MAX])


def unsure_ranges(said: int, through: int, noted: Sequence[Range]) -> list[Range]:
    """Where a number may be missing: what was noted as missing up to `through`, and all above. Pure."""
    below = [each for each in noted if each[1] <= through]
    first = below.pop()[0] if below and below[-1][1] == through else through + 1
    return [*below, (first, said)] if first <= said else below


def count_of(ranges: Iterable[Range]) -> int:
    """How many numbers these ranges name."""
    return sum(last - first + 1 for first, last in ranges)


def numbers_in(missing: Sequence[Range], ready: Collection[int]) -> tuple[Range, ...]:
    """What is missing beside the numbers that are ready to send: those are on their way. As ranges again. Pure."""
    waiting = sorted(ready)
    found: list[Range] = []
    for first, last in missing:
        start = first
        for number in waiting:
            if start <= number <= last:
                if number > start:
                    found.append((start, number - 1))
                start = number + 1
        if start <= last:
            found.append((start, last))
    return tuple(found)


def audit_to_json(audit: Audit) -> JsonObject:
    """The audit in a receipt."""
    return {"said": audit.said, "held": audit.held, "missing": [list(each) for each in audit.missing]}


def audit_from_json(found: object) -> Audit:
    """The audit in a receipt; one that is not there says nothing. Raises ValueError."""
    if found is None:
        return Audit()
    try:
        said, held, missing = (found[name] for name in ("said", "held", "missing"))  # type: ignore[index]  # decoded JSON
        ranges = tuple(_range(each) for each in missing[:MISSING_RANGES_MAX])
    except (TypeError, KeyError):
        raise ValueError("must be an audit") from None
    if not all(_is_number(each) for each in (said, held)):
        raise ValueError("must be an audit")
    return Audit(said, held, ranges)


def _range(found: Any) -> Range:  # noqa: ANN401 - decoded JSON
    first, last = found
    if not (_is_number(first) and _is_number(last) and 1 <= first <= last):
        raise ValueError("must be a range of sequence numbers")
    return first, last


def _is_number(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= INTEGER_MAX
