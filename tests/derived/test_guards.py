"""Guards partition: for any options exactly one equation applies, or asking says that none does."""

from __future__ import annotations

from itertools import product

import pytest

from mlsysim.core.graph import EQUATIONS, OPTIONS, TABLES, At, NoEquation, choose
from mlsysim.core.symbols import SYMBOLS
from mlsysim.models.model import MODEL

from .samples import ALL

GUARDED = {name: es for name, es in EQUATIONS.items() if len(es) > 1 or any(e.when for e in es)}
MOST_CONTEXTS = 20
CONTEXTS = [(e, read) for e in ALL for read in e.reads if isinstance(read, At)]


def _choices(name: str) -> list[dict[str, str]]:
    """Every combination of the options that the guards of a symbol name."""
    keys = sorted({key for equation in GUARDED[name] for key in equation.when})
    return [dict(zip(keys, chosen)) for chosen in product(*(OPTIONS[key] for key in keys))]


@pytest.mark.parametrize("name", sorted(GUARDED))
def test_never_do_two_equations_of_a_symbol_apply(name: str) -> None:
    double = [o for o in _choices(name) if sum(e.applies(o) for e in GUARDED[name]) > 1]
    assert not double


@pytest.mark.parametrize("name", sorted(GUARDED))
def test_where_no_equation_applies_asking_says_so(name: str) -> None:
    for options in _choices(name):
        applying = [e for e in GUARDED[name] if e.applies(options)]
        if applying:
            assert choose(name, options) is applying[0]
        else:
            with pytest.raises(NoEquation, match=f"{name} does not apply to ") as caught:
                choose(name, options)
            assert all(f"{key}={value}" in str(caught.value) for key, value in options.items())


def test_a_symbol_without_any_equation_says_so() -> None:
    with pytest.raises(NoEquation, match="nothing gives 'batch'"):
        choose("batch", {})


def test_every_option_of_a_guard_exists_and_every_choice_guards_something() -> None:
    guarded = {(k, c) for e in ALL for k, allowed in e.when.items() for c in allowed}
    assert guarded <= {(key, choice) for key, choices in OPTIONS.items() for choice in choices}
    assert not set(OPTIONS) - {key for key, _ in guarded}


def test_the_traits_of_a_model_are_choices_of_the_graph() -> None:
    wrong = {
        key
        for key, allowed in MODEL.traits.items()
        if key in OPTIONS and set(allowed) - set(OPTIONS[key])
    }
    assert not wrong


def test_at_most_twenty_contexts_stand_in_the_package_and_none_is_nested() -> None:
    assert 0 < len([read for _, read in CONTEXTS if read.substitutes]) <= MOST_CONTEXTS
    texts = [
        t for _, read in CONTEXTS for t in (*read.substitutes.values(), *read.options.values())
    ]
    assert all(isinstance(text, str) for text in texts)


@pytest.mark.parametrize(("equation", "read"), CONTEXTS, ids=lambda value: repr(value))
def test_a_context_names_symbols_and_choices_that_exist(equation, read: At) -> None:
    assert read.name in SYMBOLS
    assert {*read.substitutes, *read.substitutes.values()} <= set(SYMBOLS)
    assert all(choice in OPTIONS[key] for key, choice in read.options.items())
    for stood, target in read.substitutes.items():
        assert SYMBOLS[stood].unit == SYMBOLS[target].unit, f"{stood} is not {target}"


@pytest.mark.parametrize("equation", ALL, ids=lambda e: e.name)
def test_every_parameter_of_an_equation_can_be_had(equation) -> None:
    names = {read.name if isinstance(read, At) else read for read in equation.reads}
    tables = {f.name for f in MODEL.fields.values() if f.unit == "rows"}
    assert names <= set(SYMBOLS) | set(EQUATIONS) | tables | set(TABLES)
