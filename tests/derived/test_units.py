"""Units: our reader, pint and the names agree."""

from __future__ import annotations

from math import isclose

import pytest

from mlsysim.core.errors import InputError
from mlsysim.core.symbols import SUFFIXES, SYMBOLS
from mlsysim.core.units import DIMENSIONS, convert, pint_registry, quantity, unit
from mlsysim.metrics import METRICS

from .samples import CONSTANTS, RECORD_TYPES, REGISTRIES

TEXTS = sorted({s.unit for s in SYMBOLS.values()} - {"text"} | {m.unit for m in METRICS})


def _figures():
    for registry in REGISTRIES:
        for record in registry:
            for figure in record.figures.values():
                if isinstance(figure.given, (int, float)):
                    yield record, figure


@pytest.mark.parametrize("text", TEXTS, ids=lambda text: text or "pure number")
def test_the_unit_of_every_symbol_is_read(text: str) -> None:
    assert unit(text).factor > 0


@pytest.mark.parametrize("text", sorted({s.unit for s in SYMBOLS.values()} - {"text"}))
def test_the_unit_of_every_symbol_is_coherent(text: str) -> None:
    assert unit(text).factor == 1.0


@pytest.mark.native
@pytest.mark.parametrize("text", TEXTS, ids=lambda text: text or "pure number")
def test_pint_reads_the_same_factor_and_dimensions(text: str) -> None:
    base = quantity(1.0, text).to_base_units()
    assert isclose(base.magnitude, unit(text).factor, rel_tol=1e-12)
    powers = {f"[{d}]": p for d, p in zip(DIMENSIONS, unit(text).powers) if p}
    assert {name: power for name, power in base.dimensionality.items() if power} == powers


@pytest.mark.native
def test_pint_agrees_on_every_figure_of_every_record() -> None:
    registry, wrong, seen = pint_registry(), [], 0
    bases = {}
    for record, figure in _figures():
        seen += 1
        if figure.unit not in bases:
            bases[figure.unit] = registry.Quantity(1.0, figure.unit or "dimensionless").units
        pint_value = (
            registry.Quantity(float(figure.given), bases[figure.unit]).to_base_units().magnitude
        )
        if not isclose(pint_value, _coherent(record, figure), rel_tol=1e-12, abs_tol=0.0):
            wrong.append(f"{record.path}.{figure.name}: {figure.given} {figure.unit}")
    assert not wrong
    assert seen > 2000


def _coherent(record, figure) -> float:
    """The coherent value; an open record type keeps a figure's own unit, which is read here."""
    return figure.given * unit(figure.unit).factor if record.type.open else figure.value


@pytest.mark.parametrize("name", sorted(SYMBOLS))
def test_the_last_word_of_a_name_agrees_with_its_unit(name: str) -> None:
    allowed = SUFFIXES.get(name.rsplit("_", 1)[-1])
    if allowed is not None:
        assert SYMBOLS[name].unit in ((allowed,) if isinstance(allowed, str) else allowed)


#: Units whose factor is a definition; the one file of definitions is read by both readers.
DEFINED = (
    ("KiB", 1024),
    ("MiB", 1024**2),
    ("GiB", 1024**3),
    ("TiB", 1024**4),
    ("GB", 1e9),
    ("Gbit/s", 1.25e8),
    ("Tflop/s", 1e12),
    ("PFLOP", 1e15),
    ("Gmac", 2e9),
    ("kWh", 3.6e6),
    ("gCO2e/kWh", 1 / 3.6e6),
    ("tCO2e", 1e6),
    ("lbCO2e/MWh", 453.59237 / 3.6e9),
    ("L/kWh", 1e-3 / 3.6e6),
    ("USD/hour", 1 / 3600),
    ("day", 86400),
    ("year", 365 * 86400),
    ("%", 0.01),
    ("mm**2", 1e-6),
    ("pJ/bit", 8e-12),
    ("us", 1e-6),
)


@pytest.mark.parametrize(("text", "factor"), DEFINED, ids=[text for text, _ in DEFINED])
def test_a_unit_has_its_defined_factor(text: str, factor: float) -> None:
    assert isclose(unit(text).factor, factor, rel_tol=1e-12)


def test_every_symbol_has_a_meaning_and_every_formula_symbol_its_latex() -> None:
    assert not [name for name, symbol in SYMBOLS.items() if not symbol.meaning]
    assert not [name for name, symbol in SYMBOLS.items() if symbol.meaning.endswith(".")]
    fields = {f.name for kind in RECORD_TYPES for f in kind.fields.values()}
    plain = [n for n, s in SYMBOLS.items() if s.unit != "text" and not s.latex and not s.table]
    assert not [n for n in plain if n not in fields and n not in CONSTANTS]


def test_the_unit_of_every_metric_has_the_dimensions_of_its_symbol() -> None:
    wrong = [
        metric.path
        for metric in METRICS
        if unit(metric.unit).powers != unit(SYMBOLS[metric.symbol].unit).powers
    ]
    assert not wrong


@pytest.mark.parametrize(
    "text",
    [
        "furlong",
        "GB//s",
        "GB/",
        "50 kg",
        "m**x",
        "(m)",
        "s s",
        "2GB",
        "m**99",
        "1/0*s",
        "1e999*s",
        "*s",
    ],
)
def test_a_unit_that_is_none_is_refused_in_a_sentence(text: str) -> None:
    with pytest.raises(InputError, match=r"\w"):
        convert(1.0, text, "GB/s")
