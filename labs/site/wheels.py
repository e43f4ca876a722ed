"""Wheels made thin, and the list from which Pyodide loads them."""

from __future__ import annotations

import hashlib
import json
import re
import zipfile
from email.parser import HeaderParser
from pathlib import Path
from typing import Any

from mirror import SiteError
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name, parse_wheel_filename

#: Named by a wheel of the pages, and not used by a page that only runs.
LEFT_OUT = {
    "docutils",  # help for readers who edit
    "itsdangerous",  # marimo's server
    "python-multipart",
    "jupyterlab-widgets",  # the Jupyter side of widgets
    "widgetsnbextension",
    "kaleido",  # pictures by a desktop's Chromium
    "marimo",  # marimo-base has its Python
    "mlsysim",
    "rich",  # the command line
    "typer",
}
#: Files that a page never reads, by wheel.
UNREAD = {
    "anywidget": r"nbextension/|\.data/",
    "jedi": r"third_party/",
    "plotly": r"package_data/(plotly\.min|widgetbundle)|package_data/datasets/|labextension/|\.data/",
    "pydantic": r"pydantic/(v1/|mypy)",
    "pyyaml": r"\.so$",
}
ANYWHERE = r"\.(pyi|map)$|(^|/)tests?/"
#: A page asks for the wheel of this checkout alone; what the labs need comes with it.
EXTRAS = {"mlsysim": "labs"}
BROWSER = {
    "extra": "",
    "implementation_name": "cpython",
    "os_name": "posix",
    "platform_machine": "wasm32",
    "platform_python_implementation": "CPython",
    "platform_system": "Emscripten",
    "sys_platform": "emscripten",
}
FIRST_DAY = (1980, 1, 1, 0, 0, 0)  # the oldest date of a zip: the same files make the same wheel


def name_of(wheel: Path) -> str:
    return parse_wheel_filename(wheel.name)[0]


def thin(wheel: Path, folder: Path) -> Path:
    """The wheel without the files that no page reads, in a folder named for its contents."""
    unread = re.compile(f"{UNREAD.get(name_of(wheel), '$^')}|{ANYWHERE}")
    name = re.sub(r"-cp\d+-cp\d+-manylinux.*", "-py3-none-any.whl", wheel.name)
    made = folder / name
    with zipfile.ZipFile(wheel) as old, zipfile.ZipFile(made, "w") as new:
        for entry in old.infolist():
            if entry.is_dir() or (".dist-info/" not in entry.filename and unread.search(entry.filename)):
                continue
            kept = zipfile.ZipInfo(entry.filename, FIRST_DAY)
            kept.external_attr = entry.external_attr
            new.writestr(kept, old.read(entry), zipfile.ZIP_DEFLATED, 9)
    home = folder / digest(made)[:8]
    home.mkdir()
    return made.rename(home / name)


def digest(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()


def imports(wheel: Path) -> list[str]:
    """The names that a program imports from a wheel."""
    with zipfile.ZipFile(wheel) as archive:
        files = [name for name in archive.namelist() if name.endswith((".py", ".so"))]
    tops = {name.split("/")[0].removesuffix(".py") for name in files}
    return sorted(top for top in tops if top.isidentifier())


def depends(wheel: Path, known: set[str], environment: dict[str, str]) -> list[str]:
    """The wheels that a wheel needs in a browser."""
    with zipfile.ZipFile(wheel) as archive:
        file = next(n for n in archive.namelist() if n.endswith(".dist-info/METADATA"))
        text = HeaderParser().parsestr(archive.read(file).decode())
    extras = ("", EXTRAS.get(name_of(wheel), ""))
    needed = set()
    for line in text.get_all("Requires-Dist") or []:
        asked = Requirement(line)
        if asked.marker is None or any(asked.marker.evaluate({**environment, "extra": extra}) for extra in extras):
            needed.add(canonicalize_name(asked.name))
    if lost := needed - known - LEFT_OUT:
        raise SiteError(f"{wheel.name} needs {', '.join(sorted(lost))}: add it to requirements.txt")
    return sorted(needed & known)


def lock(wheels: list[Path], core: Path, site: Path) -> dict[str, Any]:
    """Pyodide's list of these wheels; it reads their addresses from its own folder in the site."""
    info = json.loads((core / "pyodide-lock.json").read_text(encoding="utf-8"))["info"]
    short = ".".join(info["python"].split(".")[:2])
    environment = BROWSER | {"python_full_version": info["python"], "python_version": short}
    known = {name_of(wheel) for wheel in wheels}
    return {
        "info": info,
        "packages": {
            name_of(wheel): {
                "name": name_of(wheel),
                "version": str(parse_wheel_filename(wheel.name)[1]),
                "file_name": f"../{wheel.relative_to(site).as_posix()}",
                "install_dir": "site",
                "sha256": digest(wheel),
                "package_type": "package",
                "imports": imports(wheel),
                "depends": depends(wheel, known, environment),
            }
            for wheel in wheels
        },
    }
