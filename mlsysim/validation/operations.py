"""Whole runs: chip-hours, energy, carbon, money, failures."""

from __future__ import annotations

from collections.abc import Mapping

from ..systems import Systems
from . import inference, training
from .answers import answer
from .machines import machine
from .prediction import Prediction
from .rows import Inexpressible, Row
from .spelling import Keys
from .system import System

HOUR, DAY, KILO, MEGA = 3600.0, 86400.0, 1e3, 1e6
#: Fleet that a run is taken to use where only a total is printed; it does not change chip-hours.
FLEET, MODEL_SEQUENCES, MODEL_TOKENS = 1024.0, 2048.0, 2048.0


def _step(row: Row, constants: Mapping[str, float]) -> tuple[System, float, float]:
    """Seconds of a training step, and its tokens."""
    devices = row.devices or FLEET
    how = dict(row.parallelism)
    if not any(key.startswith(("global_batch", "micro_batch", "grad_accum")) for key in how):
        how["global_batch_seqs"] = max(MODEL_SEQUENCES, devices)
    how.setdefault("seq_len", MODEL_TOKENS)
    system, whole, seq_len = training.system_of(
        row._replace(devices=devices, parallelism=how), constants
    )
    return system, system.solve("step_time", "training"), whole * seq_len


def training_run(row: Row, constants: Mapping[str, float]) -> Prediction:
    """Chip-hours, days or operations of a run, from its tokens or its steps."""
    work = Keys(row.workload)
    if "target" in work.found and "tokens" not in work and "steps" not in work:
        raise Inexpressible("the run ends at a loss, not after a number of tokens")
    system, step, tokens = _step(row, constants)
    total = work.number("tokens") or work.number("steps") * tokens
    if not total:
        raise Inexpressible("the row gives neither tokens nor steps")
    seconds = total / tokens * step / constants["run.goodput"]
    flop = system.solve("model_flop", "training") * total / tokens
    again = {"full": 4 / 3}.get(system.options["recompute"], 1.0)
    answers = {
        "gpu_hours": seconds * system.devices / HOUR,
        "chip_hours": seconds * system.devices / HOUR,
        "wall_clock_s": seconds,
        "total_flops": flop * again,
    }
    return Prediction(answer(row.metric, answers, "a run"), "training run", tuple(system.notes))


def cost(row: Row, constants: Mapping[str, float]) -> Prediction:
    """Money of a rented run: price per hour times the hours that are predicted."""
    work = Keys(row.workload)
    work.found.pop("hours", None)
    system, step, tokens = _step(row, constants)
    total = work.number("tokens") or work.number("steps") * tokens
    hours = total / tokens * step / HOUR if total else work.number("gpu_hours") / system.devices
    nodes = system.devices / system.given["accelerators_per_node"]
    price = work.number("price_per_node_hour") * nodes
    price = price or work.number("price_per_gpu_hour") * system.devices
    if not price and "rent_price" in system.machine.chip:
        price = system.machine.chip["rent_price"].value * HOUR * system.devices
    if not (price and hours):
        raise Inexpressible("the row gives no price, or neither steps nor tokens")
    money = {"usd_total": price * hours, "usd": price * hours, "cost_usd": price * hours}
    return Prediction(answer(row.metric, money, "a rented run"), "cost", tuple(system.notes))


def _energy_joules(row: Row, work: Keys) -> float:
    """Energy of a fleet with its hours given: design power, and the building's overhead."""
    part = machine(row.hardware)
    hours = work.number("gpu_hours")
    if not hours:
        raise Inexpressible("the row gives no chip-hours")
    power = work.number("tdp_w") or part.chip["tdp"].value
    return hours * HOUR * power


def carbon(row: Row, constants: Mapping[str, float]) -> Prediction:
    """Carbon of a run from its energy, or from chip-hours at design power."""
    work = Keys(row.workload)
    grid = work.number("kgco2e_per_kwh") or constants["run.reported_grid"]
    if "energy_mwh" in work:
        kwh = work.number("energy_mwh") * KILO
    else:
        pue = work.number("pue") or constants["run.reported_pue"]
        kwh = _energy_joules(row, work) * pue / (HOUR * KILO)
    scale = {"tco2e": 1e3, "kgco2e": 1.0, "gco2e": 1e-3}.get(row.metric)
    if scale is None:
        raise Inexpressible(f"no equation gives {row.metric} as carbon")
    return Prediction(kwh * grid / scale, "carbon", work.unread())


def energy(row: Row, constants: Mapping[str, float]) -> Prediction:
    """Energy of a run with its hours given, or of a token that is served."""
    work = Keys(row.workload)
    if "token" not in row.metric:
        joules = _energy_joules(row, work) * (work.number("pue") or 1.0)
        scale = {"energy_mwh": HOUR * MEGA, "energy_kwh": HOUR * KILO, "energy_j": 1.0}.get(
            row.metric
        )
        if scale is None:
            raise Inexpressible(f"no equation gives {row.metric} as energy")
        return Prediction(joules / scale, "energy of a run", work.unread())
    served = row._replace(kind="serving_throughput", metric="output_tokens_per_s_total")
    rate = inference.predict(served, constants)
    part = machine(row.hardware)
    draw = 1.0 if "rule.compute" in constants else inference.draw(served, constants)
    power = part.chip["tdp"].value * draw * max(row.devices, 1.0)
    return Prediction(power / rate.value, "energy of a token", rate.notes)


def reliability(row: Row, constants: Mapping[str, float]) -> Prediction:
    """Failures and checkpoints of a fleet, at the rate that Meta counted on 16,384 accelerators."""
    work = Keys(row.workload)
    record = Systems.Parts.find("Llama3_AllCauses", "part")
    chips = max(row.devices, 1.0)
    every = record["part_mtbf"].value / chips
    if row.metric == "checkpoint_save_s":
        size = work.number("checkpointtb") * 1e12
        if not size:
            raise Inexpressible("the row does not say how large the checkpoint is")
        return Prediction(size / (constants["run.save_bandwidth"] * 1e9), "reliability")
    days = work.number("windowdays")
    answers = {
        "mttf_hours": every / HOUR,
        "mtbf_hours": every / HOUR,
        "node_failures_per_day": DAY / every,
        "failures_per_day": DAY / every,
    }
    if days:
        answers |= {"restarts_total": days * DAY / every, "failures_total": days * DAY / every}
    if row.metric not in answers:
        raise Inexpressible("the row does not say how long the fleet was watched")
    return Prediction(answers[row.metric], "reliability")
