"""The app as Flet's own window runs it, its key in Flet's real secure store: `phone_app.py PORT`.

A browser stands for the tablet: the same client, whose secure store is the browser's. The data folder is CONTACT755_DATA's.
"""

import sys
from functools import partial

import flet as ft

from field_app.native import main
from field_app.phone_store import PhoneStore, storage_of_device
from sync.reference import assets_folder


async def secure_store(_page: ft.Page) -> PhoneStore:
    """A secure store, as a tablet has one."""
    return await PhoneStore.opened(storage_of_device())


if __name__ == "__main__":
    ft.run(
        partial(main, find_secure_store=secure_store),
        host="127.0.0.1",
        port=int(sys.argv[1]),
        view=None,
        assets_dir=str(assets_folder()),
        no_cdn=True,
    )
