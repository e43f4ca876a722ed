"""What a lab says of itself: its first screen, and what the index tells of it."""

from __future__ import annotations

import re
import runpy
from html import unescape
from pathlib import Path
from typing import NamedTuple

from mirror import SiteError

SECTION = re.compile(r'<section id="opening">.*?</section>', re.S)
HEADING = re.compile(r"<h1[^>]*>(.*?)</h1>", re.S)
MINUTES = re.compile(r"(\d+) minutes")
WALLS = re.compile(r"· walls? ([^<]*)")
BELIEF = re.compile(r"<em>(.*?)</em>", re.S)
#: Words of file names that are no plain words.
SPELT = {"ml": "ML"}


class Lab(NamedTuple):
    """A lab: the name of its page, its volume and chapter, and what its first screen says."""

    name: str
    volume: str
    number: str
    chapter: str
    title: str
    belief: str
    minutes: str
    walls: tuple[int, ...]
    opening: str


def lab(file: Path) -> Lab:
    """Run a lab to its first question, and read what it says."""
    outputs, _ = runpy.run_path(str(file))["app"].run()
    shown = "".join(str(getattr(one, "text", "")) for one in outputs)
    found = SECTION.search(shown)
    if not found:
        raise SiteError(f"{file.name} has no opening")
    opening = found[0]
    number, *words = file.stem.split("_")
    chapter = " ".join(SPELT.get(word, word) for word in words)
    told = WALLS.search(opening)
    walls = tuple(int(one) for one in re.findall(r"\d+", told[1])) if told else ()
    return Lab(
        f"{file.parent.name}-{file.stem}",
        file.parent.name,
        number,
        chapter[:1].upper() + chapter[1:],
        _text(HEADING, opening),
        _text(BELIEF, opening),
        _text(MINUTES, opening),
        walls,
        opening,
    )


def _text(pattern: re.Pattern[str], opening: str) -> str:
    found = pattern.search(opening)
    return unescape(re.sub(r"<[^>]+>", "", found[1])).strip() if found else ""
