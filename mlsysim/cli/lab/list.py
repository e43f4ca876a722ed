"""`mlsysim lab list`: the labs there are."""

from __future__ import annotations

from ...views.document import Document, Table
from ..answer import SCHEMA_VERSION, TEXT, Answer, Schema, listed, output, shaped
from .pages import labs


def schema() -> Schema:
    return output("labs", labs=listed(shaped(name=TEXT, title=TEXT)))


def command() -> Answer:
    """List the labs; `mlsysim lab open vol1/00` opens one."""
    rows = [(lab.name, lab.title) for lab in labs().values()]
    data = [{"name": name, "title": title} for name, title in rows]
    told = "`mlsysim lab open vol1/00` opens one in a browser on this machine."
    document = Document("Labs", [Table(("lab", "question"), rows), told])
    return Answer({"schema_version": SCHEMA_VERSION, "kind": "labs", "labs": data}, document)
