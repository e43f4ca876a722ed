# /// script
# requires-python = ">=3.11"
# dependencies = ["mlsysim[labs]"]
# ///
"""Lab 07: what dispatch, fusion and compiling make of the same model on the same chip."""

import marimo

__generated_with = "0.25.2"
app = marimo.App(width="medium", app_title="07 · The framework is hardware too")


@app.cell
def _():
    import marimo as mo
    import plotly.graph_objects as go
    from mlsysim_widgets import Explorer, Ledger, charts, kit
    from mlsysim_widgets.labels import spread
    from mlsysim_widgets.theme import colours, finish
    from mlsysim_widgets.widgets.request_queue import served

    import mlsysim
    from mlsysim.core.graph import solve

    return Explorer, Ledger, charts, colours, finish, go, kit, mlsysim, mo, served, solve, spread  # fmt: skip


@app.cell
def _(kit):
    _goals = ["compute what dispatch leaves of a chip", "price fusion in bytes and launches", "say when compiling pays"]
    _says, _walls = "Same model, same chip, same speed.", "2 Memory, 3 Software"
    kit.opening("The framework is hardware too", _says, _goals, 45, before="05, 06", walls=_walls)
    return


@app.cell
def _(Ledger, mo):
    book = Ledger("vol1/07", boxes={"why": "Why did you decide so?"})
    ledger = mo.ui.anywidget(book)  # questions take the book: they do not run again at every entry
    return book, ledger


@app.cell
def _(kit, mo):
    track = mo.ui.dropdown(list(kit.TRACKS), value="cloud", label="The system you speak of")
    kit.page("track", track, "Part C ends with the launches of this system.")
    return (track,)


@app.cell
def _(book, kit, mo, solve):
    def busy(kernel, period):
        """Busy share of a chip that is given a kernel every period: its load, as wall 7 has it."""
        given = {"service_time": kernel, "arrival_rate": 1 / period, "servers": 1.0}
        return min(solve(("server_load",), given, {"queue": "mmc"})["server_load"], 1.0)

    small, dispatch = map(float, (5e-6, 10e-6))
    _told = f"""## A. A thousand small kernels

A program asks a chip for a thousand kernels, one after the other. Each keeps the chip busy for {small * 1e6:g} us. To
hand one over takes the host {dispatch * 1e6:g} us, and it waits for the end of each before it prepares the next."""
    predict_a = kit.predict(
        "predict-a", "What share of the time is the chip busy?", book, unit="%", low=0, high=100, log=False,
        answer=lambda: {"value": busy(small, small + dispatch) * 100, "because": "it waits for its next kernel"},
    )  # fmt: skip
    mo.vstack([kit.page("part-a", _told), kit.page("predict-a", predict_a)])
    return busy, dispatch, predict_a, small


@app.cell
def _(kit, mo, predict_a):
    kit.gate(predict_a)
    kernel = mo.ui.slider(start=1, stop=50, value=5, label="Kernel, us", show_value=True)
    host = mo.ui.slider(start=1, stop=50, value=10, label="Dispatch, us", show_value=True)
    way = mo.ui.dropdown(["waits", "runs ahead", "sends a graph"], value="waits", label="The host")
    kit.page("controls-a", mo.hstack([kernel, host, way], wrap=True, justify="start"))
    return host, kernel, way


@app.cell
def _(busy, colours, dispatch, finish, go, host, kernel, kit, mo, predict_a, served, small, way):
    kit.gate(predict_a)
    _k, _d = kernel.value, host.value
    _every = {"waits": _k + _d, "runs ahead": _d, "sends a graph": 0.0}[way.value]
    _came = [_d + i * _every for i in range(12)]
    _starts = [one.start for one in served(_came, [1] * len(_came), 1, _k, lambda _: 0.0)]
    _sent, _drawn = sorted({t - _d for t in _came}), go.Figure()
    _lanes = zip(("host", "chip"), (_sent, _starts), (_d, _k), (colours()[6], colours()[0]))
    for _lane, _from, _wide, _tint in _lanes:
        _bars = {"x": [_wide] * len(_from), "y": [_lane] * len(_from), "base": _from}
        _drawn.add_bar(**_bars, name=_lane, marker_color=_tint)
    _drawn.update_traces(orientation="h", marker_line={"width": 1, "color": "white"})
    _share = busy(_k / 1e6, _every / 1e6) * 100 if _every else 100
    _title = f"Twelve kernels; in the long run {_share:.3g} % busy"
    finish(_drawn, _title, _title, x="us", barmode="overlay", height=260)
    big, ahead = busy(500e-6, 500e-6 + dispatch), busy(small, dispatch)
    _told = f"""The chip is busy for **{busy(small, small + dispatch) * 100:.3g} %** of the time. If the host runs
ahead, it is {ahead * 100:.3g} %: the queue before the chip is still empty. Kernels of five hundred microseconds make it
{big * 100:.3g} %, even if the host waits."""
    _break = """**Break it.** Let the host run ahead, and raise dispatch above the kernel: wall 3 (Software) binds,
whatever the chip. A faster one only waits longer. A graph hands all kernels over at once."""
    mo.vstack([
        kit.page("instrument-a", _told, _drawn),
        kit.page("break-a", _break, kit.equation("server_load")),
        kit.remember("a", "a queue that runs dry is a slow chip."),
    ])  # fmt: skip
    return ahead, big


@app.cell
def _(book, kit, mlsysim, mo, solve):
    from mlsysim.models.operators import Op

    _h100 = mlsysim.SystemEvaluator.evaluate(plan=kit.plan_of("BERT_Base", "H100")).scenario

    def steps(size, kernels):
        """Elementwise steps, one kernel each: it reads a tensor of this size and writes it."""
        one = {**_h100.given, "operators": (Op("elementwise", 1.0, 0.0, 2 * size),)}
        one.update(memory_share=0.8)
        return kernels * solve(("op_busy_time",), one, _h100.options)["op_busy_time"][0]

    tensor = float(16384 * 4096 * 2)
    eager, fused = steps(tensor, 3), steps(tensor, 1)
    _told = f"""## B. Three steps, one pass

A tensor of {tensor / 1e6:.0f} MB lies in the memory of an H100. Three elementwise steps follow one another: a scale,
an activation, a mask. Each is a kernel that reads the tensor and writes it. A compiler fuses them into one. It saves
not one operation."""
    predict_b = kit.predict(
        "predict-b", "How many times faster is the fused kernel?", book, unit="x", low=1, high=6,
        answer=lambda: {"value": eager / fused, "because": "the tensor travels once, not three times"},
    )  # fmt: skip
    mo.vstack([kit.page("part-b", _told), kit.page("predict-b", predict_b)])
    return eager, fused, predict_b, steps


@app.cell
def _(eager, finish, fused, go, kit, mo, predict_b, spread, steps):
    kit.gate(predict_b)
    _sizes, _drawn = spread(1e3, 1e9, 31, log=True), go.Figure()
    for _name, _count in zip(("three kernels", "one fused kernel"), (3, 1)):
        _times = [steps(size, _count) * 1e6 for size in _sizes]
        _drawn.add_scatter(x=_sizes, y=_times, name=_name, mode="lines")
    _alt = f"{eager * 1e6:.3g} us with three kernels, {fused * 1e6:.3g} us with one"
    finish(_drawn, "Time of three steps", _alt, x="Tensor, byte", y="us")
    _drawn.update_xaxes(type="log", dtick=1).update_yaxes(type="log", dtick=1)
    _told = f"""{eager * 1e6:.3g} us become {fused * 1e6:.3g} us, **{eager / fused:.3g} times** less: six trips over the
memory become two."""
    _break = f"""**Break it.** Go left until the lines are flat. There no byte counts: a kernel takes
{steps(1e3, 1) * 1e6:.3g} us to start, and fusing wins as much again, now in launches. Wall 2 (Memory) has given way to
wall 3 (Software)."""
    mo.vstack([
        kit.page("instrument-b", _told, _drawn),
        kit.page("break-b", _break, kit.equation("op_busy_time")),
        kit.remember("b", "fusion removes trips, not work."),
    ])  # fmt: skip
    return


@app.cell
def _(book, kit, mlsysim, mo):
    encode = kit.plan_of("BERT_Base", "A100", seq_len=128)
    _rule, _peak = kit.ruled(encode), mlsysim.Hardware.Cloud.A100["peak_fp16"].value

    def bert(symbol, **size):
        """A symbol of a pass over all layers, without the output layer, which the measurements leave out."""
        return _rule(symbol, vocab=0.0, **size)

    def stacks(row):
        """A measurement of two stacks: times in ms, and the share of the peak that each reaches."""
        size = {name: float(row.workload[name]) for name in ("batch", "seq_len")}
        times = {"eager": row.workload["torchscript_latency_ms"], "engine": row.value}
        return times, {n: bert("pass_flop", **size) / (t / 1e3 * _peak) for n, t in times.items()}

    def ask(name, question, times):
        whys = {"1x": "what the chip alone says", "2x": "what a large batch shows", "4x": "what one text shows",
                "8x": "more than launches cost here"}  # fmt: skip
        return kit.predict(name, question, book, kind="choice", unit="x", options=whys,
                           answer=lambda: times["eager"] / times["engine"])  # fmt: skip

    alone, full = (stacks(kit.measured(f"ft-bert-base-a100-{n}")) for n in ("b1-s128", "b32-s384"))
    _many = "How many times longer does TorchScript take for one text of 128 tokens?"
    predict_c1 = ask("predict-c1", _many, alone[0])
    predict_c2 = ask("predict-c2", "And for 32 texts of 384 tokens?", full[0])
    _told = f"""## C. One model, one chip, two stacks

BERT reads texts on one A100. One stack is TorchScript, which calls a kernel for every operation. The other is an engine
whose kernels were fused by hand. The arithmetic of one text is {bert("pass_flop") / 1e9:.3g} GFLOP; at half of the peak
that is {bert("compute_time") * 1e3:.3g} ms."""
    mo.vstack([kit.page("part-c", _told), kit.page("predict-c", predict_c1, predict_c2)])
    return alone, bert, encode, full, predict_c1, predict_c2


@app.cell
def _(alone, bert, charts, full, kit, predict_c1, predict_c2):
    from mlsysim.validation.rows import read_rows
    from mlsysim.validation.score import scores

    kit.gate(predict_c1, predict_c2)
    _rows = [row for row in read_rows() if row.id.startswith("ft-bert")]
    layer = (alone[0]["eager"] - bert("compute_time") * 1e3) / bert("layers")
    _ms, _shares = alone
    _told = f"""One text takes TorchScript **{_ms["eager"] / _ms["engine"]:.3g} times** as long: {_ms["eager"]:.3g}
against {_ms["engine"]:.3g} ms. The engine uses {_shares["engine"] * 100:.3g} % of the peak, TorchScript
{_shares["eager"] * 100:.3g} %. What arithmetic leaves unexplained is {layer:.3g} ms of host work a layer. The full
batch: {full[0]["eager"] / full[0]["engine"]:.3g} times, and the engine reaches {full[1]["engine"] * 100:.3g} %. The
chart has the engine on four chips, beside what the calibrated model predicts."""
    kit.page("instrument-c", _told, charts.predicted(scores(_rows), "prefill"))
    return (layer,)


@app.cell
def _(Explorer, alone, bert, charts, encode, kit, mlsysim, mo, predict_c1, predict_c2, track):
    kit.gate(predict_c1, predict_c2)
    _gain = 1 / (1 - bert("compute_time") * 1e3 / 2 / alone[0]["eager"]) - 1
    _sliders = ["batch_size", "seq_len", "kernel_overhead"]
    starts = mo.ui.anywidget(Explorer(encode, "latency", sliders=_sliders))
    _mine = mlsysim.SystemEvaluator.evaluate(plan=kit.TRACKS[track.value])
    _row = "tinyengine-mcunet-vww2-"
    tiny = kit.measured(f"{_row}tf-lite-micro").value / kit.measured(f"{_row}tinyengine").value
    _break = f"""**Break it.** A chip that computes twice as fast gains TorchScript {_gain * 100:.2g} % on one text.
Raise the batch, or lower the cost of a launch, until another wall binds."""
    _told = f"""**Your system**, {kit.TRACKS[track.value]["name"]}: of the {_mine.values["step_time"] * 1e3:.3g} ms of a
pass, its kernels take {_mine.values["launch_time"] * 1e3:.2g} ms to start, as the calibrated model has it. On a chip as
small as {mlsysim.Hardware.Tiny.STM32H7.name} TF-Lite Micro took {tiny:.3g} times as long as TinyEngine."""
    _line = kit.remember("c", "the smaller the work, the more the stack is the machine.")
    mo.vstack([kit.page("break-c", _break, starts, _told, charts.waterfall(_mine)), _line])
    return starts, tiny


@app.cell
def _(book, kit, mo):
    slow, fast, compiling = map(float, (4.2, 2.2, 30))

    def calls(before, after, shapes=1):
        """Calls until the shorter time, in ms, has paid for compiling every shape."""
        return shapes * compiling / ((before - after) / 1e3)

    _told = f"""## D. When compiling pays

Compiling takes half a minute, once. Each call then takes {fast:g} ms instead of {slow:g} ms."""
    predict_d = kit.predict(
        "predict-d", "After how many calls has it paid?", book, unit="calls", low=100, high=1e7,
        answer=lambda: {"value": calls(slow, fast), "because": "a call saves two thousandths of a second"},
    )  # fmt: skip
    shapes = mo.ui.slider(2, 50, value=20, label="Lengths", show_value=True)
    mo.vstack([kit.page("part-d", _told), kit.page("predict-d", predict_d)])
    return calls, compiling, fast, predict_d, shapes, slow


@app.cell
def _(alone, calls, compiling, fast, finish, go, kit, predict_d, shapes, slow, spread):
    kit.gate(predict_d)
    _counts, _drawn = spread(100, 1e6, 41, log=True), go.Figure()
    _made = {"eager": 0, "one length": 1, (_many := f"{shapes.value} lengths"): shapes.value}
    for (_name, _n), _each in zip(_made.items(), (slow, fast, fast)):
        _times = [_n * compiling + n * _each / 1e3 for n in _counts]
        _drawn.add_scatter(x=_counts, y=_times, name=_name, mode="lines")
    _first, _last = (f"{calls(slow, fast, n):,.0f}" for n in (1, shapes.value))
    finish(_drawn, "When compiling pays", f"From {_first} calls on", x="Calls", y="Time in all, s")
    _drawn.update_xaxes(type="log", dtick=1).update_yaxes(type="log", dtick=1)
    _bert = [f"{float(f'{calls(*alone[0].values(), n):.3g}'):,.0f}" for n in (1, shapes.value)]
    _told = f"""From {_first} calls on; with {_many}, each compiled by itself, from {_last}. For the text of part C it
is from {_bert[0]} on, and from {_bert[1]}."""
    _break = f"""**Break it.** Raise the lengths. If a new one comes every hour, the lines never cross, unless {_first}
calls come in that hour too."""
    _line = kit.remember("d", "compiling is a fixed cost; ask how often you call.")
    kit.page("instrument-d", shapes, _told, _drawn, kit.page("break-d", _break), _line)
    return


@app.cell
def _(alone, bert, calls, kit, mo, predict_c1, predict_d, spread):
    kit.gate(predict_c1, predict_d)
    _slow, _fast = alone[0].values()
    _lengths = spread(384 / 20, 384, 20)
    _padded = [min(pad for pad in (128, 256, 384) if pad >= length) for length in _lengths]
    _work = [sum(bert("compute_time", seq_len=n) for n in some) for some in (_lengths, _padded)]
    _more = (_work[1] - _work[0]) * 1e3 / len(_lengths)
    _each, _three = calls(_slow, _fast, 20), calls(_slow, _fast + _more, 3)
    _days = {"every length": _each, "three lengths, padded": _three}
    decision = mo.ui.radio([*_days, "nothing: stay eager"], label="What do you compile?")
    _rows = "\n".join(f"| {name} | {n / 50_000:.2g} days |" for name, n in _days.items())
    _told = f"""## Decide

A service reads texts of twenty lengths, fifty thousand a day. Compile each length, or pad all to three lengths, which
makes {_work[1] / _work[0]:.2g} times the arithmetic? Or stay eager, since you ship a new model every few days?

| compile | pays after |
|---|---|
{_rows}"""
    kit.page("decision", _told, decision)
    return (decision,)


@app.cell
def _(book, decision):
    if decision.value:
        book.decide("decision", decision.value, "Compile a service of many shapes")
    return


@app.cell
def _(ahead, alone, bert, big, busy, calls, dispatch, eager, fast, full, fused, layer, slow, small, tiny):  # fmt: skip
    _one, _all = alone[0], full[0]
    key = {
        "sync": busy(small, small + dispatch) * 100, "async": ahead * 100, "big": big * 100,
        "eager": eager * 1e6, "fused": fused * 1e6, "fgain": eager / fused, "even": calls(slow, fast),
        "bflop": bert("pass_flop") / 1e9, "bcomp": bert("compute_time") * 1e3, "layer": layer, "tiny": tiny,
        "b1": _one["eager"] / _one["engine"], "b32": _all["eager"] / _all["engine"],
        "p1": alone[1]["engine"] * 100, "p1t": alone[1]["eager"] * 100, "p32": full[1]["engine"] * 100,
        "bert_even": calls(_one["eager"], _one["engine"]), "shapes": calls(_one["eager"], _one["engine"], 20),
    }  # fmt: skip
    return (key,)


@app.cell
def _(kit, ledger):
    kit.page("ledger", ledger, kit.sources("server_load", "op_busy_time", "op_memory_time", "mfu"))
    return


if __name__ == "__main__":
    app.run()
