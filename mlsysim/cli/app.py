"""The program: its commands, its errors, its exit codes."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from functools import wraps
from importlib import import_module
from inspect import Parameter, signature
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from ..core.errors import MlsysimError
from .answer import SCHEMA_VERSION, Format

#: The commands and what they do; the function `command` of the module of that name does it.
COMMANDS = {
    "zoo": "List what the registries hold, or show one record with the source of each figure.",
    "eval": "Evaluate a plan, or a model on a chip: feasibility, performance, cost.",
    "serve": "Show how a language model is served: first token, next tokens, cache, throughput.",
    "explain": "Show where a number comes from, down to the lines of the datasheets.",
    "walls": "List the walls, show one with its equations, or check their published cases.",
    "validate": "Predict published measurements and show how far off each kind and source is.",
    "calibrate": "Fit the constants on the package's measurements, leaving each source out in turn.",
    "audit": "Measure this machine, write it as a chip, and hold a prediction to a measurement.",
    "sweep": "Vary inputs of a plan over axes and print metrics as columns.",
    "sensitivity": "Show which inputs move a metric most.",
    "invert": "Find the value of an input that just meets a target.",
    "crossover": "Find where two choices are equal.",
    "binding": "Show which wall binds next as an input grows.",
    "optimize": "Find the best layout, batch, region, fleet or compression: all are compared.",
    "lab": "Open pages of charts, widgets and labs on this machine.",
    "schema": "Print the JSON schema of a plan, or of a command's output.",
}
MODULES = {"eval": "evaluate"}
#: Commands that are groups, with their own commands; the module of each lies in the folder of the group.
GROUPS = {
    "optimize": {
        "parallelism": "Compare every layout of the model on the chips; the fastest that fits.",
        "batching": "The replicas, batch and chips that keep percentile targets at least cost.",
        "placement": "Every region of the registry by cost and taxed carbon.",
        "hardware": "The cheapest fleet of any chip that keeps all asserts of a plan.",
        "compression": "The smallest loss of quality that fits a device and a latency.",
    },
    "lab": {
        "list": "List the labs; `mlsysim lab open vol1/00` opens one.",
        "open": "Open a lab in a browser.",
        "serve": "Serve all labs from one process.",
        "export": "Write labs as notebooks that run in Jupyter.",
        "report": "Show what readers predicted, by how far they were off, and what they decided.",
        "gallery": "Show every chart and widget with the lines that make it.",
    },
}
EXIT_OK, EXIT_INPUT, EXIT_USAGE, EXIT_INTERRUPTED = 0, 1, 2, 130
WIDE = {"max_content_width": 100}
OUTPUT_OPTION = typer.Option(
    "--output",
    "-o",
    help="Form of the output.",
    show_default=False,
    metavar="text|json|markdown|html",
)


class Commands(TyperGroup):
    """The commands, each imported when it is called; errors become one sentence and an exit code."""

    #: The group that these are commands of, and what each does.
    group, table = "", COMMANDS

    def list_commands(self, ctx: Any) -> list[str]:
        return list(self.table)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        if cmd_name not in self.table:
            return None
        if cmd_name in GROUPS and not self.group:
            return group_of(cmd_name)
        function = module_of(f"{self.group} {cmd_name}").command
        alone = typer.Typer(add_completion=False, rich_markup_mode=None)
        alone.command(cmd_name, context_settings=WIDE)(printing(function))
        return typer.main.get_command(alone)

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(self.table.items()))

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        if args and args[0] not in self.table:
            from ..core.errors import unknown

            ctx.fail(str(unknown(f"{self.group} command".lstrip(), args[0], self.table)))
        return super().resolve_command(ctx, args)

    def main(self, args: Any = None, prog_name: str | None = None, *_: Any, **extra: Any) -> Any:
        given = sys.argv[1:] if args is None else list(args)
        for stream in (sys.stdout, sys.stderr):
            if hasattr(stream, "reconfigure"):
                stream.reconfigure(encoding="utf-8", errors="backslashreplace")
        sys.exit(self.run(given))

    def run(self, given: list[str]) -> int:
        """Run the program; the exit code."""
        try:
            code = super().main(given, "mlsysim", standalone_mode=False)
            sys.stdout.flush()
            return code if isinstance(code, int) else EXIT_OK
        except MlsysimError as error:
            return failed(given, str(error), EXIT_INPUT)
        except BrokenPipeError:  # whoever reads has seen enough
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            return EXIT_OK
        except OSError as error:
            return failed(
                given, f"{error.filename or 'file'}: {error.strerror or error}", EXIT_INPUT
            )
        except (typer.Abort, KeyboardInterrupt):
            return EXIT_INTERRUPTED
        except Exception as error:
            if not hasattr(error, "format_message"):
                raise
            context = getattr(error, "ctx", None)
            return failed(
                given, error.format_message(), EXIT_USAGE, context.get_usage() if context else ""
            )


def group_of(name: str) -> Any:
    """A command that is a group of commands."""
    kind = type("Group", (Commands,), {"group": name, "table": GROUPS[name]})
    made = typer.Typer(cls=kind, name=name, add_completion=False, rich_markup_mode=None)

    @made.callback(invoke_without_command=True, context_settings=WIDE, help=COMMANDS[name])
    def group(
        context: typer.Context, output: Annotated[Format | None, OUTPUT_OPTION] = None
    ) -> None:
        context.obj = output or context.obj
        needs_a_command(context)

    return typer.main.get_command(made)


def needs_a_command(context: typer.Context) -> None:
    """The help, and the exit code of wrong usage, where no command is named."""
    if context.invoked_subcommand is None:
        print(context.get_help(), file=sys.stderr)
        raise typer.Exit(EXIT_USAGE)


def module_of(name: str) -> Any:
    """The module of a command, or of a command of a group: "optimize hardware"."""
    path = ".".join(MODULES.get(word, word) for word in name.split())
    return import_module(f".{path}", __package__)


def commands() -> list[str]:
    """Every command that answers: those of a group with its name before."""
    return [
        name
        for command in COMMANDS
        for name in (
            [f"{command} {own}" for own in GROUPS[command]] if command in GROUPS else [command]
        )
    ]


def failed(given: list[str], message: str, code: int, usage: str = "") -> int:
    """One sentence to standard error; an object to standard output when JSON was asked for."""
    message = " ".join(message.split())
    print(f"mlsysim: {message}" + (f"\n{usage}" if usage else ""), file=sys.stderr)
    if asked(given) == Format.json.value:
        print(
            json.dumps(
                {
                    "schema_version": SCHEMA_VERSION,
                    "kind": "error",
                    "message": message,
                    "exit_code": code,
                },
                indent=2,
            )
        )
    return code


def asked(given: list[str]) -> str:
    """The form of output that the arguments ask for, when they could not be parsed; the last one wins."""
    form = ""
    for this, following in zip(given, [*given[1:], ""]):
        if this in ("-o", "--output"):
            form = following
        elif this.startswith("--output="):
            form = this.removeprefix("--output=")
        elif this.startswith("-o") and not this.startswith("--"):
            form = this[2:]
    return form


def printing(function: Callable[..., Any]) -> Callable[..., None]:
    """A command as typer sees it: `function`, the option --output, and its answer printed."""

    @wraps(function)
    def run(context: typer.Context, output: Format | None, **given: Any) -> None:
        answer = function(**given)
        answer.show(output or context.obj or Format.text)
        raise typer.Exit(answer.exit_code)

    own = [
        Parameter("context", Parameter.KEYWORD_ONLY, annotation=typer.Context),
        Parameter(
            "output",
            Parameter.KEYWORD_ONLY,
            default=None,
            annotation=Annotated[Format | None, OUTPUT_OPTION],
        ),
    ]
    known = signature(function, eval_str=True)
    parameters = [p.replace(kind=Parameter.KEYWORD_ONLY) for p in known.parameters.values()]
    run.__signature__ = known.replace(parameters=[*parameters, *own])  # type: ignore[attr-defined]
    return run


app = typer.Typer(
    cls=Commands,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    invoke_without_command=True,
    context_settings=WIDE,
)


@app.callback()
def program(
    context: typer.Context,
    output: Annotated[Format | None, OUTPUT_OPTION] = None,
    version: Annotated[bool, typer.Option("--version", help="Print the version.")] = False,
) -> None:
    """An analytical simulator of machine learning systems: a scenario in, a scorecard out.

    Exit codes: 0 all holds, 1 bad input, 2 usage, 3 an assert is violated, 4 infeasible.
    """
    from .. import __version__

    context.obj = output
    if version:
        if output is Format.json:
            print(
                json.dumps(
                    {"schema_version": SCHEMA_VERSION, "kind": "version", "version": __version__}
                )
            )
        else:
            print(f"mlsysim {__version__}")
        raise typer.Exit()
    needs_a_command(context)
