# /// script
# requires-python = ">=3.11"
# dependencies = ["mlsysim[labs]"]
# ///
"""Lab 10: what fewer bits save and what they do not, size at equal bytes, zeros that a chip can skip, and energy."""

import marimo

__generated_with = "0.25.2"
app = marimo.App(width="medium", app_title="10 · A quarter of the bytes")


@app.cell
def _():
    from random import Random

    import marimo as mo
    import plotly.graph_objects as go
    from mlsysim_widgets import Explorer, Ledger, charts, kit, theme

    import mlsysim
    from mlsysim.core.graph import solve
    from mlsysim.core.text import readable
    from mlsysim.literature.points import points_of

    return Explorer, Ledger, Random, charts, go, kit, mlsysim, mo, points_of, readable, solve, theme


@app.cell
def _(Ledger, kit, mo):
    _bits, _size = "predict what fewer bits save, and what not", "compare models at equal bytes"
    _goals = _bits, _size, "know which zeros a machine can skip"
    _says = "Four-bit weights run four times faster, and smaller is always worse."
    _title = "A quarter of the bytes is not a quarter of the time"
    _asked = {"why": "Why did you decide so?", "lacking": "Which evidence was missing?"}
    ledger = mo.ui.anywidget(book := Ledger("vol1/10", boxes=_asked))
    kit.opening(_title, _says, _goals, 50, before="05, 07", walls="13 Fidelity, 2, 3 and 18")
    return book, ledger


@app.cell
def _(kit, mo):
    track = mo.ui.dropdown(list(kit.TRACKS), value="cloud", label="The system you speak of")
    kit.page("track", track, "Part A ends with this system.")
    return (track,)


@app.cell
def _(book, kit, mo):
    rule = kit.ruled(kit.plan_of("Llama2_7B", "A100", precision="bf16", seq_len=1))
    _names = {"bf16": "bf16", "int8": "int8", "int4": "int4-g32"}
    rates = {f: kit.measured(f"gptfast-llama-2-7b-1g-{n}-nvidia-a100").value for f, n in _names.items()}  # fmt: skip

    def width(code, scale=0.0):
        return rule("stored_width", code_width=code, scale_width=scale, scale_group=32.0)

    def read(stored):
        """Seconds to read all weights once for a token, at so many bytes a weight."""
        return rule("memory_time", weight_width=stored, activation_width=0.0)

    forms = {"bf16": width(2.0), "int8": width(1.0), "int4": width(0.5, 4.0)}
    told = {form: read(stored) for form, stored in forms.items()}
    rest = {form: 1 / rates[form] - told[form] for form in forms}
    ratio, gain = forms["bf16"] / forms["int4"], rates["int4"] / rates["bf16"]
    bits = mo.ui.slider(steps=[2, 3, 4, 6, 8], value=2, label="Bits of a weight", show_value=True)
    predict_a = kit.predict(
        "predict-a", "How many times faster is it in int4 than in bf16, as measured?", book, unit="x", low=1, high=5,
        log=False, answer=lambda: {"value": gain, "because": "only a part of the time was bytes"},
    )  # fmt: skip
    _told = f"""## A. Fewer bytes, how much faster?

A Llama 2 of seven billion weights writes alone on one A100. In bf16 a weight is {forms["bf16"]:g} bytes. In int4 it is
half a byte, and each group of {32} weights shares a scale and a zero: {forms["int4"]:g} bytes a weight,
**{ratio:.2f} times** fewer. Somebody measured both, and int8."""
    kit.page("part-a", _told, kit.page("predict-a", predict_a))
    return bits, forms, gain, predict_a, rates, ratio, read, rest, rule, told, width


@app.cell
def _(forms, gain, go, kit, mlsysim, predict_a, rates, ratio, readable, rest, theme, told, track):
    kit.gate(predict_a)
    _figure = go.Figure()
    for _name, _part, _tint in (("Bytes, predicted", told, 1), ("Not bytes", rest, -1)):
        _ms = [_part[form] * 1e3 for form in forms]
        _bar = go.Bar(y=list(forms), x=_ms, name=_name, orientation="h", texttemplate="%{x:.3g}")
        _figure.add_trace(_bar.update(marker_color=theme.colours()[_tint]))
    _alt = "; ".join(f"{f}: {told[f] * 1e3:.3g} ms, and {rest[f] * 1e3:.3g} ms" for f in forms)
    theme.finish(_figure, "A token as measured: its bytes, the rest", _alt, x="ms", barmode="stack")
    _figure.update_layout(height=300, margin_b=96, yaxis_autorange="reversed")
    _rates = [", ".join(f"{x:.0f}" for x in xs) for xs in ((1 / t for t in told.values()), rates.values())]  # fmt: skip
    _told = f"""The bytes shrink {ratio:.2f} times; int8 gains {rates["int8"] / rates["bf16"]:.2f}x, int4
**{gain:.2f}x**. What is not bytes grows instead: launches, unpacking, attention.
The bytes alone would allow {_rates[0]} tokens a second; measured are {_rates[1]}."""
    _own = kit.ruled(kit.TRACKS[track.value])
    _gain = _own("compression_speedup", code_width=0.5, scale_width=2.0, scale_group=128.0)
    _seen = mlsysim.Literature.Decode.VILA_8B_INT4["token_rate_agx_orin"].value
    _more = {"edge": f" A model of that size was measured there, in int4: {_seen:.3g} tokens a second.",
             "tiny": " Its arithmetic binds."}.get(track.value, "")  # fmt: skip
    _yours = f"""**Your system**, {kit.TRACKS[track.value]["name"]}, has {readable(_own("weight_bytes"), "byte")} of
weights. By the rule of bytes and arithmetic alone, four bits with a scale for {128} weights make it {_gain:.2f} times
as fast.{_more}"""
    kit.page("instrument-a", _told, _figure, kit.equation("op_memory_time"), _yours)
    return


@app.cell
def _(Explorer, bits, charts, kit, mlsysim, mo, predict_a, read, rest, told, width):
    kit.gate(predict_a)
    _plan = kit.plan_of("Llama2_7B", "A100", precision="bf16", seq_len=200)
    _levers = ["code_width", "scale_group", "memory_share"]
    _plan.update(inputs=dict(zip(("scale_width", *_levers[:2]), (4.0, 0.5, 32.0))))
    tuned = mo.ui.anywidget(Explorer(_plan, "compression_speedup", sliders=_levers))
    _four, _now = told["int4"] + rest["int4"], read(width(bits.value / 8, 4.0)) + rest["int4"]
    _told = f"""**Break it.** Move the bits. The rest stays {rest["int4"] * 1e3:.3g} ms at best: with
{bits.value} bits a token takes {_now * 1e3:.3g} ms, **{_four / _now:.2f}x** the speed of four bits. Wall 3
({mlsysim.WALLS[3].name}) binds. The calibrated estimate for four bits has that rest too:"""
    _more = "Other codes and groups against bf16, if unpacking cost no time:"
    _drawn = mlsysim.SystemEvaluator.evaluate(None, "Llama2_7B", "A100", precision="w4a16")
    _line = kit.remember("a", "compression shrinks one term; the others stay.")
    kit.page("break-a", _told, bits, charts.waterfall(_drawn), _more, tuned, _line)
    return (tuned,)


@app.cell
def _(book, kit, mlsysim, mo, points_of, rule):
    def size(model, count, group=0):
        """GB of all weights in so many bits, with a scale of two bytes for each group where there are groups."""
        _own = kit.ruled(kit.plan_of(model, "H100"))("params")
        _scale = {"scale_width": 2.0 * bool(group), "scale_group": float(group or 1)}
        return rule("compressed_bytes", params=_own, code_width=count / 8, **_scale) / 1e9

    reads = {}  # GB and perplexity of each model, bits and group
    for _name in ("Llama1_7B", "Llama1_13B", "Llama1_65B"):
        _record = getattr(mlsysim.Literature.Quantization, f"GPTQ_{_name}")
        reads[_name, 16, 0] = size(_name, 16), _record["before"].value
        for _p in points_of(_record):
            _kind = int(_p.form[1]), _p.group
            reads[_name, *_kind] = size(_name, *_kind), _p.after
    asked = {f"{m}B at {b} bit": (f"Llama1_{m}B", b, 0) for m, b in zip((7, 7, 13, 13), (16, 4, 4, 3))}  # fmt: skip
    _why = "the finest weights", "the fewest bytes", "right", "the most weights in few bytes"
    predict_b = kit.predict(
        "predict-b", "Which of these reads best, that is, has the lowest perplexity?", book, kind="choice",
        options=dict(zip(asked, _why)), answer=lambda: min(asked, key=lambda name: reads[asked[name]][1]),
    )  # fmt: skip
    budget = mo.ui.slider(1, 40, 0.5, value=14, label="Budget, GB", show_value=True)
    _told = f"""## B. At equal bytes

Two models of one family, LLaMA of 7 and of 13 billion weights; room for {14:g} billion bytes. One paper and one method,
GPTQ, give the perplexity on WikiText2: among how many words the model wavers. Less is better."""
    kit.page("part-b", _told, kit.page("predict-b", predict_b))
    return asked, budget, predict_b, reads, size


@app.cell
def _(asked, budget, go, kit, mlsysim, predict_b, reads, theme):
    kit.gate(predict_b)
    _figure = go.Figure()
    for _model, _tint in zip(dict.fromkeys(row[0] for row in reads), theme.colours()):
        _own = {(b, g): xy for (m, b, g), xy in reads.items() if m == _model}
        _text = [f"{b}{f' g{g}' * bool(g)}" for b, g in _own]
        _sides = [("top center", "bottom center", "middle left")[2 * bool(g) or b > 10] for b, g in _own]  # fmt: skip
        _xs, _ys = zip(*_own.values())
        _dots = go.Scatter(x=_xs, y=_ys, text=_text, textposition=_sides, mode="markers+text")
        _figure.add_trace(_dots.update(marker={"color": _tint, "size": 10}, name=f"GPTQ, {_model}"))
    _figure.add_vline(budget.value, line={"dash": "dash", "color": theme.INK[theme.current()]})
    _fits = {row: xy for row, xy in reads.items() if xy[0] <= budget.value}
    _best = min(_fits, key=lambda row: _fits[row][1], default=None)
    _said = "not known; no record has a point there, and we do not extrapolate"
    if _best:
        _said = f"**{_best[0]} at {_best[1]} bits**, {_fits[_best][0]:.3g} GB, perplexity {_fits[_best][1]:g}"
    _axes = {"x": "GB; by each dot its bits", "y": "perplexity, less is better", "x_log": True}
    _axes |= {"xaxis_range": list(map(float, (0, 2.3))), "yaxis_range": list(map(float, (3, 8.8)))}
    theme.finish(_figure, "Bytes against perplexity", _said.replace("*", ""), **_axes)
    _fine, _less, _big, _cliff = (reads[row] for row in asked.values())
    _told = f"""The larger model in four bits has {_big[0]:.3g} GB and {_big[1]:g}. The smaller one in sixteen has
{_fine[0]:.3g} GB and {_fine[1]:g}: twice the bytes, and it reads worse."""
    _break = f"""**Break it.** Go from four bits to three: {_cliff[0]:.3g} GB of the larger model read at {_cliff[1]:g},
and lose to {_less[0]:.3g} GB of the smaller at {_less[1]:g}. Wall 13 ({mlsysim.WALLS[13].name}) is a cliff, and it
moves with the method: in groups of {128}, g{128} in the chart, three bits are back at
{reads["Llama1_13B", 3, 128][1]:g}. Below {min(xy[0] for xy in reads.values()):.3g} GB nothing is known here."""
    kit.page("instrument-b", budget, f"Best within the budget: {_said}.", _figure, _told,
             kit.equation("compressed_bytes"), kit.page("break-b", _break),
             kit.remember("b", "spend bytes on parameters until the cliff."))  # fmt: skip
    return


@app.cell
def _(book, kit, mlsysim, mo, solve):
    def skipped(pattern, chip="A100", kept=0.1):
        """How many times fewer bytes a pass reads for a weight of two bytes."""
        _units = getattr(mlsysim.Hardware.Cloud, chip)["sparsity_factor"].value
        _names = "weight_width code_width scale_width scale_group index_width kept_share"
        _given = dict(zip(_names.split(), (2.0, 1.0, 0.0, 1.0, 2.0, kept)), sparsity_factor=_units)
        return 2 / solve(("read_width",), _given, {"compression": pattern})["read_width"]

    _kinds = {"nine of ten zero": "unstructured", "two of four": "2of4", "int8": "weights"}
    _reasons = "the units take zeros too", "each weight kept has an index", "half the bytes stay"
    any_c, half_c, int8_c = [
        kit.predict(
            f"predict-c-{kind}", f"How many times faster does it decode: {name}?", book, unit="x", low=0.5, high=20,
            answer=lambda kind=kind, reason=reason: {"value": skipped(kind), "because": reason},
        ) for (name, kind), reason in zip(_kinds.items(), _reasons)]  # fmt: skip
    pruned = mlsysim.Literature.Pruning.Wanda_Llama2_7B
    _eight = mlsysim.Literature.Quantization.SmoothQuant_Llama2_7B
    price = f"""The price differs. On Llama 2 7B, two of four take the perplexity from {pruned["before"].value:g} to
{pruned["Wanda_2of4"].value:g} (Wanda), eight bits from {_eight["before"].value:g} to
{_eight["SmoothQuant_int8"].value:g} (SmoothQuant): each one model, one method, one paper."""
    pattern = mo.ui.dropdown(_kinds, value="nine of ten zero", label="Form")
    unit = mo.ui.dropdown(["A100", "H100", "V100", "T4"], value="A100", label="Chip")
    _told = """## C. Zeros you can and cannot skip

Decoding alone is reading the weights: a form is as fast as its bytes are few. Take a matrix of sixteen bits on an A100,
three ways: nine of ten weights zero, wherever they are small; two of every four zero; or all kept, in eight bits."""
    kit.page("part-c", _told, kit.page("predict-c", any_c, half_c, int8_c))
    return any_c, half_c, int8_c, pattern, price, pruned, skipped, unit


@app.cell
def _(Random, any_c, go, half_c, int8_c, kit, mlsysim, mo, pattern, price, skipped, theme, unit):
    kit.gate(any_c, half_c, int8_c)
    _draw, _side, _form = Random(10).random, range(16), pattern.value
    _fewer, _rows = skipped(_form, unit.value), [[_draw() for _ in _side] for _ in _side]
    _kept = {"unstructured": lambda row, j: round(row[j] - 0.4), "weights": lambda row, j: True,
             "2of4": lambda row, j: row[j] in sorted(row[j // 4 * 4 : j // 4 * 4 + 4])[2:]}[_form]  # fmt: skip
    _zero = int(_form != "2of4" or _fewer <= 1)  # whether a zero is read
    _cells = [[2 if _kept(row, j) else _zero for j in _side] for row in _rows]
    _tints = theme.colours()
    _scale = list(zip((0, 0.5, 1), (theme.faded(_tints[6]), _tints[6], _tints[1])))
    _map = go.Heatmap(z=_cells, zmin=0, zmax=2, colorscale=_scale, showscale=False, xgap=2, ygap=2)
    _names = enumerate(("zeros skipped", "zeros read", "weights read"))
    _alt = ", ".join(f"{sum(row.count(kind) for row in _cells)} {name}" for kind, name in _names)  # fmt: skip
    _layout = {"xaxis_visible": False, "yaxis_visible": False, "yaxis_scaleanchor": "x"}
    _figure = theme.finish(go.Figure(_map), "A piece of the matrix", _alt, **_layout)
    _told = f"""**{_fewer:.2f} times** fewer bytes on {unit.value}. Here are {_alt}: orange is a weight, full grey a
zero that is read all the same, pale grey one that is not."""
    _break = f"""**Break it.** Keep two of four, and choose a chip without sparse units: a V100 or a T4. It reads every
zero, and multiplies by it. Wall 1 ({mlsysim.WALLS[1].name}) gives nothing back."""
    kit.page("instrument-c", mo.hstack([pattern, unit], justify="start", wrap=True), _told, _figure, price,
             kit.equation("read_width", {"compression": "2of4"}), kit.page("break-c", _break),
             kit.remember("c", "a zero saves what the hardware agrees not to read."))  # fmt: skip
    return


@app.cell
def _(book, kit, mlsysim):
    def joule(name, whole=True):
        """Energy of an operation of a record, or of one byte of its access."""
        _record = getattr(mlsysim.Systems.Energy, name)
        _size = 1 if whole else round(_record["operand_bits"].value / 8)
        return _record["step_energy"].value / _size

    multiply = joule("Multiply_INT8_45nm") + joule("Add_INT8_45nm")
    fetch = joule("DRAM_45nm", False)
    predict_d = kit.predict(
        "predict-d", "How many 8-bit multiply-adds take the energy of one byte from DRAM?", book, low=1, high=1e5,
        answer=lambda: {"value": fetch / multiply, "because": "the byte comes from another chip"},
    )  # fmt: skip
    _node = mlsysim.Systems.Energy.DRAM_45nm["process_node"].value * 1e9
    _told = f"""## D. Why bytes cost energy

In a process of {_node:.0f} nanometres, an 8-bit multiplication and its addition take {multiply * 1e12:.2g} pJ. Before a
weight can be multiplied, it must come from somewhere."""
    kit.page("part-d", _told, kit.page("predict-d", predict_d))
    return fetch, joule, multiply, predict_d


@app.cell
def _(charts, fetch, go, joule, kit, mlsysim, multiply, predict_d, theme):
    kit.gate(predict_d)
    _near, _far = joule("SRAM_32KB_45nm", False), joule("SRAM_1MB_45nm", False)
    _names = "multiply-add", "byte, small SRAM", "byte, large SRAM", "byte, DRAM"
    _pj = [value * 1e12 for value in (multiply, _near, _far, fetch)]
    _figure = go.Figure(go.Scatter(x=_pj, y=_names, mode="markers+text", texttemplate="%{x:.3g}"))
    _alt = ", ".join(f"{name} {x:.3g} pJ" for name, x in zip(_names, _pj))
    _figure.update_traces(textposition="top center", marker_color=theme.colours()[1])
    theme.finish(_figure, "The ladder of energy", _alt, x="pJ", x_log=True, xaxis_range=[-1.3, 2.8],
                 yaxis_range=[-0.5, 3.6])  # fmt: skip
    _told = f"""**{fetch / multiply:.0f}** of them. An access of four bytes, by another paper, takes the energy of
{joule("DRAM_32bit_Han") / joule("Add_INT8_45nm"):,.0f} 8-bit additions."""
    _break = f"""**Break it.** Keep the weight in a small memory beside the multiplier: a byte takes
{_near / multiply:.2g} multiply-adds, {fetch / _near:.0f} times less energy. Wall 18 ({mlsysim.WALLS[18].name}) lets go
where weights stay, or where many use one fetch. So an A100 spends less on an operation when a batch shares bytes:"""
    _all = (mlsysim.SystemEvaluator.evaluate(None, "Llama2_7B", "A100", batch_size=n) for n in (1, 60))  # fmt: skip
    kit.page("instrument-d", _told, _figure, kit.page("break-d", _break, charts.energy_roofline(*_all)),
             kit.remember("d", "multiply as often as you like; fetch rarely."))  # fmt: skip
    return


@app.cell
def _(kit, mlsysim, mo, size):
    half = mlsysim.Hardware.Mobile.iPhone15Pro["mem_capacity"].value / 2 / 1e9
    phone = {"8B at 4.5 bits": size("Llama3_1_8B", 4, 32), "3B at 4.5 bits": size("Llama3_2_3B", 4, 32),
             "8B at 3 bits": size("Llama3_1_8B", 3)}  # fmt: skip
    _said = "; ".join(f"**{name}**, {gb:.2f} GB" for name, gb in phone.items())
    decision = mo.ui.radio([*phone, "none of them"], label="What do you ship?")
    kit.page("decision", f"""## Decide

A phone can spare half of its memory: {half:.2f} GB. Four bits with a scale for {32} weights are four and a half. The
smaller model leaves room for its cache. The larger fits only in three bits, and no record here says how it reads then.
The weights: {_said}.""", decision)  # fmt: skip
    return decision, half, phone


@app.cell
def _(book, decision, half, kit, ledger, phone):
    if decision.value:
        _size = f"{decision.value}: {phone.get(decision.value, 0):.2f} of {half:.2f} GB"
        book.decide("decision", _size, "A model for a phone")
    kit.page("ledger", ledger)
    return


@app.cell
def _(fetch, forms, gain, joule, kit, multiply, phone, pruned, rates, ratio, reads, rest, skipped, told):  # fmt: skip
    key = {
        **{f"p{form}": 1 / told[form] for form in forms}, **{f"m{form}": rates[form] for form in forms},
        **{f"o{form}": rest[form] * 1e3 for form in forms}, "g8": rates["int8"] / rates["bf16"], "g4": gain,
        **{f"s{m[7:-1]}_{b}": xy[0] for (m, b, g), xy in reads.items() if not g},
        **{f"q{m[7:-1]}_{b}": xy[1] for (m, b, g), xy in reads.items() if not g},
        "q13_3g": reads["Llama1_13B", 3, 128][1], "s24": skipped("2of4"), "w24": pruned["Wanda_2of4"].value,
        "r4": ratio, **dict(zip(("phone8", "phone3"), phone.values())), "emac": fetch / multiply,
        "eadd32": joule("DRAM_32bit_Han") / joule("Add_INT8_45nm"),
    }  # fmt: skip
    kit.sources("op_memory_time", "semi_kept_share", "launch_time")
    return (key,)


if __name__ == "__main__":
    app.run()
