# /// script
# requires-python = ">=3.11"
# dependencies = ["mlsysim[labs]"]
# ///
"""Lab 05: operations are not time, and running is not training."""

import marimo

__generated_with = "0.25.2"
app = marimo.App(width="medium", app_title="05 · Operations are not time")


@app.cell
def _():
    import marimo as mo
    import plotly.graph_objects as go
    from mlsysim_widgets import Ledger, Roofline, charts, kit, theme

    import mlsysim

    book = Ledger("vol1/05", boxes={"why": "Why did you decide so?"})
    ledger = mo.ui.anywidget(book)
    return Roofline, book, charts, go, kit, ledger, mlsysim, mo, theme


@app.cell
def _(kit):
    kit.opening(
        "Operations are not time, and running is not training",
        "A negligible share of the operations is a negligible share of the time.",
        ["count weights, multiplications and memory of a dense network by hand",
         "see why a step that does almost nothing still costs time",
         "say what training needs beyond running"],
        40, "labs 00 and 01", "1 Compute, 2 Memory, 3 Software",
    )  # fmt: skip
    return


@app.cell
def _(kit, mo):
    track = mo.ui.dropdown(list(kit.TRACKS), value="cloud", label="The system you speak of")
    return (track,)


@app.cell
def _(go, kit, theme):
    import tempfile
    from itertools import pairwise
    from pathlib import Path

    folder = Path(tempfile.mkdtemp())

    def ruled(sizes, chip, ring=False, **keys):
        """The rule of thumb for a network of dense layers, written down as a record, as you would write your own."""
        # Training keeps every layer once; the core keeps half of what an operator reads and half of what it writes.
        # One row more, from the last layer to the first, a ring, makes whole layers of these halves.
        rows = [[1, a, b] for a, b in pairwise((*sizes, *sizes[:1]) if ring else sizes)]
        weights = sum((a + 1) * b for a, b in pairwise(sizes))
        file = folder / f"{'-'.join(map(str, sizes))}{'-ring' * ring}.toml"
        file.write_text(f"""family = "mlp"
[sources]
own = {{title = "This lab"}}
[figures]
full_layers = {{value = {rows}, source = "own"}}
published_params = {{value = {weights}, source = "own"}}""")
        return kit.ruled(kit.plan_of(str(file), chip, **keys))

    def image(width, depth=2):
        """Layers for a picture of 28 by 28 and ten classes, the hidden ones of one width."""
        return tuple(map(int, ["784", *[width] * depth, "10"]))

    def bars(title, unit, rows, pieces, tints=range(7), scale=1, room=0):
        """Stacked bars: every piece of every row, and where the room ends."""
        figure, pieces = go.Figure(), {n: [v / scale for v in x] for n, x in pieces.items()}
        for (name, x), tint in zip(pieces.items(), tints):
            bar = go.Bar(x=x, y=rows, name=name, orientation="h", hovertemplate=f"%{{x:.3g}} {unit}")
            figure.add_trace(bar.update(marker_color=theme.colours()[tint]))
        if room:
            figure.add_vline(room / scale, line_dash="dash")
        said = "; ".join(f"{name} {x[0]:.3g}, {x[1]:.3g}" for name, x in pieces.items())
        theme.finish(figure, title, f"{rows}, {unit}: {said}", x=unit, barmode="stack", height=270)
        figure.update_layout(margin_b=92, legend_traceorder="normal")
        return figure.update_yaxes(autorange="reversed")

    return bars, image, pairwise, ruled


@app.cell
def _(image, kit, mlsysim, ruled):
    from bisect import bisect_right

    def macs(*sizes):
        return ruled(sizes, "H100")("pass_flop") / 2

    def layer(n, chip, **keys):
        """A square product and its ReLU: operations, then seconds of the product, of the ReLU's bytes, of its start."""
        ask = ruled((n, n), chip, batch_size=n, **keys)
        given = mlsysim.SystemEvaluator.evaluate(None, "AnomalyDetector", chip).scenario.given
        # the ReLU reads what the product wrote and writes it again: the bytes of a square layer without weights
        swept = ask("memory_time", weight_width=0.0)
        return ask("pass_flop"), ask("compute_time"), swept, given["stream_overhead"]

    def memory(width, batch=0, **changed):
        """Bytes by what they are for: to train on a batch, or without one to run."""
        keys = {"mode": "training", "batch_size": batch, "microbatch": batch} if batch else {}
        ask = ruled(image(width), "ESP32_S3", ring=batch > 0, precision="fp32", **keys)
        kinds = ("weight_bytes", "gradient_bytes", "optimizer_bytes", "activation_bytes")
        return ask(*(kinds if batch else (kinds[0], kinds[-1])), **changed)

    def size(*asked):
        return sum(memory(*asked).values())

    room = ruled(image(128), "ESP32_S3")("mem_capacity")
    board = kit.ruled(kit.plan_of("AnomalyDetector", "STM32H7A3"), (1.0, 1.0))
    timed = kit.measured("mlptiny12-stmicroelectronics-nucleo-h7a3zi-q-ad").value
    flop, gemm, swept, start = layer(4096, "H100", precision="bf16")
    key = {
        "m128": macs(*image(128)), "m256": macs(*image(256)), "ratio": macs(*image(256)) / macs(*image(128)),
        "ratio_lim": macs(*image(2**21)) / macs(*image(2**20)),
        "relu_f": pow(4096, 2) / flop * 100, "gemm": gemm * 1e6, "relu": (swept + start) * 1e6,
        "relu_t": (swept + start) / (gemm + swept + start) * 100, "params": ruled(image(128), "ESP32_S3")("params"),
        "inf": size(128) / 1e3, "tr1": size(128, 1) / 1e3, "tr512": size(128, 512) / 1e3,
        "rt1": size(128, 1) / size(128), "rt512": size(128, 512) / size(128),
        "hmax": bisect_right(range(1, 200), room, key=lambda width: size(width, 1)),
        "ad": board("compute_time") * 1e3, "adm": 1e3 / timed, "adr": 1 / timed / board("compute_time"),
        "aditem": board("params") / (board("pass_flop") / 2),
    }  # fmt: skip
    return board, flop, key, layer, macs, memory, room, size


@app.cell
def _(book, image, key, kit, mo, track):
    _steps = [2**i for i in range(4, 13)]
    width = mo.ui.slider(steps=_steps, value=256, label="Hidden width", show_value=True)
    depth = mo.ui.slider(2, 8, value=2, label="Hidden layers", show_value=True)
    _why = ["the width alone", "right", "half way between", "the square, of very wide layers"]
    predict_a = kit.predict(
        "predict-a", "How many times the multiplications, with hidden layers twice as wide?", book, kind="choice",
        options=dict(zip(("2x", "2.3x", "3x", "4x"), _why)),
        answer=lambda: {"value": key["ratio"], "because": "the input layer doubles, only the middle grows fourfold"},
    )  # fmt: skip
    kit.page("part-a", kit.page("track", track), f"""## A. Twice as wide

A network reads a picture of {image(128)[0]} pixels, has two hidden layers of {image(128)[1]} units, and names one of
ten classes. Every unit of a layer meets every unit of the next: two layers cost the product of their widths, all of
them $\\sum_i n_i n_{{i+1}}$ multiplications.""",
    kit.page("predict-a", predict_a))  # fmt: skip
    return depth, predict_a, width


@app.cell
def _(depth, image, kit, macs, mlsysim, mo, pairwise, predict_a, ruled, theme, width):
    kit.gate(predict_a)
    _sizes, _half = image(width.value, depth.value), image(width.value // 2, depth.value)
    _pairs = {f"{a:,} × {b:,}<br>{macs(a, b):,.0f}": macs(a, b) for a, b in pairwise(_sizes)}
    _look = f"background:{theme.colours()[1]};aspect-ratio:1;width"
    _boxes = [mo.Html(f"<div><div style='{_look}:{(own / max(_pairs.values())) ** 0.5 * 120:.2f}px'></div>{told}</div>")
              for told, own in _pairs.items()]  # fmt: skip
    _ask = ruled(_sizes, "STM32H7A3")
    _load = _ask("weight_bytes") / _ask("mem_capacity")
    _said = f"wall 2 ({mlsysim.WALLS[2].name}) is broken" if _load > 1 else "they fit"
    kit.page(
        "instrument-a", mo.hstack([width, depth], justify="start", wrap=True),
        f"A box is as large as the weights between two layers are many. All are **{macs(*_sizes):,.0f}**, each for one "
        f"multiplication: **{macs(*_sizes) / macs(*_half):.2f} times** the network of half the width.",
        mo.hstack(_boxes, justify="start", align="end", wrap=True, gap=1),
        kit.page("break-a", f"""**Break it.** Widen until the weights, a byte each, leave the working memory of a
microcontroller, an STM32H7A3. Now they take {_load:.2g} times what it has: {_said}."""),
        kit.remember("a", "square in the hidden width, straight in the input."),
    )  # fmt: skip
    return


@app.cell
def _(book, flop, key, kit, mo, track):
    _own = {"edge": "JetsonOrinNX", "mobile": "iPhone15Pro"}.get(track.value, "H100")
    chip = mo.ui.dropdown(["H100", "JetsonOrinNX", "iPhone15Pro"], value=_own, label="Chip")
    _steps = [2**i for i in range(7, 15)]
    n = mo.ui.slider(steps=_steps, value=4096, label="Rows", show_value=True)
    fused = mo.ui.switch(label="ReLU inside the product")
    predict_b = kit.predict(
        "predict-b", "What share of the time of both is the ReLU?", book, unit="%", low=0.001, high=50,
        answer=lambda: {"value": key["relu_t"], "because": f"it moves every number twice, in {key['relu']:.3g} us"},
    )  # fmt: skip
    kit.page("part-b", f"""## B. The ReLU that weighs nothing

A wide layer on a large batch is a product of square matrices, here of {4096:,} rows: {flop / 1e9:.3g} billion
operations, {key["gemm"]:.3g} us at half of the peak of an H100. Then a kernel of its own sets what is negative to zero:
one operation for each number, **{key["relu_f"]:.3g} %** of all.""",
    kit.page("predict-b", predict_b))  # fmt: skip
    return chip, fused, n, predict_b


@app.cell
def _(bars, charts, chip, fused, kit, layer, mlsysim, mo, n, predict_b):
    kit.gate(predict_b)
    _flop, _gemm, *_relu = layer(n.value, chip.value)
    _relu = [time * (not fused.value) for time in _relu]
    _work, _time = _flop + n.value**2, _gemm + sum(_relu)
    _one, _share = n.value**2 / _work * 100, sum(_relu) / _time * 100
    _rows = (100 - _one, 100 - _share), (_one, _relu[0] / _time * 100), (0, _relu[1] / _time * 100)
    _pieces = dict(zip(("Product", "ReLU, bytes", "ReLU, start"), _rows))
    kit.page(
        "instrument-b", mo.hstack([n, chip, fused], justify="start", wrap=True),
        f"The ReLU has {_one:.3g} % of the operations and **{_share:.3g} %** of the time: {sum(_relu) * 1e6:.3g} us "
        f"beside {float(f'{_gemm * 1e6:.3g}'):,g}. The product's own start is there either way, and left out.",
        bars("Where the operations are, and the time", "%", ["Operations", "Time"], _pieces, (0, 1, -1)),
        kit.equation("op_memory_time"),
        kit.page("break-b", f"""**Break it.** Go down to {256} rows: starts own the bar, and wall 3
({mlsysim.WALLS[3].name}) binds. A whole network of small layers looks so, with a batch of {256}:""",
        charts.waterfall(mlsysim.SystemEvaluator.evaluate(None, "AnomalyDetector", "H100", batch_size=256))),
        kit.remember("b", "count bytes for whatever does one operation a byte."),
    )  # fmt: skip
    return


@app.cell
def _(book, key, kit, mo, room):
    units = mo.ui.slider(8, 256, value=128, label="Width", show_value=True)
    batch = mo.ui.slider(steps=[1, 8, 64, 128, 256, 512], label="Batch", show_value=True)
    adam = mo.ui.switch(value=True, label="Adam (off: plain SGD)")
    _more = {"unit": "kB", "low": 10, "high": 100000}
    predict_c = kit.predict(
        "predict-c-run", "How much memory does it take to run?", book, **_more,
        answer=lambda: {"value": key["inf"], "because": "the weights stay, and two neighbouring layers are alive"},
    )  # fmt: skip
    predict_t = kit.predict(
        "predict-c-train", "And to train, with Adam, one picture at a time?", book, **_more,
        answer=lambda: {"value": key["tr1"], "because": "each weight has a gradient and two moments beside it"},
    )  # fmt: skip
    kit.page("part-c", f"""## C. Does it fit, and may it learn?

The network of {128} units has {key["params"]:,.0f} parameters, with the biases, in fp32. An ESP32-S3 has
{room / 1024:.0f} KiB, or {room / 1e3:.0f} kB. Running keeps the weights and what flows between two layers. Training
also keeps gradients, the optimiser's state, and the output of each layer until the backward pass has used it.""",
    kit.page("predict-c", predict_c, predict_t))  # fmt: skip
    return adam, batch, predict_c, predict_t, units


@app.cell
def _(adam, bars, batch, kit, memory, mlsysim, mo, predict_c, predict_t, room, units):
    kit.gate(predict_c, predict_t)
    _train = memory(units.value, batch.value, **({} if adam.value else {"optimizer_width": 0.0}))
    _run, _kept = memory(units.value), _train["activation_bytes"]
    _names = ("Weights", "Gradients", "Optimiser", "Activations")
    _pieces = {name: (_run.get(n, 0), _train[n]) for name, n in zip(_names, _train)}
    _once, _all = sum(_run.values()), sum(_train.values())
    _said = f"wall 2 ({mlsysim.WALLS[2].name}) is broken" if _all > room else "it may learn here"
    _most = "activations" if 2 * _kept > _all else "weights and what hangs on them"
    kit.page(
        "instrument-c", mo.hstack([units, batch, adam], justify="start", wrap=True),
        f"Running takes {_once / 1e3:,.4g} kB, training **{_all / 1e3:,.4g} kB**: {_all / _once:.3g} times as much.",
        bars("What fills the memory", "kB; dashed: all there is", ["Run", "Train"], _pieces, scale=1000, room=room),
        kit.page("break-c", f"""**Break it.** Raise the batch until most of it is activations; then narrow the network
until it may learn. Now training takes {_all / room:.3g} times the memory: {_said}. Most of it is {_most}."""),
        kit.remember("c", "training remembers everything it has seen this step."),
    )  # fmt: skip
    return


@app.cell
def _(board, book, key, kit):
    predict_d = kit.predict(
        "predict-d", "How long does it take at best?", book, unit="ms", low=0.1, high=10,
        answer=lambda: {"value": key["ad"], "measured": key["adm"], "because": "it does two multiplications a cycle"},
    )  # fmt: skip
    kit.page("part-d", f"""## D. Nothing but dense layers, measured

An autoencoder listens to a machine and tells when it sounds wrong: {board("pass_flop") / 2:,.0f} multiplications, and
{board("params"):,.0f} parameters of a byte. Its microcontroller has {board("chip_clock") / 1e6:.0f} million cycles a
second, and does two multiplications in each at most.""",
    kit.page("predict-d", predict_d))  # fmt: skip
    return (predict_d,)


@app.cell
def _(Roofline, board, charts, kit, key, mo, predict_d):
    from mlsysim.validation.rows import read_rows
    from mlsysim.validation.score import scores

    kit.gate(predict_d)
    _rows = scores(r for r in read_rows() if r.id.startswith("mlptiny12") and r.id.endswith("-ad"))
    _conv = kit.measured("mlptiny12-stmicroelectronics-nucleo-h7a3zi-q-ic").value
    _conv *= kit.ruled(kit.plan_of("ResNet8", "STM32H7A3"))("pass_flop") / 2 / board("chip_clock")
    roofline = mo.ui.anywidget(Roofline(kit.plan_of("AnomalyDetector", "STM32H7A3")))
    kit.page(
        "instrument-d",
        f"""Measured: {key["adm"]:.3g} ms, **{key["adr"]:.2f} times** the least. The bus could bring the weights in
{board("memory_time") * 1e3:.2g} ms, so it is not that. But each weight is fetched for one multiplication, and fetching
takes instructions: {2 / key["adr"]:.2g} multiplications a cycle. A convolution uses a weight at many pixels, and
gets {_conv:.2g} on the same board. The calibrated model knows both; here are four boards:""",
        charts.predicted(_rows, "tiny_inference"),
        kit.page("break-d", """**Break it.** Drag the dot to a batch of eight: it moves right, each weight is used eight
times. Code that kept it in a register would climb too. But a microcontroller hears one machine: it has no crowd.""",
        roofline),
        kit.remember("d", "batch 1 reads each weight for one multiplication."),
    )  # fmt: skip
    return (roofline,)


@app.cell
def _(image, kit, key, mo, room, ruled, size):
    _free = [f"{(room - used) / 1024:.3g} KiB left" for used in (size(key["hmax"], 1), size(128))]
    _names = f"{key['hmax']} units that learn in place", f"{128} units that only run"
    _small, _wide = (ruled(image(w), "ESP32_S3")("params") for w in map(int, (key["hmax"], 128)))
    builds, decision = dict(zip(_names, _free)), mo.ui.radio(_names, label="What do you build?")
    kit.page("decision", f"""## Decide

A sensor with an ESP32-S3 must follow a machine that wears. With **{key["hmax"]}** units, {_small:,.0f} parameters, it
trains in place, one picture at a time, with {_free[0]}, and no data leaves it. With **{128}** units, {_wide:,.0f}
parameters, it only runs, with {_free[1]}, and the cloud trains it on data that must be sent there. Both can be
defended.""", decision)  # fmt: skip
    return builds, decision


@app.cell
def _(book, builds, decision, kit, ledger):
    if decision.value:
        _kept = f"{decision.value}: {builds[decision.value]}"
        book.decide("decision", _kept, "A sensor that follows a machine as it wears")
    _sources = kit.sources("op_compute_time", "op_memory_time", "launch_time", "ridge_intensity")
    kit.page("ledger", ledger, _sources)
    return


if __name__ == "__main__":
    app.run()
