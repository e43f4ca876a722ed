# /// script
# requires-python = ">=3.11"
# dependencies = ["mlsysim[labs]"]
# ///
"""Lab 11: one matrix product on many chips: what it costs in time, in money and in energy."""

import marimo

__generated_with = "0.25.2"
app = marimo.App(width="medium", app_title="11 · The free rows")


@app.cell
def _():
    import marimo as mo
    from mlsysim_widgets import Explorer, Ledger, Roofline, charts, kit

    import mlsysim
    from mlsysim.core.graph import choose
    from mlsysim.core.records import Record
    from mlsysim.core.text import readable
    from mlsysim.plan import read_plan

    return Explorer, Ledger, Record, Roofline, charts, choose, kit, mlsysim, mo, read_plan, readable


@app.cell
def _(Ledger, kit, mo):
    ledger = mo.ui.anywidget(book := Ledger("vol1/11", boxes={"why": "Which rows will you have?"}))
    kit.opening(
        "256 times the work, in almost the same time",
        "A kernel's speed is a property of the chip.",
        [
            "place a matrix product on the roofline and know its corner",
            "add the launch, and the shares that kernels reach",
            "say which chip is cheapest for which shape",
        ],
        minutes=50,
        before="00, 07",
        walls="1 Compute, 2 Memory, 3 Software, 18 Sustainability",
    )
    return book, ledger


@app.cell
def _(kit, mo):
    track = mo.ui.dropdown(list(kit.TRACKS), value="cloud", label="The system you speak of")
    kit.page("track", track, "Part C places the same kernel on its chip.")
    return (track,)


@app.cell
def _(Record, book, kit, mlsysim, read_plan):
    def product(rows, width, chip="H100", precision="bf16"):
        """Rows by a square matrix of weights, as a network of one layer: the core does the rest."""
        layer = {"full_layers": [[1, width, width]], "published_params": width * width}
        figures = {name: {"value": layer[name], "source": "lab", "kind": "convention"} for name in layer}  # fmt: skip
        data = {"family": "mlp", "figures": figures, "sources": {"lab": {"title": "This lab"}}}
        model = Record(mlsysim.Models.type_of("Tiny"), f"Lab.{width}_wide", data, dict)
        plan = kit.plan_of("AnomalyDetector", chip, precision=precision, batch_size=rows)
        return mlsysim.Evaluation(mlsysim.Scenario(read_plan(plan), model))

    def timed(rows, part="h100-sxm-80gb"):
        return kit.measured(f"aic-gemm-nvidia-{part}-bfloat16-m{rows}").value / 1e3

    runs = {rows: product(rows, 8192) for rows in map(int, (1, 256, 8192))}
    key_a = {"more": timed(256) / timed(1)}
    # Predicted by the records of kernels, a fit to the tables of aiconfigurator 0.12.0. An earlier fit, with shares of
    # 0.78 and 0.82, a start of 3.4 and a corner of 2.61, has p1 52.3, p256 66.6, p8192 1430, t512 4.03 and sh512 6.74.
    key_a |= {f"p{rows}": run.values["step_time"] * 1e6 for rows, run in runs.items()}
    key_a |= {f"m{rows}": timed(rows) * 1e6 for rows in runs}
    _found = {"value": key_a["p256"] / key_a["p1"], "measured": key_a["more"]}
    predict_a = kit.predict(
        "predict-a", "How many times as long do 256 rows take as one row?", book, unit="x", low=1, high=300,
        answer=lambda: {**_found, "because": "the weights are read once for all of them"},
    )  # fmt: skip
    chip = mlsysim.Hardware.Cloud.H100
    _peak, _memory = (f"{chip[n].given:,g} {chip[n].unit}" for n in ("peak_bf16", "mem_bandwidth"))
    kit.page(
        "predict-a",
        f"""## A. The free 255 rows

A layer of a language model is a matrix of weights, here 8,192 by 8,192 in sixteen bits. A request is a row that is
multiplied by it. {chip.name} has {_peak} of arithmetic, and {_memory} of memory.""",
        predict_a,
    )
    return chip, key_a, predict_a, product, runs, timed


@app.cell
def _(charts, choose, key_a, kit, predict_a, runs):
    kit.gate(predict_a)
    _rows = "\n".join(f"| {n:,} | {key_a[f'p{n}']:,.4g} | {key_a[f'm{n}']:,.4g} |" for n in runs)
    kit.page(
        "instrument-a",
        f"""It is **{key_a["more"]:.3g} times**, measured, for 256 times the work. At 8,192 rows the bill comes.

| rows | predicted, microseconds | measured |
|---|---|---|
{_rows}""",
        charts.roofline(*runs.values()),
        f"""$${choose("op_busy_time", {}).latex}$$

Arithmetic and bytes meet in a rounded corner, sharper for a larger p, and a kernel takes a while to start.""",
    )
    return


@app.cell
def _(Roofline, kit, mo, predict_a, runs):
    kit.gate(predict_a)
    dot = mo.ui.anywidget(Roofline(runs[1]))
    _ask = "**Break it.** The batch is the number of rows. Drag the dot until wall 2 hands over to wall 1."
    kit.page("break-a", _ask, dot, kit.remember("a", "weights are paid once a pass; ride along."))
    return (dot,)


@app.cell
def _(book, chip, kit, product):
    small = product(512, 512)
    _ridge, _done = (small.values[n] for n in ("ridge_intensity", "arithmetic_intensity"))
    key_b = {"ai512": _done, "n0": small.scenario.given["batch"] * _ridge / _done}
    key_b |= {"roof512": _done / _ridge * 100, "sh512": small.values["mfu"] * 100}
    _best = kit.measured("fa3-fp16").value / chip["peak_fp16"].given
    key_b |= {"t512": small.values["step_time"] * 1e6, "fa3": _best * 100}
    predict_b = kit.predict(
        "predict-b", "What share of the peak does it reach?", book, unit="%", low=0, high=100, log=False,
        answer=lambda: {"value": key_b["sh512"], "because": "the start of the kernel takes most of the time"},
    )  # fmt: skip
    kit.page(
        "predict-b",
        f"""## B. What the roof does not say

A square product, 512 by 512 by 512, does {_done:.0f} operations for each byte. The ridge is at {_ridge:.0f}, so the
roof promises **{key_b["roof512"]:.3g} %** of the peak. From a size of {key_b["n0"]:.0f} on it promises all of it.""",
        predict_b,
    )
    return key_b, predict_b, small


@app.cell
def _(charts, key_b, kit, predict_b, readable, small):
    kit.gate(predict_b)
    _all, _start = (readable(small.values[n], "s") for n in ("step_time", "launch_time"))
    kit.page(
        "instrument-b",
        f"""Of {_all}, the start of the kernel is {_start}. Two smaller losses: kernels do not reach the whole of either
ceiling, and near the ridge both ceilings count. A long kernel in its best stack does better: FlashAttention-3 was
measured at {key_b["fa3"]:.3g} % of the peak.""",
        charts.mfu_waterfall(small),
    )
    return


@app.cell
def _(Explorer, kit, mo, predict_b, small):
    kit.gate(predict_b)
    _one, _start, _time = small.scenario, small.values["launch_time"], small.values["step_time"]
    _levers = ["kernel_overhead", "mem_bandwidth", "peak_rate"]
    start = mo.ui.anywidget(Explorer({**_one.given}, "mfu", sliders=_levers, options=_one.options))
    kit.page(
        "break-b",
        f"""**Break it.** 64 such products in one call start once:
{64 * _time / (64 * (_time - _start) + _start):.3g} times faster. Make the start of a
kernel shorter, until wall 3 lets go. Which wall binds then?""",
        start,
        kit.remember("b", "small kernels live under a third ceiling."),
    )
    return (start,)


@app.cell
def _(book, kit, product, timed):
    _newer = dict.fromkeys(("A100", "H100", "H200", "B200", "MI300X", "TPUv5p"), "bf16")
    seven = {n: product(266, 8192, n, kind) for n, kind in ({"V100": "fp16"} | _newer).items()}
    ridges = {name: run.values["ridge_intensity"] for name, run in seven.items()}
    _ids = {"V100": "V100_SXM", "A100": "A100_80_SXM", "H100": "H100_SXM"}
    key_c = {f"r_{_ids.get(name, name)}": ridge for name, ridge in ridges.items()}
    key_c |= {"h200": timed(256) / timed(256, "h200-sxm-141gb")}
    predict_c = kit.predict(
        "predict-c", "On which of these does it wait for the memory?", book, kind="choice",
        options={"V100": "the oldest", "H100": "", "H200": "as fast, with more bandwidth", "TPUv5p": "another maker"},
        answer=lambda: {"value": max(ridges, key=ridges.__getitem__), "because": "its ridge is the highest"},
    )  # fmt: skip
    kit.page(
        "predict-c",
        f"""## C. Does “compute-bound” travel?

A kernel does {seven["H100"].values["arithmetic_intensity"]:.0f} operations for each byte that it moves. The ridge of a
chip is its peak over its bandwidth: below it, a kernel waits for bytes. It is said that ridges only rise.""",
        predict_c,
    )
    return key_c, predict_c, ridges, seven


@app.cell
def _(charts, key_c, kit, predict_c, ridges, seven):
    kit.gate(predict_c)
    _old, _new = (seven[name].scenario.given["mem_bandwidth"] for name in ("H100", "H200"))
    _told = ", ".join(f"{name} {ridge:.0f}" for name, ridge in ridges.items())
    kit.page(
        "instrument-c",
        f"""{_told} flop/byte: they rise and fall. The same kernel is bound by memory on H100, and by arithmetic on
H200. So at 256 rows {_new / _old:.3g} times the bandwidth gave only {key_c["h200"]:.3g} times the speed, measured.""",
        charts.roofline(*(seven[name] for name in ("A100", "H100", "H200"))),
    )
    return


@app.cell
def _(Explorer, kit, mo, predict_c, product, readable, seven, track):
    kit.gate(predict_c)
    _run = seven["H200"].scenario
    _more = {"sliders": ["peak_rate", "mem_bandwidth"], "options": _run.options}
    sparse = mo.ui.anywidget(Explorer({**_run.given}, "ridge_intensity", **_more))
    _own = {"cloud": "H100 bf16", "edge": "JetsonAGXOrin fp16", "mobile": "iPhone15Pro int8"}
    _mine = product(266, 8192, *_own.get(track.value, "EthosU55 int8").split())
    _width = readable(_mine.scenario.given["mem_bandwidth"], "byte/s")
    _ridge = f"its ridge is {_mine.values['ridge_intensity']:.0f} flop/byte"
    if track.value == "mobile":
        _ridge = "no dense peak in sixteen bits is published, so no ridge is known"
    kit.page(
        "break-c",
        f"""**Break it.** This is H200. Leaflets print a peak {_run.chip["sparsity_factor"].given:g} times as high, for
matrices that are half zeros. Set it so: on which side is our kernel then?""",
        sparse,
        f"Your system: {_mine.scenario.chip.name}, {_width} of memory; {_ridge}.",
        kit.remember("c", "bound is a relation, not a property."),
    )
    return (sparse,)


@app.cell
def _(book, kit, mlsysim):
    _energy, _bit = mlsysim.Systems.Energy, mlsysim.Systems.Energy.HBM2_Bit["byte_energy"]
    _pair = [one["step_energy"].value for one in (_energy.Add_BF16_7nm, _energy.Multiply_BF16_7nm)]
    flop, byte = sum(_pair) / len(_pair) * 1e12, _bit.value * 1e12
    key_d = {"ebal": byte / flop, "e1": flop + byte, "einf": flop + byte / 1000}
    predict_d = kit.predict(
        "predict-d", "At how many operations a byte do moving and computing cost the same energy?", book,
        kind="choice", options={"2": "", "20": "", "200": "", "2,000": "above what most kernels reach"},
        answer=lambda: key_d["ebal"],
    )  # fmt: skip
    kit.page(
        "predict-d",
        f"""## D. Joules have a roofline too

An addition or a multiplication in sixteen bits takes {flop:.2g} picojoules, on average
({_energy.Add_BF16_7nm.source("tpu4i").title}). A bit from the memory beside the chip takes {_bit.given:g}
({_energy.HBM2_Bit.source(_bit.source).title}).""",
        predict_d,
    )
    return flop, key_d, predict_d


@app.cell
def _(charts, key_d, kit, predict_d, runs):
    kit.gate(predict_d)
    kit.page(
        "instrument-d",
        f"""At one operation a byte an operation costs {key_d["e1"]:.3g} picojoules; at a thousand, {key_d["einf"]:.3g}.
The chart has the whole chip, by a fit to measured power: clocks, control and idle parts come on top.""",
        charts.energy_roofline(*runs.values()),
    )
    return


@app.cell
def _(Explorer, flop, key_d, kit, mo, predict_d, runs):
    kit.gate(predict_d)
    _one = runs[1].scenario
    _more = {"sliders": ["draw_per_mfu", "draw_per_mbu"], "options": _one.options}
    joules = mo.ui.anywidget(Explorer({**_one.given}, "sample_energy", **_more))
    kit.page(
        "break-d",
        f"""**Break it.** Halve the energy of the arithmetic: at one operation a byte that saves
{flop / 2 / key_d["e1"] * 100:.2g} %. Below is one row on the whole chip. Make its arithmetic cheap,
then its traffic. What is left is paid by the second.""",
        joules,
        kit.remember("d", "energy follows bytes until intensity is in the hundreds."),
    )
    return (joules,)


@app.cell
def _(kit, mlsysim, mo, timed):
    _parts = {"H200": "h200-sxm-141gb", "B200": "b200-sxm-180gb"}
    _rents = {name: mlsysim.Hardware.find(name)["rent_price"] for name in _parts}
    key_e, _all = {}, []
    for _name, _part in _parts.items():
        _one, _many = (timed(rows, _part) * _rents[_name].value * 1e6 for rows in map(int, (1, 8192)))
        key_e |= {f"u{_name}_1": _one, f"u{_name}_8192": _many}
        _all.append(f"{_name}: one row {_one:.3g} USD, 8,192 rows {_many:.3g} USD")
    decision = mo.ui.radio(_all, label="Which do you rent? A million calls cost:")
    _prices = ", ".join(f"{name} {rent.given:g} {rent.unit}" for name, rent in _rents.items())
    kit.page(
        "decision",
        f"""## Decide

This layer runs all day. The rent ({_prices}), times the measured time of a call, is what it costs. The shape turns the
order round: which rows will you have?""",
        decision,
    )
    return decision, key_e


@app.cell
def _(book, decision, kit, ledger):
    if decision.value:
        book.decide("decision", decision.value, "Rent a chip for this layer")
    kit.page("ledger", ledger)
    return


@app.cell
def _(key_a, key_b, key_c, key_d, key_e):
    key = key_a | key_b | key_c | key_d | key_e
    return (key,)


@app.cell
def _(kit):
    kit.sources("op_busy_time", "op_memory_time", "ridge_intensity", "draw_share")
    return


if __name__ == "__main__":
    app.run()
