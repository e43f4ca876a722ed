# /// script
# requires-python = ">=3.11"
# dependencies = ["mlsysim[labs]"]
# ///
"""Lab 16: audit a prediction, read its slopes, watch the constraint move, and ask which machine would do."""

import marimo

__generated_with = "0.25.2"
app = marimo.App(width="medium", app_title="16 · What binds next?")


@app.cell
def _():
    import marimo as mo
    import plotly.graph_objects as go
    from mlsysim_widgets import ExplainTree, Explorer, Ledger, MemoryMap, charts, kit
    from mlsysim_widgets.theme import INK, colours, current, finish

    import mlsysim
    from mlsysim.core.graph import solve
    from mlsysim.core.text import readable

    evaluate = mlsysim.SystemEvaluator.evaluate
    ink = {"line_dash": "dot", "line_color": INK[current()]}
    return (ExplainTree, Explorer, Ledger, MemoryMap, charts, colours, evaluate, finish, go, ink, kit,
            mlsysim, mo, readable, solve)  # fmt: skip


@app.cell
def _(Ledger, kit, mo):
    book = Ledger("vol1/16", boxes={"why": "Why did you decide so?"})
    ledger = mo.ui.anywidget(book)
    _goals = [
        "read elasticities: what one per cent of an input buys",
        "see the constraint move after each repair",
        "ask the inverse question: which machine would do?",
    ]
    _belief, _walls = ("Optimise the biggest part, then you are done.", "21 Sensitivity, 22 Synthesis")
    kit.opening("What binds next?", _belief, _goals, 55, "all of Volume I", _walls)
    return book, ledger


@app.cell
def _(kit, mo):
    track = mo.ui.dropdown(list(kit.TRACKS), value="cloud", label="The system you speak of")
    kit.page("track", track, "Part D ends with it: the same four questions, asked of your system.")
    return (track,)


@app.cell
def _(book, evaluate, kit, solve):
    def large(chip, **keys):
        """The plan of the large model in bf16 on eight chips, unless it is said otherwise."""
        keys = {**dict.fromkeys(("accelerators",), 8), "precision": "bf16", "seq_len": 1, **keys}
        return kit.plan_of("Llama3_70B", chip, **keys)

    hopper, ampere = (kit.ruled(large(chip)) for chip in ("H100", "A100"))
    terms = hopper("memory_time", "compute_time")
    share = -solve(("bandwidth_elasticity",), terms)["bandwidth_elasticity"] * 100
    real = {chip: evaluate(plan=large(chip)) for chip in ("H100", "A100")}
    # the start alone: an all-reduce over eight A100 of a message of nearly nothing
    _wire = {"wire_latency": real["A100"].scenario.given["scaleup_latency"], "wire_bandwidth": 1e12}
    start = ampere("all_reduce_time", message_bytes=1e-9, group=8.0, **_wire)
    reduces, streamed = 2 * ampere("layers") * start, ampere("memory_time")
    predict_a = kit.predict(
        "predict-a", "Which share of the time do the bytes take, by the rule of two constants?", book, unit="%",
        low=50, high=100, log=False,
        answer=lambda: {"value": share, "because": "alone, a token uses each weight once"},
    )  # fmt: skip
    _told = f"""## A. Audit a number

Eight H100 share the weights of {real["H100"].scenario.model.name}. One request is alone. A token takes the bytes of all
weights, and two operations for each weight. The rule has two constants, half of the peak and four fifths of the
bandwidth, and adds nothing else."""
    kit.page("predict-a", _told, predict_a)
    return ampere, large, predict_a, real, reduces, share, start, streamed, terms


@app.cell
def _(ExplainTree, ampere, charts, kit, mo, predict_a, real, reduces, share, start, streamed, terms):  # fmt: skip
    kit.gate(predict_a)
    seen = 1 / kit.measured("gptfast-llama-3-70b-8g-bf16-nvidia-a100").value
    tree = mo.ui.anywidget(ExplainTree(real["A100"], "tpot_ms"))
    _told = f"""**{share:.3g} %**: {terms["memory_time"] * 1e3:.3g} ms of bytes, {terms["compute_time"] * 1e3:.3g} ms of
arithmetic. On eight A100 the bytes take {streamed * 1e3:.3g} ms. Each layer also sums twice over all chips:
{2 * ampere("layers"):.0f} times {start * 1e6:.3g} us are {reduces * 1e3:.3g} ms. That is
{(streamed + reduces) * 1e3:.3g} ms; measured: {seen * 1e3:.3g} ms. The chart has the calibrated estimate, whose
all-reduce of a short message is faster, and whose kernels take time to start."""
    _break = f"""**Break it.** Leave the all-reduces out: measured over predicted goes from
{seen / (streamed + reduces):.3g} to {seen / streamed:.3g}. Fold the estimate out, down to the datasheet, and look for
the term that you trust least."""
    mo.vstack([
        kit.page("instrument-a", _told, charts.waterfall(real["A100"])),
        kit.page("break-a", _break, tree),
        kit.remember("a", "a prediction is an argument; audit its terms."),
    ])  # fmt: skip
    return seen, tree


@app.cell
def _(book, kit, mo, reduces, solve, streamed):
    # two terms that add: the bytes, and all else, which is the all-reduces here
    _two = {"memory_time": streamed, "compute_time": reduces}
    _slopes = solve(("bandwidth_elasticity", "rate_elasticity"), _two)
    by_bytes, by_links = _slopes["bandwidth_elasticity"], -_slopes["rate_elasticity"]
    assert abs(by_links - by_bytes - 1) < 1e-9  # the shares of a sum make up all of it
    slopes = {"bandwidth": by_bytes, "peak rate": 0.0, "link latency": by_links}
    slopes["layers"] = by_links - by_bytes
    batch = mo.ui.slider(steps=[1, 16, 64, 256], value=1, label="Batch", show_value=True)
    predict_b = kit.predict(
        "predict-b", "One per cent more of which input changes the time most, up or down?", book, kind="choice",
        options=dict.fromkeys(slopes, ""), because="both terms are a sum over layers",
        answer=lambda: max(slopes, key=lambda name: abs(slopes[name])),
    )  # fmt: skip
    _told = """## B. What would one per cent buy?

An elasticity is the change of an answer for a change of an input, both in per cent. Stay with the eight A100, their
bytes and their all-reduces. Order four inputs: the bandwidth of the memory, the peak rate, the latency of the links,
the number of layers."""
    kit.page("predict-b", _told, predict_b)
    return batch, predict_b, slopes


@app.cell
def _(batch, charts, kit, large, mo, predict_b, slopes):
    kit.gate(predict_b)
    _inputs = ["mem_bandwidth", "peak_rate", "scaleup_latency", "layers", "kernel_overhead"]
    _plan = large("A100", batch_size=batch.value, seq_len=2048)
    _listed = ", ".join(f"{name} {slope:+.3g}" for name, slope in slopes.items())
    _told = f"""By the rule: **{_listed}**. The bars are the calibrated estimate, each input a fifth less and a fifth
more, with two thousand tokens of context."""
    _break = """**Break it.** Move the batch to the end, and read the order again: the peak rate, which bought nothing,
has passed the latency of the links. A slope holds where it was measured."""
    mo.vstack([
        kit.page("instrument-b", _told, charts.tornado(_plan, "tpot_ms", _inputs)),
        kit.page("break-b", _break, batch, kit.equation("bandwidth_elasticity")),
        kit.remember("b", "measure the slope where you stand."),
    ])  # fmt: skip
    return


@app.cell
def _(book, kit, large):
    def fits(chip="H100", nodes=1, **widths):
        """Requests with the long context that fit, and what a token takes then, by the rule."""
        ask = kit.ruled(large(chip, accelerators=8 * nodes, tp=8, dp=nodes, seq_len=32768))
        size = ask("sequence_cache_bytes", **widths)
        most = ask("fitting_batch", request_cache_bytes=size, **widths)
        return most, max(ask("memory_time", "compute_time", batch=most, **widths).values())

    long = kit.ruled(large("H100", seq_len=32768))
    cache = long("sequence_cache_bytes") * long("tp")
    repairs = {
        "as it is": fits(),
        "weights of four bits": fits(weight_width=4.5 / 8),
        "cache of eight bits": fits(cache_width=1.0),
        "both": fits(weight_width=4.5 / 8, cache_width=1.0),
        "H200": fits("H200"),
        "a second node": fits(nodes=2),
    }
    (n16, _), (n4, _), (nk, _), (nb, _), *_ = repairs.values()
    predict_c = kit.predict(
        "predict-c", "How many such requests fit with weights of four bits?", book, unit="requests",
        low=0, high=200, log=False, answer=lambda: {"value": n4, "because": "the cache fills most of the memory"},
    )  # fmt: skip
    _told = f"""## C. Repair, and look again

Requests bring {long("seq_len"):,.0f} tokens of context, {cache / 1e9:.3g} GB of cache each. On eight H100, a tenth of
whose memory is the software's, {n16:.0f} fit beside weights in bf16. You store the weights in four bits with their
scales: they shrink {2 / (4.5 / 8):.2g} times."""
    kit.page("predict-c", _told, predict_c)
    return cache, long, n16, n4, nb, nk, predict_c, repairs


@app.cell
def _(MemoryMap, cache, charts, evaluate, kit, large, long, mo, n16, n4, nb, nk, predict_c, repairs):  # fmt: skip
    kit.gate(predict_c)
    _rows = [f"| {name} | {most:.0f} | {time * 1e3:.3g} ms |" for name, (most, time) in repairs.items()]  # fmt: skip
    _table = "\n".join(["| repair | requests | a token then |", "|---|--:|--:|", *_rows])
    _keys = {"bf16": {}, "w4a16": {}, "bf16, cache in eight bits": {"cache_precision": "int8"}}
    _all = []
    for _name, _more in _keys.items():
        _own = large("H100", precision=_name.split(",")[0], seq_len=32768, batch_size=40, **_more)
        _all.append(evaluate(plan={**_own, "name": _name}))
    _many = cache * long("heads") / long("kv_heads")
    board = mo.ui.anywidget(MemoryMap(large("H100", seq_len=32768, batch_size=40)))
    _told = f"""{n16:.0f} becomes **{n4:.0f}**: {n4 / n16:.3g} times. The cache is the guest that matters: in eight bits
it lets {nk:.0f} in, and both repairs {nb:.0f}. Memory binds each time; what fills it has changed. The bars have forty
requests."""
    _break = f"""**Break it.** If each head had keys and values of its own, a request would keep {_many / 1e9:.3g} GB.
No format of the weights saves that. Raise batch and context here, and see what fills the room."""
    mo.vstack([
        kit.page("instrument-c", _told, _table, charts.memory(*_all)),
        kit.page("break-c", _break, board, kit.equation("fitting_batch")),
        kit.remember("c", "after a repair, ask again."),
    ])  # fmt: skip
    return (board,)


@app.cell
def _(book, kit, large, mlsysim):
    alone = {}
    for _chip, _kind in zip(("B200", "H200"), ("bf16", "int8")):
        alone[_chip] = kit.ruled(large(_chip, accelerators=1, precision=_kind))
    need = alone["B200"]("needed_bandwidth", target_time=0.02)
    stored = alone["B200"]("weight_bytes")
    known = []
    for _record in mlsysim.Hardware.Cloud:
        # chips only, not a rack of them
        if "rack" not in _record.name and _record["mem_bandwidth"].value and _record["mem_capacity"].value:
            known.append(_record)
    predict_d = kit.predict(
        "predict-d", "Which bandwidth does that device need?", book, unit="TB/s", low=1, high=20,
        answer=lambda: need / 1e12, because="all weights pass once for a token",
    )  # fmt: skip
    _told = f"""## D. The machine that would do

Turn the question round. The model is to run alone on one device, and a token may take a fiftieth of a second. Its
weights are {stored / 1e9:.4g} GB; four fifths of the bandwidth are reached."""
    kit.page("predict-d", _told, predict_d)
    return alone, known, need, predict_d, stored


@app.cell
def _(alone, colours, finish, go, ink, kit, known, need, predict_d, stored):
    kit.gate(predict_d)
    _both = [[chip[name].value for chip in known] for name in ("mem_capacity", "mem_bandwidth")]
    _able = [chip.name for chip, *both in zip(known, *_both) if both[0] >= stored and both[1] >= need]  # fmt: skip
    _times = {chip: ask("memory_time") * 1e3 for chip, ask in alone.items()}
    _chart, _said = go.Figure(), f"{len(_able)} of {len(known)} records would do"
    _chart.add_scatter(
        x=[size / 1e9 for size in _both[0]], y=[rate / 1e12 for rate in _both[1]], mode="markers",
        text=[chip.name for chip in known], marker_color=colours()[1], hovertemplate="%{text}<extra></extra>",
    )  # fmt: skip
    finish(_chart, _said, _said, x="Memory, GB", y="Bandwidth, TB/s", x_log=True, y_log=True, height=380)  # fmt: skip
    _chart.add_hline(need / 1e12, **ink)
    _chart.add_vline(stored / 1e9, **ink)
    _told = f"""**{need / 1e12:.3g} TB/s.** A B200 takes {_times["B200"]:.3g} ms and misses. An H200 with weights of
eight bits takes {_times["H200"]:.3g} ms: an older machine, after another repair. Above and right of both lines:
{", ".join(_able) or "nothing"}."""
    kit.page("instrument-d", _told, _chart, kit.equation("needed_bandwidth"))
    return


@app.cell
def _(Explorer, alone, evaluate, kit, known, mo, predict_d, readable, stored, track):
    kit.gate(predict_d)
    _hard = alone["B200"]("needed_bandwidth", target_time=0.002)
    _fast = [chip for chip in known if chip["mem_bandwidth"].value >= _hard]
    _hold = [chip.name for chip in _fast if chip["mem_capacity"].value >= stored]
    _given = alone["B200"]("pass_bytes", "memory_share") | dict.fromkeys(("target_time",), 0.02)
    dial = mo.ui.anywidget(Explorer(_given, "needed_bandwidth", sliders=["target_time", "pass_bytes"]))  # fmt: skip
    _mine = kit.TRACKS[track.value]
    _ask, _own = kit.ruled(_mine), evaluate(plan=_mine)
    _slope, _load = _ask("bandwidth_elasticity"), _own.values["memory_load"]
    _half = _ask("needed_bandwidth", target_time=_ask("step_time") / 2)
    _told = f"""**Break it.** Ask for a tenth of the time: {_hard / 1e12:.3g} TB/s. Records with that
much: {", ".join(chip.name for chip in _fast) or "none"}. With room for the weights too: {", ".join(_hold) or "none"}.
Walls 2 (Memory) and 6 (Streaming) bind together.

**Your system**, {_mine["name"]}: the bytes are {-_slope * 100:.3g} % of its terms, one per cent of
bandwidth changes their sum by {_slope:.3g} per cent, memory is filled to {_load * 100:.3g} %, and half the time would
need {readable(_half, "byte/s")}."""
    _line = kit.remember("d", "solve for the machine, then ask whether it exists.")
    kit.page("break-d", _told, dial, _line)
    return (dial,)


@app.cell
def _(evaluate, kit, large, mo, reduces, repairs, solve, streamed):
    _user = solve(("growth_speedup",), {"compute_time": 0.4, "memory_time": 0.6, "rate_growth": 5.0})
    end, _found = _user["growth_speedup"], []
    for _name in ("weights of four bits", "cache of eight bits", "a second node"):
        _nodes = 2 if "node" in _name else 1
        _plan = large("H100", accelerators=8 * _nodes, dp=_nodes, price_per_hour="listed")
        _plan["ops"]["duration_days"] = 1
        (_most, _time), _bill = repairs[_name], evaluate(plan=_plan).values["tco"]
        _found.append(f"{_name}: {_most:.0f} requests, {_time * 1e3:.3g} ms a token, {_bill:,.0f} USD a day")
    _gain = reduces / 2 / (reduces + streamed) * 100
    _links = f"links of half the latency: a token alone is {_gain:.2g} % sooner on A100"
    decision = mo.ui.radio([*_found, _links], label="What is this quarter's work?")
    _told = f"""## Decide

One quarter, one repair. Before you choose, look at the whole: if inference is two fifths of what a user waits for, and
you make it five times as fast, the user waits {end:.3g} times less. The rest was not repaired. What you choose is the
design that Volume II scales."""
    kit.page("decision", _told, decision)
    return decision, end


@app.cell
def _(book, decision, kit, ledger):
    if decision.value:
        book.decide("decision", decision.value, "The design to scale in Volume II")
    kit.page("ledger", ledger)
    return


@app.cell
def _(alone, cache, end, kit, long, n16, n4, nb, nk, need, reduces, seen, share, slopes, streamed, terms):  # fmt: skip
    key = {
        "tm": terms["memory_time"] * 1e3, "tc": terms["compute_time"] * 1e3, "sh": share, "a": streamed * 1e3,
        "ar": reduces * 1e3, "at": (streamed + reduces) * 1e3, "am": seen * 1e3, "af": seen / (streamed + reduces),
        "eb": slopes["bandwidth"], "ea": slopes["link latency"], "am5": end, "kv32": cache / 1e9,
        "kv32m": cache * long("heads") / long("kv_heads") / 1e9, "n16": n16, "n4": n4, "nk": nk, "nb": nb,
        "ng": n4 / n16, "bwneed": need / 1e12,
        **{name.lower(): ask("memory_time") * 1e3 for name, ask in alone.items()},
    }  # fmt: skip
    kit.sources("bandwidth_elasticity", "needed_bandwidth", "fitting_batch", "op_memory_time")
    return (key,)


if __name__ == "__main__":
    app.run()
