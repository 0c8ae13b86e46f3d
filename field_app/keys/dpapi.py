"""The secure store of Windows: DPAPI ties a secret to the Windows user, in a file beside keys.json.

Not run on Windows yet (docs/sealing.md). What DPAPI protects opens for this user on this machine alone; a password that an
administrator resets, or a user's profile that is lost, makes it unreadable for good.
"""

import ctypes
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from field_app.store.disk import Disk

# Only this program's own secrets can be opened by it without a thought: not a barrier, a mark.
_ENTROPY = b"contact755-1"
_UI_FORBIDDEN = 0x1  # CRYPTPROTECT_UI_FORBIDDEN: never a dialog


class Blob(ctypes.Structure):
    """DATA_BLOB: a length (DWORD) and a pointer."""

    _fields_ = (("length", ctypes.c_uint32), ("data", ctypes.POINTER(ctypes.c_char)))


@dataclass(frozen=True, slots=True)
class Protection:
    """The three calls of Windows, as ctypes gives them; `last_error` tells why one of the first two failed."""

    protect: Any
    unprotect: Any
    free: Any
    last_error: Callable[[], int]

    def sealed(self, text: bytes) -> bytes:
        """The text, protected for this Windows user. Raises OSError."""
        return self._run(self.protect, text)

    def opened(self, sealed: bytes) -> bytes:
        """The text again. Raises OSError."""
        return self._run(self.unprotect, sealed)

    def _run(self, call: Any, data: bytes) -> bytes:  # noqa: ANN401 - a function of ctypes
        given, mark, found = _blob(data), _blob(_ENTROPY), Blob()
        # In, description, entropy, reserved, prompt, flags, out.
        if not call(ctypes.byref(given), None, ctypes.byref(mark), None, None, _UI_FORBIDDEN, ctypes.byref(found)):
            raise OSError(self.last_error(), "Windows does not protect or open the key of this store.")
        try:
            return ctypes.string_at(found.data, found.length)
        finally:
            self.free(found.data)


class DpapiStore:
    """A SecureStore of files that only this Windows user can open."""

    def __init__(self, folder: Path, protection: Protection, disk: Disk | None = None) -> None:
        self._folder = folder
        self._protection = protection
        self._disk = disk or Disk()

    def get(self, name: str) -> str | None:
        """The secret under a name; None if it is gone, or is not this user's on this machine. Raises OSError."""
        try:
            sealed = self._disk.read(self._path(name))
        except FileNotFoundError:
            return None
        try:
            return self._protection.opened(sealed).decode("ascii")
        except (OSError, UnicodeDecodeError):  # another user, another machine, or damage: never to be opened here
            return None

    def put(self, name: str, secret: str) -> None:
        """Keep a secret under a name; when this returns it is on the disk. Raises OSError."""
        self._disk.write_whole(self._path(name), self._protection.sealed(secret.encode("ascii")))

    def _path(self, name: str) -> Path:
        return self._folder / f"{name}.dpapi"


def _blob(data: bytes) -> Blob:
    return Blob(len(data), ctypes.cast(ctypes.create_string_buffer(data, len(data)), ctypes.POINTER(ctypes.c_char)))


if sys.platform == "win32":

    def windows_protection() -> Protection:
        """DPAPI of this Windows."""
        crypt32 = ctypes.WinDLL("crypt32", use_last_error=True)
        kernel32 = ctypes.WinDLL("kernel32", use_last_error=True)
        kernel32.LocalFree.argtypes, kernel32.LocalFree.restype = (ctypes.c_void_p,), ctypes.c_void_p
        return Protection(
            crypt32.CryptProtectData, crypt32.CryptUnprotectData, kernel32.LocalFree, ctypes.get_last_error
        )

else:

    def windows_protection() -> Protection:
        """There is none here."""
        raise OSError("This is no Windows.")
