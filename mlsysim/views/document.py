"""A document of headings, paragraphs, tables and trees, written once and printed as text, Markdown or HTML."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape
from itertools import zip_longest
from shutil import get_terminal_size
from textwrap import wrap
from typing import NamedTuple

ABSENT = "–"
MARKS = ("?", "~")  # what may stand behind a number
LONGEST = 12
OPEN_DEPTH = 3  # branches of a tree that a page shows unfolded


class Heading(NamedTuple):
    """A heading below the title."""

    text: str


class Table(NamedTuple):
    """Rows of text under their headings; a column of numbers is set to the right."""

    heads: tuple[str, ...]
    rows: Sequence[tuple[str, ...]]

    def right(self, column: int) -> bool:
        cells = [row[column] for row in self.rows if row[column] != ABSENT]
        return bool(cells) and all(
            cell[:1].isdigit() or cell[:2].lstrip("-").isdigit() for cell in cells
        )


class Bullets(NamedTuple):
    """A list of short lines."""

    lines: list[str]


class Node(NamedTuple):
    """A line of a tree: a name, what is said of it, and what lies below."""

    name: str
    text: str
    below: list[Node]


#: How names of metrics end with units that no name can hold as they are.
ENDINGS = {"tCO2e": "t", "m**3": "m3"}


def headed(name: str, unit: str) -> str:
    """A column's name, and its unit where the name does not end with it."""
    ending = ENDINGS.get(unit, unit.lower())
    return name if not unit or name.endswith(f"_{ending}") else f"{name}, {unit}"


Block = str | Heading | Table | Bullets | Node


class Document(NamedTuple):
    """A title and blocks."""

    title: str
    blocks: Sequence[Block]

    def text(self) -> str:
        """For a terminal; 100 columns where there is none."""
        width = min(max(get_terminal_size((100, 24)).columns, 60), 160)
        return "\n".join(
            [self.title, "=" * len(self.title), *(_text(block, width) for block in self.blocks)]
        )

    def markdown(self) -> str:
        return "\n\n".join(
            [f"# {_marked(self.title)}", *(_markdown(block) for block in self.blocks)]
        )

    def html(self) -> str:
        body = "\n".join(_html(block) for block in self.blocks)
        return page(self.title, f"<h1>{escape(self.title)}</h1>\n{body}")

    def fragment(self) -> str:
        """A part of a page, in the look of the notebook that it stands in."""
        body = "\n".join(_html(block) for block in self.blocks)
        return f'<div class="mlsysim"><h3>{escape(self.title)}</h3>\n{body}</div>'


# ---- text
def _text(block: Block, width: int) -> str:
    if isinstance(block, Heading):
        return f"\n{block.text}"
    if isinstance(block, Table):
        parts = _abreast(block, width)
        return "\n\n".join("\n".join(_table(part, width)) for part in parts)
    if isinstance(block, Bullets):
        return "\n".join(
            "\n".join(wrap(line, width, initial_indent="  - ", subsequent_indent="    "))
            for line in block.lines
        )
    if isinstance(block, Node):
        return "\n".join(_tree(block, "", "", width))
    return "\n".join(wrap(block, width))


def _abreast(table: Table, width: int) -> Iterator[Table]:
    """A table as it is, or, where it is too wide, its columns in several tables that all begin with the first."""
    first, *least = _widths(table)[1]
    place = width - first
    groups: list[list[int]] = [[]]
    for column, needed in enumerate(least, 1):
        used = sum(2 + least[i - 1] for i in groups[-1])
        if groups[-1] and used + 2 + needed > place:
            groups.append([])
        groups[-1].append(column)
    for group in groups:
        cells = [tuple(row[i] for i in (0, *group)) for row in (table.heads, *table.rows)]
        yield Table(cells[0], cells[1:])


def _widths(table: Table) -> tuple[list[int], list[int]]:
    """How wide each column is, and how narrow it can be."""
    columns = list(zip(*table.rows)) or [()] * len(table.heads)
    widths = [max(map(len, (head, *cells))) for head, cells in zip(table.heads, columns)]
    least = [
        min(w, _least(head, cells, table.right(i)))
        for i, (w, head, cells) in enumerate(zip(widths, table.heads, columns))
    ]
    return widths, least


def _table(table: Table, width: int) -> Iterator[str]:
    columns = list(zip(*table.rows)) or [()] * len(table.heads)
    right = [table.right(i) for i in range(len(columns))]
    widths, least = _widths(table)
    over = sum(widths) + 2 * (len(widths) - 1) - width
    for _ in range(min(over, sum(widths) - sum(least))):  # the widest that can gives way
        widths[max((w, i) for i, w in enumerate(widths) if w > least[i])[1]] -= 1
    marked = [r and any(cell.endswith(MARKS) for cell in cells) for r, cells in zip(right, columns)]
    heads = [
        [head] if len(head) <= w else _wrapped(head.replace("_", "_ "), w, "_ ")
        for head, w in zip(table.heads, widths)
    ]
    yield from _lines(heads, widths, right)
    yield "  ".join("-" * w for w in widths)
    for row in table.rows:
        cells = [
            _wrapped(cell, w - (m and not cell.endswith(MARKS)))
            for cell, w, m in zip(row, widths, marked)
        ]
        cells = [
            [f"{part} " if m and not part.endswith(MARKS) else part for part in cell]
            for cell, m in zip(cells, marked)
        ]
        yield from _lines(cells, widths, right)


def _least(head: str, cells: tuple[str, ...], right: bool) -> int:
    """How narrow a column can be: numbers and single words stay whole, very long words of a sentence break."""
    named = max(map(len, head.replace("_", "_ ").split()), default=0)
    if right:
        return max(named, *map(len, cells)) + any(cell.endswith(MARKS) for cell in cells)
    sentences = [cell.split() for cell in cells if " " in cell]
    words = [min(len(word), LONGEST) for sentence in sentences for word in sentence]
    return max([named, *words, *(len(cell) for cell in cells if " " not in cell)])


def _wrapped(text: str, width: int, joint: str = "") -> list[str]:
    lines = wrap(text, max(width, 1)) or [""]
    return [line.replace(joint, "_") for line in lines] if joint else lines


def _lines(cells: list[list[str]], widths: list[int], right: list[bool]) -> Iterator[str]:
    for parts in zip_longest(*cells, fillvalue=""):
        line = (part.rjust(w) if r else part.ljust(w) for part, w, r in zip(parts, widths, right))
        yield "  ".join(line).rstrip()


def _tree(node: Node, first: str, rest: str, width: int) -> Iterator[str]:
    inner = rest + ("│  " if node.below else "   ")
    lines = wrap(f"{node.name} {node.text}", max(width - len(inner) - 2, 30))
    yield first + lines[0]
    yield from (f"{inner}  {line}" for line in lines[1:])
    for i, child in enumerate(node.below):
        last = i == len(node.below) - 1
        yield from _tree(
            child, rest + ("└─ " if last else "├─ "), rest + ("   " if last else "│  "), width
        )


# ---- Markdown
def _marked(text: str) -> str:
    """Text with the signs of Markdown tables and of HTML set apart."""
    text = " ".join(text.split()).replace("\\", "\\\\").replace("|", "\\|")
    return text.replace("&", "&amp;").replace("<", "&lt;")


def _markdown(block: Block) -> str:
    if isinstance(block, Heading):
        return f"## {_marked(block.text)}"
    if isinstance(block, Table):
        rule = tuple("---:" if block.right(i) else "---" for i in range(len(block.heads)))
        rows = (map(_marked, row) for row in (block.heads, rule, *block.rows))
        return "\n".join(f"| {' | '.join(row)} |" for row in rows)
    if isinstance(block, Bullets):
        return "\n".join(f"- {_marked(line)}" for line in block.lines)
    if isinstance(block, Node):
        return "\n".join(_items(block, 0))
    return _marked(block)


def _items(node: Node, depth: int) -> Iterator[str]:
    yield f"{'  ' * depth}- **{_marked(node.name)}** {_marked(node.text)}"
    for child in node.below:
        yield from _items(child, depth + 1)


# ---- HTML
STYLE = """
:root{color-scheme:light dark}
body{font:15px/1.5 system-ui,sans-serif;max-width:72rem;margin:0 auto;padding:1rem;color:CanvasText;background:Canvas}
h1{font-size:1.3rem}h2{font-size:1.05rem;margin:1.4rem 0 .4rem}
.wide{overflow-x:auto}table{border-collapse:collapse}
th,td{padding:.2rem .6rem;text-align:left;vertical-align:top;overflow-wrap:anywhere;min-width:5rem}
th,td{border-bottom:1px solid color-mix(in srgb,CanvasText 20%,Canvas)}
.n{min-width:0;text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}
details,.leaf{margin-left:1rem}summary{cursor:pointer}pre{overflow-x:auto}
"""
PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>{style}</style>
</head>
<body>
{body}
</body>
</html>"""


def page(title: str, body: str) -> str:
    """A complete page that fetches nothing."""
    return PAGE.format(title=escape(title), style=STYLE, body=body)


def _html(block: Block) -> str:
    if isinstance(block, Heading):
        return f"<h2>{escape(block.text)}</h2>"
    if isinstance(block, Table):
        marks = [' class="n"' if block.right(i) else "" for i in range(len(block.heads))]
        heads = "".join(f"<th{mark}>{escape(head)}</th>" for head, mark in zip(block.heads, marks))
        rows = (
            "".join(f"<td{mark}>{escape(cell)}</td>" for cell, mark in zip(row, marks))
            for row in block.rows
        )
        return (
            f'<div class="wide"><table><tr>{heads}</tr>\n'
            + "\n".join(f"<tr>{row}</tr>" for row in rows)
            + "</table></div>"
        )
    if isinstance(block, Bullets):
        return "<ul>" + "".join(f"<li>{escape(line)}</li>" for line in block.lines) + "</ul>"
    if isinstance(block, Node):
        return _branch(block, 0)
    return f"<p>{escape(block)}</p>"


def _branch(node: Node, depth: int) -> str:
    line = f"<b>{escape(node.name)}</b> {escape(node.text)}"
    if not node.below:
        return f'<div class="leaf">{line}</div>'
    inner = "\n".join(_branch(child, depth + 1) for child in node.below)
    return f"<details{' open' if depth < OPEN_DEPTH else ''}><summary>{line}</summary>\n{inner}</details>"
