"""What the device knows of itself and of its station."""

from dataclasses import asdict, dataclass, fields, replace
from uuid import uuid4

from field_app.store.records import RecordStore
from sync.canonical import JsonObject
from sync.signing import new_private_key
from sync.trust import Trust

_IDENTITY, _STATION, _CHALLENGE = "identity", "station", "challenge"


@dataclass(frozen=True, slots=True)
class Identity:
    """The device's own id, the same for the life of the store, and its private key (hexadecimal) when it was read."""

    device: str
    private_key: str


@dataclass(frozen=True, slots=True)
class EnrolledAt:
    """The station that this device is enrolled at, under the name that the station gave it.

    `authority` is the PEM text of the certificate authority to trust for this station alone, or None for the public ones;
    `pins` name it if it is the station's own, and then what it has for certificates by now can be learned;
    `recovery_key` the public key to seal to what only the station shall open, None where an older one gave none.
    """

    address: str
    station: str
    name: str
    authority: str | None
    recovery_key: str | None = None
    pins: tuple[str, ...] = ()

    @property
    def trust(self) -> Trust:
        """Whom to believe at its address."""
        return Trust(self.authority, self.pins)


def is_other(before: EnrolledAt, after: EnrolledAt) -> bool:
    """Whether these are two stations, not one: its key outlives addresses, certificates and backups."""
    if before.recovery_key is None or after.recovery_key is None:
        return before.station != after.station
    return before.recovery_key != after.recovery_key


class Device:
    """Identity, station and the challenge to sign next, in the store."""

    def __init__(self, store: RecordStore) -> None:
        self._store = store
        self._identity: Identity | None = None

    def identity(self) -> Identity:
        """The device's identity; made at first need, by one process only."""
        if self._identity is None:  # read once: the id never changes, and every tap needs it
            self._identity = self._read_identity()
        return self._identity

    def private_key(self) -> str:
        """The key to sign with now; another program may have taken the next one meanwhile."""
        return str(self._note()["private_key"])

    def previous_key(self) -> str | None:
        """The private key before this one, None if there was none."""
        return self._note().get("previous_private_key")

    def next_key(self) -> str:
        """The private key that shall follow, durably kept before anybody hears of it; the same until it is taken."""
        note = self._note()
        if "next_private_key" not in note:
            note = {**note, "next_private_key": new_private_key()}
            self._store.keep_note(_IDENTITY, note)
        return str(note["next_private_key"])

    def take_next_key(self, announced: str) -> None:
        """Sign with the next key from now on, if it is the one that was announced, and not another program's."""
        note = dict(self._note())
        following = note.pop("next_private_key", None)
        if following != announced:
            return
        self._store.keep_note(
            _IDENTITY, {**note, "private_key": following, "previous_private_key": note["private_key"]}
        )
        self._identity = None

    def _read_identity(self) -> Identity:
        note = self._note()
        return Identity(note["device"], note["private_key"])

    def _note(self) -> JsonObject:
        return self._store.note(_IDENTITY) or self._store.note_or_new(
            _IDENTITY, lambda: {"device": str(uuid4()), "private_key": new_private_key()}
        )

    def station(self) -> EnrolledAt | None:
        """Where the device is enrolled, or None."""
        note = self._store.note(_STATION)
        if note is None:
            return None
        known = {
            each.name: note[each.name] for each in fields(EnrolledAt) if each.name in note
        }  # a newer version notes more
        return EnrolledAt(**{**known, "pins": tuple(known.get("pins", ()))})

    def enrolled(self) -> tuple[EnrolledAt | None, int]:
        """Where the device is enrolled, and how often it has come from one station to another: both of one moment."""
        with self._store.reading():
            return self.station(), self._store.standing().enrolments

    def enrol_at(self, station: EnrolledAt, challenge: str) -> None:
        """Keep where the device is enrolled now."""
        with self._store.writing():
            before, notes = self.station(), {_CHALLENGE: {"challenge": challenge}, _STATION: _note_of(station)}
            if before is not None and is_other(before, station):
                self._store.begin_elsewhere(notes)
            else:
                self._store.keep_notes(notes)

    def keep_authority(self, asked: EnrolledAt, certificates: str) -> None:
        """Keep the certificates (PEM) of a station's own authority, held against its pins before, while it is this one."""
        with self._store.writing():
            station = self.station()
            if station is not None and not is_other(asked, station):
                self._keep(replace(station, authority=certificates))

    def keep_from(self, enrolments: int, challenge: str, pins: tuple[str, ...]) -> None:
        """Keep what a station's receipt carried, unless another program has enrolled the device elsewhere meanwhile.

        `enrolments` is what `enrolled` said of the station that was asked.
        """
        with self._store.writing():
            if enrolments == self._store.standing().enrolments:
                self.keep_challenge(challenge)
                self.keep_pins(pins)

    def keep_pins(self, pins: tuple[str, ...]) -> None:
        """Keep by what the station's own authority is known from now on, as the station itself has said."""
        station = self.station()
        # A station with another authority's certificate hands out no pins; one without pins here is trusted otherwise.
        if station is not None and station.pins and pins and station.pins != pins:
            self._keep(replace(station, pins=pins))

    def _keep(self, station: EnrolledAt) -> None:
        self._store.keep_note(_STATION, _note_of(station))

    def challenge(self) -> str:
        """The challenge to sign next; one that the station never gave costs one more round trip, no more."""
        note = self._store.note(_CHALLENGE)
        return "none" if note is None else str(note["challenge"])

    def keep_challenge(self, challenge: str) -> None:
        """Keep the challenge that the last receipt carried."""
        self._store.keep_note(_CHALLENGE, {"challenge": challenge})


def _note_of(station: EnrolledAt) -> JsonObject:
    return {**asdict(station), "pins": list(station.pins)}
