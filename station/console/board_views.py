"""The board as its page shows it. Pure."""

from dataclasses import dataclass
from datetime import datetime

from station.boards import Coverage, Run
from station.console.device_texts import SIGN_WORDS
from station.console.words import day_words, span_words
from station.device_states import DeviceFacts, Sign
from sync.reference import Reference


@dataclass(frozen=True, slots=True)
class RdRow:
    """An RD where there was a contact: its area, how many, and in which settings."""

    rd: str
    area: str
    count: int
    settings: str


@dataclass(frozen=True, slots=True)
class RunWords:
    """A running watch: its contacts by setting, every setting named, and by RD; and where there was none yet."""

    watch: str
    on: str
    total: int
    settings: list[tuple[str, int]]
    rds: list[RdRow]
    without: list[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class HeardRow:
    """A device, and how long it was not heard."""

    id: str
    name: str
    unit: str
    unheard: str
    ready: int


def run_words(run: Run, found: Coverage, reference: Reference, missing: str) -> RunWords:
    """A running watch in words; `missing` is what a contact without an RD is shown under."""
    by_setting, by_rd = found.by_setting(), found.by_rd()
    names = [*reference.settings, *sorted(by_setting.keys() - reference.settings.keys())]
    rows = [
        RdRow(rd or missing, (reference.area_of(rd) or "") if rd else "", count, _settings(found, rd, names, reference))
        for rd, count in sorted(by_rd.items(), key=lambda item: (item[0] is None, item[0] or ""))
    ]
    patrolled = ((area, rds) for area, rds in reference.areas.items() if area not in reference.unpatrolled)
    without = [(area, ", ".join(rd for rd in rds if rd not in by_rd)) for area, rds in patrolled]
    return RunWords(
        watch=run.watch.label,
        on=day_words(run.on),
        total=found.total,
        settings=[(reference.label_of(name), by_setting[name]) for name in names],
        rds=rows,
        without=[(area, rds) for area, rds in without if rds],
    )


def heard_row(device: DeviceFacts, now: datetime) -> HeardRow:
    """A device in words."""
    unheard = (
        SIGN_WORDS[Sign.NEVER_HEARD] if device.heard_at is None else span_words((now - device.heard_at).total_seconds())
    )
    return HeardRow(str(device.id), device.name, device.unit or "", unheard, device.ready)


def _settings(found: Coverage, rd: str | None, names: list[str], reference: Reference) -> str:
    counts = [(name, found.counts[rd, name]) for name in names]
    return ", ".join(f"{reference.label_of(name)} {count}" for name, count in counts if count)
