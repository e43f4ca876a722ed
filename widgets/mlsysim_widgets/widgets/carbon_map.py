"""Where and when a plan runs: the regions of the registry by the carbon of the run, and the hours of a day."""

from __future__ import annotations

from typing import Any

import traitlets

from mlsysim import Infra, InputError
from mlsysim.core.points import at_points
from mlsysim.core.records import MARKED, Record
from mlsysim.core.solver.optima.placement import (
    HOURS_OF_DAY,
    Window,
    best_window,
    figures_of,
    regions,
)
from mlsysim.core.solver.question import PlanQuestion, question_of
from mlsysim.core.text import plain, readable
from mlsysim.core.units import unit

from ..hover import percent
from .base import Widget, finite

#: What a region changes, in the words of the page; the first is what regions are coloured and ranked by.
SHOWN = {
    "operational_carbon": ("Carbon of the electricity", "gCO2e"),
    "tco": ("Total cost", "USD"),
    "water": ("Water on site", "m**3"),
    "grid_carbon_intensity": ("Carbon of a kilowatt-hour", "gCO2e/J"),
    "electricity_price": ("Price of electricity", "USD/J"),
}
CARBON = "operational_carbon"
KINDS = {"Grids": "Countries and grids", "Regions": "Cloud regions", "Subregions": "US subregions"}
SORTS = {"carbon": "carbon", "cost": "cost", "name": "name"}
PER_KWH = unit("gCO2e/kWh").factor


class CarbonMap(Widget):
    """Where and when to run: regions by the carbon of the run, and the hours of a day where they are known.

    `CarbonMap(plan_or_evaluation)`. Choose a region to see carbon, cost and water there; where the registry has the
    region's hours, choose the busy ones. Only regions whose carbon is counted in the same way stand side by side.
    """

    EXAMPLE = (
        'run = {"model_obj": "Llama3_70B", "hardware_obj": "H100", "accelerators": 64}\n'
        'CarbonMap(mlsysim.SystemEvaluator.evaluate(**run, region="France", utilisation=0.4))'
    )
    #: Groups to choose from: name and words.
    groups = traitlets.List().tag(sync=True)
    #: What the page sends: the group and the order, the region, and the busy hours: start (UTC) and length.
    listed = traitlets.Dict().tag(sync=True)
    region = traitlets.Unicode("").tag(sync=True)
    hours = traitlets.Dict().tag(sync=True)
    #: Each region: id, name, country, text, carbon, whether its hours are known, whether it is that of the plan.
    tiles = traitlets.List().tag(sync=True)
    #: The region chosen: name, lines (words and value), source, text.
    detail = traitlets.Dict().tag(sync=True)
    #: Its hours: bars in gCO2e/kWh, busy share of each, text; without bars where they are not known.
    day = traitlets.Dict().tag(sync=True)

    def __init__(self, subject: Any, **more: Any):
        question = question_of(subject)
        if not isinstance(question, PlanQuestion):
            raise InputError("CarbonMap: it needs a plan with a model, a chip and a region")
        self._evaluation = question.evaluation
        self._scenario = question.scenario
        self._places = {place.path: place for place in regions()}
        self._home = self._scenario.region.path
        self._columns: tuple[float, dict[str, dict[str, float]]] = (-1.0, {})
        super().__init__(**more)
        groups = dict.fromkeys(map(_group, self._places.values()))
        self.groups = [[f"{kind}/{basis}", f"{KINDS[kind]}, {basis}"] for kind, basis in groups]
        home = self._places.get(self._home)
        first = "/".join(_group(home)) if home else self.groups[0][0]
        self.listed = {"group": first, "sort": "carbon"}
        self.region = self._home if home else self._in_group()[0].path
        length = self._scenario.plan.ops.utilisation * HOURS_OF_DAY
        self.hours = {"start": self._best(length), "length": length}
        self.observe(self.answer, ["listed", "region", "hours"])
        self.answer()

    # ---- what the page may send
    @traitlets.validate("listed")
    def _listable(self, proposal: Any) -> dict[str, str]:
        value = {**self.listed, **proposal.value}
        names = [name for name, _ in self.groups]
        if value.get("group") not in names:
            raise traitlets.TraitError(f"{value.get('group')!r} is no group: {', '.join(names)}")
        if value.get("sort") not in SORTS:
            raise traitlets.TraitError(f"{value.get('sort')!r} is not one of {', '.join(SORTS)}")
        return value

    @traitlets.validate("region")
    def _placed(self, proposal: Any) -> str:
        if proposal.value not in self._places:
            found = [p for p in self._places if p.rsplit(".", 1)[-1] == proposal.value]
            if not found:
                raise traitlets.TraitError(f"{proposal.value!r} is no region of the registry")
            return found[0]
        return proposal.value

    @traitlets.validate("hours")
    def _timed(self, proposal: Any) -> dict[str, float]:
        value = {**self.hours, **proposal.value}
        for name, low, high in (("start", 0, HOURS_OF_DAY - 1), ("length", 0, HOURS_OF_DAY)):
            number = value.get(name)
            if isinstance(number, bool) or not isinstance(number, (int, float)):
                raise traitlets.TraitError(f"hours.{name}: {number!r} is not a number")
            if not low <= number <= high or (name == "length" and number == 0):
                raise traitlets.TraitError(
                    f"hours.{name}: {number!r} is not within {low} to {high}"
                )
        return {"start": int(value["start"]), "length": float(value["length"])}

    # ---- what the core says
    def _in_group(self) -> list[Record]:
        return [p for p in self._places.values() if "/".join(_group(p)) == self.listed["group"]]

    def _numbers(self) -> dict[str, dict[str, float]]:
        """Every region's answers when the system is busy as long as asked; all regions in one call."""
        length, known = self._columns
        if length != self.hours["length"]:
            length = self.hours["length"]
            figures = [figures_of(place, self._evaluation) for place in self._places.values()]
            columns = {name: [entry[name] for entry in figures] for name in figures[0]}
            given = {**self._scenario.given, "utilisation": length / HOURS_OF_DAY}
            found = at_points(SHOWN, given, self._scenario.options, columns)
            known = {
                path: {symbol: found[symbol][i] for symbol in SHOWN}
                for i, path in enumerate(self._places)
            }
            self._columns = length, known
        return known

    def _profile(self) -> list[float] | None:
        """Carbon of each hour over the mean of the day, where the registry has the region's hours."""
        place = self._places[self.region]
        if "hours" not in place.traits:
            return None
        profile = Infra.Hours.find(place.traits["hours"], f"{place.path}.hours")
        hourly = [row[1] for row in profile["hourly"].value]
        return [hour * HOURS_OF_DAY / sum(hourly) for hour in hourly]

    def _best(self, length: float) -> int:
        profile = self._profile()
        return best_window(profile, length).start if profile else 0

    def _of_hours(self, profile: list[float]) -> tuple[list[float], list[float]]:
        """The carbon of each hour of the day over the whole run, when it is busy and when it is idle."""
        intensity = self._numbers()[self.region]["grid_carbon_intensity"]
        given = {
            **self._scenario.given,
            "duration": self._scenario.given["duration"] / HOURS_OF_DAY,
        }
        columns = {
            "grid_carbon_intensity": [intensity * hour for hour in profile] * 2,
            "utilisation": [1.0] * HOURS_OF_DAY + [0.0] * HOURS_OF_DAY,
        }
        found = at_points((CARBON,), given, self._scenario.options, columns)[CARBON]
        return found[:HOURS_OF_DAY], found[HOURS_OF_DAY:]

    # ---- what the page shows
    def recompute(self) -> None:
        numbers = self._numbers()
        self.tiles = self._tiles(numbers)
        self.detail = self._detail(numbers)
        self.day = self._day(numbers)

    def _tiles(self, numbers: dict[str, dict[str, float]]) -> list[dict[str, Any]]:
        own = self._in_group()
        keys = {
            "carbon": lambda p: _last(numbers[p.path][CARBON]),
            "cost": lambda p: _last(numbers[p.path]["tco"]),
            "name": _short,
        }
        own.sort(key=lambda place: (keys[self.listed["sort"]](place), _short(place)))
        symbol = "tco" if self.listed["sort"] == "cost" else CARBON
        return [
            {
                "id": place.path,
                "name": _short(place),
                "country": place.traits.get("country", ""),
                "text": readable(numbers[place.path][symbol], SHOWN[symbol][1]),
                "carbon": finite(numbers[place.path][CARBON]),
                "hours": "hours" in place.traits,
                "home": place.path == self._home,
            }
            for place in own
        ]

    def _detail(self, numbers: dict[str, dict[str, float]]) -> dict[str, Any]:
        place, own = self._places[self.region], numbers[self.region]
        lines = [[words, _said(own[name], name)] for name, (words, _) in SHOWN.items()]
        figure = place["grid_carbon_intensity"]
        mark = f" [{figure.kind}]" if figure.kind in MARKED else ""
        source = f"{place.source(figure.source).title}, {figure.at}{mark}"
        basis = place.traits.get("basis", "not said")
        text = f"{place.name}: {readable(own[CARBON], 'gCO2e')}, {_said(own['tco'], 'tco')}."
        return {
            "name": place.name,
            "lines": [*lines, ["Carbon is counted", basis]],
            "source": source,
            "text": f"{text} {self._against(numbers)}".strip(),
        }

    def _against(self, numbers: dict[str, dict[str, float]]) -> str:
        """The region against that of the plan, where both count carbon in the same way."""
        home, place = self._scenario.region, self._places[self.region]
        if place.path == home.path:
            return "The plan runs here."
        if home.path not in numbers:
            return ""
        if home.traits.get("basis") != place.traits.get("basis"):
            other = home.traits.get("basis", "not said")
            return (
                f"It is not compared with {home.name}, whose carbon is counted otherwise: {other}."
            )
        here, there = numbers[place.path][CARBON], numbers[home.path][CARBON]
        if not (here > 0 and there > 0):
            return ""
        more, factor = ("less", there / here) if here < there else ("more", here / there)
        times = plain(float(f"{factor:.3g}"))
        return f"{times} times {more} carbon than in {home.name}, where the plan runs."

    def _day(self, numbers: dict[str, dict[str, float]]) -> dict[str, Any]:
        profile, place = self._profile(), self._places[self.region]
        start, length = self.hours["start"], self.hours["length"]
        if profile is None:
            known = [_short(p) for p in self._in_group() if "hours" in p.traits]
            others = f"; they are of {', '.join(known)}" if known else ""
            return {"bars": [], "text": f"The hours of {_short(place)} are not known{others}."}
        busy, idle = self._of_hours(profile)
        intensity = numbers[self.region]["grid_carbon_intensity"] / PER_KWH
        shares = _shares(start, length)
        best = best_window(profile, length)
        now, least = _carbon(busy, idle, shares), _carbon(busy, idle, _shares(best.start, length))
        even = numbers[self.region][CARBON]
        if length == HOURS_OF_DAY:
            text = "Busy all day: with fewer busy hours it counts which ones they are."
        else:
            then = "the best hours"
            if start != best.start:
                then = f"the best hours are {best}: {readable(least, 'gCO2e')}"
            text = (
                f"Busy {Window(start, length, 1.0)} UTC: {readable(now, 'gCO2e')}, "
                f"{_change(now, even)} than spread over the day; {then}."
            )
        return {
            "bars": [intensity * hour for hour in profile],
            "busy": shares,
            "carbon": finite(now),
            "best": best.start,
            "profile": place.traits["hours"].replace("_", " "),
            "text": text,
        }


def _group(place: Record) -> tuple[str, str]:
    """The group of the registry and the way that carbon is counted."""
    return place.path.split(".")[1], place.traits.get("basis", "not said")


def _short(place: Record) -> str:
    return place.traits.get("location") or place.name.removeprefix("eGRID ")


def _last(value: float) -> float:
    return value if value == value else float("inf")


def _said(value: float, symbol: str) -> str:
    text = readable(value, SHOWN[symbol][1])
    return text.replace("m**3", "m³")


def _shares(start: int, length: float) -> list[float]:
    """How much of each hour is busy."""
    return [
        min(max(length - (hour - start) % HOURS_OF_DAY, 0.0), 1.0) for hour in range(HOURS_OF_DAY)
    ]


def _carbon(busy: list[float], idle: list[float], shares: list[float]) -> float:
    return sum(s * b + (1 - s) * i for s, b, i in zip(shares, busy, idle))


def _change(now: float, even: float) -> str:
    share = now / even - 1 if even else 0.0
    return f"{percent(abs(share), 1)} {'less' if share < 0 else 'more'}"
