"""What can be wrong with what a user gave: one sentence that names the field, the value and what is allowed."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches


class MlsysimError(Exception):
    """Any error that mlsysim raises on purpose."""


class InputError(MlsysimError, ValueError):
    """Malformed input: an unknown name, a wrong unit, a number out of range, an impossible shape."""


class UnknownName(InputError, AttributeError, KeyError):
    """A name that a registry, a record or a scenario does not have."""

    def __str__(self) -> str:
        return str(self.args[0])


def nearest(given: object, allowed: Iterable[str]) -> str:
    """The end of an error message: the name that was probably meant."""
    names = {name.casefold(): name for name in allowed}
    close = get_close_matches(str(given).casefold(), names, n=1, cutoff=0.6)
    return f"; did you mean {names[close[0]]!r}?" if close else ""


def unknown(field: str, given: object, allowed: Iterable[str]) -> UnknownName:
    """An unknown name, with the nearest match and the names that are allowed when they are few."""
    allowed = list(allowed)
    listed = f"; allowed: {', '.join(allowed)}" if len(allowed) <= 16 else ""
    return UnknownName(f"{field}: {given!r} is not known{nearest(given, allowed) or listed}")
