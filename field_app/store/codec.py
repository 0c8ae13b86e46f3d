"""Between changes and frames: JSON, and the seal if there is a key."""

import json
from collections.abc import Callable, Iterable, Sequence
from typing import Any, cast

from field_app.store import frames
from field_app.store.changes import Change
from field_app.store.faults import StoreLocked
from field_app.store.frames import Frame
from sync.canonical import NotCanonical
from sync.records import hashed, unhashed
from sync.sealing import SEAL_BYTES, KeyMissing, NotOpened, Sealer

# Gives the keys as they are by now, the newest first. Raises StoreLocked.
AskKeys = Callable[[], Sequence[bytes]]
# Gives a value's JSON in pieces; the number is how deep it stands.
Pieces = Callable[[Any, int], Iterable[str]]
_JSON = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), check_circular=False)


def _pieces_at_once() -> Pieces:
    """What JSONEncoder.encode makes anew at every call, made once: a tap has two microseconds less to do."""
    make: Callable[..., Pieces] | None = getattr(json.encoder, "c_make_encoder", None)
    if make is None:  # a Python without json's part in C
        return lambda value, _: _JSON.iterencode(value)
    return make(None, _JSON.default, json.encoder.encode_basestring, None, ":", ",", False, False, True)  # noqa: FBT003 - C takes no names


_pieces = _pieces_at_once()
# What JSON gives back as it was. Not float (there is more than one NaN), nor what only derives from these.
_UNCHANGED = frozenset((str, int, bool, type(None)))
_NAMES = frozenset((str,))
_LOCKED = "This store is sealed, and its key is not at hand. Sign on with your PIN to open it."


class NotReadable(Exception):
    """A whole frame that says nothing: its seal is broken, or it is not what a store writes."""


class Codec:
    """Turns changes into frames and back. With a key every frame is sealed."""

    def __init__(self, key: bytes | None = None, older_keys: Iterable[bytes] = ()) -> None:
        self._sealer = None if key is None else Sealer(key, older_keys)
        self._ask: AskKeys | None = None

    def renew_with(self, ask: AskKeys) -> None:
        """Ask for the keys again when a frame is sealed under one that came later."""
        self._ask = ask

    def renew(self) -> None:
        """Take the keys as they are now. Raises StoreLocked."""
        keys = () if self._ask is None else self._ask()
        if keys:
            self._sealer = Sealer(keys[0], keys[1:])

    @property
    def is_sealing(self) -> bool:
        """Whether frames are sealed."""
        return self._sealer is not None

    def frame(self, lsn: int, file_number: int, payload: bytes) -> bytes:
        """The bytes of a frame over this payload. Raises ValueError for one that is too long."""
        if len(payload) > frames.PAYLOAD_BYTES_MAX - SEAL_BYTES:
            raise ValueError("Too much for one write: split it into smaller ones.")
        return frames.encode(lsn, file_number, payload, seal=None if self._sealer is None else self._sealer.seal)

    def payload(self, frame: Frame) -> bytes:
        """What a frame carries. Raises StoreLocked without its key, NotReadable."""
        if not frame.is_sealed:
            return frame.body
        if self._sealer is None:
            return self._opened_anew(frame)
        try:
            return self._sealer.open(frame.body, frame.header())
        except KeyMissing:
            return self._opened_anew(frame)
        except NotOpened:
            raise NotReadable from None

    def _opened_anew(self, frame: Frame) -> bytes:
        self.renew()
        if self._sealer is None:
            raise StoreLocked(_LOCKED)
        try:
            return self._sealer.open(frame.body, frame.header())
        except KeyMissing:
            raise StoreLocked(_LOCKED) from None
        except NotOpened:
            raise NotReadable from None

    def changes(self, frame: Frame) -> list[Any]:
        """The changes in a frame. Raises StoreLocked without its key, NotReadable."""
        try:
            found = unpack(self.payload(frame))
        except ValueError:
            raise NotReadable from None
        if not isinstance(found, list):
            raise NotReadable
        return found

    def is_proved(self, frame: Frame) -> bool:
        """Whether a mended frame is what was written: by its seal, or without one by the hashes that its records carry."""
        try:
            changes = self.changes(frame)
        except StoreLocked:
            return True  # the CRC is right; whoever has the key will see by the seal
        except NotReadable:
            return False
        return frame.is_sealed or all(_carries_its_hash(change[-1]) for change in changes)


def _carries_its_hash(document: object) -> bool:
    try:
        return isinstance(document, dict) and hashed(unhashed(document)) == document
    except NotCanonical:
        return False


def replayed(changes: Sequence[Change], payload: bytes) -> Sequence[Change]:
    """The changes as a replay of their payload will give them.

    A flat document, as every record is, comes back from JSON as it went in, and needs no decoding.
    """
    for change in changes:
        if change[1] == "p" and not _is_flat(change[3]):
            return cast("Sequence[Change]", unpack(payload))
    return changes


def _is_flat(document: object) -> bool:
    return (
        type(document) is dict
        and _UNCHANGED.issuperset(map(type, document.values()))
        and _NAMES.issuperset(map(type, document))
    )


def pack(value: Any) -> bytes:  # noqa: ANN401 - whatever JSON holds
    """JSON as the journal writes it. Raises TypeError or ValueError for what is not JSON."""
    try:
        return "".join(_pieces(value, 0)).encode("utf-8", "surrogatepass")
    except RecursionError:
        raise ValueError("A document must not hold itself, nor be nested so deeply.") from None


def unpack(payload: bytes) -> Any:  # noqa: ANN401 - whatever JSON holds
    """What `pack` was given. Raises ValueError."""
    return json.loads(payload.decode("utf-8", "surrogatepass"))
