"""Where the device keeps its data."""

import os
from pathlib import Path

from sync.commandline import home_folder

DATA_VARIABLE = "CONTACT755_DATA"
# Where Flet's device builds may keep data: durable, and private to the app.
_FLET_DATA_VARIABLE = "FLET_APP_STORAGE_DATA"


def data_folder(typed: Path | None) -> Path:
    """The data folder: as typed, or as the environment says, or the user's own."""
    if typed is not None:
        return typed
    named = os.environ.get(DATA_VARIABLE) or os.environ.get(_FLET_DATA_VARIABLE)
    return Path(named) if named else home_folder(".contact755")
