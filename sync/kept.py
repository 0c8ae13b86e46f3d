"""Reading records again that were checked before: what the station keeps needs no second check, and a page reads many."""

import json
from types import MappingProxyType

from sync.records import KINDS, Record

# A page reads a thousand records: json.loads would look at each one's encoding first.
_DECODE = json.JSONDecoder().decode
_READ_AGAIN = {
    kind: [(name, entry.read_again) for name, entry in kind.table.items() if entry.read_again is not None]
    for kind in KINDS.values()
}


def record_from_kept(canonical: bytes) -> Record:
    """The record of canonical bytes that `record_from_json` took in before: the same, at a tenth of the cost."""
    found = _DECODE(canonical.decode())
    kind = KINDS[found.pop("kind")]
    del found["schema"]
    for name, read_again in _READ_AGAIN[kind]:
        if name in found:
            found[name] = read_again(found[name])
    extra = {} if found.keys() <= kind.table.keys() else {name: found.pop(name) for name in found.keys() - kind.table}
    # Not by the class's own __init__, which costs more than all the rest: nothing is left to check or to default.
    record = object.__new__(kind)
    vars(record).update(found, extra=MappingProxyType(extra))
    return record
