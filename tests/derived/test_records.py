"""The registries: every record loads, every figure has its source, and known errors stay out."""

from __future__ import annotations

from math import isclose
from pathlib import Path

import pytest

from mlsysim.core.errors import InputError, UnknownName
from mlsysim.core.records import KINDS, Record, RecordType, Registry
from mlsysim.core.units import coherent
from mlsysim.hardware import Hardware
from mlsysim.hardware.chip import CHIP
from mlsysim.infra import Infra
from mlsysim.literature import Literature
from mlsysim.models import Models
from mlsysim.systems import Systems
from mlsysim.systems.parts import NODE

from .samples import RECORD_TYPES, REGISTRIES
from .wrong_figures import NO_TIER, WRONG, WRONG_WORDS

BY_NAME = {registry.name: registry for registry in REGISTRIES}
LEAST = ((Hardware, 85), (Models, 110), (Infra, 120), (Systems, 100))
NAMED = [r for r in REGISTRIES if r is not Literature]


def _find(path: str) -> Record:
    name, group, record = path.split(".")
    return BY_NAME[name].load(group, record)


def _figures(registry: Registry):
    return [(record, figure) for record in registry for figure in record.figures.values()]


@pytest.mark.parametrize("registry", REGISTRIES, ids=lambda r: r.name)
def test_every_record_loads_and_is_found_by_its_name(registry: Registry) -> None:
    faults = []
    for group, names in registry.groups.items():
        for name in names:
            try:
                record = registry.load(group, name)
            except InputError as error:
                faults.append(f"{group}.{name}: {error}")
                continue
            if registry.find(f"{group}.{name}") is not record or not record.name:
                faults.append(f"{group}.{name} is not found")
            if getattr(getattr(registry, group), name) is not record:
                faults.append(f"{group}.{name} is no attribute")
    assert not faults


@pytest.mark.parametrize(("registry", "least"), LEAST, ids=lambda v: getattr(v, "name", str(v)))
def test_a_registry_is_large_enough(registry: Registry, least: int) -> None:
    assert len(list(registry)) >= least


def test_the_literature_holds_enough_figures() -> None:
    assert len(_figures(Literature)) >= 150


@pytest.mark.parametrize("registry", REGISTRIES, ids=lambda r: r.name)
def test_every_figure_has_a_source_a_place_and_a_known_kind(registry: Registry) -> None:
    faults = []
    for record, figure in _figures(registry):
        where = f"{record.path}.{figure.name}"
        try:
            source = record.source(figure.source)
        except InputError:
            faults.append(f"{where}: source {figure.source!r} is not listed")
            continue
        if not (source.title and source.document and source.date):
            faults.append(f"{where}: source {figure.source!r} lacks a title, a document or a date")
        if not figure.at.strip() or figure.kind not in KINDS:
            faults.append(f"{where}: at {figure.at!r}, kind {figure.kind!r}")
    assert not faults


@pytest.mark.parametrize("registry", REGISTRIES, ids=lambda r: r.name)
def test_every_source_is_cited(registry: Registry) -> None:
    cited = {figure.source for _, figure in _figures(registry)}
    others = {e["source"] for r in registry for e in r.alternatives.values() if "source" in e}
    assert not set(registry.sources()) - cited - others


@pytest.mark.parametrize("registry", REGISTRIES, ids=lambda r: r.name)
def test_an_alternative_is_a_figure_too(registry: Registry) -> None:
    faults = []
    for record in registry:
        for key, entry in record.alternatives.items():
            try:
                Record(record.type, record.path, {"figures": {key.split("__")[0]: entry}}, dict)
            except InputError as error:
                faults.append(str(error))
            if not entry.get("at") or entry.get("source") not in registry.sources():
                faults.append(f"{record.path}.{key} has no source or place")
    assert not faults


@pytest.mark.parametrize("registry", REGISTRIES, ids=lambda r: r.name)
def test_figures_are_attributes_and_records_are_frozen(registry: Registry) -> None:
    for record in registry:
        for name, figure in record.figures.items():
            assert name in record
            assert record[name] is figure
            if isinstance(figure.value, str) or not figure.unit:
                assert getattr(record, name) == figure.value
        with pytest.raises(AttributeError, match="frozen"):
            record.name = "another"
        with pytest.raises(UnknownName, match="is not known"):
            _ = record.no_such_figure
        break


@pytest.mark.native
def test_an_attribute_with_a_unit_is_a_quantity() -> None:
    import mlsysim

    bandwidth = mlsysim.Hardware.Cloud.H100.mem_bandwidth
    assert isclose(bandwidth.to("byte/s").magnitude, 3.35e12)
    assert isclose(
        mlsysim.Infra.Grids.Poland.grid_carbon_intensity.to("kgCO2e/MWh").magnitude, 661.926
    )


def test_a_misspelt_name_is_answered_with_the_nearest() -> None:
    with pytest.raises(UnknownName, match="did you mean 'H100'"):
        Hardware.find("H10O")
    with pytest.raises(UnknownName, match="did you mean 'Quebec'"):
        Infra.find("Qubec")
    with pytest.raises(UnknownName, match=r"H101.*zoo hardware"):
        Hardware.find("H101")


RULED = [(kind, f) for kind in RECORD_TYPES for f in kind.fields.values() if f.rule]


def _record(kind: RecordType, **figure) -> Record:
    return Record(kind, "Test.Group.One", {"figures": figure}, dict)


@pytest.mark.parametrize(("kind", "ruled"), RULED, ids=[f"{k.name}.{f.name}" for k, f in RULED])
def test_a_peak_says_dense_and_a_link_one_way(kind: RecordType, ruled) -> None:
    key, word = ruled.rule
    entry = {"value": 1, "unit": ruled.unit, "source": "x", "at": "x"}
    assert ruled.name in _record(kind, **{ruled.name: {**entry, key: word}})
    for wrong in ({}, {key: "other"}, {key: ""}):
        with pytest.raises(InputError, match=f'must say {key} = "{word}"'):
            _record(kind, **{ruled.name: entry | wrong})


def test_every_peak_and_every_link_is_ruled() -> None:
    lacking = [
        f.name
        for kind in (CHIP, NODE)
        for f in kind.fields.values()
        if not f.rule
        and (f.name.startswith("peak_") or f.name in ("nic_bandwidth", "scaleup_bandwidth"))
    ]
    assert not lacking
    assert len(RULED) > 15


@pytest.mark.parametrize(
    "entry",
    [
        {"unit": "W", "source": "x", "at": "x"},
        {"value": 1, "unit": "W", "at": "x"},
        {"value": 1, "unit": "GB", "source": "x", "at": "x"},
        {"value": "700", "unit": "W", "source": "x", "at": "x"},
        {"value": True, "unit": "W", "source": "x", "at": "x"},
        {"value": float("nan"), "unit": "W", "source": "x", "at": "x"},
        {"value": 1, "unit": "furlong", "source": "x", "at": "x"},
        {"value": float("inf"), "unit": "W", "source": "x", "at": "x"},
        {"value": 10**400, "unit": "W", "source": "x", "at": "x"},
        {"value": -5, "unit": "W", "source": "x", "at": "x"},
        {"value": 1, "unit": 7, "source": "x", "at": "x"},
        {"value": 1, "unit": "W", "source": "x", "at": "x", "kind": "rumour"},
        700,
    ],
    ids=str,
)
def test_a_figure_without_value_source_or_the_right_unit_is_refused(entry) -> None:
    with pytest.raises(InputError, match="tdp"):
        _record(CHIP, tdp=entry)


def test_an_unknown_figure_or_trait_is_refused() -> None:
    with pytest.raises(UnknownName, match="did you mean 'tdp'"):
        _record(CHIP, tpd={"value": 1, "unit": "W", "source": "x", "at": "x"})
    with pytest.raises(UnknownName, match="form"):
        Record(CHIP, "Test.Group.One", {"form": "toaster"}, dict)


@pytest.mark.parametrize(("number", "path", "field", "wrong", "right", "unit"), WRONG)
def test_a_wrong_figure_stays_out(number, path, field, wrong, right, unit) -> None:
    record = _find(path)
    if field == "year":
        assert record.year == right
        return
    if right is None:
        assert field not in record or not isclose(
            record[field].value, coherent(wrong, unit), rel_tol=1e-3
        )
        return
    if field not in record:
        return
    have = record[field].value
    assert not isclose(have, coherent(wrong, unit), rel_tol=1e-3)
    assert isclose(have, coherent(right, unit), rel_tol=0.02), (
        f"{have / coherent(1, unit):g} {unit}"
    )


@pytest.mark.parametrize(("number", "path", "trait", "wrong", "right"), WRONG_WORDS)
def test_a_wrong_word_stays_out(number, path, trait, wrong, right) -> None:
    assert _find(path).traits[trait] == right != wrong


def test_the_report_of_deepseek_v3_has_its_own_address() -> None:
    sources = {**Models.sources(), **Literature.sources()}
    titles = {str(s.get("title")): str(s.get("document")) for s in sources.values()}
    assert not [t for t, d in titles.items() if "Insights" in t and "2412.19437" in d]
    assert [
        t for t, d in titles.items() if "DeepSeek-V3 Technical Report" in t and "2412.19437" in d
    ]


def test_water_is_not_one_number_for_every_facility() -> None:
    national = coherent(1.8, "L/kWh")
    found = [r.id for r in Infra.Facilities if "wue" in r and isclose(r["wue"].value, national)]
    assert set(found) <= {"US_2014"}
    assert len({r["wue"].value for r in Infra.Facilities if "wue" in r}) >= 5


def test_no_tier_of_memory_has_the_bandwidth_of_another_device() -> None:
    memory = [r for r in Systems.Storage if r.id.startswith(("HBM", "GDDR", "DDR"))]
    wrong = {coherent(x, "GB/s") for x in NO_TIER}
    assert memory
    assert not [r.path for r in memory if r["storage_bandwidth"].value in wrong]


def test_a_grid_says_whether_its_carbon_is_of_the_life_cycle_or_of_the_stack() -> None:
    unsaid = [r.path for r in Infra if "grid_carbon_intensity" in r and not r.traits.get("basis")]
    assert not unsaid


@pytest.mark.parametrize("registry", NAMED, ids=lambda r: r.name)
def test_a_name_means_one_record_unless_it_is_a_price_of_a_grid(registry: Registry) -> None:
    groups: dict[str, list[str]] = {}
    for group, names in registry.groups.items():
        for name in names:
            groups.setdefault(name, []).append(group)
    double = {name: where for name, where in groups.items() if len(where) > 1}
    assert not [name for name, where in double.items() if where != ["Grids", "Prices"]]
    assert all(registry.find(name).path.split(".")[1] == "Grids" for name in double)


def test_a_record_that_names_another_names_one_that_exists() -> None:
    faults = []
    for record in Hardware:
        if record.traits.get("node") and record.traits["node"] not in Systems.groups["Nodes"]:
            faults.append(f"{record.path}: node {record.traits['node']}")
    for record in (*Systems.Nodes, *Systems.Fleets):
        fabric, chip = record.traits.get("fabric"), record.traits.get("accelerator")
        if fabric and fabric not in Systems.groups["Fabrics"] + Systems.groups["Links"]:
            faults.append(f"{record.path}: fabric {fabric}")
        if chip and not any(chip in names for names in Hardware.groups.values()):
            faults.append(f"{record.path}: accelerator {chip}")
        if record.traits.get("node") and record.traits["node"] not in Systems.groups["Nodes"]:
            faults.append(f"{record.path}: node {record.traits['node']}")
    assert not faults


#: Names of the released registries for which no source gives a figure.
UNSOURCED = ("Cloud.DMatrix_Corsair", "Cloud.Untether_speedAI240", "Workstation.GTX580_3GB")


def test_the_names_of_the_released_registries_are_here() -> None:
    listed = (Path(__file__).parent / "released_names.txt").read_text(encoding="utf-8")
    lacking = []
    for line in listed.splitlines():
        registry, names = line.split(": ")
        for name in names.split():
            group, _, record = name.rpartition(".")
            have = BY_NAME[registry].groups
            if record not in (have.get(group, ()) if group else sum(have.values(), ())):
                lacking.append(name)
    assert not set(lacking) - set(UNSOURCED)


def test_a_profile_has_the_24_hours_of_a_day_and_a_grid_names_one_that_exists() -> None:
    for profile in Infra.Hours:
        hours, intensities = zip(*profile["hourly"].value)
        assert hours == tuple(range(24))
        assert min(intensities) > 0
    named = {r.path: r.traits["hours"] for r in Infra if "hours" in r.traits}
    assert set(named.values()) == set(Infra.groups["Hours"])


def test_a_point_of_compression_is_of_a_model_of_the_registry_and_changes_its_quality_little() -> (
    None
):
    from mlsysim.literature.points import points

    found = points()
    assert len(found) > 100
    assert {point.model for point in found} <= {model.id for model in Models}
    for point in found:
        share = point.after / point.before
        best, worst = (0.97, 12.0) if point.quality == "perplexity" else (0.93, 1.01)
        assert best < share < worst, f"{point.record.path}.{point.figure}"
    named = {(p.record.path, p.figure) for p in found} | {(p.record.path, "before") for p in found}
    other = {"speedup", "memory_ratio", "size_share", "params", "compression", "size_before"}
    other |= {"size_after", "compression_pruning_only"}
    for record in {p.record for p in found}:
        unread = {n for n in record.figures if (record.path, n) not in named} - other
        assert not unread, f"{record.path}: {unread} are no points"
