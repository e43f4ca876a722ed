# /// script
# requires-python = ">=3.11"
# dependencies = ["mlsysim[labs]"]
# ///
"""Lab 01: improve an axis that does not bind, and nothing happens."""

import marimo

__generated_with = "0.25.2"
app = marimo.App(width="medium", app_title="01 · The wrong axis")


@app.cell
def _():
    import marimo as mo
    import plotly.graph_objects as go
    from mlsysim_widgets import Explorer, Ledger, charts, kit, theme

    import mlsysim
    from mlsysim.core.graph import solve
    from mlsysim.validation.score import scores

    return Explorer, Ledger, charts, go, kit, mlsysim, mo, scores, solve, theme


@app.cell
def _(kit):
    kit.opening(
        "Fix the wrong axis and nothing happens",
        "A faster chip makes the system faster.",
        [
            "name which binds: the data, the algorithm or the machine",
            "show that improving an axis with slack gains exactly nothing",
            "place a workload on machines that are a hundred thousand times apart",
        ],
        minutes=40,
        before="00",
        walls="1 Compute, 2 Memory, 3 Software, 8 Ingestion",
    )
    return


@app.cell
def _(Ledger, mo):
    ledger = mo.ui.anywidget(book := Ledger("vol1/01", boxes={"why": "Why does your purchase win?"}))  # fmt: skip
    return book, ledger


@app.cell
def _(kit, mo):
    track = mo.ui.dropdown(list(kit.TRACKS), value="cloud", label="The system you speak of")
    kit.page("track", track, "It sets the machine of your decision at the end.")
    return (track,)


@app.cell
def _(go, kit, mlsysim, scores, theme):
    _same = "timm-amp-nhwc-pt240-cu124-rtx{}-resnet50-224"
    _ids = [_same.format(3090), _same.format(4090), "timm-amp-nchw-pt291-cu130-5090-resnet50-224"]
    scored = dict(zip(("RTX3090", "RTX4090", "RTX5090"), scores(map(kit.measured, _ids))))

    def gains(*names):
        """What a newer chip has more of by its datasheet, and what became of it where that was measured."""
        old, new = (mlsysim.Hardware.find(name).values() for name in names)
        sheet = {"Peak": "peak_fp16", "Bandwidth": "mem_bandwidth"}
        found = {word: new[figure] / old[figure] for word, figure in sheet.items()}
        if names[0] in scored:
            old, new = (scored[name] for name in names)
            found["Predicted"] = new.predicted / old.predicted
            found["Measured"] = new.row.value / old.row.value
        return found

    def bars(title, values):
        """A few numbers, each written in its bar."""
        names, words = [*values], [f"{value:.2f}x" for value in values.values()]
        tints = dict(zip(("Peak", "Bandwidth", "", "SATA drive"), theme.colours()))
        tint = [tints.get(name, theme.colours()[-1]) for name in names]
        bar = go.Bar(x=[*values.values()], y=names, orientation="h", text=words, marker_color=tint)
        said = ", ".join(map(" ".join, zip(names, words)))
        figure = theme.finish(go.Figure(bar), title, said, x="times as much", height=300)
        return figure.update_yaxes(autorange="reversed")

    return bars, gains


@app.cell
def _(book, gains, kit):
    first, _why = gains("RTX3090", "RTX4090"), "layers wait for bytes, which hardly came faster"
    predict_a = kit.predict(
        "predict-a", "How many times as many images a second?", book, unit="x", low=0.1, high=100,
        answer=lambda: {"value": first["Predicted"], "measured": first["Measured"], "because": _why},
    )  # fmt: skip
    _told = f"""## A. What did the new chip buy?

An RTX 4090 has **{first["Peak"]:.2f}x** the peak of an RTX 3090 in 16 bits, and **{first["Bandwidth"]:.2f}x** its
bandwidth. Both ran ResNet-50 in the same software, and somebody counted the images."""
    kit.page("part-a", _told, kit.page("predict-a", predict_a))
    return first, predict_a


@app.cell
def _(bars, first, kit, predict_a):
    kit.gate(predict_a)
    _told = f"""The peak grew {first["Peak"]:.2f}x; the images came {first["Measured"]:.2f}x as fast. Layers with
many bytes and few operations set the pace, and their axis had hardly moved."""
    kit.page("instrument-a", _told, bars("ResNet-50, from RTX 3090 to RTX 4090", first))
    return


@app.cell
def _(bars, first, gains, kit, predict_a):
    kit.gate(predict_a)
    second, hall = gains("RTX4090", "RTX5090"), gains("A100", "H100")
    # No rate of an A100 in the registry has a source of its own: the measured pair is RTX 3090 and RTX 4090.
    key_a = {"peakratio": hall["Peak"], "bwratio": hall["Bandwidth"], "measratio": first["Measured"]}  # fmt: skip
    _told = f"""**Break it.** The next chip, an RTX 5090, turns it round: **{second["Bandwidth"]:.2f}x** the bandwidth,
**{second["Peak"]:.2f}x** the peak. Measured: **{second["Measured"]:.2f}x**, near the peaks: wall 1 instead of wall 2.
(Its software is newer too, and the model expected {second["Predicted"]:.2f}x: that is not explained.) From A100 to H100
it is {hall["Bandwidth"]:.2f}x and {hall["Peak"]:.2f}x; no measurement of ResNet-50 on one stack fits there."""
    _keep = kit.remember("a", "the axis that binds sets the gain.")
    kit.page("break-a", _told, bars("ResNet-50, from RTX 4090 to RTX 5090", second), _keep)
    return (key_a,)


@app.cell
def _(kit, mlsysim):
    _alone = kit.plan_of("ResNet50", "H100", batch_size=1)
    rule, real = kit.ruled(_alone), mlsysim.SystemEvaluator.evaluate(plan=_alone)
    _flop, _starts = rule("compute_time"), real.values["launch_time"]
    _read = rule("memory_time") * rule("weight_bytes") / rule("pass_bytes")  # the weights alone

    def _gain(peak=1, bandwidth=1, fewer=1):
        better = max(_flop / peak, _read / bandwidth) + _starts / fewer
        return (max(_flop, _read) + _starts) / better

    # A start on an H100 takes 3.05 us by the fit in the registry (Systems.Kernels.H100_bf16); older guides say 3.4.
    key_b = {"tc": _flop * 1e6, "tm": _read * 1e6, "to": _starts * 1e6}
    key_b |= {"gpeak": _gain(peak=2), "gbw": _gain(bandwidth=2), "gk": _gain(fewer=2)}
    key_b["T"] = max(key_b["tc"], key_b["tm"]) + key_b["to"]
    key_b["oshare"] = key_b["to"] / key_b["T"] * 100
    return key_b, real


@app.cell
def _(book, key_b, kit, real):
    _times = {"arithmetic": key_b["tc"], "weights": key_b["tm"], "starts of kernels": key_b["to"]}
    _why = "what the count of operations suggests", "right for a model with far larger weights", ""
    _options = dict(zip(_times, _why))
    predict_b = kit.predict(
        "predict-b", "What takes most of the time of one image?", book, kind="choice", options=_options,
        answer=lambda: max(_times, key=_times.__getitem__), because="every kernel is paid, however small",
    )  # fmt: skip
    _told = f"""## B. One image at a time

Take a large chip, an {real.scenario.chip.name}, and one small picture. ResNet-50 runs as
**{key_b["to"] * 1e-6 / real.scenario.given["kernel_overhead"]:.0f}** kernels, one after the other. Each has operations
to do, weights to read, and a start that costs a fixed time."""
    kit.page("part-b", _told, kit.page("predict-b", predict_b))
    return (predict_b,)


@app.cell
def _(kit, mo, predict_b, real):
    kit.gate(predict_b)
    _is = real.scenario.given
    _fixes = {
        "nothing": {},
        "2x peak": {"peak_rate": _is["peak_rate"] * 2},
        "2x bandwidth": {"mem_bandwidth": _is["mem_bandwidth"] * 2},
        "half the kernels": {"kernel_overhead": _is["kernel_overhead"] / 2},
    }
    fix = mo.ui.dropdown(_fixes, value="nothing", label="Improve")
    batch = mo.ui.slider(steps=[2**n for n in range(9)], label="Images at a time", show_value=True)
    mo.hstack([fix, batch], justify="start", wrap=True)
    return batch, fix


@app.cell
def _(batch, charts, fix, key_b, kit, mlsysim, predict_b):
    kit.gate(predict_b)
    _plan = kit.plan_of("ResNet50", "H100", batch_size=batch.value) | {"inputs": fix.value}
    now = mlsysim.SystemEvaluator.evaluate(plan=_plan)
    _share = now.values["launch_time"] / now.values["step_time"]
    _break = f"""**Break it.** Raise the batch until the starts are less than half. Now they are {_share * 100:.0f} %:
{"wall 3 (Software) binds" if _share > 0.5 else "wall 3 (Software) has let go"}. More images share the same starts."""
    _told = f"""By the rule, one image needs {key_b["tc"]:.3g} us of arithmetic, {key_b["tm"]:.3g} us for weights and
**{key_b["to"]:.3g} us of starts**, {key_b["oshare"]:.1f} % of the whole. Twice the peak gains {key_b["gpeak"]:.2f}x,
twice the bandwidth {key_b["gbw"]:.2f}x, half the kernels **{key_b["gk"]:.2f}x**. The chart is the calibrated estimate;
it moves activations as well."""
    _keep = kit.remember("b", "small work is paid per call, not per operation.")
    kit.page("instrument-b", _told, charts.waterfall(now), kit.page("break-b", _break), _keep)
    return


@app.cell
def _(mlsysim, solve):
    runs, stores = mlsysim.Literature.TrainingRuns, mlsysim.Systems.Storage
    takes = runs.ResNet50_MLPerf_H100["sample_rate"].value
    answers = runs.ResNet50_MLPerf_H100_Inference["sample_rate"].value
    _names = ("HDD_7200", "SATA_SSD", "NVMe_PCIe4")
    disk, drive, nvme = (getattr(stores, name)["storage_bandwidth"].value for name in _names)

    photo = round(110e3)  # bytes of an image of ImageNet, about

    def feeding(bandwidth, rate, sample=photo):
        """A store that caches nothing and is read in long pieces, and chips that could take a rate."""
        given = {"read_bandwidth": bandwidth, "sample_bytes": sample, "sample_rate": rate}
        return given | {"cache_hit_share": 0, "page_cache_bandwidth": 1e12, "busy_shard_share": 1}

    def fed(*asked):
        """Samples a second that it gives, and the share of the time in which the chips are busy."""
        got = solve(("ingest_rate", "stall_share"), feeding(*asked), {"fetch_from": "cache"})
        return got["ingest_rate"], 1 - got["stall_share"]

    def gained(bandwidth, rate, *more):
        """How many times as many samples: with a SATA drive, with twice the chip or half the network."""
        tried = ((bandwidth, rate), (drive, rate), (bandwidth, rate * 2))
        now, better, faster = (fed(*one, *more)[1] * one[1] for one in tried)
        after = (better / now, faster / now, faster / now)
        return dict(zip(("SATA drive", "Twice the chip", "Half the network"), after))

    key_c = {"hdd": fed(disk, takes)[0], "sata": fed(drive, takes)[0], "nvme": fed(nvme, takes)[0]}
    key_c |= {"busy": fed(disk, takes)[1] * 100, "busyinf": fed(nvme, answers)[1] * 100}
    key_c["fix"] = gained(disk, takes)["SATA drive"]
    return answers, disk, feeding, gained, key_c, nvme, photo, takes


@app.cell
def _(book, disk, key_c, kit, photo, takes):
    predict_c = kit.predict(
        "predict-c", "What share of its time does the chip compute?", book, unit="%", low=0, high=100, log=False,
        answer=lambda: {"value": key_c["busy"], "because": "the disk is the slowest of the three"},
    )  # fmt: skip
    _told = f"""## C. The disk at the other end

In MLPerf each H100 trained ResNet-50 on **{takes:,.0f} images a second**. You buy one, and feed it from one hard disk
that reads **{disk / 1e6:.0f} MB/s**. An image is **{photo / 1e3:.0f} kB**, or {photo / 1024:.0f} KiB."""
    kit.page("part-c", _told, kit.page("predict-c", predict_c))
    return (predict_c,)


@app.cell
def _(bars, disk, gained, key_c, kit, predict_c, takes):
    kit.gate(predict_c)
    _gained = gained(disk, takes)
    _told = f"""The disk gives {key_c["hdd"]:,.0f} images a second. A chip twice as fast, or half the network, gains
**{_gained["Twice the chip"]:.2f}x**. A better drive gains **{_gained["SATA drive"]:.2f}x**."""
    kit.page("instrument-c", _told, bars("One fix, and the rate", {"As it is": 1, **_gained}))
    return


@app.cell
def _(Explorer, answers, disk, feeding, key_c, kit, mo, predict_c, takes):
    kit.gate(predict_c)
    _sliders, _how = ["sample_bytes", "read_bandwidth", "sample_rate"], {"fetch_from": "cache"}
    _given = feeding(disk, takes)
    explorer = mo.ui.anywidget(Explorer(_given, "stall_share", sliders=_sliders, options=_how))
    _told = f"""**Break it.** Make the samples smaller until wall 8 lets go. At inference the same chip answers
{answers:,.0f} images a second, and even an NVMe drive keeps it busy for only {key_c["busyinf"]:.1f} %."""
    kit.page("break-c", _told, explorer, kit.remember("c", "ask first which bar is longest."))
    return (explorer,)


@app.cell
def _(charts, kit, mlsysim, mo, predict_c, takes, track):
    kit.gate(predict_c)
    _models = ("ResNet50", "ResNet50", "MobileNetV2", "ResNet8")
    _chips = ("H100", "JetsonOrinNX", "iPhone15Pro", "ESP32_S3")
    _plans = dict(zip(kit.TRACKS, map(kit.plan_of, _models, _chips)))
    _all = {name: mlsysim.SystemEvaluator.evaluate(plan=plan) for name, plan in _plans.items()}
    mine = _all[track.value]
    demand = takes if track.value == "cloud" else mine.values["sample_rate"]
    _large, _small = (_all[name].scenario.chip.values() for name in ("cloud", "tiny"))
    _wide, _over = (
        kit.ruled(kit.plan_of("ResNet50", "ESP32_S3", precision=p))("weight_bytes") / _small["sram_capacity"]
        for p in ("fp32", "int8")
    )  # fmt: skip
    # ESP32-S3 has two cores of 16 multiply-accumulates a cycle; per core the ratio is twice as large.
    _apart = _large["peak_int8"] / _small["peak_int8"]
    key_d = {"memratio": _wide, "memratio8": _over, "compratio": _apart}
    _told = f"""## Your machine

The largest of the four systems computes {round(_apart, -3):,.0f} times as fast as the smallest. ResNet-50 in eight bits
is **{_over:.1f} times** the memory of that one: the algorithm binds, so it runs a network of eight layers instead."""
    reads = mo.ui.slider(5, 1000, 5, value=100, label="Your store, MB/s", show_value=True)
    kit.page("machines", _told, charts.roofline(*_all.values()), reads)
    return demand, key_d, mine, reads


@app.cell
def _(demand, disk, gained, kit, mine, mo, nvme, photo, predict_c, reads, takes):
    kit.gate(predict_c)

    def _row(*asked):
        return " | ".join(f"{gain:.2f}x" for gain in gained(*asked).values())

    _size = float(photo if mine.scenario.given["resolution"] > 100 else 32 * 32 * 3)
    decision = mo.ui.radio(["the drive", "the chip", "the smaller network"], label="You buy:")
    _told = f"""## Decide

One purchase. Twice the chip and half the network gain the same, at another price and another quality.

| fed from | SATA drive | twice the chip | half the network |
|---|---|---|---|
| H100, hard disk | {_row(disk, takes)} |
| H100, NVMe drive | {_row(nvme, takes)} |
| {mine.scenario.name}, your store | {_row(reads.value * 1e6, demand, _size)} |

Defend one for your own row, and say what would have to change for another to win."""
    kit.page("decision", _told, decision)
    return (decision,)


@app.cell
def _(book, decision, key_a, key_b, key_c, key_d):
    if decision.value:
        book.decide("decision", decision.value, "One purchase")
    key = key_a | key_b | key_c | key_d
    return (key,)


@app.cell
def _(kit, ledger):
    _from = kit.sources("op_memory_time", "op_compute_time", "launch_time", "stall_share")
    kit.page("ledger", ledger, _from)
    return


if __name__ == "__main__":
    app.run()
