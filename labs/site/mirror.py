"""What the pages need from npm and from the package index, fetched once and kept."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
import time
from pathlib import Path

from marimo import __version__ as MARIMO
from marimo._pyodide.pyodide_constraints import PYODIDE_PYTHON_VERSION, PYODIDE_VERSION

REQUIREMENTS = Path(__file__).with_name("requirements.txt")
CORE = ("pyodide.mjs", "pyodide.asm.mjs", "pyodide.asm.wasm", "python_stdlib.zip")
ABI = PYODIDE_PYTHON_VERSION.replace(".", "")
PLATFORM = ["--implementation=cp", f"--python-version={ABI}", f"--abi=cp{ABI}", "--abi=none"]
PLATFORM += ["--platform=pyemscripten_2026_0_wasm32", "--platform=any"]
#: Unpacks the saved Python in a browser.
ZSTDDEC = "zstddec@0.3.4"
#: It has no wheel for the browser, and does without its compiled part.
PYYAML = ["--platform=manylinux2014_x86_64", f"--python-version={ABI}", "pyyaml==6.0.3"]
PIP = [sys.executable, "-m", "pip", "-qq", "--disable-pip-version-check"]
TRIES = 3


class SiteError(Exception):
    """Why there is no site, in one sentence."""


def run(what: str, command: list[str]) -> None:
    """Run a package client, several times if need be."""
    last = ""
    for attempt in range(TRIES):
        time.sleep(5 * attempt)
        try:
            done = subprocess.run(command, capture_output=True, text=True, timeout=300)
        except subprocess.TimeoutExpired:
            last = "no answer in 300 s"
            continue
        if done.returncode == 0:
            return
        lines = (done.stderr or done.stdout).strip().splitlines() or ["no message"]
        last = next((line for line in lines if "error" in line.lower()), lines[-1])
    raise SiteError(f"{what} could not be fetched ({last}); run the command again online")


def npm(package: str, folder: Path, *files: str) -> None:
    """Put files of a package of npm into `folder/core`."""
    client = shutil.which("npm")
    if client is None:
        raise SiteError(f"npm is not installed, and {package} comes from it")
    run(package, [client, "pack", "--loglevel=error", package, "--pack-destination", str(folder)])
    packed = next(folder.glob("*.tgz"))
    shutil.unpack_archive(packed, folder)
    for name in files:
        shutil.move(folder / "package" / name, folder / "core" / Path(name).name)
    shutil.rmtree(folder / "package")
    packed.unlink()


def fetch(folder: Path) -> None:
    """Fill `folder/core` and `folder/wheels`, unless the same pins filled them before."""
    pins = REQUIREMENTS.read_text(encoding="utf-8")
    state = hashlib.sha256(f"{MARIMO} {PYODIDE_VERSION} {ZSTDDEC} {PYYAML}\n{pins}".encode()).hexdigest()
    stamp = folder / "stamp"
    if stamp.exists() and stamp.read_text() == state:
        return
    print("Fetching Pyodide and the wheels of the pages", flush=True)
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "core").mkdir(parents=True)
    npm(f"pyodide@{PYODIDE_VERSION}", folder, *CORE, "pyodide-lock.json")
    npm(ZSTDDEC, folder, "dist/zstddec.mjs")
    download = [*PIP, "download", "--no-deps", "--only-binary=:all:", "-d", str(folder / "wheels")]
    run("a wheel", [*download, *PLATFORM, f"marimo-base=={MARIMO}", "-r", str(REQUIREMENTS)])
    run("pyyaml", [*download, *PYYAML])
    stamp.write_text(state)


def own_wheel(checkout: Path, folder: Path) -> Path:
    """The wheel of this checkout."""
    shutil.rmtree(folder, ignore_errors=True)
    run("the build back end", [*PIP, "wheel", "--no-deps", "-w", str(folder), str(checkout)])
    return next(folder.glob("mlsysim-*.whl"))
