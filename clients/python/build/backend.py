"""How is the wheel built: maturin, and the two things that it does not do.

maturin builds one Cargo package and puts its program, ``omnibusd``, into the wheel. Before it
runs, this backend (PEP 517)

* builds the package of the other program, ``omnibus``, and puts it into the folder from which
  maturin takes further scripts (``data`` in ``pyproject.toml``), and
* copies into the static files the browser's client, which ``npm run build`` makes in
  ``clients/typescript``, and sockjs-client, which pages of django-omnibus name.

    (cd clients/typescript && npm ci && npm run build)
    (cd clients/python/build/browser && npm ci)
    pip wheel --no-deps clients/python

The profile is ``dist`` unless ``OMNIBUS_WHEEL_PROFILE`` names another one of ``Cargo.toml``.
``python build/backend.py`` copies the static files alone, for a checkout that is used as it is.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

PACKAGE = Path(__file__).resolve().parents[1]
REPOSITORY = PACKAGE.parents[1]
STATIC = Path("omnibus") / "static" / "omnibus"
DATA = "omnibus_realtime.data"
CRATES = "../../crates/"
CLIENT = REPOSITORY / "clients" / "typescript" / "dist" / "omnibus.umd.js"

LICENCES = ("LICENSE-APACHE", "LICENSE-MIT")

# Where sockjs-client is: installed for this, or by the tests for themselves.
NODE_MODULES = (
    PACKAGE / "build" / "browser" / "node_modules",
    Path(os.environ.get("OMNIBUS_TEST_NODE_MODULES", os.devnull)),
)

# Pages of django-omnibus name either; the client is small enough as it is.
CLIENT_NAMES = ("omnibus.js", "omnibus.min.js")

MATURIN = (sys.executable, "-m", "maturin")
PROFILE_VARIABLE = "OMNIBUS_WHEEL_PROFILE"
PROFILE = "dist"


def get_requires_for_build_wheel(config_settings=None):
    """Nothing beyond what ``pyproject.toml`` names."""
    return []


def prepare_metadata_for_build_wheel(metadata_directory, config_settings=None):
    """Say what the wheel will be, without building it."""
    with tempfile.TemporaryDirectory() as folder:
        stage(Path(folder))
        command = [*MATURIN, "pep517", "write-dist-info"]
        command += ["--metadata-directory", str(Path(metadata_directory).resolve())]
        output = subprocess.run(
            command, cwd=folder, check=True, stdout=subprocess.PIPE, text=True
        ).stdout
    return output.strip().splitlines()[-1]


def build_wheel(wheel_directory, config_settings=None, metadata_directory=None):
    """Build both programs and put them, the package and its static files into a wheel."""
    profile = os.environ.get(PROFILE_VARIABLE, PROFILE)
    wheels = Path(wheel_directory).resolve()
    command = [*MATURIN, "build", "--profile", profile, "--locked", "--out", str(wheels)]
    if profile == "dev":
        # For this machine alone: what other systems would need of it is not looked into.
        command += ["--compatibility", "off"]
    before = set(wheels.glob("*.whl"))
    with tempfile.TemporaryDirectory() as folder:
        package = stage(Path(folder))
        copy_static_files(package / STATIC)
        scripts = Path(folder) / DATA / "scripts"
        scripts.mkdir()
        shutil.copy2(command_line_client(profile), scripts / "omnibus")
        subprocess.run(command, cwd=folder, check=True)
    (wheel,) = set(wheels.glob("*.whl")) - before
    return wheel.name


def stage(folder):
    """Copy what maturin shall see of the package, and return where its modules are.

    Outside of the repository, because maturin leaves out what git ignores, and that is just what
    is made for the wheel.
    """
    unwanted = shutil.ignore_patterns("__pycache__", "*.pyc")
    shutil.copytree(PACKAGE / "src", folder / "src", ignore=unwanted)
    shutil.copyfile(PACKAGE / "README.md", folder / "README.md")
    for name in LICENCES:
        shutil.copyfile(REPOSITORY / name, folder / name)
    (folder / DATA).mkdir()
    manifest = PACKAGE / "pyproject.toml"
    text = manifest.read_text(encoding="utf-8")
    text = text.replace(f'"{CRATES}', f'"{(PACKAGE / CRATES).resolve()}/')
    (folder / manifest.name).write_text(text, encoding="utf-8")
    return folder / "src"


def build_sdist(sdist_directory, config_settings=None):
    """Refuse: a source archive without the Rust workspace and the client could not be built."""
    sys.exit(
        "there is no source archive of omnibus-realtime, since it is made of three folders of the"
        " repository; clone that and run `pip wheel --no-deps clients/python`"
    )


def copy_static_files(folder):
    """Copy the browser's client, and the SockJS that its pages may use, into a folder."""
    if not CLIENT.is_file():
        sys.exit(
            f"{CLIENT} is not there; run `npm ci && npm run build` in {CLIENT.parents[1]} first"
        )
    for name in CLIENT_NAMES:
        shutil.copyfile(CLIENT, folder / name)
    sockjs = sockjs_client()
    for name in ("sockjs.js", "sockjs.min.js"):
        text = (sockjs / "dist" / name).read_text(encoding="utf-8")
        # Django's manifest storage refuses a script whose source map is not there.
        kept = [line for line in text.splitlines() if not line.startswith("//# sourceMappingURL=")]
        (folder / name).write_text("\n".join(kept) + "\n", encoding="utf-8")
    shutil.copyfile(sockjs / "LICENSE", folder / "sockjs.LICENSE")


def sockjs_client():
    """Return the folder of the npm package sockjs-client."""
    for modules in NODE_MODULES:
        if (modules / "sockjs-client" / "dist").is_dir():
            return modules / "sockjs-client"
    sys.exit(f"sockjs-client is not there; run `npm ci` in {NODE_MODULES[0].parent} first")


def command_line_client(profile):
    """Build ``omnibus`` and return its path."""
    cargo = os.environ.get("CARGO", "cargo")
    command = [cargo, "build", "--locked", "--profile", profile, "--package", "omnibus"]
    command += ["--bin", "omnibus", "--message-format=json-render-diagnostics"]
    target = os.environ.get("CARGO_BUILD_TARGET")
    if target:
        command += ["--target", target]
    lines = subprocess.run(
        command, cwd=REPOSITORY, check=True, stdout=subprocess.PIPE, text=True
    ).stdout.splitlines()
    (program,) = {
        message["executable"]
        for message in map(json.loads, lines)
        if message.get("executable") and message["target"]["name"] == "omnibus"
    }
    return program


if __name__ == "__main__":
    copy_static_files(PACKAGE / "src" / STATIC)
