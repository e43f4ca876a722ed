"""Notebooks as pages that run in the reader's browser."""

from __future__ import annotations

import asyncio
import os
import re
from pathlib import Path
from typing import Literal

from marimo import __version__ as MARIMO
from marimo._export.exporter import Exporter
from marimo._export.file import WASMFileExportRequest, export_wasm
from marimo._schemas.export_options import WASMExportOptions, WASMRuntimeConfig
from marimo._utils.marimo_path import MarimoPath
from mirror import SiteError

HERE = Path(__file__).parent
#: The pages ask for the wheel of this checkout and follow the reader's choice of light or dark.
HEADER = """# /// script
# dependencies = ["mlsysim"]
# [tool.marimo.display]
# theme = "system"
# ///
"""
OWN_HEADER = re.compile(r"^# /// script\n(#.*\n)*?# ///\n", re.M)
HEAD, ROOT = '<meta charset="utf-8" />', '<div id="root"></div>'
MATHJAX = re.compile(r"https://[^`'\"\s]+/mathjax-full@[^`'\"\s]+\.js")
UNSEEN = re.compile(r'\s*<link rel="preload" href="\./assets/(gradient|noise)[^>]*>')
#: Places of marimo's worker: its call of Pyodide's loader, and its loading of what a notebook imports.
RESTORING = (
    (
        re.compile(r"(?<==await )(\w+)\((?=\{packages:\[`micropip`)"),
        r"(await import('../pyodide/restore.js')).restored(\1,",
    ),
    (re.compile(r"async loadNotebookDeps\(\w+,\w+\)\{"), r"\g<0>if(this.pyodide.restored)return;"),
    (re.compile(r"(?<=if\()(?=\w+\.pypiIndexUrl\)\{let \w+=(\w+)\.pyimport)"), r"!\1.restored&&"),
)
RunMode = Literal["run", "edit"]


def assets(site: Path) -> None:
    """marimo's front end, which asks no other host and whose worker tells the page what it does."""
    Exporter().export_assets(site)
    worker = _one(site / "assets", "worker-*.js")
    said = (HERE / "worker.js").read_text(encoding="utf-8")
    worker.write_text(said + _restoring(worker.read_text(encoding="utf-8")), encoding="utf-8")
    asking = [f for f in (site / "assets").glob("*.js") if MATHJAX.search(f.read_text("utf-8"))]
    if not asking:
        raise SiteError(f"marimo {MARIMO} no longer asks for MathJax where it did: look again")
    for file in asking:  # no chart has TeX, and "$1 to $2" would be taken for it
        file.write_text(MATHJAX.sub("data:text/javascript,", file.read_text("utf-8")), "utf-8")
    for note in site.glob("*.md"):
        note.unlink()
    (site / ".nojekyll").touch()


def _restoring(worker: str) -> str:
    """marimo's worker, which puts back a saved Python where it would start one and load packages into it."""
    for pattern, instead in RESTORING:
        worker, found = pattern.subn(instead, worker)
        if found != 1:
            raise SiteError(f"marimo {MARIMO} starts Python in another way: look again")
    return worker


def _one(folder: Path, pattern: str) -> Path:
    found = list(folder.glob(pattern))
    if len(found) != 1:
        raise SiteError(f"marimo {MARIMO} has {len(found)} files {pattern}, not one: look again")
    return found[0]


def page(source: str, name: str, site: Path, lock: Path, work: Path, first: str = "", mode: RunMode = "run") -> None:
    """Write the page of a notebook's source; `first` is what it shows before Python has started."""
    notebook = work / f"{name}.py"
    notebook.write_text(HEADER + OWN_HEADER.sub("", source), encoding="utf-8")
    os.environ["MARIMO_PYODIDE_LOCK_FILE"] = str(lock)  # else marimo asks a host for its own
    places = WASMRuntimeConfig(
        pyodide_index_url="./pyodide/",
        pyodide_lockfile_url=f"./pyodide/{lock.name}",
        pypi_index_url="./no-index/",  # what is not in the list is not looked for elsewhere
    )
    shown = mode == "edit"
    options = WASMExportOptions(mode=mode, show_code=shown, asset_url=None, runtime=places)
    asked = WASMFileExportRequest(path=MarimoPath(notebook), options=options)
    text = UNSEEN.sub("", asyncio.run(export_wasm(asked)).text)
    script = (HERE / "watch.js").read_text(encoding="utf-8")
    style = (HERE / "watch.css").read_text(encoding="utf-8")
    head = f'{HEAD}\n<style>{style}</style>\n<script data-mode="{mode}">{script}</script>'
    shell = f'<div class="site-first">{first}</div>\n{ROOT}' if first else ROOT
    for place, more in ((HEAD, head), (ROOT, shell)):
        if text.count(place) != 1:
            raise SiteError(f"marimo {MARIMO} writes pages without {place}: look again")
        text = text.replace(place, more)
    (site / f"{name}.html").write_text(text, encoding="utf-8")
