"""A document of reference data in parts, each as the fields of a form, and read from them again. Pure.

Lists are text, an item a line; what cannot be read stays as it was typed, and reference_rules.py says what is wrong with it.
"""

import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from sync.canonical import JsonObject, MalformedJson, read_json

# What stands between the values of an item, and before the RDs of an area.
_BAR, _COLON = "|", ":"
# What an area is marked with where nobody goes to look.
_NOT_PATROLLED = "not patrolled"
_HEADER = re.compile(r"\[([^\]]*)\]\s*(.*)")
_TYPED = {"minutes", "keep_days", "logged_late_minutes", "partner_minutes"}


@dataclass(frozen=True, slots=True)
class Part:
    """One part: its members of the document, and how it becomes fields and comes back."""

    name: str
    members: tuple[str, ...]
    write: Callable[[JsonObject], dict[str, str]]
    read: Callable[[Mapping[str, str]], JsonObject]
    is_lines: bool = True


def _plain(*members: str) -> Part:
    def write(document: JsonObject) -> dict[str, str]:
        return {name: str(document.get(name, "")) for name in members}

    def read(form: Mapping[str, str]) -> JsonObject:
        return {name: _value(name, form.get(name, "").strip()) for name in members}

    return Part("station", members, write, read, is_lines=False)


def _items(name: str, members: Sequence[str]) -> Part:
    def write(document: JsonObject) -> dict[str, str]:
        rows = ([str(item[member]) for member in members if member in item] for item in document.get(name, ()))
        return {name: "\n".join(f" {_BAR} ".join(row) for row in rows)}

    def read(form: Mapping[str, str]) -> JsonObject:
        return {name: [_item(line, members) for line in lines_in(form.get(name, ""))]}

    return Part(name, (name,), write, read)


def _item(line: str, members: Sequence[str]) -> JsonObject:
    cells = [cell.strip() for cell in line.split(_BAR, len(members) - 1)]
    return {member: _value(member, cell) for member, cell in zip(members, cells, strict=False) if cell}


def _value(name: str, text: str) -> object:
    return int(text) if name in _TYPED and re.fullmatch("[0-9]{1,9}", text) else text


def _write_areas(document: JsonObject) -> dict[str, str]:
    return {"areas": "\n".join(f"{area['name']}{_COLON} {_rds_words(area)}" for area in document["areas"])}


def _rds_words(area: JsonObject) -> str:
    return " ".join(area["rds"]) + (f" {_BAR} {_NOT_PATROLLED}" if area.get("patrolled") is False else "")


def _read_areas(form: Mapping[str, str]) -> JsonObject:
    return {"areas": [_area(line) for line in lines_in(form.get("areas", ""))]}


def _area(line: str) -> JsonObject:
    name, _, rest = line.partition(_COLON)
    rds, _, mark = rest.partition(_BAR)
    is_marked = mark.strip().casefold() == _NOT_PATROLLED
    area: JsonObject = {"name": name.strip(), "rds": re.findall(r"[^\s,]+", rds if is_marked else rest)}
    return area | ({"patrolled": False} if is_marked else {})


def _write_cards(document: JsonObject) -> dict[str, str]:
    cards = (f"[{card['language']}] {card['label']}\n{card['text']}" for card in document.get("cards", ()))
    return {"cards": "\n\n".join(cards)}


def _read_cards(form: Mapping[str, str]) -> JsonObject:
    cards: list[JsonObject] = []
    for line in form.get("cards", "").replace("\r\n", "\n").split("\n"):
        if header := _HEADER.fullmatch(line.strip()):
            cards.append({"language": header[1].strip(), "label": header[2].strip(), "text": ""})
        elif cards:
            cards[-1]["text"] += line.rstrip() + "\n"
        elif line.strip():
            cards.append({"language": "", "label": "", "text": line})
    return {"cards": [card | {"text": card["text"].strip("\n")} for card in cards]}


def _read_reasons(form: Mapping[str, str]) -> JsonObject:
    return {"return_reasons": lines_in(form.get("return_reasons", ""))}


def _read_document(form: Mapping[str, str]) -> JsonObject:
    try:
        found = read_json(form.get("document", "").encode())
    except MalformedJson as problem:
        raise ValueError(f"That is not JSON: {problem}.") from None
    if not isinstance(found, dict):
        raise ValueError("The reference data are a JSON object; this is something else.")  # noqa: TRY004 - told to a person
    return found


_STATION = (
    "station",
    "code",
    "time_zone",
    "clearance_code",
    "clearance_meaning",
    "person_pattern",
    "unit_pattern",
    "tag_pattern",
    "keep_days",
    "logged_late_minutes",
    "partner_minutes",
)
_ALL: tuple[Part, ...] = (
    _plain(*_STATION),
    Part("areas", ("areas",), _write_areas, _read_areas),
    _items("watches", ("name", "label", "starts", "minutes")),
    _items("settings", ("name", "label", "always_source")),
    _items("topics", ("name", "label")),
    Part("cards", ("cards",), _write_cards, _read_cards),
    Part(
        "reasons",
        ("return_reasons",),
        lambda document: {"return_reasons": "\n".join(document.get("return_reasons", ()))},
        _read_reasons,
    ),
    Part(
        "mdc",
        ("mdc_line",),
        lambda document: {"mdc_line": document.get("mdc_line", "")},
        lambda form: {"mdc_line": form.get("mdc_line", "").strip()},
        is_lines=False,
    ),
    Part(
        "document",
        (),
        lambda document: {"document": json.dumps(document, ensure_ascii=False, indent=2)},
        _read_document,
    ),
)
PARTS: Mapping[str, Part] = {part.name: part for part in _ALL}


def lines_in(text: str) -> list[str]:
    """The lines of a form's text that are not empty."""
    return [line.strip() for line in text.splitlines() if line.strip()]


def changed(document: JsonObject, part: Part, form: Mapping[str, str]) -> JsonObject:
    """The document with one part as a form has it. Raises ValueError with a sentence."""
    found = part.read(form)
    return found if part.name == "document" else document | found


@dataclass(frozen=True, slots=True)
class Difference:
    """What one place says before and after; empty where it is not there."""

    place: str
    before: str
    after: str


def differences(before: JsonObject, after: JsonObject) -> list[Difference]:
    """What differs between two documents, each place once, in the order of the parts."""
    old, new = dict(_places(before)), dict(_places(after))
    places = dict.fromkeys([*old, *new])
    return [
        Difference(place, old.get(place, ""), new.get(place, ""))
        for place in places
        if old.get(place, "") != new.get(place, "")
    ]


def _places(document: JsonObject) -> Iterable[tuple[str, str]]:
    for name, value in document.items():
        if not isinstance(value, list):
            yield name, str(value)
        elif name == "areas":
            yield from ((f"areas: {area['name']}", _rds_words(area)) for area in value)
        elif name == "return_reasons":
            yield name, "; ".join(value)
        else:
            yield from (_place(name, item) for item in value)


def _place(name: str, item: JsonObject) -> tuple[str, str]:
    key, *others = item.values()
    return f"{name}: {key}", " | ".join(str(other) for other in others)
