"""What a user installs: the built wheel, in a fresh environment, assets included; and what ships to a device."""

import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest
from programs import Program, serving

from sync.commandline import Exit

ROOT = Path(__file__).parent.parent
FONTS = ("fonts/scripts.otf", "fonts/scripts.LICENSE.txt")
SHIPPED = {"main.py", "field_app", "sync", "assets", "pyproject.toml"}


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built as a release would build it."""
    folder = tmp_path_factory.mktemp("wheel")
    _pip("wheel", "--no-deps", "--no-build-isolation", "--wheel-dir", str(folder), str(ROOT))
    return next(folder.glob("*.whl"))


def _pip(*typed: str) -> None:
    command = [sys.executable, "-m", "pip", "--disable-pip-version-check", *typed]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def _fresh(folder: Path, what: str) -> Path:
    """A fresh environment with the wheel installed; its folder of programs."""
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder], check=True)
    binaries = folder / "bin"
    options = ("--quiet", "--no-compile", "--constraint", str(ROOT / "constraints.txt"))
    _pip("--python", str(binaries / "python"), "install", *options, what)
    return binaries


@pytest.mark.timeout(600)
def test_the_installed_wheel_takes_a_contact_from_the_car_to_the_worksheet(wheel: Path, tmp_path: Path) -> None:
    binaries = _fresh(tmp_path / "office", f"contact755[station] @ {wheel.as_uri()}")
    car = Program("contact755", tmp_path / "car", binaries)
    station = Program("station755", tmp_path / "station", binaries)
    assert car("sign-on", "900001", "--watch", "day").code == 0
    assert car("log", "coffee-shop", "--rd", "0454").code == 0
    with serving(station) as address:
        assert car("enrol", address, station("enrol-code", "car 42").out.strip()).code == 0
        assert car("send").out == "1 of 1 contact received. Receipt 1.\n"


@pytest.mark.timeout(600)
def test_a_plain_install_logs_and_says_what_the_station_would_need(wheel: Path, tmp_path: Path) -> None:
    binaries = _fresh(tmp_path / "device", f"contact755 @ {wheel.as_uri()}")
    car = Program("contact755", tmp_path / "car", binaries)
    assert car("sign-on", "900001", "--watch", "day").code == 0
    assert car("log", "coffee-shop", "--rd", "0454").code == 0
    said = Program("station755", tmp_path / "station", binaries)("devices")
    assert said.code == Exit.NOT_READY
    assert "contact755[station]" in said.err
    installed = {path.name.split("-")[0] for path in (tmp_path / "device").rglob("*.dist-info")}
    assert not {"fastapi", "sqlalchemy", "uvicorn", "jinja2", "argon2_cffi", "pytest"} & {
        name.lower() for name in installed
    }


def test_the_wheel_holds_the_three_packages_the_assets_and_nothing_else(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    tops = {name.split("/")[0] for name in names if ".dist-info/" not in name}
    assert tops == {"field_app", "sync", "station"}
    assert {f"sync/assets/{name}" for name in ("station.json", *FONTS)} <= set(names)
    assert any(name.startswith("station/migrations/versions/0001") for name in names)
    shown = {
        "templates/day.html",
        "static/console.css",
        "static/htmx.min.js",
        "static/htmx.LICENSE.txt",
        "static/inter.woff2",
        "fonts/DejaVuSansCondensed.ttf",
        "fonts/DejaVu.LICENSE.txt",
    }
    assert {f"station/{name}" for name in shown} <= set(names)


def test_android_backs_nothing_up() -> None:
    """A copy of the store restored on another device would be a second device with the same key."""
    flet = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["flet"]
    assert flet["android"]["manifest_application"]["allowBackup"] == "false"


def test_every_top_level_entry_either_ships_to_devices_or_is_excluded() -> None:
    """Whatever lies at the root goes into the device build unless pyproject.toml excludes it by name."""
    listed = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.splitlines()
    tops = {name.split("/")[0] for name in listed}
    excluded = set(tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["flet"]["app"]["exclude"])
    hidden = {name for name in tops if name.startswith(".")}  # left out by the build itself
    assert tops - hidden - excluded - SHIPPED == set()
    assert not excluded & SHIPPED
    assert not any("/" in name or "\\" in name for name in excluded)
