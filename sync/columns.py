"""Records as columns: what a batch's records look like on the wire, and how each comes back exactly as it was.

Records of one shift differ in little, so values stand by field and not by record. Any list of decoded JSON goes in, and
the same comes out:

    count       how many records
    shapes      the lists of field names that occur, in order; null for what is no JSON object
    of          which of the shapes each record has; left out if there is only one
    columns     by field, its values in the order of the records that have it (spellings.py); times and numbers may be
                reckoned from the same record's `entered_at`
    others      what is no JSON object; left out if there is none
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sync.canonical import JsonObject
from sync.spellings import is_whole, milliseconds, numbers_of, repeated_characters, spelled, values_of

BASE = "entered_at"
Shape = tuple[str, ...] | None


class BadColumns(ValueError):
    """What came are no columns; the text is the end of a sentence."""


def columns_of(records: Sequence[Any]) -> JsonObject:
    """Any list of decoded JSON, as columns."""
    shapes: dict[Shape, int] = {}
    of = [shapes.setdefault(_shape(record), len(shapes)) for record in records]
    objects = [record for record in records if isinstance(record, dict)]
    found: JsonObject = {
        "count": len(records),
        "shapes": [None if shape is None else list(shape) for shape in shapes],
        "columns": {name: _column(name, objects) for name in sorted({name for each in objects for name in each})},
    }
    if len(shapes) > 1:
        found["of"] = of
    if len(objects) < len(records):
        found["others"] = [record for record in records if not isinstance(record, dict)]
    return found


def records_of(found: object, *, count_max: int, repeated_characters_max: int) -> tuple[Any, ...]:
    """The list again. Raises BadColumns, also for more records or more repeated characters than allowed."""
    try:
        return _records(found, count_max, repeated_characters_max)
    except (KeyError, TypeError, AttributeError, ValueError, OverflowError) as problem:
        raise BadColumns(f"are not columns: {str(problem)[:100]}") from None


def _shape(record: object) -> Shape:
    return tuple(sorted(record)) if isinstance(record, dict) else None


def _column(name: str, objects: Sequence[JsonObject]) -> Any:  # noqa: ANN401 - JSON
    mine = [record for record in objects if name in record]
    bases = None if name == BASE else numbers_of(milliseconds, [record.get(BASE) for record in mine])
    return spelled([record[name] for record in mine], bases)


def _records(found: Any, count_max: int, repeated_characters_max: int) -> tuple[Any, ...]:  # noqa: ANN401 - decoded JSON
    shapes = _shapes(found["shapes"])
    of = _of(found, len(shapes), count_max)
    lengths = Counter(name for each in of for name in shapes[each] or ())
    columns: Mapping[str, Any] = _of_kind(found["columns"], dict)
    if columns.keys() - lengths.keys():
        raise ValueError("columns are left over")
    if sum(repeated_characters(columns[name], length) for name, length in lengths.items()) > repeated_characters_max:
        raise ValueError(f"more than {repeated_characters_max} repeated characters")
    bases = values_of(columns[BASE], lengths[BASE], None) if lengths[BASE] else []
    values = {
        name: iter(values_of(columns[name], length, _bases_beside(name, of, shapes, bases)))
        for name, length in lengths.items()
    }
    others = iter(_of_kind(found.get("others", []), list))
    made = tuple(_record(shapes[each], values, others) for each in of)
    if next(others, None) is not None:
        raise ValueError("values are left over")
    return made


def _record(shape: Shape, values: Mapping[str, Iterator[Any]], others: Iterator[Any]) -> Any:  # noqa: ANN401 - JSON
    if shape is not None:
        return {name: next(values[name]) for name in shape}
    for other in others:
        return other
    raise ValueError("a value is missing")


def _bases_beside(name: str, of: Sequence[int], shapes: Sequence[Shape], bases: Sequence[Any]) -> list[Any] | None:
    """The `entered_at` of each record that has this field; None if one of them has none."""
    if name == BASE:
        return None
    if all(shape is not None and BASE in shape and name in shape for shape in shapes):  # nearly always
        return list(bases)
    times = iter(bases)
    found = []
    for shape in (shapes[each] or () for each in of):
        time = next(times) if BASE in shape else None
        if name in shape:
            found.append(time)
    return None if None in found else found


def _shapes(found: Any) -> list[Shape]:  # noqa: ANN401 - decoded JSON
    shapes = [None if shape is None else tuple(_of_kind(shape, list)) for shape in _of_kind(found, list)]
    for shape in shapes:
        if shape is not None and (not all(isinstance(name, str) for name in shape) or len(set(shape)) != len(shape)):
            raise ValueError("each field of a shape has a name of its own")
    return shapes


def _of(found: JsonObject, shapes: int, count_max: int) -> list[int]:
    count = found["count"]
    if not is_whole(count) or not 0 <= count <= count_max:
        raise ValueError(f"there are at most {count_max} records")
    of = _of_kind(found.get("of", [0] * count), list)
    if len(of) != count or not all(is_whole(each) and 0 <= each < shapes for each in of):
        raise ValueError("each record has one of the shapes")
    return list(of)


def _of_kind(found: Any, kind: type) -> Any:  # noqa: ANN401 - decoded JSON
    """The same, if it is of this kind; a text or an object would pass for a list of nothing."""
    if not isinstance(found, kind):
        raise TypeError(f"{'an object' if kind is dict else 'a list'} is missing")
    return found
