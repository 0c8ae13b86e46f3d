"""Which feature of a file is which RD of the station's list: by one property, named or found. Pure."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from station.geojson import BadGeojson, Feature

# How counties call it; other properties that fit are taken only if they fit better.
_LIKE_AN_RD = re.compile(r"rd|rd.?n(o|um(ber)?)|rep.*dist.*|reporting.*", re.IGNORECASE)
# Counties' files have some dozens of properties; twelve, shortened, are named in a sentence.
_PROPERTIES_MAX, _NAMED_MAX, _CHARACTERS_MAX = 200, 12, 40


@dataclass(frozen=True, slots=True)
class Numbered:
    """The property that was gone by; the features of each RD of the list; and the numbers that are not in it."""

    by: str
    features: Mapping[str, list[Feature]]
    others: list[str]


def numbered(features: Sequence[Feature], rds: Sequence[str], asked: str = "") -> Numbered:
    """Give the features their RDs, by the property asked for, or else by the one that fits best. Raises BadGeojson."""
    names = list(dict.fromkeys(name for feature in features for name in feature.properties))[:_PROPERTIES_MAX]
    known = ", ".join(name[:_CHARACTERS_MAX] for name in names[:_NAMED_MAX]) or "none"
    if asked and asked not in names:
        raise BadGeojson(f"No feature has a property {asked[:_CHARACTERS_MAX]!r}. There are: {known}.")
    listed = _spellings(rds)
    by = asked or max(names, key=lambda name: _fit(name, features, listed), default="")
    found: dict[str, list[Feature]] = {}
    others: list[str] = []
    for feature in features:
        number = _text(feature.properties.get(by))
        rd = listed.get(number) or listed.get(_bare(number))
        if rd is None:
            others.append(number)
        else:
            found.setdefault(rd, []).append(feature)
    if not found:
        nowhere = (
            f"The property {by[:_CHARACTERS_MAX]!r} holds no RD" if asked else "No property of the features holds an RD"
        )
        raise BadGeojson(
            f"{nowhere} of the station's list. There are: {known}. Choose another, or change the list first."
        )
    return Numbered(by, {rd: found[rd] for rd in rds if rd in found}, others)


def _fit(name: str, features: Sequence[Feature], listed: Mapping[str, str]) -> tuple[int, bool, int]:
    """How well a property fits: RDs spelled as in the list first, then by its name, then those that lost their zeros."""
    texts = {_text(feature.properties.get(name)) for feature in features}
    exact = {text for text in texts if listed.get(text) == text}
    loose = {listed[_bare(text)] for text in texts if _bare(text) in listed}
    return len(exact), bool(loose) and _LIKE_AN_RD.fullmatch(name) is not None, len(loose)


def _spellings(rds: Sequence[str]) -> dict[str, str]:
    """The RDs as they are, and without leading zeros, which a spreadsheet takes away, where that is one RD only."""
    bare = [_bare(rd) for rd in rds]
    return {short: rd for short, rd in zip(bare, rds, strict=True) if bare.count(short) == 1} | {rd: rd for rd in rds}


def _bare(text: str) -> str:
    return text.lstrip("0")


def _text(value: object) -> str:
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value).strip() if isinstance(value, str | int) and not isinstance(value, bool) else ""
