"""Runs in Pyodide while the site is built: the wheels' files compiled, without what only a developer reads."""

import marshal
import py_compile
import zipfile
from pathlib import Path

PLACE = "/lib/python3.14/site-packages/"
#: Kept as they are: their folders are listed, their docstrings shown to readers.
OWN = ("mlsysim", "mlsysim_widgets")
UNCHECKED = py_compile.PycInvalidationMode.UNCHECKED_HASH
HEAD = 16  # bytes of a compiled file before its code
UNIT, MOST = 2, 8  # bytes of an instruction, instructions of an entry in a table of lines
SAME = 0x80 | 13 << 3  # an entry, without columns, and a zero: its instructions belong to the line before


def bare(code):
    """Code all of whose instructions belong to its first line."""
    full, left = divmod(len(code.co_code) // UNIT, MOST)
    table = bytes([SAME | MOST - 1, 0] * full + [SAME | left - 1, 0] * (left > 0))
    inner = (bare(one) if hasattr(one, "co_code") else one for one in code.co_consts)
    return code.replace(co_linetable=table, co_consts=tuple(inner))


def compiled(file: Path, name: str) -> bytes:
    """A compiled file without docstrings and lines."""
    made = py_compile.compile(
        str(file), "/made.pyc", PLACE + name, doraise=True, optimize=2, invalidation_mode=UNCHECKED
    )
    text = Path(made).read_bytes()
    return text[:HEAD] + marshal.dumps(bare(marshal.loads(text[HEAD:])))


def pack(source: Path, target: str) -> None:
    """Every file of a folder in one archive."""
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in sorted(source.rglob("*")):
            name = file.relative_to(source).as_posix()
            if file.suffix == ".py" and name.split("/")[0] not in OWN:
                archive.writestr(name + "c", compiled(file, name))
            elif file.is_file() and file.suffix != ".so":
                archive.write(file, name)
