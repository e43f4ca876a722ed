"""Runs in Pyodide while the site is built: import and use what the pages need, and leave Python ready to be saved."""

from __future__ import annotations

import gc
import importlib
import importlib.machinery
import importlib.metadata
import importlib.util
import json
import linecache
import logging
import random
import runpy
import sys
from pathlib import Path

SITE = Path("/lib/python3.14/site-packages")
#: What marimo imports when a session starts and the first cell runs, and what pages show.
USED = [
    "marimo._pyodide.bootstrap",
    "marimo._pyodide.pyodide_session",
    "marimo._runtime.kernel_lifecycle",
    "marimo._save.manifest",
    "marimo._runtime.runner.hooks_post_execution",
    "marimo._runtime.runner.hooks_lens",
    "marimo._runtime.runner.hooks_on_finish",
    "marimo._runtime.runner.hooks_pre_execution",
    "marimo._runtime.runner.hooks_preparation",
    "marimo._data._external_storage.get_storage",
    "narwhals._interchange.dataframe",
    "packaging.markers",
    "pyodide_http",
    "jedi.plugins.registry",
    "getpass",
    "plotly.graph_objects",
    "anywidget",
    "mlsysim_widgets.atlas",
    "mlsysim_widgets.kit",
]


class Rest:
    """Finds the modules that no page has needed so far: they come as one archive when the first is asked for."""

    names: frozenset[str] = frozenset()
    came = False

    @classmethod
    def find_spec(cls, name, path=None, target=None):
        if name not in cls.names:
            return None
        print(f"snapshot: the page asks for {name}, which is not among what is kept")
        if not cls.came:
            import js

            js.unpackRest()
            cls.came = True
            for finder in sys.path_importer_cache.values():
                if isinstance(finder, importlib.machinery.FileFinder):
                    finder.invalidate_caches()
        return importlib.machinery.PathFinder.find_spec(name, path)


class Validators(dict):
    """plotly's descriptions of its attributes: those that pages use are cached, the others are read if one asks."""

    def get(self, name, default=None):
        if not self:
            self.update(json.loads((SITE / "plotly/validators/_validators.json").read_text()))
        return super().get(name, default)


def used(notebook: str) -> str:
    """Import and run what pages need, and a notebook; then save what a restored Python would look for in vain."""
    for name in USED:
        importlib.import_module(name)
    _shown_as_in_a_notebook()
    runpy.run_path(notebook)["app"].run()
    _leave()
    return f"{len(sys.modules)} modules"


def _shown_as_in_a_notebook() -> None:
    """marimo learns how to show the objects of a package when a notebook imports it, and here it is imported before."""
    from marimo._output.formatters import formatters

    formatters.register_formatters()
    modules = [m for m in sys.modules.values() if hasattr(m, "running_in_notebook")]
    asked = [module.running_in_notebook for module in modules]
    for module in modules:
        module.running_in_notebook = lambda: True
    for name, factory in formatters.THIRD_PARTY_FACTORIES.items():
        if name in sys.modules:
            factory.register()
    for module, function in zip(modules, asked, strict=True):
        module.running_in_notebook = function


def _leave() -> None:
    """Forget open files and what was read from them; note what is not imported."""
    from plotly.validator_cache import ValidatorCache

    for logger in [logging.root, *logging.root.manager.loggerDict.values()]:
        for handler in list(getattr(logger, "handlers", [])):
            if isinstance(handler, logging.FileHandler):
                handler.close()
                logger.removeHandler(handler)
    found = set()
    for file in SITE.rglob("*.py*"):
        parts = file.relative_to(SITE).with_suffix("").parts
        found.add(".".join(parts[:-1] if parts[-1] == "__init__" else parts))
    Rest.names = frozenset(name for name in found - set(sys.modules) if not name.startswith("mlsysim"))
    sys.meta_path.insert(0, Rest)
    ValidatorCache._json_cache = Validators()
    linecache.clearcache()
    # marimo looks for entry points everywhere; the library of Python has none, and is not there to be opened
    children = importlib.metadata.FastPath.zip_children
    importlib.metadata.FastPath.zip_children = lambda self: (
        [] if str(self.root).endswith("python314.zip") else children(self)
    )
    importlib.invalidate_caches()
    importlib.util.find_spec("no_such_module")  # reads the directory of Python's library anew
    gc.collect()


def blank(end: int) -> None:
    """Fill the blocks that Python keeps for later with zeros; from `end` on they are new ones."""
    held = []
    for size in range(512, 0, -16):
        while id(block := bytes(max(size - 17, 1))) < end:
            held.append(block)
    del held, block


def woken() -> None:
    """What must differ from one page to the next."""
    random.seed()
