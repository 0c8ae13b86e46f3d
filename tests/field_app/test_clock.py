"""The device's own clocks: which one is steady, by platform. What a real tablet, Mac or Windows terminal does is not run here."""

import sys
import time
from pathlib import Path

import pytest

from field_app.clock import BOOT_FILE, SystemClock

# Two readings one after the other; a busy machine may be kept from the second for a while.
READING_MS_MAX = 10_000
UPTIME = Path("/proc/uptime")


def test_a_device_clock_gives_whole_milliseconds_and_ids_in_order() -> None:
    clock = SystemClock()
    assert clock.now().microsecond % 1000 == 0
    ids = [clock.new_id() for _ in range(1000)]
    assert sorted(ids) == ids
    assert len(set(ids)) == 1000
    assert {contact_id[14] for contact_id in ids} == {"7"}


@pytest.mark.skipif(not UPTIME.is_file(), reason="only Linux tells its uptime here")
def test_steady_time_is_the_time_since_the_start_with_sleep() -> None:
    before = SystemClock().monotonic_ms()
    uptime_ms = float(UPTIME.read_text().split()[0]) * 1000  # Linux counts sleep in it
    after = SystemClock().monotonic_ms()
    assert before - 10 <= uptime_ms <= after  # it has two digits


@pytest.mark.parametrize("platform", ["darwin", "ios"])
@pytest.mark.skipif(not hasattr(time, "CLOCK_MONOTONIC_RAW"), reason="no such clock here")
def test_an_apple_device_is_asked_for_the_clock_that_counts_sleep(platform: str) -> None:
    clock = SystemClock(platform)
    assert clock._steady == time.CLOCK_MONOTONIC_RAW  # looked inside: a machine that never slept tells them not apart
    assert clock.monotonic_ms() <= clock.monotonic_ms()


@pytest.mark.parametrize("platform", ["win32", "a platform to come"])
def test_elsewhere_python_knows_the_steady_clock(platform: str) -> None:
    python_ms = time.monotonic_ns() // 1_000_000
    assert 0 <= SystemClock(platform).monotonic_ms() - python_ms < READING_MS_MAX


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux names its boots")
def test_every_process_of_one_boot_names_it_alike() -> None:
    assert SystemClock().boot() == SystemClock().boot() == BOOT_FILE.read_text().strip()


def test_where_the_boot_has_no_readable_name_each_process_is_one(tmp_path: Path) -> None:
    clock = SystemClock(boot_file=tmp_path)  # a folder, which cannot be read: as an app's sandbox may refuse the file
    assert clock.boot() == clock.boot()
    assert clock.boot() != SystemClock(boot_file=tmp_path / "missing").boot()
