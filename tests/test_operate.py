"""The unit file in the docs is one that systemd takes, and a tight one."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

UNIT = Path(__file__).parent.parent / "docs" / "station755.service"
# systemd's own measure, of ten; plain services are above nine.
EXPOSURE_MAX = 2.0

pytestmark = pytest.mark.skipif(
    shutil.which("systemd-analyze") is None,
    reason="NOT TESTED HERE: the unit file; this system has no systemd-analyze.",
)


@pytest.fixture
def unit(tmp_path: Path) -> Path:
    """The unit with this environment's own program, which is there."""
    file = tmp_path / UNIT.name
    program = Path(sys.executable).parent / "station755"
    text = UNIT.read_text("utf-8")
    assert "/opt/contact755/bin/station755" in text
    file.write_text(text.replace("/opt/contact755/bin/station755", str(program)))
    return file


def test_systemd_takes_the_unit_file_as_it_is(unit: Path) -> None:
    done = subprocess.run(["systemd-analyze", "verify", str(unit)], capture_output=True, text=True, check=False)
    assert (done.returncode, [line for line in done.stderr.splitlines() if unit.name in line]) == (0, [])


def test_the_unit_file_is_hardened(unit: Path) -> None:
    asked = ["systemd-analyze", "security", "--offline=yes", str(unit)]
    done = subprocess.run(asked, capture_output=True, text=True, check=False)
    found = re.search(r"exposure level for \S+: ([0-9.]+)", done.stdout)
    if found is None:
        pytest.skip("NOT TESTED HERE: how tight the unit file is; this systemd cannot say it of a file.")
    assert float(found[1]) <= EXPOSURE_MAX
