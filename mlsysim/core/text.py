"""Numbers as people read them."""

from __future__ import annotations

from typing import Any

_TIMES = "ns 1e-9 us 1e-6 ms 1e-3 s 1 min 60 h 3600 days 86400 years 31536000"
_BYTES = "B 1 KiB 1024 MiB 1048576 GiB 1073741824 TiB 1099511627776"
_TENS = "p 1e-12 n 1e-9 u 1e-6 m 1e-3 _ 1 k 1e3 M 1e6 G 1e9 T 1e12 P 1e15 E 1e18 Z 1e21 Y 1e24"
SHORT = {"byte/s": "B/s"}
_ENERGY = "Wh 3600 kWh 3.6e6 MWh 3.6e9 GWh 3.6e12 TWh 3.6e15"
_CARBON = "gCO2e 1 kgCO2e 1e3 tCO2e 1e6 ktCO2e 1e9 MtCO2e 1e12"
_PREFIXED = ("flop", "flop/s", "byte/s", "J", "W", "Hz", "m", "J/byte")
_SPECIAL = {
    "1/s": ("/s", 1.0),
    "gCO2e/J": (" gCO2e/kWh", 3.6e6),
    "USD/J": (" USD/kWh", 3.6e6),
    "USD/s": (" USD/h", 3600.0),
    "m**3/J": (" L/kWh", 3.6e9),
}


def _ladder(text: str) -> list[tuple[str, float]]:
    words = text.split()
    return [(label.strip("_"), float(size)) for label, size in zip(words[::2], words[1::2])]


def plain(value: Any) -> str:
    """A number with four significant digits, thousands set apart."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool) or value is None:
        return "not known" if value is None else "yes" if value else "no"
    if value != value:
        return "not known"
    if value in (float("inf"), float("-inf")):
        return "infinite" if value > 0 else "-infinite"
    if value == 0 or 1e-3 <= abs(value) < 1e9:
        digits = (
            max(0, 3 - len(str(int(abs(value)))) + (abs(value) >= 1)) if abs(value) < 1e4 else 0
        )
        if 0 < abs(value) < 1:
            return f"{value:.4g}"
        text = f"{value:,.{digits}f}"
        return text.rstrip("0").rstrip(".") if "." in text else text
    return f"{value:.4g}"


def readable(value: Any, unit: str) -> str:
    """A coherent number in a unit of handy size: 0.0096 s is "9.6 ms"."""
    if not isinstance(value, (int, float)) or value != value or abs(value) == float("inf"):
        return plain(value) if not isinstance(value, tuple) else f"{len(value)} rows"
    if unit in _SPECIAL:
        label, factor = _SPECIAL[unit]
        return f"{plain(value * factor)}{label}"
    steps = {"s": _TIMES, "byte": _BYTES, "gCO2e": _CARBON}.get(unit, _TENS)
    if unit == "J" and abs(value) >= 3.6e5:  # from a tenth of a kilowatt-hour people count in those
        steps = _ENERGY
    if value == 0 or (steps is _TENS and unit not in _PREFIXED):
        return f"{plain(value)} {unit}".strip()
    fits = [(label, size) for label, size in _ladder(steps) if abs(value) >= size]
    label, size = fits[-1] if fits else _ladder(steps)[0]
    return f"{plain(value / size)} {label}{SHORT.get(unit, unit) if steps is _TENS else ''}"
