"""Everything that can be rescued of the store in a data folder, as one file for the station. Takes no lock, changes nothing."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from field_app.keys.key_files import COPY_NAME, KEYS_NAME
from field_app.keys.keyring import STORE_NAME, Keyring
from field_app.refusals import NoStoreHere
from field_app.salvage import Salvaged, salvage
from field_app.store.check import report_on
from field_app.store.codec import Codec
from field_app.store.disk import Disk
from field_app.store.faults import StoreFault
from field_app.store.survey import Surveyed, documents, read_files, standing_changes, survey
from sync.bundle import KEY_FILE_BYTES_MAX, bundle_body, bundle_bytes
from sync.gathering import DEVICE
from sync.signing import bundle_message, sign


@dataclass(frozen=True, slots=True)
class Rescued:
    """The file's bytes, what is in it, and whether only the station can read it."""

    data: bytes
    salvaged: Salvaged
    is_sealed: bool


def rescued(folder: Path, keyring: Keyring, now: datetime) -> Rescued:
    """Rescue what can be read, and as it is what only the station can read. Raises NoStoreHere, BadBundle."""
    surveyed, codec = surveyed_in(folder, keyring)
    found = salvage(surveyed, codec, report_on(surveyed, codec).findings, key_files_in(folder), now)
    recovery_key = _recovery_key(surveyed)
    body = bundle_body(found.bundle)
    data = bundle_bytes(body, _signature(found, body), recovery_key)
    return Rescued(data, found, recovery_key is not None)


def surveyed_in(folder: Path, keyring: Keyring) -> tuple[list[Surveyed], Codec]:
    """The store looked through, and what reads it. Raises NoStoreHere."""
    files = read_files(folder / STORE_NAME, Disk())
    if not files:
        raise NoStoreHere(folder)
    keys: tuple[bytes, ...] = ()
    with suppress(StoreFault):  # locked, or keys.json is damaged: as far as it goes without
        keys = keyring.data_keys()
    codec = Codec(keys[0], keys[1:]) if keys else Codec()
    return survey(files, codec), codec


def key_files_in(folder: Path) -> list[bytes]:
    """keys.json and its copy as they are, each once; none for a store that is not sealed."""
    found: list[bytes] = []
    for name in (KEYS_NAME, COPY_NAME):
        with suppress(OSError):
            data = (folder / name).read_bytes()
            if len(data) <= KEY_FILE_BYTES_MAX and data not in found:
                found.append(data)
    return found


def _recovery_key(surveyed: Sequence[Surveyed]) -> str | None:
    note = documents(standing_changes(surveyed), DEVICE).get("station", {})
    key = note.get("recovery_key")
    return key if isinstance(key, str) else None


def _signature(found: Salvaged, body: bytes) -> str | None:
    if found.private_key is None or found.bundle.device is None:
        return None
    return sign(found.private_key, bundle_message(device=found.bundle.device, body=body))
