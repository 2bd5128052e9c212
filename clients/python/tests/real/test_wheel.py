"""Is the wheel all that a project needs.

It is built as pip builds it, with the programs of the ``dev`` profile, and installed into an
environment that holds nothing but it; Django and pyzmq are lent by the tests' own.
"""

import os
import subprocess
import sys
import sysconfig
import venv
import zipfile
from pathlib import Path

import omnibus
import pytest

from real.programs import PROJECTS, REPOSITORY, Browser, Ports, Program, environment, run

BUILD_SECONDS_MAX = 1_200
PACKAGE = REPOSITORY / "clients" / "python"
NEWSROOM = PROJECTS / "newsroom"
LENT = Path(sysconfig.get_path("purelib"))


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """The wheel that ``OMNIBUS_TEST_WHEEL`` names, or one that is built now."""
    built = os.environ.get("OMNIBUS_TEST_WHEEL")
    if built:
        return Path(built)
    folder = tmp_path_factory.mktemp("wheel")
    modules = os.environ.get("OMNIBUS_TEST_NODE_MODULES")
    variables = {"OMNIBUS_TEST_NODE_MODULES": modules} if modules else {}
    result = subprocess.run(
        [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation"]
        + ["--disable-pip-version-check", "--wheel-dir", str(folder), str(PACKAGE)],
        env=environment(OMNIBUS_WHEEL_PROFILE="dev", **variables),
        capture_output=True,
        text=True,
        timeout=BUILD_SECONDS_MAX,
        check=False,
    )
    assert result.returncode == 0, result.stdout + result.stderr
    (path,) = folder.glob("*.whl")
    return path


@pytest.fixture(scope="module")
def bin_folder(wheel, tmp_path_factory):
    """The programs of an environment into which the wheel, and nothing else, is installed."""
    folder = tmp_path_factory.mktemp("environment")
    venv.create(folder, with_pip=False, symlinks=True)
    python = folder / "bin" / "python"
    run(
        [sys.executable, "-m", "pip", "--python", python, "install", "--quiet", "--no-deps"]
        + ["--no-index", "--disable-pip-version-check", wheel],
        {},
    )
    (packages,) = (folder / "lib").glob("python3*/site-packages")
    (packages / "lent.pth").write_text(str(LENT))
    return folder / "bin"


def test_wheel_holds_both_programs_types_and_the_scripts_that_pages_name(wheel):
    names = zipfile.ZipFile(wheel).namelist()
    programs = sorted(name.rpartition("/")[2] for name in names if ".data/scripts/" in name)
    assert programs == ["omnibus", "omnibusd"]
    for name in ("py.typed", "static/omnibus/omnibus.js", "static/omnibus/sockjs.min.js"):
        assert f"omnibus/{name}" in names
    assert not [name for name in names if "/tests/" in name]
    for name in ("LICENSE-APACHE", "LICENSE-MIT"):
        assert any(one.endswith(f".dist-info/licenses/{name}") for one in names)


@pytest.mark.parametrize("program", ["omnibus", "omnibusd"])
def test_program_of_the_wheel_runs(bin_folder, program):
    version = run([bin_folder / program, "--version"], {}).stdout
    assert version.strip() == f"{program} {omnibus.VERSION}"


def test_project_runs_with_nothing_but_the_wheel(bin_folder, tmp_path):
    ports = Ports()
    variables = {
        "NEWSROOM_DATABASE_NAME": str(tmp_path / "db.sqlite3"),
        # No server is found by accident.
        "PATH": "/nonexistent",
        **ports.of_newsroom(),
    }
    manage = [bin_folder / "python", "manage.py"]
    found = run([*manage, "findstatic", "--first", "omnibus/omnibus.js"], variables, cwd=NEWSROOM)
    assert str(bin_folder.parent) in found.stdout
    with Program([*manage, "omnibusd"], variables, cwd=NEWSROOM) as server:
        server.serves(ports.browsers)
        program = Path(f"/proc/{server.process.pid}/exe").resolve()
        assert program == (bin_folder / "omnibusd").resolve()
        with Browser(ports.url) as browser:
            assert browser.ask("subscribe", "news")
            run([*manage, "announce", "out of the wheel"], variables, cwd=NEWSROOM)
            assert "out of the wheel" in browser.hear()
        assert server.stop() == 0


def test_version_is_that_of_the_workspace(wheel):
    assert wheel.name.startswith(f"omnibus_realtime-{omnibus.VERSION}-")
    manifest = (REPOSITORY / "Cargo.toml").read_text()
    assert f'\nversion = "{omnibus.VERSION}"\n' in manifest
