"""What a lab asks of marimo, made of Jupyter's own widgets: an exported lab has this module in marimo's place."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import ipywidgets
import plotly.graph_objects as go


class Waiting(Exception):
    """A question is not answered yet."""


class Element:
    """A control: the widget that the reader moves, and its value as marimo's control of the same name has it."""

    def __init__(self, widget: Any, read: Callable[[Any], Any] | None = None):
        self.widget = widget
        self._read = read or (lambda one: one.value)

    @property
    def value(self) -> Any:
        return self._read(self.widget)

    def by_reader(self, call: Callable[[], None]) -> None:
        """Call when the page, not Python, has changed the widget."""

        def heard(change: Any) -> None:
            # what the page sent is locked while it is told, so that it is not echoed
            if change.name in self.widget._property_lock:
                call()

        self.widget.observe(heard)


class Ui:
    """The controls, under marimo's names and with its arguments."""

    @staticmethod
    def anywidget(widget: Any) -> Element:
        names = [name for name in widget.traits(sync=True) if not name.startswith("_")]
        return Element(widget, lambda one: {name: getattr(one, name) for name in names})

    @staticmethod
    def slider(
        start: float = 0,
        stop: float = 1,
        step: float | None = None,
        value: float | None = None,
        *,
        steps: Iterable[float] = (),
        label: str = "",
        **_: Any,
    ) -> Element:
        step = step or (
            1 if isinstance(start, int) and isinstance(stop, int) else (stop - start) / 100
        )
        at = [*steps] or [start + i * step for i in range(round((stop - start) / step) + 1)]
        told = [(f"{one:g}", one) for one in at]
        now = min(at, key=lambda one: abs(one - value)) if value is not None else at[0]
        made = ipywidgets.SelectionSlider(options=told, value=now, description=label, style=WIDE)
        return Element(made)

    @staticmethod
    def dropdown(options: Any, value: Any = None, *, label: str = "", **_: Any) -> Element:
        return _chosen(ipywidgets.Dropdown, options, value, label)

    @staticmethod
    def radio(options: Any, value: Any = None, *, label: str = "", **_: Any) -> Element:
        return _chosen(ipywidgets.RadioButtons, options, value, label)

    @staticmethod
    def switch(value: bool = False, *, label: str = "", **_: Any) -> Element:
        return Element(ipywidgets.Checkbox(value=value, description=label, indent=False))

    @staticmethod
    def number(
        start: float, stop: float, step: float | None = None, value: float | None = None, *,
        label: str = "", **_: Any,
    ) -> Element:  # fmt: skip
        now = start if value is None else value
        made = ipywidgets.BoundedFloatText(
            value=now, min=start, max=stop, step=step, description=label
        )
        made.style = WIDE
        return Element(made)

    @staticmethod
    def button(
        value: Any = None, on_click: Callable[[Any], Any] | None = None, label: str = "", **_: Any
    ) -> Element:
        return _Button(value, on_click or (lambda now: now), label)


class _Button(Element):
    """A button whose value is what each press makes of it."""

    def __init__(self, value: Any, on_click: Callable[[Any], Any], label: str):
        self._value, self._on_click = value, on_click
        super().__init__(ipywidgets.Button(description=label), lambda _: self._value)

    def by_reader(self, call: Callable[[], None]) -> None:
        def pressed(_: Any) -> None:
            self._value = self._on_click(self._value)
            call()

        self.widget.on_click(pressed)


ui = Ui
WIDE = {"description_width": "initial"}


def _chosen(kind: Any, options: Any, value: Any, label: str) -> Element:
    """A choice: of names, or of names for what they stand for; `value` is a name."""
    known = dict(options) if isinstance(options, Mapping) else {one: one for one in options}
    made = kind(options=list(known), value=value, description=label, style=WIDE)
    made.layout.width = "max-content"
    return Element(made, lambda one: known.get(one.value))


# ---- what is shown
def drawn(one: Any) -> ipywidgets.Widget:
    """Anything that a cell shows, as a widget."""
    if isinstance(one, Element):
        return one.widget
    if isinstance(one, ipywidgets.Widget):
        return one
    if isinstance(one, go.Figure):
        return go.FigureWidget(one)
    return md(one) if isinstance(one, str) else md(str(one))


def md(text: str) -> ipywidgets.Widget:
    """Markdown with formulas, drawn by Jupyter."""
    data = {"output_type": "display_data", "data": {"text/markdown": text}, "metadata": {}}
    return ipywidgets.Output(outputs=(data,))


def Html(text: str) -> ipywidgets.Widget:
    return ipywidgets.HTML(text)


def vstack(items: Iterable[Any], **_: Any) -> ipywidgets.Widget:
    return ipywidgets.VBox([drawn(one) for one in items])


def hstack(items: Iterable[Any], **_: Any) -> ipywidgets.Widget:
    made = ipywidgets.HBox([drawn(one) for one in items])
    made.layout.flex_flow = "row wrap"
    return made


def callout(one: Any, **_: Any) -> ipywidgets.Widget:
    made = ipywidgets.VBox([drawn(one)])
    made.layout.border_left = "4px solid"
    made.layout.padding = "0 0 0 12px"
    return made


def page(name: str, *shown: Any) -> ipywidgets.Widget:
    """Things one below the other; tests and style sheets find them by their class."""
    return vstack(shown).add_class(name)


def stop(wait: bool, *_: Any) -> None:
    """Stop the cell; `%%live` says that it waits."""
    if wait:
        raise Waiting
