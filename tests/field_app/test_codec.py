"""Between changes and frames: what memory is given is what a replay will give."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from field_app.store.codec import pack, replayed, unpack


class Word(str):
    """Text of a kind of its own."""

    __slots__ = ()


NAMES = st.text(max_size=3) | st.integers(-2, 2) | st.booleans() | st.none() | st.builds(Word, st.text(max_size=2))
SCALARS = (
    st.text(st.characters(), max_size=4) | st.integers() | st.booleans() | st.none() | st.floats()
    | st.builds(Word, st.text(max_size=2))
)  # fmt: skip
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=2) | st.tuples(inner) | st.dictionaries(NAMES, inner)
)
DOCUMENTS = st.dictionaries(NAMES, VALUES, max_size=4) | st.dictionaries(st.text(), SCALARS, max_size=4)


@given(st.lists(DOCUMENTS, min_size=1, max_size=3))
def test_memory_is_given_what_a_replay_gives(documents: list[dict[Any, Any]]) -> None:
    """Equal, and of the same kinds: 1, True and 1.0 are not the same, nor is text of a kind of its own plain text."""
    changes = [("table", "p", str(number), document) for number, document in enumerate(documents)]
    payload = pack([*changes, ("table", "d", "9"), ("table", "c")])
    given_back = replayed([*changes, ("table", "d", "9"), ("table", "c")], payload)
    assert [_told(list(change)) for change in given_back] == [_told(change) for change in unpack(payload)]


@given(VALUES)
def test_a_change_is_written_as_the_standard_encoder_writes_it(value: Any) -> None:  # noqa: ANN401 - JSON
    """The encoder is made once, by what json makes it with at each call."""
    assert pack(value) == json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass")


def test_a_document_that_holds_itself_is_refused_as_what_is_no_json() -> None:
    """It has no end; and the next one is none the worse for it."""
    endless: dict[str, Any] = {}
    endless["self"] = endless
    with pytest.raises(ValueError, match="hold itself"):
        pack(endless)
    assert pack({"a": 1}) == b'{"a":1}'


def _told(value: Any) -> Any:  # noqa: ANN401 - JSON
    """With the kind of everything, and in order."""
    if isinstance(value, dict):
        return [dict, [(_told(name), _told(inner)) for name, inner in value.items()]]
    if isinstance(value, list):
        return [list, [_told(inner) for inner in value]]
    return [type(value), json.dumps(value)]
