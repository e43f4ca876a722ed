"""MLSysim: a composable analytical framework for machine learning systems.

Names load on first use, so that `import mlsysim` costs almost nothing.
"""

from __future__ import annotations

from typing import Any

__version__ = "0.1.0"
_HOMES = {
    "Models": "models",
    "Hardware": "hardware",
    "Infra": "infra",
    "Systems": "systems",
    "Literature": "literature",
    "Plan": "plan",
    "Scenario": "scenario",
    "Evaluation": "evaluation",
    "Scenarios": "scenarios",
    "SystemEvaluator": "evaluation",
    "sweep": "core.solver.sweeps.sweep",
    "InputError": "core.errors",
    "MlsysimError": "core.errors",
    "WALLS": "walls",
}
__all__ = ["__version__", *sorted(_HOMES)]


def __getattr__(name: str) -> Any:
    from importlib import import_module

    if name in _HOMES:
        value = getattr(import_module(f".{_HOMES[name]}", __name__), name)
    elif name in {"core", *(home.split(".")[0] for home in _HOMES.values())}:
        return import_module(f".{name}", __name__)
    else:
        raise AttributeError(f"module 'mlsysim' has no attribute {name!r}")
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return __all__
