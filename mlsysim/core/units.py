"""Units without pint: a reader of `units.txt` that turns a unit's text into a factor and its dimensions.

Inside the package every number is in coherent units (s, m, byte, flop, J, USD, gCO2e, A, g). A pint Quantity is made
only when a reader asks for one (`quantity`), from the same definitions.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import Any

from .errors import InputError, nearest

DEFINITIONS = Path(__file__).with_name("units.txt")
DIMENSIONS = (
    "time",
    "length",
    "data",
    "work",
    "energy",
    "money",
    "carbon",
    "current",
    "mass",
    "temperature",
)
_TOKEN = re.compile(r"\s*(\*\*|[*/]|[-+]?\d+(?:\.\d*)?(?:[eE][-+]?\d+)?|[A-Za-zµ%_][A-Za-z_0-9µ]*)")
_NUMBER = re.compile(r"\s*([-+]?(?:\d[\d_,]*\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)\s*(.*)", re.S)


_OPERATORS, MOST_POWER = ("*", "/", "**"), 9


class Unit(tuple):
    """A factor to coherent units and one exponent per dimension."""

    __slots__ = ()

    @property
    def factor(self) -> float:
        return self[0]

    @property
    def powers(self) -> tuple:
        return self[1]


def _times(a: Unit, b: Unit, power: float = 1) -> Unit:
    return Unit((a[0] * b[0] ** power, tuple(x + y * power for x, y in zip(a[1], b[1]))))


ONE = Unit((1.0, (0,) * len(DIMENSIONS)))


@cache
def _definitions() -> tuple[dict[str, str | Unit], dict[str, float]]:
    """Unit names to their expressions, prefixes to their factors."""
    units: dict[str, str | Unit] = {}
    prefixes: dict[str, float] = {}
    for line in DEFINITIONS.read_text(encoding="utf-8").splitlines():
        if not line or line.startswith("#"):
            continue
        first, meaning, *others = (part.strip() for part in line.split(" = "))
        for name in (first, *others):
            if name.endswith("-"):
                prefixes[name[:-1]] = float(meaning)
            elif meaning.startswith("["):
                dimension = meaning.strip("[]")
                powers = tuple(int(d == dimension) for d in DIMENSIONS)
                units[name] = Unit((1.0, powers))
            else:
                units[name] = meaning
    return units, prefixes


@cache
def _named(name: str) -> Unit | None:
    units, prefixes = _definitions()
    meaning = units.get(name)
    if isinstance(meaning, Unit):
        return meaning
    if meaning is not None:
        return unit(meaning)
    for length in (1, 2, 4, 5):  # k, Ki, kilo, micro
        factor = prefixes.get(name[:length])
        if factor is not None and name[length:] in units:
            base = unit(name[length:])
            return Unit((factor * base.factor, base.powers))
    return None


def _operand(text: str, token: str, number: float | None) -> Unit:
    """A unit's name, or a positive number that stands among units."""
    named = _named(token) if number is None else Unit((number, ONE.powers))
    if named is None:
        close = nearest(token, _definitions()[0])
        raise InputError(f"unit {text!r}: {token!r} is not a unit{close}")
    if not 0 < named.factor < float("inf"):
        raise InputError(f"unit {text!r}: {token!r} is not a positive number")
    return named


@cache
def unit(text: str) -> Unit:
    """The unit that `text` names, such as "GB/s" or "USD/hour"; the empty text is a pure number."""
    result, position, operator, last, sign = ONE, 0, "*", ONE, 1
    text = text.strip()
    while position < len(text):
        match = _TOKEN.match(text, position)
        token, position = (match.group(1), match.end()) if match else ("", position)
        if not token or (token in _OPERATORS) == bool(operator):
            raise InputError(f"unit {text!r}: {text[position - len(token) :]!r} is not understood")
        if token in _OPERATORS:
            operator = token
            continue
        number = float(token) if token[0] in "+-.0123456789" else None
        if operator == "**":
            if number is None or abs(number) > MOST_POWER:
                raise InputError(f"unit {text!r}: {token!r} is not a power")
            result = _times(result, last, (number - 1) * sign)
        else:
            last, sign = _operand(text, token, number), -1 if operator == "/" else 1
            result = _times(result, last, sign)
        operator = ""
    if operator and text:
        raise InputError(f"unit {text!r}: it ends with {operator!r}")
    return result


def coherent(value: float, text: str) -> float:
    """A number in the unit `text`, in coherent units."""
    return value if text == "" else value * unit(text).factor


def convert(value: float, source: str, target: str) -> float:
    """A number from one unit's text to another's of the same dimensions."""
    a, b = unit(source), unit(target)
    if a.powers != b.powers:
        raise InputError(
            f"{source!r} cannot be turned into {target!r}: one is {spell(a)}, the other {spell(b)}"
        )
    return value * a.factor / b.factor


def spell(u: Unit) -> str:
    """The dimensions of a unit in words, such as "data / time"."""
    above = [d if p == 1 else f"{d}**{p:g}" for d, p in zip(DIMENSIONS, u.powers) if p > 0]
    below = [d if p == -1 else f"{d}**{-p:g}" for d, p in zip(DIMENSIONS, u.powers) if p < 0]
    return " / ".join([" * ".join(above) or "1", *below]) if above or below else "a pure number"


def read_quantity(value: object, text: str, field: str) -> float:
    """A user's number, text such as "50 ms" or a pint Quantity, as a number in the unit `text`."""
    if hasattr(value, "magnitude") and hasattr(value, "units"):
        value = f"{value.magnitude} {value.units:~}" if value.units else value.magnitude
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        raise InputError(
            f"{field}: {value!r} is not a number{'' if text == '' else f' or a quantity in {text}'}"
        )
    if isinstance(value, str):
        match = _NUMBER.fullmatch(value)
        if match is None:
            raise InputError(
                f"{field}: {value!r} is not a number{'' if text == '' else f' or a quantity in {text}'}"
            )
        number, given = float(re.sub("[_,]", "", match.group(1))), match.group(2).strip()
        try:
            value = convert(number, given, text) if given else number
        except InputError as error:
            raise InputError(f"{field}: {error}") from None
    if value != value or value in (float("inf"), float("-inf")):
        raise InputError(f"{field}: {value!r} is not a finite number")
    return float(value)


@cache
def pint_registry() -> Any:
    """The one pint registry, made from the same definitions."""
    import pint

    return pint.UnitRegistry(str(DEFINITIONS), autoconvert_offset_to_baseunit=False)


def quantity(value: float, text: str) -> Any:
    """A pint Quantity: the only place where pint is imported."""
    return pint_registry().Quantity(value, text or "dimensionless")
