"""Fetch Pyodide from npm and its wheels with pip into a folder, once: `fetch.py build/pyodide`."""

import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

REQUIREMENTS = Path(__file__).with_name("requirements.txt")
PLATFORM = ["--python-version=314", "--implementation=cp", "--abi=cp314", "--abi=none"]
PLATFORM += ["--platform=pyemscripten_2026_0_wasm32", "--platform=any"]
TRIES = 3


def download(what: str, command: list[str]) -> None:
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
        lines = done.stderr.splitlines() or ["no message"]
        last = next((line for line in lines if "error" in line.lower()), lines[-1])
    sys.exit(f"test-pyodide: {what} could not be fetched ({last}); run the command again online")


def main(target: Path) -> None:
    """Fill the folder, unless it was filled from the same pins."""
    pins = REQUIREMENTS.read_text(encoding="utf-8")
    stamp = target / "requirements.txt"
    if stamp.exists() and stamp.read_text(encoding="utf-8") == pins:
        return
    print("Fetching Pyodide and its wheels", flush=True)
    shutil.rmtree(target, ignore_errors=True)
    packages = target / "downloads"
    packages.mkdir(parents=True)

    runtime = re.search(r"pyodide@\S+", pins).group()
    npm = shutil.which("npm")
    if npm is None:
        sys.exit("test-pyodide: npm is not installed, and Pyodide comes from it")
    download(
        runtime, [npm, "pack", "--loglevel=error", runtime, "--pack-destination", str(packages)]
    )
    pip = [sys.executable, "-m", "pip", "download", "-qq", "--disable-pip-version-check"]
    pip += ["--no-deps", "--only-binary=:all:", *PLATFORM, "-r", str(REQUIREMENTS)]
    download("a wheel", [*pip, "-d", str(packages)])

    shutil.unpack_archive(next(packages.glob("pyodide-*.tgz")), target)  # into target/package
    for wheel in packages.glob("*.whl"):
        shutil.unpack_archive(wheel, target / "site-packages", "zip")
    (target / "pycache").mkdir()
    shutil.rmtree(packages)
    stamp.write_text(pins, encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
