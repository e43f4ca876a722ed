# /// script
# requires-python = ">=3.11"
# dependencies = ["mlsysim[labs]"]
# ///
"""Lab 02: light, heat and radio decide where a model runs."""

import marimo

__generated_with = "0.25.2"
app = marimo.App(width="medium", app_title="02 · Here or there")


@app.cell
def _():
    import marimo as mo
    import plotly.graph_objects as go
    from mlsysim_widgets import Ledger, Roofline, charts, kit, theme

    import mlsysim
    from mlsysim.core.graph import solve
    from mlsysim.core.units import convert

    return Ledger, Roofline, charts, convert, go, kit, mlsysim, mo, solve, theme


@app.cell
def _(kit):
    kit.opening(
        "Where the model runs is decided by light, heat and radio",
        "Sending data to a bigger machine is always cheaper than computing here.",
        [
            "say what a newer chip gains from the intensity alone",
            "turn a deadline into a distance",
            "compare a radio with a chip, in joules",
        ],
        minutes=45,
        before="00, 01",
        walls="1 Compute, 2 Memory, 10 Locality, 18 Sustainability",
    )
    return


@app.cell
def _(Ledger, mo):
    book = Ledger("vol1/02", boxes={"why": "What do you give up, and why?"})
    ledger = mo.ui.anywidget(book)
    return book, ledger


@app.cell
def _(kit, mo):
    track = mo.ui.dropdown(list(kit.TRACKS), value="cloud", label="The system you speak of")
    kit.page("track", track, "It sets your deadline, your machine and your radio.")
    return (track,)


@app.cell
def _(book, kit, mlsysim):
    _plans = [kit.plan_of("Llama3_1_8B", chip, precision="bf16", seq_len=1) for chip in ("A100", "H100")]  # fmt: skip
    both = [mlsysim.SystemEvaluator.evaluate(plan=plan) for plan in _plans]
    _old, _new = (kit.ruled(plan)("ridge_intensity") for plan in _plans)

    def gain(intensity):
        """How many times as fast, under the two roofs alone."""
        chips = (one.scenario.chip.values() for one in both)
        a100, h100 = (min(c["peak_bf16"], c["mem_bandwidth"] * intensity) for c in chips)
        return h100 / a100

    key_a = {"gmem": gain(1), "g200": gain(200), "gcomp": gain(400), "ra": _old, "rh": _new}
    predict_a = kit.predict(
        "predict-a", "How many times as fast is the H100, as the intensity grows? Draw it.", book, kind="sketch",
        x={"low": 1, "high": 1000, "label": "intensity", "unit": "FLOP/byte", "log": True},
        y={"low": 1, "high": 4, "label": "gain", "unit": "x"},
        answer=gain, because="memory binds on the left, arithmetic on the right, and one of each between",
    )  # fmt: skip
    _a100, _h100 = (one.scenario.chip for one in both)
    _told = f"""## A. One upgrade, three gains

An A100 moves {_a100["mem_bandwidth"].given:,g} GB/s and computes {_a100["peak_bf16"].given:,g} Tflop/s; an H100
{_h100["mem_bandwidth"].given:,g} and {_h100["peak_bf16"].given:,g}. A workload has an intensity: its operations for
each byte that it moves. What does the same purchase bring when that is low, and when it is high?"""
    kit.page("part-a", _told, kit.page("predict-a", predict_a))
    return both, gain, key_a, predict_a


@app.cell
def _(kit, mo, predict_a):
    kit.gate(predict_a)
    intensity = mo.ui.slider(1, 1000, value=200, label="Operations for each byte", show_value=True)
    kit.page("controls-a", intensity)
    return (intensity,)


@app.cell
def _(both, charts, gain, intensity, key_a, kit, predict_a):
    kit.gate(predict_a)
    _told = f"""At {intensity.value} operations a byte the H100 is **{gain(intensity.value):.2f}x** as fast. It is
{key_a["gmem"]:.2f}x where memory binds on both, {key_a["gcomp"]:.2f}x where arithmetic does. Between the ridges, at
{key_a["ra"]:.0f} and {key_a["rh"]:.0f}, the gain slides."""
    kit.page("instrument-a", _told, charts.roofline(*both))
    return


@app.cell
def _(Roofline, both, key_a, kit, mo, predict_a):
    kit.gate(predict_a)
    roofline = mo.ui.anywidget(Roofline(both[1]))
    _told = f"""**Break it.** Drag the dot by its batch. Above {key_a["rh"]:.0f} operations a byte the roof is
flat: wall 1 (Compute) binds, and more reuse gains nothing."""
    _keep = kit.remember("a", "a chip has no speed-up; a workload on it has.")
    kit.page("break-a", _told, roofline, _keep)
    return (roofline,)


@app.cell
def _(book, kit, solve):
    def light(metres):
        """Time of light through so much fibre, one way."""
        return solve(("flight_time",), {"cable_length": metres})["flight_time"]

    def reach(deadline, work):
        """How many kilometres away a machine may be: there and back in what the work leaves."""
        return (deadline - work) / (2 * light(1e3))

    key_b = {"rtt": 2 * light(1.5e6) * 1e3, "dmax": reach(10e-3, 5e-3)}
    predict_b = kit.predict(
        "predict-b", "How far away may the data centre be at most?", book, unit="km", low=1, high=10000,
        answer=lambda: {"value": key_b["dmax"], "because": "light in glass goes there and back"},
    )  # fmt: skip
    _told = f"""## B. How far away may the cloud be?

An answer is due in **{10:g} ms**, and the work takes **{5:g} ms**. The rest is for the way, through glass, with no
switch and no queue."""
    kit.page("part-b", _told, kit.equation("flight_time"), kit.page("predict-b", predict_b))
    return key_b, light, predict_b, reach


@app.cell
def _(kit, mlsysim, mo, predict_b, track):
    kit.gate(predict_b)
    _drive = mlsysim.Systems.Sensors.Driving_Budget["deadline"].given
    _due = dict(zip(kit.TRACKS, map(float, (50, _drive, 100, 10))))[track.value]
    deadline = mo.ui.slider(5, 200, 5, value=_due, label="Deadline, ms", show_value=True)
    work = mo.ui.slider(0, 210, 1, value=5, label="Work there, ms", show_value=True)
    kit.page("controls-b", mo.hstack([deadline, work], justify="start", wrap=True))
    return deadline, work


@app.cell
def _(deadline, go, key_b, kit, light, predict_b, reach, theme, work):
    kit.gate(predict_b)
    _far, _ways = reach(deadline.value / 1e3, work.value / 1e3), range(1000, 6000, 1000)
    _names = [f"{way:,} km" for way in _ways]
    _there = [2 * light(way * 1e3) * 1e3 for way in _ways]
    _fig, _stack = go.Figure(), {"work": [work.value] * len(_ways), "light, both ways": _there}
    for (_name, _x), _tint in zip(_stack.items(), theme.colours()[0:3:2]):
        _fig.add_bar(x=_x, y=_names, orientation="h", name=_name, marker_color=_tint)
    _fig.add_vline(deadline.value, line_dash="dash", annotation_text="deadline", annotation_position="top")
    _said = f"{1500:,} km take {key_b['rtt']:.1f} ms there and back"
    theme.finish(_fig, "An answer from far away", _said, x="ms", barmode="stack", height=380)
    _told = f"""{_said}, before any work; no budget buys that back. For the first question the limit was
**{key_b["dmax"]:.0f} km**. With your sliders it is **{max(_far, 0):,.0f} km**."""
    _state = "it can be met" if _far > 0 else "not feasible, wall 10 (Locality): no distance at all"
    _ask = f"**Break it.** Raise the work until no place on earth is near enough. Now: {_state}."
    _keep = kit.remember("b", "five microseconds a kilometre, each way.")
    kit.page("instrument-b", _told, _fig, kit.page("break-b", _ask), _keep)
    return


@app.cell
def _(charts, kit, mlsysim, predict_b, reach, track):
    kit.gate(predict_b)
    _orin = kit.ruled(kit.plan_of("Llama3_8B", "JetsonAGXOrin", precision="w4a16", seq_len=1))
    _width = sum((4 / 8, 4 / 128))  # four bits; two numbers of sixteen for each group of 128
    _seen = mlsysim.Literature.Decode.VILA_8B_INT4["token_rate_agx_orin"].value
    key_t = {"ttft": _seen, "ttftp": 1 / _orin("memory_time", weight_width=_width)}
    _mine = mlsysim.SystemEvaluator.evaluate(plan=kit.TRACKS[track.value])
    _step = _mine.values["step_time"]
    _told = f"""## Your system, here

{_mine.scenario.name.capitalize()} needs **{_step * 1e3:.3g} ms** for a step and no network. In that time light comes
back from {reach(_step, 0):,.0f} km. Such numbers are estimates: a Jetson with eight billion weights in four bits
should write {key_t["ttftp"]:.1f} tokens a second by the rule; {key_t["ttft"]:.1f} were measured. Software takes the
rest."""
    kit.page("here", _told, charts.waterfall(_mine))
    return (key_t,)


@app.cell
def _(book, convert, kit, mlsysim, solve):
    radios, audio = mlsysim.Systems.Radios, float(16e3 * 2)  # a second: 16,000 samples of two bytes
    _boards = {"STM32U575": "u575zi", "STM32H7A3": "h7a3zi"}
    _row = "mlptiny12-stmicroelectronics-nucleo-{}-q-kws-energy"
    think = {name: kit.measured(_row.format(b)).value / 1e6 for name, b in _boards.items()}
    _chip = mlsysim.Literature.Energy.Syntiant_Keyword["decision_energy"]
    think["NDP9120"] = convert(_chip.given, _chip.unit, "J")
    mcu, _, npu = think.values()

    def talk(radio, seconds=1, overhead=1):
        """Energy to send so much audio, with the radio alone or so many times that for the protocol."""
        _given = {"byte_energy": radio["byte_energy"].value, "sample_bytes": audio * seconds}
        return solve(("sent_energy",), {**_given, "protocol_growth": overhead})["sent_energy"]

    cell = convert(0.675, "Wh", "J")

    def days(listen, send=0.0, share=1.0, holds=cell):
        """Days of a battery: a device listens each second, and sends a share of them."""
        _given = {"listen_energy": listen, "sent_energy": send, "wake_chance": share}
        _given |= {"battery_energy": holds, "window_time": 1.0}
        return convert(solve(("battery_lifetime",), _given)["battery_lifetime"], "s", "day")

    ble = talk(radios.BLE_1M)
    key_c = {"ble": ble * 1e3, "lora": talk(radios.LoRa_SF7), "u575": mcu * 1e3, "ndp": npu * 1e3}
    key_c |= {"rb": ble / mcu, "rn": ble / npu, "dble": days(0.0, ble), "du": days(mcu)}
    key_c |= {"dn": days(npu), "cas": days(npu, ble, 0.01)}
    _why = ("what is said of radios", "", "what equals would cost", "what a slow chip suggests")
    _options = dict(zip(("1,000x", "10x", "1x", "0.1x"), _why))
    predict_c = kit.predict(
        "predict-c", "Sending costs how many times the energy of deciding here?", book, kind="choice",
        options=_options, unit="x",
        answer=lambda: {"value": key_c["rb"], "because": "a short range costs little and a core is no specialist"},
    )  # fmt: skip
    _told = """## C. Talk or think?

A wearable listens for a word. It can send one second of sound by Bluetooth LE, or decide on its own microcontroller,
an STM32U575. Both take energy from one battery."""
    kit.page("part-c", _told, kit.page("predict-c", predict_c))
    return days, key_c, mcu, npu, predict_c, radios, talk, think


@app.cell
def _(kit, mo, predict_c):
    kit.gate(predict_c)
    seconds = mo.ui.slider(0.1, 10, 0.1, value=1, label="Seconds sent", show_value=True)
    overhead = mo.ui.slider(1, 10, 1, value=1, label="Protocol, times the radio", show_value=True)
    kit.page("controls-c", mo.hstack([seconds, overhead], justify="start", wrap=True))
    return overhead, seconds


@app.cell
def _(go, key_c, kit, overhead, predict_c, radios, seconds, talk, theme, think):
    kit.gate(predict_c)
    _used = (radios.BLE_1M, radios.WiFi_80211n, radios.LoRa_SF7)
    _sent = {one.name.split(",")[0]: talk(one, seconds.value, overhead.value) for one in _used}
    _fig = go.Figure()
    for (_name, _all), _tint in zip({"send": _sent, "here": think}.items(), theme.colours()[2::-2]):
        _fig.add_scatter(x=[*_all.values()], y=[*_all], mode="markers", name=_name)
        _fig.data[-1].marker.update(size=12, color=_tint)
    _said = f"Bluetooth takes {key_c['ble']:.3g} mJ a second of sound, LoRa {key_c['lora']:.3g} J"
    theme.finish(_fig, "Energy of one answer", _said, x="J", x_log=True, height=420)
    _told = f"""{_said}. A decision was measured at {key_c["u575"]:.3g} mJ on the STM32U575, and at
{key_c["ndp"]:.3g} mJ on a neural chip, the NDP9120. Bluetooth costs **{key_c["rb"]:.2f}x** the one and
**{key_c["rn"]:.1f}x** the other. Which is dearer depends on both devices."""
    kit.page("instrument-c", _told, _fig.update_xaxes(tickformat="~s", dtick=1))
    return


@app.cell
def _(kit, mlsysim, mo, predict_c, track):
    kit.gate(predict_c)
    _phone = mlsysim.Hardware.Mobile.iPhone15Pro["battery_energy"].given
    share = mo.ui.slider(0, 10, 0.1, value=1, label="Woken and sent, %", show_value=True)
    _wh = max(0.675, _phone if track.value == "mobile" else 0)
    battery = mo.ui.number(0.01, 100, value=_wh, label="Battery, Wh")
    kit.page("controls-d", mo.hstack([share, battery], justify="start", wrap=True))
    return battery, share


@app.cell
def _(battery, convert, days, go, kit, mcu, npu, predict_c, radios, share, talk, theme, track):
    kit.gate(predict_c)
    _radio = radios.WiFi_80211n if track.value == "mobile" else radios.BLE_1M
    _send = talk(_radio)
    _ways = {"send all": (0.0, _send), "microcontroller": (mcu,), "neural chip": (npu,)}
    _ways["cascade"] = npu, _send, share.value / 100
    _holds = convert(battery.value, "Wh", "J")
    lasts = {name: days(*way, holds=_holds) for name, way in _ways.items()}
    _fig = go.Figure()
    for _name, _days in lasts.items():
        _fig.add_scatter(x=[0, _days], y=[100, 0], mode="lines", name=f"{_name}: {_days:,.3g} days")
    _said = "; ".join(trace.name for trace in _fig.data)
    theme.finish(_fig, "Battery, one answer a second", _said, x="days", y="%", height=420)
    _told = f"""**Break it.** A cascade lets the small chip listen, and sends only what wakes it. Raise that share until
the radio takes more than the chip: it does from **{npu / _send * 100:.2g} %** of the seconds."""
    _keep = kit.remember("c", "compare joules, with both devices named.")
    kit.page("break-c", _told, _fig, kit.equation("cascade_energy"), _keep)
    return (lasts,)


@app.cell
def _(kit, lasts, mo, predict_c):
    kit.gate(predict_c)
    decision = mo.ui.radio([*lasts], label="Where is it decided?")
    _cost = ("privacy", "the quality of a large model", "quality, and a chip more", "some privacy")
    _rows = "\n".join(f"| {n} | {lasts[n]:,.3g} | {cost} |" for n, cost in zip(lasts, _cost))
    _told = f"""## Decide

| plan | days | what it gives up |
|:---|---:|:---|
{_rows}

At least two can be defended: the cascade keeps the quality of a large model, the neural chip needs no one."""
    kit.page("decision", _told, decision)
    return (decision,)


@app.cell
def _(book, decision, key_a, key_b, key_c, key_t, kit, lasts, predict_c):
    kit.gate(predict_c)
    if decision.value:
        _kept = f"{decision.value}, {lasts[decision.value]:,.3g} days"
        book.decide("decision", _kept, "Where the word is recognised")
    key = key_a | key_b | key_c | key_t
    return (key,)


@app.cell
def _(kit, ledger):
    _read = "ridge_intensity op_memory_time flight_time fibre_index light_speed cascade_energy"
    kit.page("ledger", ledger, kit.sources(_read))
    return


if __name__ == "__main__":
    app.run()
