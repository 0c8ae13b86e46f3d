"""The tests that TinyDB publishes with its source distribution, run against a JournalDB, plain and sealed.

They are fetched when they are needed, and never kept here.
"""

import os
import subprocess
import sys
import tarfile
from importlib.metadata import version
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from tinydb_over_journal import KEY_VARIABLE

ROOT = Path(__file__).parents[2]
FETCH_SECONDS_MAX = 90
# The tests that a JournalDB does not pass, and why it must not. docs/durability.md has the same list.
DIFFERENT = {
    "test_json_read": "looks at JSONStorage's own file and its access_mode; a JournalDB is a folder",
    "test_json_invalid_directory": "wants an error for a folder that is not there; a JournalDB makes it, durably",
    "test_repr": "spells the class's name",
    "test_access_storage": "asks whether the storage is a MemoryStorage",
    "test_storage_access": "asks whether the storage is a MemoryStorage",
}
PASSED_MIN = 200  # of the 219 that version 4.9.0 has: a run that collected less has not run


@pytest.fixture(scope="module")
def tinydbs_tests(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The unpacked source distribution of the very version that is installed."""
    folder = tmp_path_factory.mktemp("tinydb")
    name = f"tinydb=={version('tinydb')}"
    command = [
        sys.executable,
        "-m",
        "pip",
        "download",
        "-q",
        "--no-deps",
        "--no-binary",
        "tinydb",
        "-d",
        str(folder),
        name,
    ]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=FETCH_SECONDS_MAX)
        found = next(folder.glob("*.tar.gz"), None)
        said = done.stderr.strip().splitlines()[-1:] or ["nothing was said"]
    except subprocess.TimeoutExpired:
        found, said = None, [f"no answer within {FETCH_SECONDS_MAX} seconds"]
    if found is None:
        pytest.skip(f"NOT TESTED HERE: TinyDB's own tests; {name} could not be fetched: {said[0]}")
    with tarfile.open(found) as archive:
        archive.extractall(folder, filter="data")
    return next(folder.glob("tinydb-*/tests")).parent


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.parametrize("key", [None, "5c" * 32], ids=["plain", "sealed"])
def test_tinydbs_own_tests_pass_but_for_those_that_must_differ(
    key: str | None, tinydbs_tests: Path, tmp_path: Path
) -> None:
    results = tmp_path / "results.xml"
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")},
        "PYTHONPATH": os.pathsep.join([str(ROOT), str(Path(__file__).parent)]),
        "TMPDIR": str(tmp_path),
        **({} if key is None else {KEY_VARIABLE: key}),
    }
    options = ["-q", "-p", "tinydb_over_journal", "-p", "no:cacheprovider", "-c", os.devnull, "--rootdir", "."]
    subprocess.run(
        [sys.executable, "-m", "pytest", "tests", *options, f"--junitxml={results}"],
        cwd=tinydbs_tests,
        env=environment,
        capture_output=True,
        check=False,
    )
    cases = ET.parse(results).getroot().findall(".//testcase")  # noqa: S314 - pytest's own words
    failed = {case.get("name") for case in cases if case.find("failure") is not None or case.find("error") is not None}
    assert failed == DIFFERENT.keys()
    assert len(cases) - len(failed) >= PASSED_MIN
    print(f"TinyDB {version('tinydb')}: {len(cases) - len(failed)} passed, {len(failed)} differ")
