# /// script
# requires-python = ">=3.11"
# dependencies = ["mlsysim[labs]"]
# ///
"""Lab 08: what training keeps in memory, what it costs to keep less, and how long a run takes."""

import marimo

__generated_with = "0.25.2"
app = marimo.App(width="medium", app_title="08 · Memory, then time")


@app.cell
def _():
    import marimo as mo
    from mlsysim_widgets import Explorer, Ledger, MemoryMap, charts, kit

    from mlsysim import SystemEvaluator as system
    from mlsysim.core.text import readable

    return Explorer, Ledger, MemoryMap, charts, kit, mo, readable, system


@app.cell
def _(Ledger, kit, mo):
    ledger = mo.ui.anywidget(book := Ledger("vol1/08", boxes={"why": "Why this plan?"}))
    kit.opening(
        "Training is a memory problem that turns into a time problem",
        "The weights of a model of seven billion parameters fit on one GPU, so it trains on one.",
        [
            "add up what training keeps: state and activations",
            "trade memory for time, and know the price",
            "predict the hours of a real run",
        ],
        minutes=50,
        before="05, 07",
        walls="2 Memory, 1 Compute, 3 Software",
    )
    return book, ledger


@app.cell
def _(kit, mo):
    track = mo.ui.dropdown(list(kit.TRACKS), value="cloud", label="The system you speak of")
    kit.page("track", track, "Part A ends with it: could it be trained where it runs?")
    return (track,)


@app.cell
def _(book, kit, readable, system):
    def trained(model, chip, **keys):
        return kit.plan_of(model, chip, mode="training", **keys)

    def state_of(found):
        return sum(found[name] for name in ("weight_bytes", "gradient_bytes", "optimizer_bytes"))

    def told(model, chip):
        own = one if model == "Llama2_7B" else system.evaluate(plan=trained(model, chip))
        return f"{own.scenario.name}: state {readable(state_of(own.values), 'byte')}. {own.summary('feasibility')}."

    single = kit.plan_of("Llama2_7B", "H100", mode="training", seq_len=4096, microbatch=1)
    one, params = system.evaluate(plan=single), kit.ruled(single)("held_params")
    state, room = state_of(one.values), one.values["mem_capacity"]
    per_param = state / params
    key_a = {"state": state / 1e9, "load": state / room, "pmax": room / per_param}
    predict_a = kit.predict(
        "predict-a", "How large are weights, gradients and optimiser together?", book, unit="GB", low=10, high=500,
        answer=lambda: {"value": state / 1e9, "because": "a parameter needs 2, 2 and 12 bytes"},
    )  # fmt: skip
    kit.page(
        "predict-a",
        f"""## A. Where did the memory go?

{one.scenario.model.name} has {params / 1e9:.3g} billion parameters: {one.values["weight_bytes"] / 1e9:.3g} GB in
sixteen bits. {one.scenario.chip.name} holds {room / 1e9:.3g} GB. Training also keeps a gradient for each parameter,
and what Adam remembers of it, in mixed precision.""",
        predict_a,
    )
    return key_a, one, per_param, predict_a, single, state_of, told, trained


@app.cell
def _(MemoryMap, key_a, kit, mo, predict_a, single):
    kit.gate(predict_a)
    first = mo.ui.anywidget(MemoryMap(single))
    kit.page(
        "instrument-a",
        f"""The state alone is **{key_a["load"]:.3g} times** the memory there is. The map adds the activations, and what
the software keeps for itself. Set data parallel to 8 and the ZeRO stage to 3: the same state, shared out.""",
        first,
    )
    return (first,)


@app.cell
def _(Explorer, key_a, kit, mo, one, per_param, predict_a, told, track):
    kit.gate(predict_a)
    _given, _options = {**one.scenario.given}, one.scenario.options
    _sliders = ["gradient_width", "optimizer_width", "mem_capacity"]
    wide = mo.ui.anywidget(Explorer(_given, "memory_load", sliders=_sliders, options=_options))
    _name = {"cloud": "Llama2_7B", "tiny": "DS_CNN"}.get(track.value, "Llama3_2_1B")
    kit.page(
        "break-a",
        f"""**Break it.** At {per_param:.0f} bytes each, one device holds at most **{key_a["pmax"] / 1e9:.3g} billion**
parameters, before a single activation. Many stacks give the gradients four bytes. How much further is wall 2 broken
then?""",
        wide,
        "Your system. " + told(_name, kit.TRACKS[track.value]["hardware"]["name"]),
        kit.remember("a", f"{per_param:.0f} bytes a parameter, before it has seen a token."),
    )
    return (wide,)


@app.cell
def _(book, kit, state_of, trained):
    def on_node(kind, micro):
        keys = dict.fromkeys(("accelerators", "dp"), 8) | dict.fromkeys(("recompute", "name"), kind)
        return trained("GPT3_6_7B", "H100", zero=3, batch_size=32, microbatch=micro, seq_len=2048, **keys)  # fmt: skip

    def filled(kind, micro):
        ask = kit.ruled(on_node(kind, micro))
        state = state_of(ask("weight_bytes", "gradient_bytes", "optimizer_bytes"))
        return (state + ask("layer_stored_bytes") * ask("layers")) / 1e9

    asks = {name: kit.ruled(on_node(name, 1)) for name in ("none", "selective", "full")}
    acts = {name: ask("layer_stored_bytes") * ask("layers") for name, ask in asks.items()}
    price = asks["full"]("compute_time") / asks["none"]("compute_time")
    seen = {}
    for _size in ("22b", "175b", "530b", "1t"):
        _row = f"korthikanti-{_size}-{{}}".format
        seen[_size] = kit.measured(_row("full")).value / kit.measured(_row("selective")).value
    predict_b = kit.predict(
        "predict-b", "How large are the activations if all are kept?", book, unit="GB", low=0.1, high=1000,
        answer=lambda: {"value": acts["none"] / 1e9, "because": "every layer keeps the scores of its attention too"},
    )  # fmt: skip
    predict_price = kit.predict(
        "predict-b-price", "How many times as long is a step that computes all of them again?", book, unit="x",
        low=1, high=4, log=False,
        answer=lambda: {"value": price, "measured": max(seen.values()), "because": "forward runs twice, backward once"},
    )  # fmt: skip
    kit.page(
        "predict-b",
        f"""## B. Buying memory with time

The backward pass needs what the forward pass computed. In GPT-3 6.7B one sequence leaves something behind in each of
{asks["none"]("layers"):.0f} layers. It is kept, or thrown away and computed again. The scores of attention grow with
the square of the length, here {asks["none"]("seq_len"):,.0f} tokens.""",
        predict_b,
        predict_price,
    )
    return acts, filled, on_node, predict_b, predict_price, price, seen


@app.cell
def _(acts, charts, kit, on_node, predict_b, predict_price, price, seen, system):
    kit.gate(predict_b, predict_price)
    _all = [system.evaluate(plan=on_node(name, 1)) for name in acts]
    _sizes = ", ".join(f"{size / 1e9:.3g} GB ({name})" for name, size in acts.items())
    _times = ", ".join(f"{e.values['step_time'] * 1e3:,.0f}" for e in _all)
    kit.page(
        "instrument-b",
        f"""By recompute, activations take {_sizes}. Full should take {price:.3g} times as long; against selective, four
measured models took {min(seen.values()):.3g} to {max(seen.values()):.3g} times. The chart has the state shared by
eight devices; their steps of {_all[0].scenario.given["batch"]:.0f} sequences should take {_times} milliseconds.""",
        charts.memory(*_all),
        kit.equation("layer_stored_bytes", _all[0].scenario.options),
    )
    return


@app.cell
def _(MemoryMap, acts, filled, kit, mo, on_node, predict_b, predict_price, price, seen):
    kit.gate(predict_b, predict_price)
    second = mo.ui.anywidget(MemoryMap(on_node("none", 1)))
    key_b = {f"a_{name}": size / 1e9 for name, size in acts.items()}
    key_b |= {f"fit_{name.removesuffix('ective')}": filled(name, 4) for name in acts}
    key_b |= {f"k{size}": factor for size, factor in seen.items()}
    key_b |= {"fit_b1": filled("none", 1), "fourthirds": price}
    kit.page(
        "break-b",
        f"""**Break it.** Set the micro-batch to 4: state and layers alone are {key_b["fit_none"]:.3g} GB on each
device. Then find the cheapest recompute that holds.""",
        second,
        kit.remember("b", "recompute the squared part; it is the cheap part."),
    )
    return key_b, second


@app.cell
def _(book, kit):
    _name = "torchtitan-t1-llama-3-8b-8g-fsdp"
    plain, compiled = kit.measured(_name), kit.measured(f"{_name}-torch.compile")
    gain = kit.measured(f"{_name}-torch.compile-float8").value / compiled.value
    predict_c = kit.predict(
        "predict-c", "How many times faster does it train in eight bits?", book, kind="choice", unit="x",
        options={"1.3x": "", "1.6x": "what half of the gain would give", "2x": "the ratio of the peaks"},
        answer=lambda: {"value": gain, "because": "only the matrix products use the format"},
    )  # fmt: skip
    kit.page(
        "predict-c",
        f"""## C. Half the bits, twice the speed?

In eight bits the tensor cores do twice the work. {compiled.model} was trained on {compiled.devices:.0f} GPUs in
sixteen bits: {compiled.value:,.0f} tokens a second on each. They were a special part: {compiled.hardware}.""",
        predict_c,
    )
    return compiled, gain, plain, predict_c


@app.cell
def _(charts, compiled, gain, kit, plain, predict_c, system, trained):
    kit.gate(predict_c)
    halved = 2 * (1 - 1 / gain)  # Amdahl's law, solved for the share that runs twice as fast
    _plan = trained("Llama3_8B", "H100", accelerators=8, zero=3, batch_size=16, seq_len=8192)
    kit.page(
        "instrument-c",
        f"""By Amdahl's law, a gain of {gain:.3g} times means that **{halved * 100:.3g} %** of the step was halved.
Compiling the model, in the same format, had given {compiled.value / plain.value:.3g} times. The chart has such a step
on a plain H100, as predicted: arithmetic is most of it, and yet less than half became faster.""",
        charts.waterfall(system.evaluate(plan=_plan)),
    )
    return (halved,)


@app.cell
def _(Explorer, compiled, halved, kit, mo, predict_c):
    kit.gate(predict_c)
    _step = compiled.parallelism["micro_batch"] * compiled.parallelism["seq_len"] / compiled.value
    _law = {"compute_time": halved * _step, "memory_time": (1 - halved) * _step, "rate_growth": 2.0}  # fmt: skip
    _sliders = ["rate_growth", "compute_time", "memory_time"]
    amdahl = mo.ui.anywidget(Explorer(_law, "growth_speedup", sliders=_sliders))
    _ask = "**Break it.** Here memory stands for all that the format leaves alone. Let the rate grow tenfold: is it 2x?"
    kit.page("break-c", _ask, amdahl, kit.remember("c", "a faster format speeds up what uses it."))
    return (amdahl,)


@app.cell
def _(book, kit, readable, trained):
    spent = kit.measured("llama2-7b-gpuh")
    run = kit.ruled(trained("Llama2_7B", "A100", seq_len=4096, microbatch=1))
    _flop = run("model_flop") / run("seq_len") * (tokens := spent.workload["tokens"])
    # by the operators: a look-up in the embedding is no arithmetic, which 6 N D would count
    hours = _flop / (run("peak_rate") * run("compute_share")) / 3600
    predict_d = kit.predict(
        "predict-d", "How many A100 hours did it take?", book, unit="h", low=1e4, high=1e6,
        answer=lambda: {"value": hours, "measured": spent.value, "because": "the run got a little less than half"},
    )  # fmt: skip
    _all = " · 10<sup>".join(f"{_flop:.2e}</sup>".split("e+"))
    kit.page(
        "predict-d",
        f"""## D. How long will it take?

Llama 2 7B saw {tokens / 1e12:.3g} trillion tokens. Each takes six operations a parameter, and attention adds some:
{_all} in all. The datasheet of an A100 says {readable(run("peak_rate"), "flop/s")}; half of it is a fair rule.""",
        predict_d,
    )
    return hours, predict_d, run, spent, tokens


@app.cell
def _(Explorer, hours, kit, mo, predict_d, run, spent, tokens):
    kit.gate(predict_d)
    _own = {"train_tokens": tokens, "mfu": 0.5, "target_time": 1000 * 3600.0}
    _given = {**run("active_params", "peak_rate"), **_own}
    chips = mo.ui.anywidget(Explorer(_given, "needed_chips", sliders=_own))
    kit.page(
        "instrument-d",
        f"""Predicted {hours:,.0f} hours, measured {spent.value:,.0f}: **{spent.value / hours:.3g} times**. Three
figures price a run to about a fifth. Turned round, and without attention: how many chips for a date?""",
        kit.equation("needed_chips"),
        chips,
    )
    return (chips,)


@app.cell
def _(Explorer, kit, mo, predict_d):
    kit.gate(predict_d)
    _law = dict(zip(("compute_time", "memory_time", "rate_growth"), (0.85, 0.15, 8.0)))
    devices = mo.ui.anywidget(Explorer(_law, "growth_speedup"))
    _ask = f"""**Break it.** Eight devices share a step, but 15 hundredths of it (here, memory) stay on one:
{devices.widget.marker["y"]:.3g} times, not 8. How small must that rest be for 7 times?"""
    kit.page("break-d", _ask, devices, kit.remember("d", "6 N D, then ask for the share."))
    return (devices,)


@app.cell
def _(filled, kit, mo, on_node, system):
    _told = []
    for _kind, _micro in zip(("selective", "full", "none"), (4, 4, 1)):
        _rate = system.evaluate(plan=on_node(_kind, _micro)).values["token_rate"]
        _size = f"{filled(_kind, _micro):.3g} GB a GPU"
        _told.append(f"{_kind}, {_micro} at a time: {_size}, {3e11 / _rate / 86400:.0f} days")
    decision = mo.ui.radio(_told, label="How do you train it?")
    kit.page(
        "decision",
        """## Decide

GPT-3 6.7B trains on one node of eight H100, for 300 billion tokens. Full recompute leaves room for longer sequences;
small micro-batches make small kernels. The days are the calibrated estimate.""",
        decision,
    )
    return (decision,)


@app.cell
def _(book, decision, kit, ledger):
    if decision.value:
        book.decide("decision", decision.value, "Train on one node")
    kit.page("ledger", ledger)
    return


@app.cell
def _(compiled, devices, gain, halved, hours, key_a, key_b, plain, spent):
    key = {
        **key_a, **key_b, "fp8": gain, f"{'fp8'}s": halved * 100, "compile": compiled.value / plain.value,
        "hours": hours, "hoursm": spent.value, "hoursf": spent.value / hours, "amd": devices.widget.marker["y"],
    }  # fmt: skip
    return (key,)


@app.cell
def _(kit):
    kit.sources("shared_params", "layer_activation_bytes", "growth_speedup", "needed_chips")
    return


if __name__ == "__main__":
    app.run()
