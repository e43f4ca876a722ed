# /// script
# requires-python = ">=3.11"
# dependencies = ["mlsysim[labs]"]
# ///
"""Lab 00: can you say how fast a machine will be before you touch it?"""

import marimo

__generated_with = "0.25.2"
app = marimo.App(width="medium", app_title="00 · Before you touch it")


@app.cell
def _():
    import marimo as mo
    from mlsysim_widgets import ExplainTree, Ledger, Roofline, charts, kit

    import mlsysim

    return ExplainTree, Ledger, Roofline, charts, kit, mlsysim, mo


@app.cell
def _(kit):
    kit.opening(
        "Can you say how fast a machine will be before you touch it?",
        "The chip with the most operations per second answers fastest.",
        [
            "read a roofline: two ceilings, one dot",
            "predict a time from two figures of a datasheet, and see it beside a measurement",
            "know how the labs work: predict, look, break, decide, keep",
        ],
        minutes=25,
        walls="1 Compute, 2 Memory",
    )
    return


@app.cell
def _(Ledger, mo):
    book = Ledger("vol1/00", boxes={"why": "Why did you decide so?"})
    ledger = mo.ui.anywidget(book)
    return book, ledger


@app.cell
def _(kit, mo):
    track = mo.ui.dropdown(list(kit.TRACKS), value="cloud", label="The system you speak of")
    kit.page("track", track, "Every lab speaks of this system; you can change it at any time.")
    return (track,)


@app.cell
def _(kit, mlsysim):
    plan = kit.plan_of("Llama3_1_8B", "H100", precision="bf16", seq_len=1)
    rule, real = kit.ruled(plan), mlsysim.SystemEvaluator.evaluate(plan=plan)
    return plan, real, rule


@app.cell
def _(kit, real):
    chip, _names = real.scenario.chip, ("mem_bandwidth", "peak_bf16")
    _memory, _peak = (f"{chip[n].given:,g} {chip[n].unit}" for n in _names)
    kit.page(
        "part-a",
        f"""## A. How long does one word take?

A language model writes one token after another. For each it reads nearly all of its weights, once. Here it is
{real.scenario.model.name}, in {real.scenario.precision}, alone on one {chip.name}. Its datasheet gives **{_memory}** to
memory and **{_peak}** of arithmetic.""",
    )
    return (chip,)


@app.cell
def _(book, kit, rule):
    predict_a = kit.predict(
        "predict-a", "How long does one token take?", book, unit="ms", low=0.01, high=1000,
        answer=lambda: {"value": rule("memory_time") * 1e3, "because": "the bytes bind, not the arithmetic"},
    )  # fmt: skip
    kit.page("predict-a", predict_a)
    return (predict_a,)


@app.cell
def _(charts, kit, predict_a, real, rule):
    kit.gate(predict_a)
    _bytes, _flop = rule("memory_time"), rule("compute_time")
    kit.page(
        "instrument-a",
        f"""The bytes take {_bytes * 1e3:.3g} ms, the arithmetic {_flop * 1e3:.3g} ms: {_bytes / _flop:.0f} times apart.
That is the rule of thumb: half of the peak, four fifths of the bandwidth. The chart has the calibrated estimate, with
its interval.""",
        charts.waterfall(real),
    )
    return


@app.cell
def _(kit, mo, predict_a):
    kit.gate(predict_a)
    mo.vstack([kit.equation("op_memory_time"), kit.equation("ridge_intensity")])
    return


@app.cell
def _(Roofline, kit, mo, plan, predict_a):
    kit.gate(predict_a)
    roofline = mo.ui.anywidget(Roofline(plan))
    _ask = """**Break it.** Drag the dot: how large must the batch be until the flat roof binds? The roofs are both
figures in full. The rule takes half of the peak, so by the rule arithmetic leads sooner."""
    kit.page("break-a", _ask, roofline)
    return (roofline,)


@app.cell
def _(kit, predict_a, rule):
    kit.gate(predict_a)
    balance = rule("memory_time") / rule("compute_time")
    kit.remember(
        "a", f"a language model alone tests bandwidth; by the rule, arithmetic leads from batch {balance:.0f}."
    )
    return (balance,)


@app.cell
def _(kit):
    kit.page(
        "part-b",
        """## B. Is that true outside the textbook?

The same kind of model ran on an older chip, and somebody measured it. The rule knows two figures of a datasheet; the
world knows kernels, schedulers and drivers. How far apart are they?""",
    )
    return


@app.cell
def _(book, kit):
    a100 = kit.ruled(kit.plan_of("Llama3_8B", "A100", precision="bf16", seq_len=1))
    seen = kit.measured("gptfast-llama-3-8b-1g-bf16-nvidia-a100")
    predict_b = kit.predict(
        "predict-b", "How many times longer than predicted did a token take?", book, unit="x", low=0.5, high=50,
        answer=lambda: {"measured": 1 / seen.value / a100("memory_time"), "because": "starting kernels takes a little"},
    )  # fmt: skip
    kit.page("predict-b", predict_b)
    return a100, predict_b, seen


@app.cell
def _(charts, kit, predict_b):
    from mlsysim.validation.rows import read_rows
    from mlsysim.validation.score import scores

    kit.gate(predict_b)
    _rows = [row for row in read_rows() if row.kind == "decode"]
    _told = "Published measurements of decoding, predicted by the calibrated model; the bands are its errors."
    kit.page("instrument-b", _told, charts.predicted(scores(_rows[::6]), "decode"))
    return


@app.cell
def _(ExplainTree, kit, mo, predict_b, real):
    kit.gate(predict_b)
    tree = mo.ui.anywidget(ExplainTree(real, "tpot_ms"))
    kit.page("explain-b", "Fold the number out, down to the line of the datasheet.", tree)
    return (tree,)


@app.cell
def _(kit, predict_b):
    kit.gate(predict_b)
    kit.remember("b", "two figures of a datasheet get within a fifth, if you pick the right ceiling.")
    return


@app.cell
def _(kit, track):
    mine, own = kit.ruled(kit.TRACKS[track.value]), kit.TRACKS[track.value]["name"]
    kit.page(
        "part-c",
        f"""## C. Your system, your ledger

You chose **{own}**. Its chip has a bandwidth and a peak too, and the same two ceilings. A microcontroller keeps its
weights beside its core, and multiplies one by one.""",
    )
    return mine, own


@app.cell
def _(book, kit, mine, own, track):
    times = {"the bytes": mine("memory_time"), "the arithmetic": mine("compute_time")}
    reasons = {"the bytes": "right for a language model alone", "the arithmetic": "what the peak alone would say"}
    predict_c = kit.predict(
        f"predict-c-{track.value}", f"Which ceiling binds {own}?", book, kind="choice", options=reasons,
        answer=lambda: max(times, key=times.__getitem__),
    )  # fmt: skip
    kit.page("predict-c", predict_c)
    return predict_c, times


@app.cell
def _(charts, kit, mlsysim, predict_c):
    kit.gate(predict_c)
    _all = [mlsysim.SystemEvaluator.evaluate(plan=plan) for plan in kit.TRACKS.values()]
    _told = "The four systems on one page: far apart in bandwidth, and each under one of the same two ceilings."
    kit.page("instrument-c", _told, charts.roofline(*_all))
    return


@app.cell
def _(kit, predict_c):
    kit.gate(predict_c)
    kit.remember("c", "write the guess down before you look.")
    return


@app.cell
def _(kit, mo):
    eight = kit.ruled(kit.plan_of("Llama3_1_8B", "H100", precision="w8a16", seq_len=1))
    newer = kit.ruled(kit.plan_of("Llama3_1_8B", "H200", precision="bf16", seq_len=1))
    _eight, _newer = (f"{ask('memory_time') * 1e3:.3g} ms" for ask in (eight, newer))
    decision = mo.ui.radio(["weights of eight bits", "a newer chip", "neither"], label="What do you do?")
    kit.page(
        "decision",
        f"""## Decide

The chat must be 1.4 times faster or more. Weights of eight bits take {_eight} a token, and their quality must be
checked. A newer chip takes {_newer}, at the same quality and another price. Both can be defended; say which, and
why.""",
        decision,
    )
    return decision, eight, newer


@app.cell
def _(book, decision, kit, ledger):
    if decision.value:
        book.decide("decision", decision.value, "Make the chat faster")
    kit.page("ledger", ledger)
    return


@app.cell
def _(a100, chip, eight, kit, mlsysim, newer, rule, seen):
    orin = kit.ruled(kit.plan_of("Llama3_1_8B", "JetsonAGXOrin", seq_len=1))
    phone = kit.ruled(kit.plan_of("Llama3_2_1B", "iPhone15Pro", precision="int8", seq_len=1))
    tiny = kit.ruled(kit.TRACKS["tiny"], (1.0, 1.0))
    spotted = kit.measured("mlptiny12-stmicroelectronics-nucleo-u575zi-q-kws").value
    key = {
        "bytes": rule("pass_bytes") / 1e9,
        "tmem": rule("memory_time") * 1e3,
        "tcomp": rule("compute_time") * 1e3,
        "ratio": rule("memory_time") / rule("compute_time"),
        "mfu": rule("pass_flop") / (rule("memory_time") * chip["peak_bf16"].value) * 100,
        "ridge": rule("ridge_intensity"),
        "bstar": rule("memory_time") / rule("compute_time"),
        "a100": a100("memory_time") * 1e3,
        "a100m": 1e3 / seen.value,
        "a100f": 1 / seen.value / a100("memory_time"),
        "orin": 1 / orin("memory_time"),
        "orinm": mlsysim.Literature.Decode.VILA_8B_FP16["token_rate_agx_orin"].value,
        "phone": 1 / phone("memory_time", weight_width=0.5),
        "tiny": tiny("compute_time") * 1e3,
        "tinym": 1e3 / spotted,
        "tinymac": spotted * tiny("pass_flop") / 2 / tiny("chip_clock"),
        "int8": eight("memory_time") * 1e3,
        "h200": newer("memory_time") * 1e3,
    }
    return (key,)


@app.cell
def _(kit):
    kit.sources("op_memory_time", "op_compute_time", "ridge_intensity", "arithmetic_intensity")
    return


if __name__ == "__main__":
    app.run()
