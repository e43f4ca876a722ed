"""The options of a plan on the command line, derived from the fields of `Plan`."""

from __future__ import annotations

import re
from collections.abc import Callable
from inspect import Parameter, Signature, signature
from pathlib import Path
from typing import Annotated, Any, Literal, get_args, get_origin

import typer

from ..core.errors import InputError
from ..evaluation import Evaluation, SystemEvaluator
from ..plan import Plan, read_plan
from .files import read_file

SHORT = {"batch_size": "-b", "seq_len": "-s", "precision": "-p", "efficiency": "-e", "region": "-r"}
Command = Callable[..., Any]
PARTS = ("workload", "hardware", "ops", "parallelism")
#: Each option's part of the plan and its field; a name is an argument, not an option.
FIELDS = {
    key: (part, field)
    for part in PARTS
    for key, field in Plan.model_fields[part].annotation.model_fields.items()  # type: ignore[union-attr]
    if key != "name"
}
_ASSERT = re.compile(r"\s*([\w.]+)\s*(<=|>=)\s*(.+?)\s*", re.S)
FIRST = typer.Argument(
    metavar="MODEL|PLAN",
    help="A model, or a plan in a YAML or JSON file (- for standard input).",
    show_default=False,
)
SECOND = typer.Argument(
    metavar="CHIP", help="A chip, when the first argument is a model.", show_default=False
)
TITLE = typer.Option("--name", metavar="TEXT", help="A name for the scenario.", show_default=False)
ASSERT = typer.Option(
    "--assert",
    metavar="BOUND",
    help='A bound to keep, such as "performance.latency<=50 ms"; may be repeated.',
    show_default=False,
)


def _choices(annotation: Any) -> list[str]:
    """The words that a field allows, when it allows only words."""
    kinds = [
        a
        for a in (get_args(annotation) if get_origin(annotation) is not Literal else (annotation,))
        if a is not type(None)
    ]
    return (
        [str(word) for word in get_args(kinds[0])]
        if len(kinds) == 1 and get_origin(kinds[0]) is Literal
        else []
    )


def _option(key: str, field: Any) -> Parameter:
    words, told = "|".join(_choices(field.annotation)), field.description
    if len(words) > 40:
        words, told = key.split("_")[-1].upper(), f"{told}: {words.replace('|', ', ')}"
    kind = "NUMBER" if re.search("int|float", str(field.annotation)) else "NAME"
    names = ["--" + key.replace("_", "-"), *([SHORT[key]] if key in SHORT else [])]
    default = "" if field.default is None else f" [{field.default}]"
    option = typer.Option(
        *names, help=f"{told}.{default}", metavar=words or kind, show_default=False
    )
    return _keyword(key, str | None, option)


def takes_plan(*, without: tuple[str, ...] = ()) -> Callable[[Command], Command]:
    """Give a command the arguments and options of a plan; it gets the plan they make as its keyword `plan`."""

    def decorate(function: Command) -> Command:
        known = signature(function, eval_str=True).parameters.values()
        own = [p.replace(kind=Parameter.KEYWORD_ONLY) for p in known if p.name != "plan"]
        names = [p.name for p in own]

        def command(**given: Any) -> Any:
            mine = {name: given.pop(name) for name in names}
            return function(**mine, plan=plan_from(**given))

        parameters = [
            *(p for p in own if p.default is Parameter.empty),
            _keyword("first", str, FIRST, Parameter.empty),
            _keyword("second", str | None, SECOND),
            *(p for p in own if p.default is not Parameter.empty),
            *(_option(key, field) for key, (_, field) in FIELDS.items() if key not in without),
            _keyword("name", str | None, TITLE),
            _keyword("asserts", list[str] | None, ASSERT),
        ]
        command.__doc__ = function.__doc__
        command.__signature__ = Signature(parameters)  # type: ignore[attr-defined]
        return command

    return decorate


def _keyword(name: str, kind: Any, option: Any, default: Any = None) -> Parameter:
    return Parameter(
        name, Parameter.KEYWORD_ONLY, default=default, annotation=Annotated[kind, option]
    )


def plan_from(
    first: str,
    second: str | None,
    name: str | None = None,
    asserts: list[str] | None = None,
    **options: str | None,
) -> Plan:
    """The plan that arguments and options make; an option replaces the key of a file."""
    where: str = "options"
    data: Any = {"workload": {"name": first}, "hardware": {"name": second}}
    if second is None:
        where, data = _file(first)
    given = {key: value for key, value in options.items() if value is not None}
    if isinstance(data, dict):
        for key, value in given.items():
            part = data.setdefault(FIELDS[key][0], {})
            if isinstance(part, dict):  # what is no mapping is refused below
                part[key] = value
        if name is not None:
            data["name"] = name
        if asserts:
            kept = data.setdefault("constraints", {})
            if isinstance(kept, dict) and isinstance(kept.setdefault("assert", []), list):
                kept["assert"] = [*kept["assert"], *map(_bound, asserts)]
    return read_plan(data, where)


def _file(name: str) -> tuple[str, Any]:
    if name != "-" and not name.endswith((".yaml", ".yml", ".json")) and not Path(name).exists():
        raise InputError(f"{name}: is no file; give a plan's file, or a model and a chip")
    return name, read_file(name)


def _bound(text: str) -> dict[str, str]:
    match = _ASSERT.fullmatch(text)
    if match is None:
        raise InputError(
            f'--assert: {text!r} is not of the form "performance.latency<=50 ms" (with <= or >=)'
        )
    return {"metric": match[1], "max" if match[2] == "<=" else "min": match[3]}


def evaluated(plan: Plan) -> Evaluation:
    """The one engine behind eval, serve and explain."""
    try:
        return SystemEvaluator.evaluate(plan=plan)
    except ArithmeticError as error:  # a figure of a user's own record, or of a configuration
        what = f"{plan.workload.name} on {plan.hardware.name}"
        raise InputError(f"{what}: a figure is zero or out of range: {error}") from None
