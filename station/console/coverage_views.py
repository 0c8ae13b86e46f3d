"""Coverage as its page and its CSV show it. Pure."""

import csv
import io
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from station.console.coverage_texts import BY_WORDS, ENTRY_WORDS, TEXTS, WEEKDAYS
from station.coverage_counts import By, Coverage, Entry
from station.csvs import cell
from sync.reference import Reference

_HOURS = 24


@dataclass(frozen=True, slots=True)
class RdRow:
    """An RD ("" for contacts without one): its contacts, in all and in each setting, and the last date that it had one.

    `days` is how many before the end of the span that was.
    """

    rd: str
    area: str
    count: int
    last: str
    days: str
    settings: list[int]


@dataclass(frozen=True, slots=True)
class AreaRow:
    """An area: its contacts, and in how many of its RDs there were any; none of them if nobody patrols it."""

    area: str
    count: int
    reached: int
    rds: int


@dataclass(frozen=True, slots=True)
class Bar:
    """A count with its share of the largest beside it, in hundredths."""

    label: str
    count: int
    width: int


@dataclass(frozen=True, slots=True)
class Bars:
    """The contacts by one thing, each value named."""

    by: By
    title: str
    bars: list[Bar]


def missed_rds(found: Coverage, reference: Reference, area: str | None) -> list[str]:
    """The RDs where somebody should go to look, and where there was no contact; in an area that nobody patrols there is none."""
    return [
        rd
        for name, rds in reference.areas.items()
        if area in {None, name} and name not in reference.unpatrolled
        for rd in rds
        if not found.of(rd)
    ]


def rows_of(
    found: Coverage, reference: Reference, area: str | None, before: Mapping[str, date | None], last: date
) -> list[RdRow]:
    """The RDs in the station's order, then those that are not in its list, and contacts without one.

    `before` has those without a contact that are missed, each with the date on which it had its last one.
    """
    listed = [rd for name, rds in reference.areas.items() if area in {None, name} for rd in rds]
    everywhere = {rd for rds in reference.areas.values() for rd in rds}
    others = sorted(found.counts.keys() - everywhere, key=lambda rd: (not rd, rd))
    shown = [rd for rd in listed if found.of(rd) or rd in before] + ([] if area else others)
    settings = _labels(found, reference)[By.SETTING]
    areas = {rd: name for name, rds in reference.areas.items() for rd in rds}

    def row(rd: str) -> RdRow:
        counts, latest = found.by(By.SETTING, [rd]), found.last.get(rd) or before.get(rd)
        return RdRow(
            rd=rd,
            area=areas.get(rd, ""),
            count=counts.total(),
            last=latest.isoformat() if latest else "",
            days=str((last - latest).days) if latest else "",
            settings=[counts[name] for name in settings],
        )

    return [row(rd) for rd in shown]


def setting_labels(found: Coverage, reference: Reference) -> list[str]:
    """The settings that an RD's contacts are counted by."""
    return [*_labels(found, reference)[By.SETTING].values()]


def without_words(rows: Iterable[RdRow]) -> list[tuple[str, str]]:
    """The missed RDs of each area, each with when it had its last contact."""
    found: dict[str, list[str]] = {}
    for row in rows:
        if not row.count:
            when = f"{TEXTS['last_on']} {row.last}" if row.last else TEXTS["never"]
            found.setdefault(row.area, []).append(f"{row.rd} ({when})")
    return [(area, ", ".join(rds)) for area, rds in found.items()]


def area_rows(found: Coverage, reference: Reference) -> list[AreaRow]:
    """The areas in the station's order, and what lies in none."""
    rows = [
        AreaRow(
            area,
            sum(map(found.of, rds)),
            sum(1 for rd in rds if found.of(rd)),
            0 if area in reference.unpatrolled else len(rds),
        )
        for area, rds in reference.areas.items()
    ]
    others = sum(map(found.of, found.counts)) - sum(row.count for row in rows)
    return rows + ([AreaRow(TEXTS["not_listed"], others, 0, 0)] if others else [])


def bars_of(found: Coverage, reference: Reference, rds: Collection[str] | None) -> list[Bars]:
    """The contacts by everything else that they are counted by, of all RDs or some."""
    return [
        Bars(by, BY_WORDS[by], _bars(found.by(by, rds), labels)) for by, labels in _labels(found, reference).items()
    ]


def coverage_csv(rows: Iterable[RdRow], found: Coverage, reference: Reference) -> str:
    """The table as CSV: an RD in a line, with its contacts by everything that they are counted by."""
    labels = _labels(found, reference)
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    names = [f"{by.value} {value}" for by, values in labels.items() for value in values]
    writer.writerow(["rd", "area", "contacts", "last_contact", "days_since", *map(cell, names)])
    for row in rows:
        counts = found.counts.get(row.rd, {})
        each = [counts.get(by, {}).get(value, 0) for by, values in labels.items() for value in values]
        writer.writerow([*map(cell, (row.rd, row.area)), row.count, row.last, row.days, *each])
    return out.getvalue()


def _labels(found: Coverage, reference: Reference) -> dict[By, dict[str, str]]:
    """Every value that is counted by, with its label: those of the reference data, and those that only contacts still have."""
    watches = {name: watch.label for name, watch in reference.watches.items()}
    for name in sorted(found.by(By.WATCH).keys() - watches.keys()):
        watch = reference.watch_named(name)
        watches[name] = name if watch is None else watch.label
    settings = [*reference.settings, *sorted(found.by(By.SETTING).keys() - reference.settings.keys())]
    late = int(reference.late.total_seconds()) // 60
    return {
        By.SETTING: {name: reference.label_of(name) for name in settings},
        By.WATCH: watches,
        By.ENTRY: {entry.value: ENTRY_WORDS[entry].format(minutes=late) for entry in Entry},
        By.WEEKDAY: {str(number): name for number, name in enumerate(WEEKDAYS)},
        By.HOUR: {str(hour): f"{hour:02}:00" for hour in range(_HOURS)},
    }


def _bars(counts: Mapping[str, int], labels: Mapping[str, str]) -> list[Bar]:
    most = max(counts.values(), default=0)
    return [
        Bar(label, counts.get(name, 0), round(100 * counts.get(name, 0) / most) if most else 0)
        for name, label in labels.items()
    ]
