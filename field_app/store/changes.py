"""What the journal is made of: changes to documents in tables."""

from typing import Any

# [table, verb] or [table, verb, id] or [table, verb, id, document]; verbs: p(ut), d(elete), c(lear), x (drop).
# ["", "e", lsn] ends a compacted file: what stands there is the store as it was after the change of that number.
Change = tuple[Any, ...]
Documents = dict[str, dict[str, Any]]
# A longer id is a name that happens to be of digits; nobody counts that far, and int() refuses the longest.
_NUMBER_DIGITS_MAX = 18


def is_number(key: str) -> bool:
    """Whether an id counts as a number that TinyDB gave out."""
    return len(key) <= _NUMBER_DIGITS_MAX and key.isdecimal()
