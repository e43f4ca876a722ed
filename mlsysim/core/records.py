"""Records: frozen sets of figures, one TOML file each, every figure with its value, unit, source and place.

A registry is a folder of such files. Groups and records are attributes (`Hardware.Cloud.H100`), read on first use.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from .display import html
from .errors import InputError, unknown
from .symbols import Symbol, declare
from .units import quantity, spell, unit

#: How far a figure can be trusted, from the best to the worst; the last two mark every answer that rests on them.
KINDS = {
    "published": "read in the cited document or in a named transcription of it",
    "measured": "a published measurement",
    "cited": "taken from a work that cites the document; not read again",
    "derived": "computed from cited figures, as its place says",
    "convention": "a definition, or a rule of the field",
    "estimate": "an estimate; no primary source gives the figure",
    "unverified": "written from memory of the named document; not read again",
}
MARKED = ("estimate", "unverified")
NAN = float("nan")
#: What stands in a record beside its traits.
HEAD = {
    "name": str,
    "year": int,
    "notes": list,
    "figures": dict,
    "sources": dict,
    "alternatives": dict,
}
#: Numbers beyond it are slips of the keyboard.
MOST = 1e30


class Source(NamedTuple):
    """A document: who, what, where, when."""

    id: str
    title: str
    document: str = ""
    date: str = ""
    kind: str = ""


class Figure(NamedTuple):
    """One figure of a record. `value` is coherent; `given` and `unit` are as printed in the source."""

    name: str
    value: Any
    given: Any
    unit: str
    source: str
    at: str
    kind: str
    note: str = ""
    spread: float = 0.0


class Field(NamedTuple):
    """What a record may hold under a name. `rule` is a word it must carry: sparsity = "dense"."""

    name: str
    unit: str
    latex: str
    meaning: str
    rule: tuple[str, str] | None = None
    columns: tuple[str, ...] = ()


RULES = {"": None, "dense": ("sparsity", "dense"), "one-way": ("direction", "one-way")}


def read_fields(file: Path) -> dict[str, tuple[Field, ...]]:
    """The fields of each record type in a `fields.txt`; the loader holds every record to them."""
    types: dict[str, list[Field]] = {}
    for line in file.read_text(encoding="utf-8").splitlines():
        if line.startswith("["):
            fields = types[line.strip("[]")] = []
        elif line and not line.startswith("#"):
            name, unit, latex, meaning, rule, *_ = (*map(str.strip, line.split(" | ")), "")
            columns = tuple(rule.split()[1:]) if unit == "rows" else ()
            fields.append(Field(name, unit, latex, meaning, RULES.get(rule), columns))
    return {name: tuple(fields) for name, fields in types.items()}


class RecordType:
    """The fields and traits that a registry's records may hold. Declaring one declares its symbols."""

    def __init__(
        self,
        name: str,
        layer: str,
        meaning: str,
        fields: tuple[Field, ...],
        traits: dict,
        open: bool = False,
    ):
        self.name, self.layer, self.meaning, self.traits, self.open = (
            name,
            layer,
            meaning,
            traits,
            open,
        )
        self.fields = {f.name: f for f in fields}
        for f in fields:
            if f.unit not in ("text", "rows"):
                declare(Symbol(f.name, f.unit, f.latex, f.meaning, name))

    def absent(self) -> dict[str, float]:
        """Every numeric field as "not known": what a record does not state."""
        return {name: NAN for name, f in self.fields.items() if f.unit not in ("text", "rows")}


class Record:
    """A frozen set of figures. Attributes give quantities; `record["field"]` gives the figure with its source."""

    def __init__(
        self,
        type: RecordType,
        path: str,
        data: dict[str, Any],
        sources: Callable[[], dict[str, Any]],
    ):
        self.__dict__.update(type=type, path=path, id=path.rsplit(".", 1)[-1])
        given = dict(data)
        local = given.pop("sources", {})
        self.__dict__["_sources"] = lambda: {**sources(), **local}
        figures = given.pop("figures", {})
        self.__dict__["name"] = given.pop("name", self.id)
        self.__dict__["year"] = given.pop("year", None)
        self.__dict__["notes"] = tuple(given.pop("notes", ()))
        self.__dict__["alternatives"] = given.pop("alternatives", {})
        self.__dict__["traits"] = {key: self._trait(key, value) for key, value in given.items()}
        self.__dict__["figures"] = {key: self._figure(key, entry) for key, entry in figures.items()}

    def _trait(self, key: str, value: Any) -> Any:
        if key not in self.type.traits:
            raise unknown(
                f"{self.path}",
                key,
                ["name", "year", "notes", "figures", "sources", "alternatives", *self.type.traits],
            )
        words = value if key == "aliases" and isinstance(value, list) else [value]
        if not all(isinstance(word, str) for word in words):
            raise InputError(f"{self.path}.{key}: {value!r} is not a word")
        allowed = self.type.traits[key]
        if allowed and value not in allowed:
            raise unknown(f"{self.path}.{key}", value, allowed)
        return value

    def _figure(self, key: str, entry: Any) -> Figure:
        place = f"{self.path}.{key}"
        field = self.type.fields.get(key)
        if field is None and self.type.open and isinstance(entry, dict):
            field = Field(
                key,
                "text" if isinstance(entry.get("value"), (str, list)) else entry.get("unit", ""),
                "",
                "",
            )
        if field is None:
            raise unknown(self.path, key, self.type.fields)
        if not isinstance(entry, dict) or "value" not in entry or "source" not in entry:
            raise InputError(f"{place}: a figure needs a value, a unit, a source and a place (at)")
        if field.rule and entry.get(field.rule[0]) != field.rule[1]:
            raise InputError(f'{place}: must say {field.rule[0]} = "{field.rule[1]}"')
        kind, given, text = entry.get("kind", "published"), entry["value"], entry.get("unit", "")
        if kind not in KINDS:
            raise unknown(f"{place}.kind", kind, KINDS)
        value = self._rows(place, field, given) if field.unit == "rows" else given
        if field.unit not in ("text", "rows"):
            value = self._number(place, given) * self._factor(place, str(text), field.unit)
            if value < 0 and not self.type.open:
                raise InputError(f"{place}: {given!r} is negative")
            if value == 0 and field.unit in ("flop/s", "byte/s"):
                raise InputError(f"{place}: {given!r} is no rate; leave out what is not known")
        return Figure(
            key,
            value,
            given,
            text,
            entry["source"],
            entry.get("at", ""),
            kind,
            entry.get("note", ""),
            entry.get("spread", 0.0),
        )

    @staticmethod
    def _number(place: str, given: Any) -> float:
        number = isinstance(given, (int, float)) and not isinstance(given, bool)
        if not number or not abs(given) < MOST:
            raise InputError(f"{place}: {given!r} is not a number")
        return given

    @staticmethod
    def _factor(place: str, text: str, wanted: str) -> float:
        """What makes a figure in the unit `text` coherent."""
        try:
            stated = unit(text)
        except InputError as error:
            raise InputError(f"{place}: {error}") from None
        if stated.powers != unit(wanted).powers:
            raise InputError(f"{place}: {text!r} is {spell(stated)}, not {spell(unit(wanted))}")
        return stated.factor

    def _rows(self, place: str, field: Field, given: Any) -> tuple[tuple, ...]:
        if not isinstance(given, list) or not all(isinstance(row, list) for row in given):
            raise InputError(f"{place}: a table is a list of rows")
        for row in given:
            if len(row) != len(field.columns):
                raise InputError(
                    f"{place}: a row has {len(row)} entries, not {', '.join(field.columns)}"
                )
        return tuple(tuple(float(self._number(place, x)) for x in row) for row in given)

    def __getitem__(self, key: str) -> Figure:
        if key not in self.figures:
            raise unknown(self.path, key, self.figures)
        return self.figures[key]

    def __contains__(self, key: str) -> bool:
        return key in self.figures

    def __getattr__(self, key: str) -> Any:
        if key.startswith("_"):
            raise AttributeError(key)
        if key in self.traits:
            return self.traits[key]
        figure = self[key]
        return (
            quantity(figure.given, figure.unit)
            if figure.unit and isinstance(figure.given, (int, float))
            else figure.value
        )

    def __setattr__(self, key: str, value: Any) -> None:
        raise AttributeError(f"{self.path} is frozen")

    def __dir__(self) -> list[str]:
        return sorted({*super().__dir__(), *self.figures, *self.traits})

    def __repr__(self) -> str:
        return f"<{self.type.name} {self.path}: {self.name}>"

    def _repr_html_(self) -> str:
        return html("record", self)

    def values(self) -> dict[str, Any]:
        """Coherent values of every declared numeric field (NaN where absent) and of the tables there are."""
        known = {
            key: f.value for key, f in self.figures.items() if not isinstance(f.value, (str, list))
        }
        return {**self.type.absent(), **known}

    def source(self, key: str) -> Source:
        """The document behind a figure."""
        entry = self._sources().get(key)
        if entry is None:
            raise unknown(f"{self.path}: source", key, self._sources())
        return Source(
            key, **{k: str(entry[k]) for k in ("title", "document", "date", "kind") if k in entry}
        )


class Group:
    """A folder of records as a namespace."""

    def __init__(self, registry: Registry, name: str, names: tuple[str, ...]):
        self._registry, self._name, self._names = registry, name, names

    def __getattr__(self, name: str) -> Record:
        if name.startswith("_"):
            raise AttributeError(name)
        if name not in self._names:
            raise unknown(f"{self._registry.name}.{self._name}", name, self._names)
        return self._registry.load(self._name, name)

    def find(self, name: str, field: str) -> Record:
        """The record that a user calls "Google" or "Infra.Facilities.Google"."""
        last = name.removeprefix(f"{self._registry.name}.").removeprefix(f"{self._name}.")
        if last not in self._names:
            raise unknown(field, name, self._names)
        return self._registry.load(self._name, last)

    def __dir__(self) -> list[str]:
        return list(self._names)

    def __iter__(self):
        return (self._registry.load(self._name, name) for name in self._names)

    def __len__(self) -> int:
        return len(self._names)

    def __repr__(self) -> str:
        return f"<{self._registry.name}.{self._name}: {len(self)} records>"


class Registry:
    """A folder of groups of records, read one file at a time."""

    def __init__(self, name: str, types: dict[str, RecordType], folder: Path):
        self.name, self.types, self.folder = name, types, folder
        self.groups = {
            group.name: tuple(sorted(file.stem for file in group.glob("*.toml")))
            for group in sorted(folder.iterdir())
            if group.is_dir()
        }
        self.load = cache(self._load)
        self.sources = cache(
            lambda: tomllib.loads((folder / "sources.toml").read_text(encoding="utf-8"))
        )

    def type_of(self, group: str) -> RecordType:
        """The record type of a group; a registry of one type has it under the empty name."""
        return self.types.get(group) or self.types[""]

    def _load(self, group: str, name: str) -> Record:
        text = (self.folder / group / f"{name}.toml").read_text(encoding="utf-8")
        return Record(
            self.type_of(group), f"{self.name}.{group}.{name}", tomllib.loads(text), self.sources
        )

    def __getattr__(self, name: str) -> Group:
        if name.startswith("_"):
            raise AttributeError(name)
        if name not in self.groups:
            raise unknown(self.name, name, self.groups)
        return Group(self, name, self.groups[name])

    def __dir__(self) -> list[str]:
        return [*super().__dir__(), *self.groups]

    def __iter__(self):
        return (self.load(group, name) for group, names in self.groups.items() for name in names)

    def __repr__(self) -> str:
        return f"<{self.name}: {sum(map(len, self.groups.values()))} records in {', '.join(self.groups)}>"

    def find(self, name: str, field: str = "") -> Record:
        """The record called "H100", "Cloud.H100" or "Hardware.Cloud.H100"."""
        parts = str(name).split(".")
        where = [
            g
            for g, names in self.groups.items()
            if parts[-1] in names and (len(parts) < 2 or parts[-2] == g)
        ]
        if not where:
            names = [name for names in self.groups.values() for name in names]
            error = unknown(field or self.name.lower(), name, names)
            raise type(error)(f"{error}; `mlsysim zoo {self.name.lower()}` lists all {len(names)}")
        return self.load(where[0], parts[-1])


def read_record(type: RecordType, file: Path, name: str = "") -> Record:
    """A record from a user's own TOML file."""
    try:
        data = tomllib.loads(file.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as error:
        raise InputError(f"{file}: {error}") from None
    for key, kind in HEAD.items():
        if not isinstance(data.get(key, kind()), kind):
            raise InputError(f"{file}: {key}: {data[key]!r} is not of the form {kind.__name__}")
    return Record(type, name or file.stem, data, dict)
