# /// script
# requires-python = ">=3.11"
# dependencies = ["mlsysim[labs]"]
# ///
"""Lab 04: who feeds the accelerator, who prepares what it eats, what moves, what a score and a target say."""

import marimo

__generated_with = "0.25.2"
app = marimo.App(width="medium", app_title="04 · Data is heavier than it looks")


@app.cell
def _():
    import math

    import marimo as mo
    import plotly.graph_objects as go
    from mlsysim_widgets import Explorer, Ledger, charts, kit, theme

    import mlsysim
    from mlsysim.core.graph import solve
    from mlsysim.core.text import readable
    from mlsysim.core.units import convert

    return Explorer, Ledger, charts, convert, go, kit, math, mlsysim, mo, readable, solve, theme


@app.cell
def _(Ledger, kit, mo):
    _feed = "balance what storage and host can give against what the chip can eat"
    _read = "read a test score through wrong labels, and a rare target through counting"
    _goals = _feed, "decide between moving the data and moving the code", _read
    _says, _walls = "If the GPU is slow, buy a GPU.", "8 Ingestion, 9 Transformation, 10 Locality"
    ledger = mo.ui.anywidget(book := Ledger("vol1/04", boxes={"why": "Why did you decide so?"}))
    kit.opening("Data is heavier than it looks", _says, _goals, 45, before="01", walls=_walls)
    return book, ledger


@app.cell
def _(kit, mo):
    track = mo.ui.dropdown(list(kit.TRACKS), value="cloud", label="The system you speak of")
    kit.page("track", track, "Part C ends with the data of this system.")
    return (track,)


@app.cell
def _(book, kit, math, mlsysim, mo, solve):
    _names, _drives = ("HDD_7200", "EBS_gp3", "SATA_SSD", "NVMe_PCIe4"), mlsysim.Systems.Storage
    stores = {name: getattr(_drives, name)["storage_bandwidth"].value for name in _names}
    need = mlsysim.Literature.TrainingRuns.ResNet50_MLPerf_H100["sample_rate"].value
    _side = mlsysim.Models.Vision.ResNet50["resolution"].value
    stored, decoded = sum([110e3]), math.prod((_side, _side, 3))

    def fetch(size, bandwidth):
        """Seconds to fetch so many bytes at a bandwidth, nothing cached."""
        _given = {"sample_bytes": size, "read_bandwidth": bandwidth, "busy_shard_share": 1.0}
        _given.update(cache_hit_share=0.0, page_cache_bandwidth=float("inf"))
        return solve(("sample_fetch_time",), _given, {"fetch_from": "cache"})["sample_fetch_time"]

    def busy(size, bandwidth, chips=1):
        """Share of the time that chips on one store have something to eat."""
        _given = {"ingest_rate": 1 / fetch(size, bandwidth), "sample_rate": need * chips}
        return 1 - solve(("stall_share",), _given, {})["stall_share"]

    size = mo.ui.slider(10, 1000, 10, value=110, label="Stored image, kB", show_value=True)
    chips = mo.ui.slider(1, 8, value=1, label="GPUs on one store", show_value=True)
    predict_a = kit.predict(
        "predict-a", "For what share of its time is the GPU busy?", book, unit="%", low=0, high=100, log=False,
        answer=lambda: {"value": busy(stored, stores["EBS_gp3"]) * 100, "because": "the volume gives no more"},
    )  # fmt: skip
    _told = f"""## A. Who feeds the accelerator?

An H100 trains ResNet-50 on {need:,.0f} images a second, as measured in MLPerf. A stored image has
{stored / 1e3:.0f} kB. The images lie on a network volume, EBS gp3, that reads {stores["EBS_gp3"] / 1e6:.0f} MB/s."""
    kit.page("part-a", _told, kit.page("predict-a", predict_a))
    return busy, chips, decoded, fetch, need, predict_a, size, stored, stores


@app.cell
def _(busy, chips, go, kit, mlsysim, mo, need, predict_a, size, stores, theme):
    kit.gate(predict_a)
    _all = [busy(size.value * 1e3, bandwidth, chips.value) * 100 for bandwidth in stores.values()]
    _parts = {"Busy": _all, "Waits for data": [100 - share for share in _all]}
    _figure = go.Figure()
    for (_name, _xs), _tint in zip(_parts.items(), theme.colours()[3::3]):
        _bar = go.Bar(x=_xs, y=list(stores), name=_name, orientation="h", texttemplate="%{x:.3g}")
        _figure.add_trace(_bar.update(marker_color=_tint))
    _said = ", ".join(f"{name} {share:.3g} %" for name, share in zip(stores, _all))
    theme.finish(_figure, "How the GPUs spend their time", _said, x="%", barmode="stack")
    _figure.update_layout(height=320, margin_b=96, yaxis_autorange="reversed")
    _broken = [name for name, share in zip(stores, _all) if share < 100]
    _walls = f"Wall 8 ({mlsysim.WALLS[8].name}) binds on: {', '.join(_broken) or 'none of them'}."
    _told = f"""They eat **{need * size.value * chips.value / 1e3:,.0f} MB/s**. Busy: {_said}. {_walls}"""
    _break = """**Break it.** Add GPUs on one drive. Where the wall binds from the first, seven more wait together: the
work that is done stays the same. Even the fastest drive ends, if the images grow."""
    kit.page("instrument-a", mo.hstack([size, chips], justify="start", wrap=True), _told, _figure,
             kit.equation("stall_share"), kit.page("break-a", _break),
             kit.remember("a", "bytes a second in, before operations a second out."))  # fmt: skip
    return


@app.cell
def _(book, kit, mlsysim, need, solve):
    _node = mlsysim.Systems.Nodes.DGX_H100
    _cores, _eight = _node["host_cores"].value, _node["accelerators_per_node"].value
    given = {name: _node[name].value for name in ("host_cores", "host_mem_bandwidth")}
    given |= dict(zip(("host_workers", "chips", "sample_rate"), (_cores, _eight, need * _eight)))
    given.update(host_clock=2e9, sample_cycles=2e7, touched_bytes=6e5, node_count=1.0, ingest_rate=1e9)  # fmt: skip

    def host(symbol, **changed):
        """A symbol of wall 9, for the host of eight GPUs whose drives are fast."""
        return solve((symbol,), {**given, **changed}, {"prepare_on": "hosts"})[symbol]

    _why = "what the drive alone allows", "a guess", "a guess", "right"
    predict_b = kit.predict(
        "predict-b", "For what share of their time are the GPUs busy?", book, kind="choice",
        options=dict(zip(map("{} %".format, (100, 80, 50, 28)), _why)),
        answer=lambda: {"value": host("fed_share") * 100, "because": "the cores prepare no more"},
    )  # fmt: skip
    _told = f"""## B. The hidden wall in front of the GPU

A DGX H100 has {given["host_cores"]:.0f} cores for {given["chips"]:.0f} GPUs. Now its drives are fast. But an image must
be decoded, cropped and turned, and each costs a core {given["sample_cycles"] / given["host_clock"] * 1e3:.0f} ms."""
    kit.page("part-b", _told, kit.page("predict-b", predict_b))
    return given, host, predict_b


@app.cell
def _(Explorer, busy, charts, decoded, given, host, kit, mlsysim, mo, need, predict_b, stores):
    kit.gate(predict_b)
    _way = {"prepare_on": "hosts"}
    _levers = ["sample_cycles", "host_workers", "host_clock"]
    prepared = mo.ui.anywidget(Explorer(given, "fed_share", options=_way, sliders=_levers))
    _fed, _cores = host("fed_share") * 100, host("cores_per_chip")
    _told = f"""They are busy for **{_fed:.3g} %**. Each GPU has {given["host_cores"] / given["chips"]:.0f} cores, and
would need {_cores:.0f}. Each number below changes that share:"""
    _least = given["sample_cycles"] * _fed / 100 / given["host_clock"]
    _plan = kit.plan_of("ResNet50", "H100", mode="training", batch_size=256, precision="bf16")
    _step = mlsysim.SystemEvaluator.evaluate(plan=_plan)
    _drawn = charts.tornado(given, "fed_share", _levers, options=_way)
    _drawn.update_layout(title_text="What moves that share", xaxis_title="share of the time")
    _break = f"""**Break it.** Take the cycles down. At {_least * 1e3:.2g} ms for an image, wall 9
({mlsysim.WALLS[9].name}) lets go. Last below is what waits for it: the calibrated step of a GPU that is always fed."""
    _raw = f"""Or store the images decoded: {decoded:,.0f} bytes each. The cores are free, and the demand of one GPU is
{need * decoded / 1e6:.0f} MB/s. A SATA drive that just fed it now feeds
{busy(decoded, stores["SATA_SSD"]) * 100:.3g} %."""
    kit.page("instrument-b", _told, _drawn, kit.equation("fed_share"), _raw,
             kit.page("break-b", _break, prepared, charts.waterfall(_step)),
             kit.remember("b", "every bottleneck removed presents the next one."))  # fmt: skip
    return (prepared,)


@app.cell
def _(book, convert, fetch, kit, mo):
    links = {count: convert(float(count), "Gbit/s", "byte/s") for count in (1, 10, 100)}
    move = {count: fetch(50e12, link) / 3600 for count, link in links.items()}
    code = fetch(20e9, links[10])
    terabytes = mo.ui.slider(steps=[0.1, 1, 10, 50, 500], value=50, label="TB", show_value=True)
    predict_c = kit.predict(
        "predict-c", "How long does the data travel?", book, unit="h", low=0.1, high=100,
        answer=lambda: {"value": move[10], "because": "a byte is eight bits, and there are many"},
    )  # fmt: skip
    _told = f"""## C. Move the data or the code?

{50} terabytes of images lie in one place, the GPUs stand in another. Between them is a link of {10} Gb/s, yours alone.
The program that reads them is a container of {20} billion bytes."""
    kit.page("part-c", _told, kit.page("predict-c", predict_c))
    return code, links, move, predict_c, terabytes


@app.cell
def _(code, fetch, go, kit, links, math, mlsysim, move, predict_c, readable, stored, stores, terabytes, theme,
      track):  # fmt: skip
    kit.gate(predict_c)
    _figure, _xs = go.Figure(), [10.0**power for power in range(-3, 4)]
    for _link, _tint in zip(move, theme.colours()[2:]):
        _ys = [fetch(x * 1e12, links[_link]) / 3600 for x in _xs]
        _figure.add_scatter(x=_xs, y=_ys, name=f"Data, {_link} Gb/s", mode="lines", line_color=_tint)
    _code = {"name": "Container, 10 Gb/s", "mode": "lines", "line_dash": "dot"}
    _figure.add_scatter(x=_xs, y=[code / 3600] * len(_xs), line_color=theme.colours()[0], **_code)
    _figure.add_vline(terabytes.value, line_dash="dash")
    _now = {name: fetch(terabytes.value * 1e12, link) for name, link in links.items()}
    _said = ", ".join(f"{readable(time, 's')} over {link} Gb/s" for link, time in _now.items())
    theme.finish(_figure, "Time on the way", _said, x="TB", y="hours", x_log=True, y_log=True)
    _told = f"""The data travels **{move[10]:.3g} h**, or {move[100]:.3g} h over a link ten times as fast; the container
{code:.0f} s. What you set above takes {_said}."""
    _break = f"""**Break it.** Ask for it every day over {1} Gb/s: {move[1]:.0f} hours do not fit in one day. Wall 10
({mlsysim.WALLS[10].name}) binds, and no GPU helps."""
    _car, _air = mlsysim.Systems.Sensors.NuScenes_Car, mlsysim.Systems.Radios.WiFi_80211n
    _frame = math.prod((_car["frame_columns"].value, _car["frame_rows"].value, 3))
    _camera, _wifi = _frame * _car["frame_rate"].value, _air["radio_bandwidth"].value
    _yours = {
        "cloud": "the images above. The container goes to them.",
        "edge": f"cameras of {_camera / 1e6:.3g} MB/s each, raw. A fast drive reads "
        f"{stores['NVMe_PCIe4'] / _camera:.0f} of them at once, so the car decides what it keeps.",
        "mobile": f"photos over Wi-Fi, {fetch(stored, _wifi) * 1e3:.3g} ms each at best. The model goes to the phone.",
        "tiny": "sound, a window each second. It stays where it is heard; part E counts it.",
    }  # fmt: skip
    kit.page("instrument-c", terabytes, _told, _figure, kit.page("break-c", _break),
             f"**Your system** has {_yours[track.value]}", kit.remember("c", "code travels, data stays."))  # fmt: skip
    return


@app.cell
def _(book, kit, mlsysim, mo, solve):
    _seen = mlsysim.Literature.Labels.TestSets["imagenet_error_share"].given
    right, classes, wrong = map(float, (0.95, 1000, _seen))

    def score(symbol, errors=wrong, share=right):
        _given = {"true_accuracy_share": share, "label_error_share": errors / 100}
        return solve((symbol,), {**_given, "other_classes": classes - 1})[symbol] * 100

    shown, ceiling = score("scored_accuracy_share"), score("score_ceiling_share")
    errors = mo.ui.slider(0, 20, 0.5, value=wrong, label="Wrong labels, %", show_value=True)
    rival = mo.ui.slider(80, 100, 0.5, value=93, label="A rival is right, %", show_value=True)
    predict_d = kit.predict(
        "predict-d", "What accuracy does the test show?", book, unit="%", low=50, high=100, log=False,
        answer=lambda: {"value": shown, "because": "a right answer to a wrong label is marked wrong"},
    )  # fmt: skip
    _told = f"""## D. What the score really says

A model is right in **{right * 100:.0f}** cases of a hundred. Of the labels of ImageNet's validation images at least
**{wrong:.0f}** are wrong. Let each name any other of {classes:,.0f} classes, whether the model is right or not."""
    kit.page("part-d", _told, kit.page("predict-d", predict_d))
    return ceiling, errors, predict_d, right, rival, score, shown


@app.cell
def _(ceiling, errors, go, kit, mo, predict_d, right, rival, score, shown, theme):
    kit.gate(predict_d)
    _e, _scale = errors.value / 100, [[n, theme.faded(theme.colours()[1 - n], 0.5)] for n in (0, 1)]
    _cells = [[(1 - right) * (1 - _e), (1 - right) * _e], [right * (1 - _e), right * _e]]
    _marks = ("marked wrong", "mostly wrong"), ("marked right", "marked wrong")
    _text = [[f"{c * 100:.3g} %<br>{m}" for c, m in zip(*row)] for row in zip(_cells, _marks)]
    _figure = go.Figure(go.Heatmap(
        x=["label right", "label wrong"], y=["model wrong", "model right"], z=[[0, 0], [1, 0]], text=_text,
        texttemplate="%{text}", xgap=3, ygap=3, hoverinfo="skip", showscale=False, colorscale=_scale,
        textfont={"size": 12, "color": theme.INK[theme.current()]}))  # fmt: skip
    _both = [score("scored_accuracy_share", errors.value, s) for s in (right, rival.value / 100)]
    _said = f"With your sliders this model scores {_both[0]:.1f} %, the rival {_both[1]:.1f} %"
    theme.finish(_figure, "All cases of the test", _said, height=300).update_xaxes(showgrid=False)
    _told = f"""The test shows **{shown:.1f} %**. No model can be expected to show more than **{ceiling:.0f} %**: one
that never errs is marked wrong where the label is. {_said}."""
    _gap, _reach = abs(right * 100 - rival.value), score("hidden_gap_share", errors.value)
    _ask = f"""**Break it.** A model may have learnt the wrong labels. Then they can turn round a gap of up to
{_reach:.3g} points, twice their share. Yours is {_gap:.3g}: the order {"may flip" if _gap < _reach else "holds"}."""
    kit.page("instrument-d", mo.hstack([errors, rival], justify="start", wrap=True), _told, _figure,
             kit.equation("scored_accuracy_share"), kit.page("break-d", _ask),
             kit.remember("d", "you cannot measure finer than your labels."))  # fmt: skip
    return


@app.cell
def _(book, convert, kit, math, mo, solve):
    _month, _day = convert(1.0, "month", "s"), convert(1.0, "day", "s")
    false, nines = 1 / _month, math.log10(_month)
    _found = solve(("rule_samples", "silent_samples"), {"event_chance": false, "sure_chance": 0.95})
    proof, silence = (windows / _day for windows in _found.values())
    every = mo.ui.slider(1, 24, label="Months for one false wake", show_value=True)
    predict_e = kit.predict(
        "predict-e", "How many days of silence show it, if you may be wrong once in twenty?", book, unit="days",
        low=1, high=1000, answer=lambda: {"value": proof, "because": "silence is likely for a worse detector too"},
    )  # fmt: skip
    _told = f"""## E. What the target really says

A keyword spotter listens to one window each second. It may wake falsely once a month: once in
{_month / 1e6:.3g} million windows, **{nines:.2f} nines**. You record sound without the word; it never wakes."""
    kit.page("part-e", _told, kit.page("predict-e", predict_e))
    return every, false, nines, predict_e, proof, silence


@app.cell
def _(Explorer, convert, every, false, kit, mo, predict_e, proof, silence):
    kit.gate(predict_e)
    _now = {"event_chance": false / every.value, "watched_samples": convert(30.0, "day", "s")}
    counter = mo.ui.anywidget(Explorer(_now, "seen_chance", sliders=["watched_samples"]))
    _told = f"""**{proof:.1f} days**, by the rule of three: where nothing was seen, three may have been due. Exactly
it is {silence:.1f}. A detector just too bad wakes in that time in nineteen of twenty trials. In seconds:"""
    _break = f"""**Break it.** Ask for once a year. With your slider, wait **{proof * every.value:,.0f} days**.
Ten devices that record at once are ten times as fast; one that records louder is not."""
    kit.page("instrument-e", _told, counter, kit.equation("rule_samples"), kit.page("break-e", _break, every),
             kit.remember("e", "rare things are proved by waiting."))  # fmt: skip
    return (counter,)


@app.cell
def _(busy, decoded, given, host, kit, mo, predict_b, stores):
    kit.gate(predict_b)
    _eight = busy(decoded, stores["NVMe_PCIe4"], given["chips"]) * 100
    _half = host("fed_share", sample_cycles=given["sample_cycles"] / 4) * 100
    _more = (host("cores_per_chip") * given["chips"] - given["host_cores"]) / given["host_cores"]
    _effects = {
        "decode offline, onto NVMe": f"busy {_eight:.0f} %, from one drive",
        "halve the side of the images": f"busy {_half:.0f} %, if the work goes by pixels; the model sees less",
        "add CPU nodes": f"busy all the time, with {_more:.2g} such hosts more",
    }  # fmt: skip
    decision = mo.ui.radio({n: f"{n}: {e}" for n, e in _effects.items()}, label="What do you do?")
    _told = "Part B's box is bound by its host. Each way clears wall 9, and loads another."
    kit.page("decision", f"## Decide\n\n{_told}", decision)
    return (decision,)


@app.cell
def _(book, busy, ceiling, code, decision, decoded, false, given, host, move, need, nines, proof, shown, stored,
      stores):  # fmt: skip
    if decision.value:
        book.decide("decision", decision.value, "Feed eight GPUs")
    key = {
        "demand": need * stored / 1e6, "hdd": busy(stored, stores["HDD_7200"]) * 100,
        "ebs": busy(stored, stores["EBS_gp3"]) * 100, "sata": busy(stored, stores["SATA_SSD"]) * 100,
        "cores": given["host_cores"] / given["chips"], "hosts": host("fed_share") * 100,
        "wneed": host("cores_per_chip"), "raw": need * decoded / 1e6,
        "rawb": busy(decoded, stores["SATA_SSD"]) * 100, "move": move[10], "move100": move[100], "sendcode": code,
        "aobs": shown, "ceil": ceiling, "fpr": false, "spec": nines, "proof": proof,
    }  # fmt: skip
    return (key,)


@app.cell
def _(kit, ledger):
    _read = "scored_accuracy_share", "score_ceiling_share", "rule_samples", "silent_samples"
    kit.page("ledger", ledger, kit.sources("stall_share", "host_transform_rate", *_read))
    return


if __name__ == "__main__":
    app.run()
