"""Ctrl-C while a command is still being loaded, or has only just been."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from programs import START_SECONDS_MAX, Program, said_at_start

from sync.commandline import Exit, run


def test_ctrl_c_is_a_code_and_no_traceback_however_early_it_comes(deputy: Program) -> None:
    for delay in (0.06, 0.1, 0.14, 0.18):
        process = deputy.start_anew("status")
        time.sleep(delay)
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=30)
        if "in run" in err:  # before our first line Python itself, or the script that pip wrote, may be hit
            assert "Traceback" not in err, (delay, err)


@pytest.mark.parametrize("program", ["field_app", "station"])
def test_ctrl_c_is_a_code_while_python_makes_a_class_too(program: str, tmp_path: Path) -> None:
    """Python 3.11 hides it in another error there."""
    (tmp_path / "argparse.py").write_text(
        "class Hit:\n    def __set_name__(self, *_):\n        raise KeyboardInterrupt\nclass Made:\n    hit = Hit()\n"
    )
    start = f"from {program}.commands.start import run; run()"
    done = subprocess.run(
        [sys.executable, "-c", start],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
    )
    assert (done.returncode, done.stderr) == (130, "")


def test_ctrl_c_is_a_code_while_a_command_loads_what_it_needs(capsys: pytest.CaptureFixture[str]) -> None:
    class Hit:
        def __set_name__(self, *_: object) -> None:
            raise KeyboardInterrupt

    def main(_: object) -> Exit:
        type("Made", (), {"hit": Hit()})
        raise AssertionError

    with pytest.raises(SystemExit) as ended:
        run(main, lambda _: None, [])
    assert (ended.value.code, capsys.readouterr().err) == (Exit.INTERRUPTED, "Stopped.\n")


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_a_station_that_has_just_started_is_told_to_end_and_does(station755: Program, how: signal.Signals) -> None:
    """While it clears away what loading left behind, Python passes over an interrupt."""
    for delay in (0.0, 0.02, 0.04, 0.07, 0.1, 0.15):
        process = station755.start("serve", "--port", "0", "--json")
        said_at_start(process)
        time.sleep(delay)
        process.send_signal(how)
        _, err = process.communicate(timeout=START_SECONDS_MAX)
        assert (process.returncode, err.replace(f"A new station's data folder is made: {station755.data}\n", "")) == (
            0,
            "",
        )
