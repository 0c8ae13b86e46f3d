"""What every command holds in its hand: the open store and what stands on it."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from field_app.clock import Clock
from field_app.device import Device, EnrolledAt
from field_app.entries import Entry
from field_app.keys.faults import KeysDamaged
from field_app.keys.here import keyring_here
from field_app.keys.keyring import STORE_NAME, Keyring, Need
from field_app.logbook import Logbook
from field_app.moments import local_text
from field_app.references import DeviceVersions
from field_app.refusals import BadInput, NotSignedOn
from field_app.rotating import Connect, announce_again
from field_app.sending import Sending
from field_app.store.faults import StoreLocked
from field_app.store.journal import JournalDB
from field_app.store.records import RecordStore
from sync.planning import Plan
from sync.records import Worksheet
from sync.reference import Reference
from sync.signing import sign
from sync.times import write_time

if TYPE_CHECKING:
    from sync.client import StationClient

_KEYS_GONE = (
    "This store is sealed, and keys.json is gone from its data folder. Put it (or keys-copy.json) back; do not delete "
    "the store."
)


@dataclass(frozen=True, slots=True)
class Hand:
    """The store, the logbook over it, and what they need."""

    store: RecordStore
    logbook: Logbook
    device: Device
    clock: Clock
    reference: Reference
    keyring: Keyring
    policy: str
    renew_keys: Callable[[], None]

    @property
    def current(self) -> Reference:
        """The reference data that are valid now, as far as this device has heard."""
        known = self.reference.known()
        return known[0] if len(known) == 1 else self.reference.at(self.clock.now())  # one alone is always valid

    def catch_up(self) -> None:
        """Take in what the station has told of the reference data. For the store's thread. Raises StoreFault."""
        if isinstance(self.reference.timeline, DeviceVersions):
            self.reference.timeline.catch_up()

    def client(
        self, station: EnrolledAt, learned: Callable[[str], None] | None = None, private_key: str | None = None
    ) -> "StationClient":
        """A connection to a station, with this device's key. `learned` hears of its authority's new certificates."""
        from sync.client import StationClient  # noqa: PLC0415 - loads requests, for which no tap at a terminal need wait

        private_key = private_key or self.device.private_key()
        return StationClient(
            station.address,
            lambda message: sign(private_key, message),
            station.trust,
            learned=learned or partial(self.device.keep_authority, station),
        )

    def sign_in(self, person: str, pin: str, pin_again: str) -> None:
        """Before a sign-on: the person's PIN, or a first one, typed twice; nothing where the store needs none.

        Raises BadInput, NotOpened, StoreFault.
        """
        if self.keyring.need(person) is Need.NEW_PIN and pin != pin_again:
            raise BadInput("The two PINs are not the same. Type the new PIN twice.")
        self.keyring.sign_in(person, pin)
        self.renew_keys()  # the first PIN brings a new data key, and what comes is sealed under it

    def needs_pin_to_sign(self) -> bool:
        """Whether a worksheet of this store is signed with a PIN; an unsealed store has none. Raises StoreFault."""
        return self.keyring.pins() is not None

    def sign_worksheet(self, pin: str) -> list[Worksheet]:
        """The person signed on confirms what this device holds of their worksheet; each is on the disk then.

        Raises BadInput, NotOpened, NotSignedOn, StoreFault.
        """
        shift = self.logbook.shift()
        if shift is None:
            raise NotSignedOn
        if self.needs_pin_to_sign() and shift.person not in self.keyring.people():
            raise BadInput(f"{shift.person} has no PIN here to sign with. End the shift without signing.")
        private_key = self.keyring.private_key_of(shift.person, pin) if self.needs_pin_to_sign() else None
        return self.logbook.confirm(private_key)

    def let_station_recover(self) -> None:
        """See that the station where the device is enrolled can open the store, should every PIN be forgotten."""
        station = self.device.station()
        if station is not None:
            self.keyring.seal_to_station(station.recovery_key)

    def note_new_key(self) -> None:
        """Write something under the newest key: programs that run meanwhile learn of it from that."""
        self.store.keep_note("key", {"changed_at": write_time(self.clock.now())})

    def entry_json(self, entry: Entry) -> dict[str, Any]:
        """A contact for a program."""
        contact, zone = entry.contact, self.current.zone
        return {
            "id": contact.id,
            "state": entry.state.value,
            "stands": entry.stands,
            "at": local_text(contact.claimed_at, zone),
            "entered_at": local_text(contact.entered_at, zone),
            "person": contact.person,
            "role": contact.role.value,
            "watch": contact.watch,
            "unit": contact.unit,
            "setting": contact.setting,
            "source": contact.source.value,
            "rd": contact.rd,
            "tag": contact.tag,
            "people": contact.people,
            "cards": contact.cards,
            "minutes": contact.minutes,
            "note": contact.note,
            "corrects": contact.corrects,
            "missing": [flag.removesuffix("-missing") for flag in entry.missing],
            "reason": entry.reason,
            "receipt": entry.receipt,
            "returned": entry.is_returned,
        }


@contextmanager
def open_hand(folder: Path, clock: Clock, reference: Reference, keyring: Keyring | None = None) -> Iterator[Hand]:
    """Open the store under a data folder with the keys that its keyring gives, and close it again.

    A store that is not there yet is made unsealed, unless its keys were made before. Raises StoreLocked, StoreFault.
    """
    ring = keyring or keyring_here(folder, clock)
    keys = ring.data_keys()
    with _opened(folder, keys) as db:
        codec = db.journal.codec
        codec.renew_with(ring.data_keys)
        store = RecordStore(db)
        versions = DeviceVersions(reference, store)
        versions.catch_up()
        reference = versions.at(clock.now())
        logbook, device = Logbook(store, clock, reference), Device(store)
        yield Hand(store, logbook, device, clock, reference, ring, db.journal.policy(), codec.renew)


def _opened(folder: Path, keys: Sequence[bytes]) -> JournalDB:
    try:
        return JournalDB(folder / STORE_NAME, keys[0] if keys else None, keys[1:])
    except StoreLocked:
        if keys:
            raise
        raise KeysDamaged(_KEYS_GONE) from None


def desk_for(hand: Hand, station: EnrolledAt) -> Connect:
    """Where a new key of the device is announced, signed with a private key of choice."""
    return lambda private_key: hand.client(station, private_key=private_key)


def sending_over(
    hand: Hand, station: EnrolledAt, enrolments: int, client: "StationClient", plan: Plan | None = None
) -> Sending:
    """The way to a station (Device.enrolled); one that knows only the device's key before this one is told of it."""
    mend = partial(announce_again, hand.device, desk_for(hand, station), hand.clock.new_id)
    return Sending(hand.store, hand.logbook, hand.clock, client, plan, mend, enrolments)
