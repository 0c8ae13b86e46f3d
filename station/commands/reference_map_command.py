"""reference map: a GeoJSON file of the RDs' shapes, looked at and made the next version's map."""

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from station.commands.office import Office
from station.commands.reference_lines import moment_typed, version_line
from station.database import open_database
from station.geojson import GEOJSON_BYTES_MAX, BadGeojson
from station.happenings import system_user
from station.rd_map_content import RdMap
from station.rd_maps import keep_map
from station.references import NotSaved, document_of, kept_versions, rds_of, save, valid_at
from sync.canonical import JsonObject
from sync.commandline import Exit, Stop, show, show_or_stop
from sync.times import write_time

if TYPE_CHECKING:  # shapely takes longer to load than most commands to run
    from station.rd_map_rules import Judged


def add_to(command: Any) -> None:  # noqa: ANN401 - a function of reference_command.py
    """Add this command to those of `reference`."""
    loading = command("map", _load, open_database, "Make a GeoJSON file of the RDs' shapes the next version's map.")
    loading.add_argument("file", metavar="FILE", type=Path, help="the county's reporting districts, in WGS 84")
    loading.add_argument(
        "--property", metavar="NAME", dest="by", default="", help="what holds the RD; default: what fits"
    )
    loading.add_argument("--from", metavar="DATE", dest="begins", help="2027-01-01 or 2027-01-01T06:00; default: now")
    loading.add_argument(
        "--preview", action="store_true", help="only see what it holds, and whether it can be taken over"
    )


def _load(office: Office, typed: argparse.Namespace) -> Exit:
    from station.rd_map_rules import judged_file  # noqa: PLC0415 - see above

    raw = _read(typed.file)
    begins = None if typed.begins is None else moment_typed(typed.begins, office)
    with office.database.reading() as session:
        kept = kept_versions(session)
        document = document_of(session, valid_at(kept, begins or office.now()).number) or {}
    try:
        judged = judged_file(raw, rds_of(document), typed.by)
    except BadGeojson as problem:
        raise _nothing_changed([str(problem)]) from None
    if judged.map is None:
        raise _nothing_changed(judged.errors)
    found: JsonObject = {"by": judged.by, "warnings": list(judged.warnings), "square_kilometres": _sizes(judged.map)}
    if typed.preview:
        show_or_stop(
            found,
            ["Nothing was changed: the file can be taken over.", *_lines(judged, judged.map)],
            as_json=typed.json,
        )
        return Exit.DONE
    try:
        with office.database.writing() as session:
            changed = document | {"rd_map": keep_map(session, judged.map, system_user(), office.now())}
            made = save(session, changed, begins, system_user(), office.now(), kept[-1].number)
            is_valid = valid_at(kept_versions(session), office.now()).number == made.number
    except NotSaved as refusal:
        raise _nothing_changed(refusal.problems) from None
    said = f"Taken over: {version_line(made, office, is_valid=is_valid)}."
    found |= {"version": made.number, "valid_from": write_time(made.valid_from)}
    show(found, [said, *_lines(judged, judged.map)], as_json=typed.json)
    return Exit.DONE


def _lines(judged: "Judged", rd_map: RdMap) -> list[str]:
    sizes = _sizes(rd_map)
    return [
        f"{len(sizes)} RDs, {sum(sizes.values()):.2f} square km, by the property {judged.by[:40]}.",
        *judged.warnings,
        *(f"RD {rd} · {size:.2f} square km" for rd, size in sizes.items()),
    ]


def _sizes(rd_map: RdMap) -> dict[str, float]:
    from station.rd_map_rules import square_kilometres  # noqa: PLC0415 - see above

    return {rd: round(square_kilometres(shape), 3) for rd, shape in rd_map.shapes.items()}


def _read(file: Path) -> bytes:
    try:
        with file.open("rb") as opened:
            return opened.read(GEOJSON_BYTES_MAX + 1)
    except OSError as problem:
        raise Stop(Exit.BAD_INPUT, f"{file} cannot be read: {problem.strerror}.") from None


def _nothing_changed(problems: Sequence[str]) -> Stop:
    lines = "".join(f"\n  {sentence}" for sentence in problems)
    return Stop(Exit.BAD_INPUT, f"Nothing was changed. This cannot be taken over:{lines}")
