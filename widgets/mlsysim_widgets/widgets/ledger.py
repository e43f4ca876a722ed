"""What a reader predicted, decided and wrote, kept across the labs: in the browser, and on disk where there is one."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import traitlets

from mlsysim import InputError

from .. import entries as book
from .base import Widget

#: Where a ledger is kept on disk unless another place is named.
HOME = Path("~/.mlsysim/ledger.json")
#: Most characters of an imported file.
MOST = 10_000_000


class Ledger(Widget):
    """What the reader predicted, decided and wrote, kept across the labs.

    `Ledger("vol1/05", boxes={"reflection-a": "What surprised you?"})`. The page writes every change to the database
    "mlsysim" of the browser at once, and reads it back when it is opened again; Python, where it has a disk of its
    own, writes `path` as well: `~/.mlsysim/ledger.json` unless it is said, nowhere where `path` is "".
    """

    EXAMPLE = """boxes = {"decision": ("Where should it run?", ["on the device", "in the cloud"]), "why": "Why there?"}
Ledger("gallery", boxes=boxes)"""
    lab = traitlets.Unicode("").tag(sync=True)
    reader = traitlets.Unicode("").tag(sync=True)
    #: Everything that was said, in all labs.
    entries = traitlets.List().tag(sync=True)
    #: Boxes to write in: id, kind, question, options.
    boxes = traitlets.List().tag(sync=True)
    #: What the page sends: the text of each box, the entries of the browser's database, the text of a file, and the
    #: lab that is forgotten.
    typed = traitlets.Dict().tag(sync=True)
    stored = traitlets.List().tag(sync=True)
    file = traitlets.Unicode("").tag(sync=True)
    forgotten = traitlets.Unicode("").tag(sync=True)
    #: How far the page is: the entries that it wrote and the failure; the page waits for `joined` after `stored`.
    kept = traitlets.Dict().tag(sync=True)
    joined = traitlets.Int(0).tag(sync=True)
    place = traitlets.Unicode("").tag(sync=True)

    def __init__(
        self,
        lab: str,
        reader: str = "",
        *,
        path: str | Path | None = None,
        boxes: Mapping[str, Any] | None = None,
        **more: Any,
    ):
        if not isinstance(lab, str) or not lab.strip():
            raise InputError(f"ledger: {lab!r} is not the name of a lab, such as vol1/05")
        super().__init__(lab=lab, reader=reader, **more)
        self.boxes = [_box(name, asked) for name, asked in (boxes or {}).items()]
        where = _place(path)
        self._disk = book.Disk(where) if where is not None else None
        self._met = self.stored
        self._named_place = self.place = str(path or HOME) if self._disk else ""
        self._begin()
        self.observe(self._page_typed, "typed")
        self.observe(self._page_stored, "stored")
        self.observe(self._page_file, "file")
        self.observe(self._page_forgot, "forgotten")
        self.observe(self._named, "reader")

    # ---- what labs call
    def record(
        self, id: str, value: Any, kind: str = "reflection", *, lab: str | None = None, **more: Any
    ) -> dict[str, Any]:
        """Keep an answer under its id at once; an earlier one is kept beside it, the same one is kept once."""
        where = self.lab if lab is None else lab
        earlier = self.entry(id, where) or {}
        if earlier.items() >= {"kind": kind, "value": value, **more}.items():
            return earlier  # a cell that shows the ledger runs again at every entry
        at = book.now(earlier.get("at", ""))
        entry = {"lab": where, "id": id, "kind": kind, "at": at, "value": value, **more}
        entry = {name: item for name, item in entry.items() if item not in ("", None)} | {
            "lab": where,
            "value": value,
        }
        book.check(entry, book.ENTRY, "ledger")
        self.entries = book.join(self.entries, [entry])
        self._write()
        return self.entry(id, where) or entry

    def decide(self, id: str, value: Any, question: str = "", **more: Any) -> dict[str, Any]:
        """Keep a decision."""
        return self.record(id, value, "decision", question=question, **more)

    def entry(self, id: str, lab: str | None = None) -> dict[str, Any] | None:
        """What was said under an id; of another lab where it is named."""
        where = (self.lab if lab is None else lab, id)
        return next((entry for entry in self.entries if book.key(entry) == where), None)

    def said(self, id: str, lab: str | None = None, default: Any = None) -> Any:
        """The value that was said under an id."""
        entry = self.entry(id, lab)
        return default if entry is None else entry["value"]

    def to_json(self) -> str:
        """Everything as one file, to the schema `mlsysim_widgets.entries.SCHEMA`."""
        return book.written(self.reader, self.entries)

    def export(self, path: str | Path) -> None:
        """Write everything into one file."""
        book.Disk(Path(path)).write(self.reader, self.entries)

    def load(self, text: str | Path) -> int:
        """Join the entries of a file, its text or its path; how many are new or changed."""
        if isinstance(text, Path):
            text = text.read_text(encoding="utf-8")
        document = book.read(text, "file")
        before = {book.key(entry): entry for entry in self.entries}
        self.entries = book.join(self.entries, document["entries"])
        self._know(document.get("reader", ""))
        self._write()
        return sum(before.get(book.key(entry)) != entry for entry in self.entries)

    def forget(self) -> None:
        """Drop everything that was said in this lab."""
        self.entries = [entry for entry in self.entries if entry["lab"] != self.lab]
        self._write(forget=self.lab)

    # ---- the disk
    def _begin(self) -> None:
        """What an earlier run left on disk; a file that cannot be read stays as it is, and that is said."""
        if self._disk is None:
            return
        try:
            document = self._disk.read()
        except (OSError, InputError) as error:
            self._fail(f"ledger: {self.place} cannot be read ({_cause(error)}); it is left alone")
            self._disk = None
            return
        self.entries = document["entries"]
        self._know(document.get("reader", ""))

    def _write(self, forget: str | None = None) -> None:
        if self._disk is None:
            return
        try:
            self._disk.write(self.reader, self.entries, forget)
            self.error, self.place = "", self._named_place
        except (OSError, InputError) as error:
            self._fail(f"ledger: {self._named_place} was not written ({_cause(error)})")

    def _fail(self, message: str) -> None:
        """Say it in the page, and where there is no page."""
        self.error = message
        self.place = ""
        warnings.warn(message, stacklevel=3)

    def _know(self, reader: str = "") -> None:
        """The reader's name, from an earlier visit or a file, where none is given."""
        self.reader = self.reader or self.said("reader", "", "") or reader

    def _named(self, change: Any) -> None:
        """Keep the name beside the answers, so that the browser has it at the next visit."""
        if self.said("reader", "", "") != change["new"]:
            self.record("reader", change["new"], "setting", lab="")

    # ---- the page
    def _page_typed(self, change: Any) -> None:
        self._join()  # what the browser has may come in the same message
        boxes = {box["id"]: box for box in self.boxes}
        for name, text in change["new"].items():
            box = boxes[name]
            if text != self.said(name, default=""):
                self.record(name, text, box["kind"], question=box["question"])

    def _page_stored(self, _: Any) -> None:
        self._join()
        self._know()
        self._write()
        self.joined += 1

    def _join(self) -> None:
        """Join what the page has read from its database, once."""
        if self.stored is not self._met:
            self._met = self.stored
            self.entries = book.join(self.entries, filter(_sound, self.stored))

    def _page_file(self, change: Any) -> None:
        if not change["new"]:
            return
        try:
            if len(change["new"]) > MOST:
                raise InputError(f"file: it has more than {MOST:,} characters")
            self.load(change["new"])
        except InputError as error:
            self.error = str(error)
        self.file = ""

    def _page_forgot(self, change: Any) -> None:
        if change["new"] == self.lab:
            self.forget()
        self.forgotten = ""

    @traitlets.validate("typed")
    def _known_box(self, proposal: Any) -> dict[str, str]:
        names = [box["id"] for box in self.boxes]
        for name, text in proposal.value.items():
            if name not in names:
                raise traitlets.TraitError(f"{name!r} is no box: {', '.join(names) or 'none'}")
            if not isinstance(text, str):
                raise traitlets.TraitError(f"{name}: {text!r} is not text")
        return proposal.value


def _box(name: str, asked: Any) -> dict[str, Any]:
    """A box from its question, or from a question and the options of a decision."""
    question, options = (asked, ()) if isinstance(asked, str) else asked
    if isinstance(options, str) or not isinstance(options, Sequence):
        raise InputError(f"ledger: boxes.{name}: {options!r} is not a list of options")
    kind = "decision" if options or name.startswith("decision") else "reflection"
    return {"id": name, "kind": kind, "question": question, "options": list(options)}


def _place(path: str | Path | None) -> Path | None:
    """The file on disk; none in the browser, and none where one process serves many readers, unless it is named."""
    if path is not None:
        return Path(path).expanduser() if str(path) else None
    if sys.platform == "emscripten":
        return None
    marimo = sys.modules.get("marimo")
    if marimo is not None and marimo.running_in_notebook() and marimo.app_meta().mode == "run":
        return None
    return HOME.expanduser()


def _sound(entry: Any) -> bool:
    """Whether the browser's database gave an entry and not something that another program left."""
    try:
        book.check(entry, book.ENTRY)
    except InputError:
        return False
    return True


def _cause(error: Exception) -> str:
    return getattr(error, "strerror", None) or str(error)
