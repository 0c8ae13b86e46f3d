"""What is wrong with a document of reference data, in sentences that name each bad place. Pure."""

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import time
from typing import Any
from zoneinfo import ZoneInfo

from sync import fields
from sync.canonical import JsonObject, canonical_bytes
from sync.fields import Field
from sync.limits import CODE_CHARACTERS_MAX, MINUTES_MAX, REASON_CHARACTERS_MAX, REFERENCE_BYTES_MAX, SETTINGS_MAX
from sync.mdc_lines import MDC_NAMES, unknown_names
from sync.records import Source

# A day has few watches, a station few areas; a county's station has some hundred RDs.
_WATCHES_MAX, _AREAS_MAX, _RDS_MAX = 6, 40, 1_000
# As many as a person chooses from on a screen; languages as many as a card is printed in.
_TOPICS_MAX, _CARDS_MAX, _REASONS_MAX = 20, 12, 30
# A card is the size of a visiting card, printed on both sides.
_CARD_CHARACTERS_MAX, _CARD_LINES_MAX = 1_200, 30
_LABEL_CHARACTERS_MAX, _STATION_CHARACTERS_MAX, _PATTERN_CHARACTERS_MAX, _LINE_CHARACTERS_MAX = 60, 80, 60, 200
_WEEK_MINUTES, _YEAR_DAYS = 7 * MINUTES_MAX, 366

_LABEL = fields.text(_LABEL_CHARACTERS_MAX)
# Names as a contact's record takes them.
_NAME = fields.text(
    40, pattern="[a-z]+(-[a-z]+)*", like="lower-case letters with single hyphens between, like coffee-shop"
)
_WATCH_NAME = fields.text(CODE_CHARACTERS_MAX, pattern="[a-z0-9]+", like="lower-case letters and digits, like day")
_RD = fields.text(CODE_CHARACTERS_MAX, pattern="[0-9A-Z]+", like="digits and capital letters, like 0454")
_LANGUAGE = fields.text(12, pattern="[a-z]{2,3}(-[A-Za-z0-9]{2,8})?", like="a language tag, like en or es")
# No stars and no brackets that repeat: a pattern like this is decided at once, whatever it is given.
_PATTERN = fields.text(_PATTERN_CHARACTERS_MAX, pattern=r"[0-9A-Za-z\[\]{},-]+", like="a pattern like [0-9]{6}")


def _read_pattern(value: Any) -> str:  # noqa: ANN401 - decoded JSON
    found: str = _PATTERN.read(value)
    try:
        re.compile(found)
    except (re.error, OverflowError) as problem:  # the second for a number of times beyond all measure
        raise ValueError(f"must be a pattern like [0-9]{{6}} ({problem})") from None
    return found


def _read_zone(value: Any) -> str:  # noqa: ANN401 - decoded JSON
    try:
        return ZoneInfo(value).key
    except (KeyError, ValueError, TypeError, OSError):
        raise ValueError("must be a time zone like America/Los_Angeles") from None


def _read_start(value: Any) -> str:  # noqa: ANN401 - decoded JSON
    try:
        is_good = isinstance(value, str) and time.fromisoformat(value).strftime("%H:%M") == value
    except ValueError:
        is_good = False
    if not is_good:
        raise ValueError("must be a time of day like 06:00")
    return str(value)


def _read_card(value: Any) -> str:  # noqa: ANN401 - decoded JSON
    if not isinstance(value, str) or not value.strip() or len(value) > _CARD_CHARACTERS_MAX:
        raise ValueError(f"must be text of 1 to {_CARD_CHARACTERS_MAX} characters")
    lines = [line for line in value.split("\n") if line]
    if len(lines) > _CARD_LINES_MAX:
        raise ValueError(f"must have {_CARD_LINES_MAX} lines at most")
    for line in lines:
        fields.text(_CARD_CHARACTERS_MAX).read(line)
    return value


def _read_line(value: Any) -> str:  # noqa: ANN401 - decoded JSON
    if value == "":
        return ""
    found: str = fields.text(_LINE_CHARACTERS_MAX).read(value)
    if unknown := unknown_names(found):
        raise ValueError(
            f"names {unknown[0]!r}, which no contact has; use {', '.join(f'{{{name}}}' for name in MDC_NAMES)}"
        )
    return found


def _read_map(value: Any) -> str:  # noqa: ANN401 - decoded JSON
    return "" if value == "" else str(fields.hexadecimal(64).read(value))


def _read_whether(value: Any) -> bool:  # noqa: ANN401 - decoded JSON
    if not isinstance(value, bool):
        raise ValueError("must be true or false")  # noqa: TRY004 - a reader's refusal, as in fields.py
    return value


def _plain(read: Callable[[Any], Any], *, required: bool = True) -> Field:
    return Field(read, fields.as_it_is, required)


_TOP: Mapping[str, Field] = {
    "station": fields.text(_STATION_CHARACTERS_MAX),
    "code": fields.text(CODE_CHARACTERS_MAX),
    "time_zone": _plain(_read_zone),
    "clearance_code": fields.text(10, pattern="[0-9A-Z]+", like="digits and capital letters, like 755"),
    "clearance_meaning": fields.text(_LABEL_CHARACTERS_MAX, required=False),
    "person_pattern": _plain(_read_pattern),
    "unit_pattern": _plain(_read_pattern),
    "tag_pattern": _plain(_read_pattern),
    "keep_days": fields.whole(1, _YEAR_DAYS),
    "logged_late_minutes": fields.whole(1, _WEEK_MINUTES),
    "partner_minutes": fields.whole(0, MINUTES_MAX),
    "mdc_line": _plain(_read_line, required=False),
    "rd_map": _plain(_read_map, required=False),
}
# The lists: how many items, by which member each is known, and the members of an item.
_LISTS: Mapping[str, tuple[int, int, str, Mapping[str, Field]]] = {
    "settings": (
        1,
        SETTINGS_MAX,
        "name",
        {
            "name": _NAME,
            "label": _LABEL,
            "always_source": Field(fields.one_of(Source).read, str, required=False),
        },
    ),
    "watches": (
        1,
        _WATCHES_MAX,
        "name",
        {"name": _WATCH_NAME, "label": _LABEL, "starts": _plain(_read_start), "minutes": fields.whole(1, MINUTES_MAX)},
    ),
    "areas": (
        1,
        _AREAS_MAX,
        "name",
        {"name": _LABEL, "rds": _plain(lambda value: value), "patrolled": _plain(_read_whether, required=False)},
    ),
    "topics": (0, _TOPICS_MAX, "name", {"name": _NAME, "label": _LABEL}),
    "cards": (0, _CARDS_MAX, "language", {"language": _LANGUAGE, "label": _LABEL, "text": _plain(_read_card)}),
}
_REASONS = "return_reasons"
_OTHER = "other"


def problems_in(document: object) -> list[str]:
    """Why a document cannot be a version: a sentence for each bad place, none if it can."""
    if not isinstance(document, dict):
        return ["The reference data are a JSON object; this is something else."]
    known = {*_TOP, *_LISTS, _REASONS}
    found = [f"{name!r} is no part of the reference data; leave it out." for name in sorted(set(document) - known)]
    found += _members("", document, _TOP)
    for name, (least, most, key, members) in _LISTS.items():
        found += _list(name, document.get(name, [] if least == 0 else None), least, most, key, members)
    found += _reasons(document.get(_REASONS, []))
    if not found:
        found += _whole(document)
    return found


def _members(where: str, item: JsonObject, members: Mapping[str, Field]) -> Iterator[str]:
    for name, member in members.items():
        value = item.get(name)
        if value is None and (not member.required and name not in item):
            continue
        try:
            member.read(value)
        except ValueError as problem:
            yield f"{where}{name} {problem}."


def _list(name: str, items: object, least: int, most: int, key: str, members: Mapping[str, Field]) -> Iterator[str]:
    if not isinstance(items, list) or not least <= len(items) <= most:
        yield f"{name} must be a list of {least} to {most}."
        return
    seen: set[object] = set()
    for number, item in enumerate(items, start=1):
        where = f"{name}, number {number}: "
        if not isinstance(item, dict):
            yield f"{where}must be an object."
            continue
        yield from (f"{where}{other!r} is not known here." for other in sorted(set(item) - set(members)))
        yield from _members(where, item, members)
        if isinstance(item.get(key), str):
            if item[key] in seen:
                yield f"{where}{item[key]!r} is there twice."
            seen.add(item[key])


def _reasons(reasons: object) -> Iterator[str]:
    if not isinstance(reasons, list) or len(reasons) > _REASONS_MAX:
        yield f"{_REASONS} must be a list of 0 to {_REASONS_MAX}."
        return
    for number, words in enumerate(reasons, start=1):
        try:
            fields.text(REASON_CHARACTERS_MAX).read(words)
        except ValueError as problem:
            yield f"{_REASONS}, number {number}: {problem}."
            continue
        if words in reasons[: number - 1]:
            yield f"{_REASONS}, number {number}: {words!r} is there twice."


def _whole(document: JsonObject) -> Iterator[str]:
    """What only shows when every part is well formed."""
    if _OTHER not in {item["name"] for item in document["settings"]}:
        yield "settings: one must be called 'other', for what fits none of them."
    yield from _rds(document["areas"])
    if len(canonical_bytes(document)) > REFERENCE_BYTES_MAX:
        yield f"The reference data have {REFERENCE_BYTES_MAX} bytes at most."


def _rds(areas: list[JsonObject]) -> Iterator[str]:
    lies_in: dict[str, str] = {}
    for area in areas:
        rds = area["rds"]
        if not isinstance(rds, list) or not rds:
            yield f"areas: {area['name']} must have a list of RDs, at least one."
            continue
        for rd in rds:
            try:
                _RD.read(rd)
            except ValueError as problem:
                yield f"areas: {area['name']}: RD {str(rd)[:20]!r} {problem}."
                continue
            if rd in lies_in:
                yield f"areas: {area['name']}: RD {rd} is there already, in {lies_in[rd]}."
            lies_in.setdefault(rd, area["name"])
    if len(lies_in) > _RDS_MAX:
        yield f"areas: a station has {_RDS_MAX} RDs at most."
