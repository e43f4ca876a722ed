# /// script
# requires-python = ">=3.11"
# dependencies = ["mlsysim[labs]"]
# ///
"""Lab 12: what a score leaves out: the rest of the path, the wait, the heat and the scatter."""

import marimo

__generated_with = "0.25.2"
app = marimo.App(width="medium", app_title="12 · Somebody else's question")


@app.cell
def _():
    from math import ceil
    from random import Random

    import marimo as mo
    import plotly.graph_objects as go
    from mlsysim_widgets import Explorer, Ledger, charts, kit
    from mlsysim_widgets.theme import colours, finish

    import mlsysim
    from mlsysim.core.graph import solve

    def ask(symbol, options=None, **given):
        """One symbol of the core, from numbers."""
        return solve((symbol,), given, options or {})[symbol]

    return Explorer, Ledger, Random, ask, ceil, charts, colours, finish, go, kit, mlsysim, mo


@app.cell
def _(Ledger, kit, mo):
    book = Ledger("vol1/12", boxes={"why": "Which metric governs, and what is not shown yet?"})
    ledger = mo.ui.anywidget(book)
    kit.opening(
        "Every benchmark answers somebody else's question",
        "The system with the higher score is the better system for me.",
        ["carry the gain of a part to the whole", "see rankings turn with metric, batch and minute",
         "know how many runs a claim needs"], 45, "07, 11", "7, 18 and 21",
    )  # fmt: skip
    return book, ledger


@app.cell
def _(kit, mo):
    track = mo.ui.dropdown(list(kit.TRACKS), value="cloud", label="The system you speak of")
    kit.page("track", track, "Part A takes its path apart, and the decision comes back to it.")
    return (track,)


@app.cell
def _(ask, book, kit):
    step = dict(zip(("compute_time", "memory_time"), map(float, (0.055, 0.045))))
    speedup, limit = ask("growth_speedup", **step, rate_growth=10.0), ask("growth_limit", **step)
    predict_a = kit.predict(
        "predict-a", "How many times faster is the whole step?", book, unit="x", low=1, high=10,
        answer=lambda: {"value": speedup, "because": "the rest takes as long as before"},
    )  # fmt: skip
    _told = f"""## A. Ten times faster

A step does {step["compute_time"] * 1e3:.0f} ms of arithmetic, then moves bytes for {step["memory_time"] * 1e3:.0f} ms.
A new kernel does the arithmetic ten times faster, and its report says so."""
    kit.page("predict-a", _told, predict_a)
    return limit, predict_a, speedup, step


@app.cell
def _(Explorer, ask, charts, kit, limit, mlsysim, mo, predict_a, speedup, step, track):
    kit.gate(predict_a)
    _sliders, _plan = ["rate_growth", "compute_time", "memory_time"], kit.TRACKS[track.value]
    path = mo.ui.anywidget(Explorer({**step, "rate_growth": 10.0}, "growth_speedup", sliders=_sliders))  # fmt: skip
    _told = f"""It is **{speedup:.3g} times** faster. No kernel can make it more than {limit:.3g} times: that is what
remains when the arithmetic takes no time at all."""
    _break = f"""**Break it.** Make the arithmetic a hundred times faster, not ten: the step gains
{(ask("growth_speedup", **step, rate_growth=100.0) / speedup - 1) * 100:.2g} % more. Wall 21 (Sensitivity) says why.

**Your system**, {_plan["name"]}: arithmetic ten times as fast makes it
{kit.ruled(_plan)("growth_speedup", rate_growth=10.0):.4g} times faster, by the rule of thumb and if arithmetic and
bytes take turns. The chart is its calibrated estimate."""
    mo.vstack([
        kit.page("instrument-a", _told, path, kit.equation("growth_speedup")),
        kit.page("break-a", _break, charts.waterfall(mlsysim.SystemEvaluator.evaluate(plan=_plan))),
        kit.remember("a", "report the path, not the kernel."),
    ])  # fmt: skip
    return (path,)


@app.cell
def _(book, kit, mlsysim, mo):
    chips, maker = mlsysim.Hardware, mlsysim.Literature.Energy.Hailo_ResNet50
    _ids = ("timm-amp-nhwc-pt240-cu124-rtx4090-resnet50-224", "hailo-hailo-8-resnet-v1-50-b1",
            "timm-fp32-nchw-pt240-cpu-i9-10940x-dynamo-resnet50-224")  # fmt: skip
    _runs = dict(zip(("RTX 4090", "Hailo-8", "Core i9"), map(kit.measured, _ids)))
    rate = {name: run.value for name, run in _runs.items()}
    full = _runs["RTX 4090"].workload["batch"]
    every = {name: run.workload["batch"] / run.value for name, run in _runs.items()}
    wait = every | {"Hailo-8": maker["latency"].value}
    _watts = chips.Workstation.RTX4090["tdp"], chips.Edge.Hailo8["power_estimate"]
    power = dict(zip(rate, (figure.value for figure in _watts)))
    joule = {name: rate[name] / watts for name, watts in power.items()}
    _told = f"""## B. Rank these three

Images a second of ResNet-50, as published: RTX 4090 **{rate["RTX 4090"]:,.0f}**, Hailo-8 **{rate["Hailo-8"]:,.0f}**, a
desktop processor (Core i9-10940X) **{rate["Core i9"]:.3g}**. The GPU ran batches of {full} images, and an image is
answered when its batch is done. The other two ran no batches."""
    _orders = {"RTX 4090, Hailo-8, Core i9": "the order of the rates", "Hailo-8, Core i9, RTX 4090": "",
               "Hailo-8, RTX 4090, Core i9": "as if a batch were free"}  # fmt: skip
    predict_b = kit.predict(
        "predict-b", "Order them by the time until an image is answered, the shortest first.", book, kind="choice",
        options=_orders, because="the first image of a batch waits for the last",
        answer=lambda: ", ".join(sorted(wait, key=wait.__getitem__)),
    )  # fmt: skip
    predict_j = kit.predict(
        "predict-b-joule", "How many times the images per joule of the RTX 4090 does Hailo-8 do?", book, unit="x",
        low=0.1, high=1000, because="it draws far less, and is not so much slower",
        answer=lambda: joule["Hailo-8"] / joule["RTX 4090"],
    )  # fmt: skip
    deadline = mo.ui.slider(5, 200, 5, value=20, label="Deadline, ms", show_value=True)
    mo.vstack([kit.page("part-b", _told), kit.page("predict-b", predict_b), predict_j])
    return chips, deadline, every, full, joule, maker, power, predict_b, predict_j, rate, wait


@app.cell
def _(colours, every, finish, go, joule, kit, maker, power, predict_b, predict_j, rate, wait):
    kit.gate(predict_b, predict_j)
    _slope, _xs = go.Figure(), ["images/s", "one answer", "images/J"]
    _said = "No system is first by every metric"
    _tables = (rate, {name: 1 / time for name, time in wait.items()}, joule)
    for _name, _tint in zip(rate, (0, 2, 1)):
        _ranks = (sorted(t.values())[::-1].index(t[_name]) + 1 for t in _tables if _name in t)
        _slope.add_scatter(x=_xs, y=list(_ranks), name=_name, line_color=colours()[_tint])
    finish(_slope, _said, _said, y="Rank", height=300, margin={"b": 84})
    _slope.update_yaxes(autorange="reversed", dtick=1).update_traces(marker_size=12)
    _told = f"""The GPU finishes most images, and answers last: **{wait["RTX 4090"] * 1e3:.3g} ms**, the processor
{wait["Core i9"] * 1e3:.3g}. Hailo-8 finishes one every {every["Hailo-8"] * 1e3:.3g} ms. That is no latency, for several
are inside at once; its maker's example takes {maker["latency"].value * 1e3:.3g} ms.

Per joule (wall 18, Sustainability): {joule["RTX 4090"]:.3g} against **{joule["Hailo-8"]:.3g}**, an estimate.
{power["RTX 4090"]:.0f} W is what the GPU's cooler is built for, {power["Hailo-8"]:g} W is called typical; the maker's
example draws {maker["active_power"].value:.3g}. For the processor no power is known here."""
    kit.page("instrument-b", _told, _slope)
    return


@app.cell
def _(ask, charts, deadline, full, kit, mo, predict_b, predict_j, rate, wait):
    kit.gate(predict_b, predict_j)
    _within = [{"metric": "latency", "max": f"{deadline.value} ms"}]
    _plan = kit.plan_of("ResNet50", "RTX4090", precision="fp16", asserts=_within)
    _drawn = charts.frontier(_plan, batches=[2**n for n in range(10)])
    _look = {"name": f"measured, batch {full}", "marker_symbol": "diamond"}
    _drawn.add_scatter(x=[wait["RTX 4090"] * 1e3], y=[rate["RTX 4090"]], marker_size=12, **_look)
    _late = ", ".join(name for name, time in wait.items() if time * 1e3 > deadline.value)
    _fill = ask("forming_time", batch=float(full), arrival_rate=4000.0)
    _break = f"""**Break it.** Wall 7 (Tail latency): as benchmarked, these miss your deadline: **{_late or "none"}**.
A batch also has to fill: at four thousand images a second, an image waits {_fill * 1e3:.3g} ms on average until {full}
have come. The curve is the estimate of this GPU in smaller batches, kernels fused; the published run fused none."""
    _line = kit.remember("b", "throughput is a rate of finishing, latency is a wait.")
    mo.vstack([kit.page("break-b", _break, deadline, _drawn, kit.equation("forming_time")), _line])
    return


@app.cell
def _(ask, book, kit, mo):
    watts = mo.ui.slider(1, 15, value=8, label="Power, W", show_value=True)
    air = mo.ui.slider(20, 45, value=25, label="Air, °C", show_value=True)
    run = mo.ui.slider(10, 600, 10, value=60, label="Length of the benchmark, s", show_value=True)
    cool, hottest, usual, settles, stores = map(float, (25, 45, 8, 4, 30))

    def device(power=usual, ambient=cool):
        """The numbers of a device at so many watts in air of so many degrees."""
        case = {"thermal_resistance": settles, "heat_capacitance": stores}
        return {"heat_power": float(power), "heat_room": hottest - ambient, **case}

    late, share = ask("throttle_time", **device()), ask("sustained_share", **device())
    predict_c = kit.predict(
        "predict-c", "After how long does it have to slow down?", book, unit="s", low=1, high=1000,
        answer=lambda: {"value": late, "because": "the case stores heat first"},
    )  # fmt: skip
    predict_s = kit.predict(
        "predict-c-share", "At which share of its power can it go on for ever?", book, unit="%", low=0, high=100,
        log=False, answer=lambda: {"value": share * 100, "because": "its case sheds no more at the limit"},
    )  # fmt: skip
    _told = f"""## C. The minute that is not measured

A device without a fan turns $P$ = {usual:g} W into heat. For each watt its case settles $R_\\theta$ = {settles:g}
degrees above the air, but slowly: each degree stores $C_\\theta$ = {stores:g} joules. The air has {cool:g} °C, the case
may have {hottest:g}: room for $\\Delta T$ = {hottest - cool:g}. No record states such numbers; they are assumed."""
    mo.vstack([kit.page("part-c", _told), kit.page("predict-c", predict_c), predict_s])
    return air, cool, device, hottest, late, predict_c, predict_s, run, share, usual, watts


@app.cell
def _(air, ask, charts, cool, device, hottest, kit, late, mo, predict_c, predict_s, run, share, usual,
      watts):  # fmt: skip
    kit.gate(predict_c, predict_s)
    _drawn = charts.warming(device(watts.value, air.value), air.value, run.value)
    _told = f"""It slows after **{late:.0f} seconds**, to **{share * 100:.3g} %**: a benchmark of one minute never sees
it. That speed follows power is an assumption; a chip that lowers its voltage too loses less. The dots are the same
heat, stepped second by second."""
    _break = f"""**Break it.** Take it into air of {hottest:g} °C: it can keep
{ask("sustained_share", **device(ambient=hottest)) * 100:.0f} % of its power, so no speed lasts. Then turn the power
down: at {share * usual:g} W in air of {cool:g} °C it never slows. Which would you print on the box?"""
    _seen = [_told, watts, air, run, _drawn, kit.equation("throttle_time")]
    _line = kit.remember("c", "run it until it is warm.")
    mo.vstack([kit.page("instrument-c", *_seen), kit.page("break-c", _break, _line)])
    return


@app.cell
def _(ask, book, kit, mo):
    sigma = mo.ui.slider(0.1, 1.2, 0.1, value=0.5, label="Spread (sigma)", show_value=True)
    scatter = mo.ui.slider(1, 20, value=3, label="Scatter of runs, %", show_value=True)
    mean, some, wide, half, nearly = map(float, (0.05, 0.5, 1, 0.5, 0.99))

    def slow(spread, share=nearly):
        """A percentile of lognormal times of that mean, in milliseconds."""
        given = {"mean_latency": mean, "log_spread": spread, "percentile_share": share}
        return ask("lognormal_percentile", **given) * 1e3

    predict_d = kit.predict("predict-d", "What is the p99?", book, unit="ms", low=10, high=1000,
                            answer=lambda: slow(some), because="a mean says little of the slowest")  # fmt: skip
    _told = f"""## D. One number for a distribution

A service answers in {mean * 1e3:.0f} ms: that is the mean. Most answers come sooner, a few much later: the logarithm
of the times is normal, with a standard deviation of {some:g}. One answer in a hundred is slower than the **p99**."""
    kit.page("predict-d", _told, predict_d)
    return half, mean, predict_d, scatter, sigma, slow, some, wide


@app.cell
def _(charts, half, kit, mean, predict_d, sigma, slow, some, wide):
    kit.gate(predict_d)
    _told = f"""**{slow(some):.3g} ms**. With a spread of {wide:g} it is {slow(wide):.3g} ms, and half of the answers
come within {slow(wide, half):.3g} ms. The mean is the same. The bars are seeded answers at your spread."""
    kit.page("instrument-d", _told, sigma, charts.answers(mean, sigma.value), kit.equation("lognormal_percentile"))
    return


@app.cell
def _(Random, ask, ceil, kit, mlsysim, predict_d, scatter):
    kit.gate(predict_d)
    _most = mlsysim.Literature.Reliability.PRISM_Variation["gemm_variation"].value
    (_gain, _base), needed, _told = map(float, (0.05, 0.03)), {}, []
    for _name, _wide in (("yours", scatter.value / 100), ("runs", _base), ("runs14", _most)):
        _pair = {"run_scatter_share": _wide, "gain_share": _gain}
        needed[_name] = ask("claim_runs", false_claim_chance=0.05, detect_chance=0.8, **_pair)
        _chance, _pairs = Random(2), range(20_000)
        _lost = sum(_chance.gauss(_gain, _wide) < _chance.gauss(0, _wide) for _ in _pairs)
        _runs = f"{(_n := ceil(needed[_name]))} run{'s' * (_n > 1)} of each"
        _told.append(f"{_runs}, and one run of each misleads in {_lost / len(_pairs) * 100:.2g} of 100 cases")
    _said = f"""**Break it.** A new version is {_gain * 100:.2g} % faster. To see that four times in five, and to be
misled by chance one time in twenty, your scatter takes **{_told[0]}**.

PRISM reports up to {_most * 100:.0f} % of variation of one matrix product between machines and places. Were that the
standard deviation: {_told[-1]}. That is nearly a coin."""
    _line = kit.remember("d", "a mean without a spread is an anecdote.")
    kit.page("break-d", _said, scatter, kit.equation("claim_runs"), _line)
    return (needed,)


@app.cell
def _(ask, ceil, chips, full, kit, late, maker, mlsysim, mo, power, predict_b, predict_c, predict_j, rate, track, usual,
      wait):  # fmt: skip
    kit.gate(predict_b, predict_j, predict_c)
    _need, _rate, _rows = float(4000), rate["Hailo-8"], []
    for _n in (ceil(_need / _rate), ceil(_need / _rate) + 1):
        _busy = {"servers": float(_n), "arrival_rate": _need, "service_time": 1 / _rate}
        _busy |= {"arrival_variation": 1.0, "service_variation": 0.0}
        _mean = (ask("queue_time", {"queue": "ggc"}, **_busy) + wait["Hailo-8"]) * 1e3
        _load = f"busy {_need / _rate / _n * 100:.0f} %, an answer in {_mean:.3g} ms"
        _rows.append(f"{_n} Hailo-8: {_n * power['Hailo-8']:.3g} W, {_load}")
    _busy = {"batch": float(full), "arrival_rate": _need, "service_time": wait["RTX 4090"]}
    _mean = ask("sojourn_time", {"queue": "batch"}, servers=1.0, service_variation=0.0, **_busy)
    _load = f"busy {_need / rate['RTX 4090'] * 100:.0f} %, an answer in {_mean * 1e3:.0f} ms"
    _rows.append(f"one RTX 4090, batches of {full}: {power['RTX 4090']:.0f} W, {_load}")
    mast = mo.ui.radio(_rows, label="What goes up the mast?")
    _name = "mlptiny12-syntiant-syntiant-9120-{}-ic-energy"
    _two = [kit.measured(_name.format(kind)) for kind in ("1v1-98mhz", "0v9-30mhz")]
    _speeds = [run.workload["inferences_per_s"] for run in _two]
    ndr, nde = _speeds[0] / _speeds[1], _two[0].value / _two[1].value
    _labels = [f"{r.hardware}: {v:.3g} a second, {r.value:.3g} uJ each" for r, v in zip(_two, _speeds)]
    volts = mo.ui.radio(_labels, label="And how fast does the chip on a battery run?")
    _all = mlsysim.Literature.TrainingRuns.ResNet50_MLPerf_H100_Inference["sample_rate"].value
    _phone, _tiny = chips.Mobile.iPhone15Pro, chips.Tiny.NDP9120
    _lasts = _phone["battery_energy"].value / usual
    _mine = {
        "cloud": f"MLPerf offline gives H100 {_all:,.0f} images a second: all lie ready, none has a deadline",
        "edge": f"""the mast. Ask for watts at the plug: {power["Hailo-8"]:g} W is an estimate""",
        "mobile": f"""{_phone.name} would feed the device of part C for {_lasts / 3600:.2g} hours; heat slows it after
{late / _lasts * 100:.2g} % of that. The phone's own power and case are not known""",
        "tiny": f"""{_tiny.name} is in one benchmark twice: {ndr:.3g} times as fast, at {nde:.3g} times the energy for
an answer. Neither is wrong""",
    }
    _told = f"""## Decide

A mast sees {_need:,.0f} images a second, at random, each the same work. Means are shown: the wait in the queue or for
the batch (wall 7), and the answer. In eight bits, Hailo lists {maker["accuracy_loss"].value * 100:g} points less than
the {maker["float_accuracy"].value * 100:.3g} % right of the original.

**Your system:** {_mine[track.value]}."""
    kit.page("decision", _told, mast, volts)
    return mast, nde, ndr, volts


@app.cell
def _(book, every, joule, late, limit, maker, mast, nde, ndr, needed, rate, share, slow, some, speedup, volts, wait,
      wide):  # fmt: skip
    for _name, _choice in (("decision", mast), ("decision-volts", volts)):
        if _choice.value:
            book.decide(_name, _choice.value, "The score that governs")
    key = needed | {
        "am": speedup, "amlim": limit, "gpu": rate["RTX 4090"], "gpul": wait["RTX 4090"] * 1e3, "ndr": ndr, "nde": nde,
        "cpul": wait["Core i9"] * 1e3, "hl": every["Hailo-8"] * 1e3, "hll": maker["latency"].value * 1e3,
        "gj": joule["RTX 4090"], "hj": joule["Hailo-8"], "jr": joule["Hailo-8"] / joule["RTX 4090"],
        "p99_0.5": slow(some), "p99_1.0": slow(wide), "thr": late, "sus": share * 100,
    }  # fmt: skip
    return (key,)


@app.cell
def _(kit, ledger):
    kit.page("ledger", ledger, kit.sources("growth_speedup throttle_time lognormal_percentile claim_runs"))
    return


if __name__ == "__main__":
    app.run()
