"""What the screens show: one frozen picture of the logbook, taken on the store's thread. No Flet here."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date

from field_app.acknowledging import today_of
from field_app.audit_words import notices
from field_app.briefings import Briefing
from field_app.entries import Entry
from field_app.hand import Hand
from field_app.receipts import Kept
from field_app.shift import Shift
from sync.reference import Reference
from sync.verdicts import State

# What a screen lists; older contacts are on the worksheet, and `contact755 list` shows them all.
ENTRIES_MAX = 200


@dataclass(frozen=True, slots=True)
class View:
    """Who is signed on, what is on the device, and how much of it the station has.

    `version` moves with every write to the store, whichever process made it. `pins` says who has a PIN here, for whoever
    signs on next; None where no PIN is needed. `own` are the latest ENTRIES_MAX of the shift's `own_count` contacts.
    `notices` are what a person should know of the station's audit and of worksheets that were returned; `returned` are
    contacts of the person's earlier shifts that were. `outbox` lists ENTRIES_MAX contacts, what needs attention first.
    `briefings` are those for the person, as they are on the day `today`; `reference` is what the device goes by now.
    """

    version: int = -1
    shift: Shift | None = None
    counts: Mapping[State, int] | None = None
    oldest_ready_minutes: int | None = None
    own: tuple[Entry, ...] = ()
    own_count: int = 0
    returned: tuple[Entry, ...] = ()
    outbox: tuple[Entry, ...] = ()
    pins: frozenset[str] | None = None
    returned_worksheets: tuple[str, ...] = ()
    notices: tuple[str, ...] = ()
    receipts: tuple[Kept, ...] = ()
    today: date = date.min
    briefings: tuple[Briefing, ...] = ()
    reference: Reference | None = None

    def count(self, state: State) -> int:
        """Contacts that stand, in a state."""
        return (self.counts or {}).get(state, 0)


def take_view(hand: Hand) -> View:
    """The picture as it is now. Reads the store: call it on the store's thread."""
    version = hand.store.version()
    hand.catch_up()
    shift = hand.logbook.shift()
    page, today = hand.logbook.page(), today_of(hand)
    return View(
        version=version,
        shift=shift,
        counts=page.counts(),
        oldest_ready_minutes=_minutes(hand.logbook.oldest_ready_seconds()),
        own=() if shift is None else page.latest(ENTRIES_MAX, shift),
        own_count=0 if shift is None else page.count_in(shift),
        returned=() if shift is None else page.returned(shift),
        outbox=page.outbox(ENTRIES_MAX),
        pins=_pins(hand, shift),
        returned_worksheets=() if shift is None else page.returned_worksheets(),
        notices=notices(hand.store, hand.logbook),
        receipts=page.receipts(),
        today=today,
        briefings=() if shift is None else page.briefings(shift, today),
        reference=hand.current,
    )


def refreshed(view: View, hand: Hand) -> View:
    """The same picture if nothing was written since and the day is the same, but for the age of the oldest and PINs; else a new one."""
    if hand.store.version() != view.version or today_of(hand) != view.today:
        return take_view(hand)
    return replace(
        view,
        oldest_ready_minutes=_minutes(hand.logbook.oldest_ready_seconds()),
        pins=_pins(hand, view.shift),  # a PIN may be set by another program, which writes nothing to the store
        reference=hand.current,
    )


def _pins(hand: Hand, shift: Shift | None) -> frozenset[str] | None:
    return hand.keyring.pins() if shift is None else None


def _minutes(seconds: int | None) -> int | None:
    return None if seconds is None else seconds // 60
