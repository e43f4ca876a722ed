"""The first page of the site: the labs by volume and chapter, the walls, and what else there is."""

from __future__ import annotations

from html import escape
from pathlib import Path

from contents import Lab

from mlsysim import WALLS

HERE = Path(__file__).parent
VOLUMES = {"vol1": "Volume I: one machine", "vol2": "Volume II: a fleet"}
#: Pages that are no labs: what they are called, and what they are for.
OTHERS = {
    "atlas": ("Atlas of the walls", "every wall with its equations, published cases and an explorer"),
    "gallery": ("Charts and widgets", "every picture with the lines that make it"),
    "explorer": ("Explorer of a plan", "one plan, one metric, a few sliders"),
}


def edited(name: str) -> str:
    """The name of the page on which a lab can be changed."""
    return f"{name}-edit"


def write(site: Path, labs: list[Lab]) -> None:
    """Write the index of these labs."""
    text = (HERE / "index.html").read_text(encoding="utf-8")
    parts = {"labs": _volumes(labs), "walls": _walls(), "others": _others()}
    for name, lines in parts.items():
        text = text.replace(f"<!-- {name} -->", "\n".join(lines))
    (site / "index.html").write_text(text, encoding="utf-8")


def _volumes(labs: list[Lab]) -> list[str]:
    lines = []
    for volume in dict.fromkeys(lab.volume for lab in labs):
        lines += [f"<h2>{VOLUMES[volume]}</h2>", '<ol class="labs">']
        lines += [_lab(lab) for lab in labs if lab.volume == volume]
        lines.append("</ol>")
    return lines


def _lab(lab: Lab) -> str:
    walls = ", ".join(_wall(number, str(number)) for number in sorted(lab.walls))
    told = [lab.chapter, f"{lab.minutes} minutes"]
    told += [f"walls {walls}"] if walls else []
    told.append(f'<a href="./{edited(lab.name)}.html">edit</a>')
    return (
        f'<li value="{int(lab.number)}"><a href="./{lab.name}.html">{escape(lab.title)}</a>'
        f"<q>{escape(lab.belief.strip('“”'))}</q><small>{' · '.join(told)}</small></li>"
    )


def _wall(number: int, words: str) -> str:
    title = escape(f"{WALLS[number].name}: {WALLS[number].question}")
    return f'<a href="./atlas.html?wall={number}" title="{title}">{escape(words)}</a>'


def _walls() -> list[str]:
    listed = [f'<li value="{n}">{_wall(n, WALLS[n].name)}</li>' for n in sorted(WALLS)]
    return ['<ol class="walls">', *listed, "</ol>"]


def _others() -> list[str]:
    lines = [f'<li><a href="./{name}.html">{title}</a>: {what}</li>' for name, (title, what) in OTHERS.items()]
    return ["<ul>", *lines, "</ul>"]
