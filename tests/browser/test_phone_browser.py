"""The app as a tablet runs it: Flet's own entry, the key in Flet's real secure store, which here is the browser's."""

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from windows import Window, browser, needs_browser

pytestmark = [needs_browser, pytest.mark.timeout(300)]
APP = Path(__file__).parents[1] / "phone_app.py"
START_SECONDS_MAX = 60


@contextmanager
def running(data: Path, port: int) -> Iterator[str]:
    """The app over a data folder, on a port: a browser keeps its secrets by address."""
    more = {"CONTACT755_DATA": str(data), "FLET_FORCE_WEB_SERVER": "true"}
    process = subprocess.Popen([sys.executable, APP, str(port)], env={**os.environ, **more})
    try:
        give_up_at = time.monotonic() + START_SECONDS_MAX
        while time.monotonic() < give_up_at:
            with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
                break
            time.sleep(0.1)
        yield f"http://127.0.0.1:{port}/"
    finally:
        process.terminate()
        process.wait(timeout=30)


def free_port() -> int:
    """A port that nobody uses."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def test_a_tablet_keeps_its_key_over_a_restart_and_another_tablet_does_not_open_the_copy(tmp_path: Path) -> None:
    data, port = tmp_path / "car", free_port()
    with browser() as tablet:
        with running(data, port) as address:
            Window(tablet, address).sees("Sign on")
            keys = json.loads((data / "keys.json").read_bytes())
            assert [slot["kind"] for slot in keys["slots"]] == ["platform"]
        with running(data, port) as address:
            Window(tablet, address).sees("Early mornings")
    assert json.loads((data / "keys.json").read_bytes()) == keys
    with browser() as other, running(data, port) as address:
        window = Window(other, address)
        window.sees("secure store")
        assert window.page.get_by_role("button", name="Early mornings").count() == 0
