"""Build the static site: `build.py build/site [more_notebook.py ...]`; what is fetched is kept in build/mirror."""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
import sys
import time
from pathlib import Path

import contents
import index
import mirror
import pages
import wheels
import zstandard
from mlsysim_widgets import atlas, gallery

from mlsysim import __version__

HERE = Path(__file__).parent
CHECKOUT = HERE.parent.parent
#: The notebook whose imports and answers are in the saved Python.
WARM = "gallery"
LEVEL = 17
KEPT = CHECKOUT / "build" / "mirror"


def runtime(site: Path, work: Path) -> Path:
    """Put Pyodide and the wheels into the site; the list that Pyodide loads them from."""
    mirror.fetch(KEPT)
    core = site / "pyodide"
    core.mkdir()
    for name in mirror.CORE:
        shutil.copyfile(KEPT / "core" / name, core / name)
    own = mirror.own_wheel(CHECKOUT, work / "own")
    (site / "wheels").mkdir()
    thinned = [wheels.thin(w, site / "wheels") for w in [*sorted((KEPT / "wheels").iterdir()), own]]
    text = json.dumps(wheels.lock(thinned, KEPT / "core", site), indent=1)
    lock = core / f"lock-{hashlib.sha256(text.encode()).hexdigest()[:8]}.json"
    lock.write_text(text, encoding="utf-8")
    return lock


def snapshot(site: Path, lock: Path, work: Path, notebook: Path) -> None:
    """Save the memory of a Python that has run a notebook; pages put it back in place of starting one."""
    core = lock.parent
    for name in ("restore.js", "libraries.js"):
        shutil.copyfile(HERE / name, core / name)
    shutil.copyfile(KEPT / "core" / "zstddec.mjs", core / "zstddec.mjs")
    saved = work / "saved"
    saved.mkdir()
    command = [str(HERE / "snapshot.mjs"), str(site), lock.name, str(saved), str(notebook)]
    done = subprocess.run(["node", *command], capture_output=True, text=True)
    if done.returncode:
        raise mirror.SiteError(f"Python could not be saved: {done.stderr.strip().splitlines()[-1]}")
    for file in saved.iterdir():
        packed = zstandard.ZstdCompressor(level=LEVEL).compress(file.read_bytes())
        (core / f"{file.name}.zst").write_bytes(packed)


def build(site: Path, more: list[Path]) -> list[str]:
    """Build the site anew and give the names of its pages."""
    if site.exists() and any(site.iterdir()) and not (site / ".nojekyll").exists():
        raise mirror.SiteError(f"{site} holds other files than a site: name an empty folder")
    work = site.with_name(f"{site.name}.work")
    for folder in (site, work):
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
    lock = runtime(site, work)
    pages.assets(site)
    files = sorted((CHECKOUT / "labs").glob("vol*/*.py"))
    labs = [contents.lab(file) for file in files]
    for lab, file in zip(labs, files, strict=True):
        source = file.read_text(encoding="utf-8")
        pages.page(source, lab.name, site, lock, work, first=lab.opening)
        pages.page(source, index.edited(lab.name), site, lock, work, mode="edit")
    sources = {"atlas": atlas.notebook(), WARM: gallery.notebook()}
    sources |= {f.stem: f.read_text(encoding="utf-8") for f in [HERE / "explorer.py", *more]}
    for name, source in sources.items():
        pages.page(source, name, site, lock, work)
    snapshot(site, lock, work, work / f"{WARM}.py")
    index.write(site, labs)
    shutil.rmtree(work)
    return sorted(file.stem for file in site.glob("*.html"))


def archive(site: Path) -> Path:
    """The site as one file, named for the version: what a release gives away."""
    made = site.with_name(f"mlsysim-{__version__}-site")
    return Path(shutil.make_archive(str(made), "zip", site))


def size(*files: Path) -> str:
    return f"{sum(f.stat().st_size for f in files if f.is_file()) / 1e6:.1f} MB"


def main(target: str = "build/site", *more: str) -> int:
    began, site = time.monotonic(), Path(target).resolve()
    try:
        names = build(site, [Path(name) for name in more])
    except mirror.SiteError as error:
        print(f"site: {error}", file=sys.stderr)
        return 1
    parts = {part: size(*(site / part).rglob("*")) for part in ("pyodide", "wheels", "assets")}
    print(f"{site}: {len(names)} pages, {size(*site.rglob('*'))}", end=" ")
    print(f"({', '.join(f'{part} {much}' for part, much in parts.items())})", end=" ")
    print(f"in {time.monotonic() - began:.0f} s")
    print(f"{archive(site)}: the same as one file, for any host and any folder of it")
    print(f"Show it with: python -m http.server --directory {target}")
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
