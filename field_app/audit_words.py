"""What the station's audit says, in words that a deputy can read out. Pure, but for asking the store in `notices`."""

from collections.abc import Sequence

from field_app.logbook import Logbook
from field_app.store.records import RecordStore
from field_app.store.settling import Standing
from sync.audit import Range, numbers_in

RESTORED = "The station was restored from a backup. Everything of the last days is sent again by itself."
MOVED = "This device is new at its station. What it holds of the last days is sent there as well, by itself."
# The first ones tell a person at the station where to look; a longer list nobody reads out.
_RANGES_MAX = 3


def notices(store: RecordStore, logbook: Logbook) -> tuple[str, ...]:
    """What a person should know of how the device stands with its station: nothing, as a rule."""
    standing = store.standing()
    found = catching_up(standing, store.first_on_its_way())
    missing = missing_since(standing.enrolled_after, numbers_in(standing.missing, store.on_their_way()))
    if missing:
        found.append(missing_words(standing.said, standing.held, missing, is_here=logbook.page().has_any(missing)))
    return (*found, *logbook.page().returned_worksheets())


def catching_up(standing: Standing, first_on_its_way: int | None) -> list[str]:
    """Why contacts that were sent before are sent again, while they are."""
    if first_on_its_way is None:
        return []
    if first_on_its_way <= standing.restored_through:
        return [RESTORED]
    return [MOVED] if first_on_its_way <= standing.enrolled_after else []


def caught_up_words(before: Standing, after: Standing) -> str | None:
    """What a person should know after a send in which the station turned out to be another than it was."""
    if after.epoch == before.epoch:
        return None
    return RESTORED if before.epoch is not None else MOVED if after.enrolled_after else None


def missing_since(number: int, missing: Sequence[Range]) -> tuple[Range, ...]:
    """The ranges above a number: what was before belongs to another station."""
    return tuple((max(first, number + 1), last) for first, last in missing if last > number)


def missing_words(said: int, held: int, missing: Sequence[Range], *, is_here: bool) -> str:
    """That the station lacks something that is not on its way to it."""
    shown = ", ".join(str(first) if first == last else f"{first}–{last}" for first, last in missing[:_RANGES_MAX])  # noqa: RUF001 - a range has an en dash
    more = " and more" if len(missing) > _RANGES_MAX else ""
    where = "still on this device" if is_here else "not on this device any more"
    return f"The station holds {held} of {said}; missing {shown}{more}, {where}: tell the station."
