"""The keys of a plan as ipywidgets beside the scorecard: `panel(scenario)` for readers in Jupyter."""

from __future__ import annotations

import math
from collections.abc import Iterable
from html import escape
from typing import Any, get_args

from mlsysim import Hardware, Infra, InputError, Models, SystemEvaluator, Systems
from mlsysim.core.records import Record
from mlsysim.core.solver.keys import place, with_values
from mlsysim.core.solver.optima.placement import regions
from mlsysim.core.solver.question import Lever, PlanQuestion, question_of
from mlsysim.plan import PARTS

#: Keys that are shown unless others are named, where a plan has a number or a name for them.
KEYS = ("hardware", "accelerators", "precision", "batch_size", "seq_len", "region", "utilisation")
#: How far a slider goes from where it stands, up and down; counts go up to the largest of these.
FAR, MOST = 64.0, 4096


def panel(subject: Any, keys: Iterable[str] = KEYS) -> Any:
    """A box of controls and the scorecard, evaluated anew at every change; `box.evaluation` is the last one.

    `keys` are keys of a plan such as batch_size, region or ops.facility. A control that makes no plan says why.
    """
    import ipywidgets

    question = question_of(subject)
    if not isinstance(question, PlanQuestion):
        raise InputError("panel: it needs a plan with a model and a chip, not bare numbers")
    names = list(keys)
    if names == list(KEYS):
        names = [name for name in names if _now(question, name) is not None]
    controls = {name: _control(ipywidgets, question, name) for name in names}
    card, alarm = ipywidgets.HTML(), ipywidgets.HTML()
    row = ipywidgets.Layout(display="flex", flex_flow="row wrap")
    box = ipywidgets.VBox([ipywidgets.Box(list(controls.values()), layout=row), alarm, card])
    box.controls = controls

    def evaluate(_: Any = None) -> None:
        values = {
            name: control.value
            for name, control in controls.items()
            if control.value != control.first
        }
        try:
            changed = with_values(question.plan, values)
            box.evaluation = SystemEvaluator.evaluate(plan=changed)
            card.value, alarm.value = box.evaluation._repr_html_(), ""
        except InputError as error:
            alarm.value = f"<p role='alert'><b>{escape(str(error))}</b></p>"

    for control in controls.values():
        control.observe(evaluate, "value")
    evaluate()
    return box


def _control(ipywidgets: Any, question: PlanQuestion, name: str) -> Any:
    """A dropdown of names, or a slider of numbers; `first` is where it stands."""
    now, choices = _now(question, name), _choices(name)
    layout, style = ipywidgets.Layout(width="20rem"), {"description_width": "7rem"}
    how: dict[str, Any] = {"description": name, "layout": layout, "style": style}
    if choices:
        options = [now, *(c for c in choices if c != now)] if now not in choices else choices
        made = ipywidgets.Dropdown(options=options, value=now, **how)
    else:
        lever = question.lever(name)
        made = _slider(ipywidgets, lever, {**how, "tooltip": lever.meaning})
    made.first = made.value
    return made


def _slider(ipywidgets: Any, lever: Lever, how: dict[str, Any]) -> Any:
    if not 0 < lever.now < math.inf:
        raise InputError(f"panel: {lever.name}: it is not known in this plan; give it a value")
    how = {**how, "continuous_update": False}
    if lever.whole:
        most = min(max(MOST, lever.now * FAR), lever.most)
        stops = {2**i for i in range(64) if lever.least <= 2**i <= most}
        options = sorted({*stops, int(lever.now)})
        return ipywidgets.SelectionSlider(options=options, value=int(lever.now), **how)
    if lever.most == 1:
        return ipywidgets.FloatSlider(value=lever.now, min=0.01, max=1, step=0.01, **how)
    low, high = math.log10(lever.now / FAR), math.log10(min(lever.now * FAR, lever.most))
    return ipywidgets.FloatLogSlider(value=lever.now, min=low, max=high, **how)


def _choices(name: str) -> list[Any]:
    """The names that a key may hold; none where it holds a number."""
    part, key = place(name)
    records: dict[tuple[str, ...], Iterable[Record]] = {
        ("workload", "name"): Models,
        ("hardware", "name"): Hardware,
        ("hardware", "stack"): Systems.Stacks,
        ("hardware", "fabric"): Systems.Fabrics,
        ("ops", "facility"): Infra.Facilities,
    }
    if (part, key) == ("ops", "region"):
        return sorted(place.path for place in regions())
    if (part, key) in records:
        return sorted(record.path for record in records[part, key])
    if part not in PARTS:
        return []
    return _literals(PARTS[part].model_fields[key].annotation)


def _literals(annotation: Any) -> list[str]:
    """The words of a Literal, which may be optional."""
    found: list[str] = []
    for part in get_args(annotation):
        found += [part] if isinstance(part, str) else _literals(part)
    return found


def _now(question: PlanQuestion, name: str) -> Any:
    """What stands under a key: the path of a record, a word or a number; none where it is not known."""
    part, key = place(name)
    scenario = question.scenario
    records = {
        ("workload", "name"): scenario.model,
        ("hardware", "name"): scenario.chip,
        ("hardware", "stack"): scenario.stack,
        ("hardware", "fabric"): scenario.fabric,
        ("ops", "region"): scenario.region,
        ("ops", "facility"): scenario.facility,
    }
    if (part, key) in records:
        record = records[part, key]
        return record.path if record is not None else None
    if (part, key) == ("hardware", "precision"):
        return scenario.precision
    if _choices(name):
        word = getattr(getattr(question.plan, part), key)
        return word if word is not None else scenario.options.get(key)
    now = question.lever(name).now
    return now if now == now else None
