# /// script
# requires-python = ">=3.11"
# dependencies = ["mlsysim[labs]"]
# ///
"""Lab 15: what equal rates for two groups exclude, and what an explanation, privacy and retraining take."""

import marimo

__generated_with = "0.25.2"
app = marimo.App(width="medium", app_title="15 · You cannot keep all the promises at once")


@app.cell
def _():
    import marimo as mo
    import plotly.graph_objects as go
    from mlsysim_widgets import Explorer, Ledger, charts, kit
    from mlsysim_widgets.theme import colours, finish

    import mlsysim
    from mlsysim.core.graph import solve
    from mlsysim.core.units import convert

    def ask(symbol, **changed):
        """A symbol for the first group of part A, unless some of its numbers are changed."""
        return solve((symbol,), {"base_share": 0.3, "other_base_share": 0.1, "precision_share": 0.8,
                                 "miss_chance": 0.2, **changed}, {})[symbol]  # fmt: skip

    return Explorer, Ledger, ask, charts, colours, convert, finish, go, kit, mlsysim, mo, solve


@app.cell
def _(Ledger, kit, mo):
    book = Ledger("vol1/15", boxes={"why": "Which promise is kept, which is broken, and who pays?"})
    ledger = mo.ui.anywidget(book)
    _belief = "A model that is equally accurate for both groups treats them alike."
    _goals = ["derive the gap in false positives from the base rates", "see what keeping one rate does to the others",
              "price explanation, privacy and retraining"]  # fmt: skip
    kit.opening("You cannot keep all the promises at once", _belief, _goals, 45, "12, 14", "7, 18, 20")  # fmt: skip
    return book, ledger


@app.cell
def _(kit, mo):
    track = mo.ui.dropdown(list(kit.TRACKS), value="cloud", label="The system you speak of")
    kit.page("track", track, "Part C ends with it: what does a reason take there?")
    return (track,)


@app.cell
def _(ask, book, kit, mo):
    first, second, precise, missed = (
        mo.ui.slider(low, high, 5, value=now, label=f"{name}, %", show_value=True)
        for name, now, low, high in zip(("First group: positives", "Second group: positives", "Precision in both",
                                         "Missed in both"), (30, 10, 80, 20), (5, 5, 50, 0), (50, 50, 95, 90))
    )  # fmt: skip
    predict_a = kit.predict(
        "predict-a", "The first group's false positive rate is how many times the second's?", book, kind="choice",
        options={"1x: equal": "what equal quality suggests", "2x": "", "4x": "", "0.25x: a quarter": ""},
        unit="x", answer=lambda: ask("false_positive_ratio"), because="more flags fall on fewer negatives",
    )  # fmt: skip
    _told = """## A. Same precision, same recall

A model flags people. In one group thirty of a hundred are **positive**: they ought to be flagged. In another, ten are.
In both, four flags of five are right: that is **precision**. In both, four positives of five are flagged: that is
**recall**. The **false positive rate** is the share of the negatives that are flagged all the same."""
    kit.page("part-a", _told, kit.page("predict-a", predict_a))
    return first, missed, precise, predict_a, second


@app.cell
def _(ask, charts, first, kit, missed, mo, precise, predict_a, second):
    kit.gate(predict_a)
    _rates = {"precision_share": precise.value / 100, "miss_chance": missed.value / 100}
    _one, _two = ({"base_share": group.value / 100, **_rates} for group in (first, second))
    _f1, _f2 = (ask("false_positive_chance", **rates) for rates in (_one, _two))
    _n1, _n2 = (1000 - group.value * 10 for group in (first, second))
    _told = f"""**{_f1 * 100:.3g} % against {_f2 * 100:.3g} %: {_f1 / _f2:.3g} times.** The same share of the flags is
wrong in both groups. Where more are positive, more are flagged, so more are flagged wrongly: {_f1 * _n1:.0f} in the
first, {_f2 * _n2:.0f} in the second, of a thousand each. And fewer negatives share them: {_n1} and {_n2}."""
    _chart = charts.people({"first group": _one, "second group": _two})
    kit.page("instrument-a", _told, mo.vstack([first, second, precise, missed]), _chart)
    return


@app.cell
def _(ask, book, kit, mlsysim, mo, predict_a):
    kit.gate(predict_a)
    _cases = [case for case in mlsysim.WALLS[20].cases if case.symbol == "false_positive_chance"]
    _seen = [f"{case.what}: {ask(case.symbol, **case.given) * 100:.3g} % by the equation, "
             f"{case.value * 100:.4g} % counted" for case in _cases]  # fmt: skip
    _gap = f"""**Counted** in 2016, of scores that were to foresee a new offence (ProPublica). {"; ".join(_seen)}. Here
precision was nearly the same; the misses were not."""
    _break = """**Break it.** Make the base rates equal: the gap closes. Precision and misses, shared by both groups,
cannot close it: they move both rates by one factor. That is wall 20 (Safety)."""
    low = ask("false_positive_chance", base_share=0.1)
    left = ask("held_recall_share", held_false_chance=low)
    lit = mo.ui.radio(["false positives and precision", "false positives and recall", "recall and precision",
        "all three"], value="false positives and precision", label="The same in both groups:")  # fmt: skip
    predict_b = kit.predict(
        "predict-b", "What share of the first group's positives is then still flagged?", book, unit="%", low=0,
        high=100, log=False, because="only about one flag in four may stay", answer=lambda: left * 100,
    )  # fmt: skip
    _told = f"""## B. Choose what to equalise

A court says that the first group's false positive rate must match the second's, {low * 100:.3g} %. The team keeps the
precision that it promised: four flags of five are right. One equation ties the rates, so a third must give. It is
recall, {(1 - ask("miss_chance")) * 100:.0f} of a hundred until now."""
    _line = kit.remember("a", "unequal base rates make some rate unequal.")
    mo.vstack([kit.page("gap-a", kit.equation("false_positive_chance"), _gap), kit.page("break-a", _break), _line,
               kit.page("part-b", _told, kit.page("predict-b", predict_b))])  # fmt: skip
    return left, lit, low, predict_b


@app.cell
def _(ask, charts, first, kit, lit, mo, predict_b, second):
    kit.gate(predict_b)
    _own, _other = first.value / 100, second.value / 100
    _false, _recall = ask("false_positive_chance", base_share=_other), 1 - ask("miss_chance")
    _base = {"recall": _recall, "precision": ask("precision_share"), "false positives": _false}
    _held = {"base_share": _own, "held_false_chance": _false}
    _part, _value = {
        "false positives and precision": ("recall", ask("held_recall_share", **_held)),
        "false positives and recall": ("precision", ask("held_precision_share", **_held)),
    }.get(lit.value, ("false positives", ask("false_positive_chance", base_share=_own)))  # fmt: skip
    _told = f"First group, {_part}: **{_value * 100:.3g} %**; second: {_base[_part] * 100:.3g} %."
    if _value > 1 or (lit.value == "all three" and _own != _other):
        _told = mo.callout(mo.md(f"✗ Wall 20 (Safety) is broken. {_told}"), kind="danger")
    _all = zip(("first group", "second group"), (_own, _other), ({**_base, _part: _value}, _base))
    _chart = "" if _value > 1 else charts.people({
        group: {"base_share": base, "miss_chance": 1 - own["recall"], "false_positive_chance": own["false positives"]}
        for group, base, own in _all})  # fmt: skip
    kit.page("instrument-b", mo.vstack([lit, first, second]), _told, _chart)
    return


@app.cell
def _(Explorer, ask, book, kit, left, low, mo, predict_b, solve):
    kit.gate(predict_b)

    def moved(false):  # recall and precision of the first group, by its threshold alone
        recall = ask("threshold_recall_share", held_false_chance=false)
        return recall, ask("held_precision_share", held_false_chance=false, miss_chance=1 - recall)

    def explain(symbol, **changed):
        return solve((symbol,), {"explained_features": 50.0, "background_samples": 1.0, "call_time": 5e-5,
                                 "explained_share": 0.01, **changed}, {})[symbol]  # fmt: skip

    (_recall, _right), kept = moved(low), ask("held_precision_share", held_false_chance=low)
    _given = {"held_false_chance": low, "score_separation": ask("score_separation")}
    recalled = mo.ui.anywidget(Explorer(_given, "threshold_recall_share", sliders=_given))
    _how = f"""How? Precision stays when flags are dropped **by lot**, the right with the wrong: recall falls to
{left * 100:.3g} %. A higher **threshold** drops the doubtful first. If scores are normal, recall is
{_recall * 100:.3g} % and precision {_right * 100:.3g} %: of three promises one is kept. To keep recall too, at a
precision of {kept * 100:.3g} %, takes a better model: positives score {ask("score_separation"):.3g} deviations above
negatives now, and {ask("score_separation", false_positive_chance=low):.3g} are needed. No measurement fits.

**Break it.** Ask for all three above. Then make the base rates equal."""
    predict_c = kit.predict(
        "predict-c", "How long does one explanation take, its calls one after the other?", book, unit="ms", low=1,
        high=1000, answer=lambda: explain("explain_time") * 1e3, because="it calls the model thousands of times",
    )  # fmt: skip
    _told = f"""## C. What an explanation takes

Whoever is refused may ask why. A decision has fifty features and takes one call of the model,
{explain("call_time") * 1e3:g} ms. The answer is promised within {0.1 * 1e3:g} ms. **Kernel SHAP** divides the answer
among the features. It takes some of them from somebody else, a *background row*, calls the model again, and repeats
that as often as its package does by default."""
    _line = kit.remember("b", "two of three, unless base rates agree or the model is perfect.")
    mo.vstack([kit.page("break-b", kit.equation("held_recall_share"), _how, recalled), _line,
               kit.page("part-c", _told, kit.page("predict-c", predict_c))])  # fmt: skip
    return explain, kept, moved, predict_c, recalled


@app.cell
def _(Explorer, explain, kit, mo, predict_c, track):
    kit.gate(predict_c)
    _name, _harm, *_pair = {
        "cloud": ("a credit score", "a good borrower refused", "BERT_Base", "H100"),
        "edge": ("a pedestrian detector", "a stop for nobody", "YOLOv8_Medium", "JetsonAGXOrin"),
        "mobile": ("a face lock", "a stranger let in", "MobileNetV2", "iPhone15Pro"),
        "tiny": ("a keyword spotter", "a wake-up unasked", "DS_CNN", "STM32U575"),
    }[track.value]  # fmt: skip
    _pass = kit.ruled(kit.plan_of(*_pair))("step_time")
    exact = 2 ** explain("exact_explain_doublings", explained_features=20.0)
    _given = {name: explain(name, explained_share=1.0) for name in
              ("explained_features", "background_samples", "explained_share", "call_time")}  # fmt: skip
    calls = mo.ui.anywidget(Explorer(_given, "decision_time", sliders=_given))
    _told = f"""{explain("explain_calls"):,.0f} calls, **{explain("explain_time") * 1e3:.3g} ms**: the reason comes
after the promise. Exact values take every set of features: {exact:,.0f} calls for twenty. No measurement fits: the data
has no timing of an explanation. Below is the mean time of a decision, which is the work of the servers."""
    _few, _all = (explain("decision_time", explained_features=200.0, explained_share=s / 100) / explain("call_time")
                  for s in (1, 100))  # fmt: skip
    _break = f"""**Break it.** Explain each decision at two hundred features: {_all:,.0f} times the servers. One in a
hundred: still {_few:.3g} times, and that one is late. Wall 7 (Tail latency) sees each reason that a caller awaits.

**Your system** is {_name}; a false positive is {_harm}. A pass takes {_pass * 1e3:.3g} ms by the rule, so a reason
from fifty features takes {explain("explain_time", call_time=_pass):.3g} s, and with a hundred background rows
{explain("explain_time", call_time=_pass, background_samples=100.0):,.0f} s."""
    _seen = kit.page("instrument-c", _told, calls, kit.equation("explain_calls"))
    _line = kit.remember("c", "explain on demand, or buy the time.")
    mo.vstack([_seen, kit.page("break-c", _break), _line])
    return calls, exact


@app.cell
def _(ask, book, convert, kit, mlsysim, mo, predict_c, solve):
    kit.gate(predict_c)
    _run, _site = kit.measured("llmc-gpt-2-124m-cost"), mlsysim.Infra.Facilities.Industry_Average
    _pue, _grid = _site["pue"].value, mlsysim.Infra.Subregions.EGRID_US["grid_carbon_intensity"].value  # fmt: skip
    power, hours = _run.devices * mlsysim.Hardware.Cloud.A100["tdp"].value, _run.workload["hours"]

    def footprint(symbol, unit, power=power, hours=hours, pue=_pue, grid=_grid):
        given = {"it_power": power, "duration": hours * 3600, "pue": pue, "grid_carbon_intensity": grid}  # fmt: skip
        return convert(solve((symbol,), given, {})[symbol], "J" if unit == "kWh" else "gCO2e", unit)

    def noise(people, epsilon=1.0):
        return 100 * ask("group_noise_share", group_samples=people, epsilon=epsilon)

    year = footprint("operational_carbon", "kgCO2e") * convert(1.0, "year", "day")
    predict_d = kit.predict(
        "predict-d", "By how many points does that noise move the rate, on average?", book, unit="points", low=0.01,
        high=100, answer=lambda: noise(100.0), because="one person is a hundredth of the group",
    )  # fmt: skip
    predict_e = kit.predict("predict-d-carbon", "How much carbon is a year of that?", book, unit="kg", low=1, high=1e5,
                            answer=lambda: year, because="each day takes hours, not weeks")  # fmt: skip
    epsilon = mo.ui.slider(steps=[0.1, 0.3, 1, 3, 10], value=1, label="Epsilon", show_value=True)
    _told = """## D. Privacy and carbon, in the same ledger

You publish a rate of a group of a hundred people, with noise, so that nobody can be read out of it. How far one
person may shift the odds, as a logarithm, is called **epsilon**: here one."""
    _and = f"""And to stay fair you retrain every day: a model of {_run.spec["params"] / 1e6:.0f} million parameters, on
{_run.devices:.0f} A100 for {hours:g} hours."""
    kit.page("part-d", _told, kit.page("predict-d", predict_d), _and, predict_e)
    return epsilon, footprint, noise, predict_d, predict_e, year


@app.cell
def _(ask, charts, colours, convert, epsilon, finish, footprint, go, kit, low, mlsysim, mo, noise, predict_d, predict_e,
      year):  # fmt: skip
    kit.gate(predict_d, predict_e)
    _rate, _private = ask("false_positive_chance"), mlsysim.Literature.Privacy.DPSGD_CIFAR10
    _xs, _gap, _chart = [10.0**n for n in range(1, 6)], 100 * (_rate - low), go.Figure()
    _luck = [100 * ask("group_scatter_share", rate_share=_rate, group_samples=n) for n in _xs]
    _noise = [noise(n, epsilon.value) for n in _xs]
    for _y, _name, _tint in zip((_noise, _luck, [_gap] * len(_xs)), ("noise", "chance", "gap"), colours()):  # fmt: skip
        _chart.add_scatter(x=_xs, y=_y, name=_name, line_color=_tint)
    _said = f"100 people: noise {_noise[1]:.3g}, chance {_luck[1]:.3g} points"
    finish(_chart, _said, _said, x="People in the group", y="Points", x_log=True, y_log=True)
    _told = f"""In points, **{noise(100.0):.3g}** for a hundred people, {noise(1e4):.3g} for ten thousand. Chance moves
a rate of {_rate * 100:.3g} % among a hundred by {_luck[1]:.3g} points, more than this noise. But noise falls with the
number of people, chance only with its root. Private training costs accuracy too: CIFAR-10 came to
{_private["accuracy"].value * 100:.3g} % in 2016, to {_private["accuracy_2022"].value * 100:.3g} % in 2022, at an
epsilon of {_private["epsilon"].value:g}, as published."""
    _break = f"""**Break it.** Set epsilon to a tenth: a hundred people get {noise(100.0, 0.1):.3g} points of noise,
more than the gap that you wanted to see, {_gap:.3g}: wall 20 (Safety)."""
    card, _meta = kit.measured("llama3-8b-tco2e"), mlsysim.Infra.Facilities.Meta["pue"].value
    _big = {"power": mlsysim.Hardware.Cloud.H100["tdp"].value, "hours": card.workload["gpu_hours"]}
    _grid = convert(card.workload["derived_kgco2e_per_kwh_incl_pue"] * 1e3, "gCO2e/kWh", "gCO2e/J")
    again = footprint("operational_carbon", "tCO2e", **_big, pue=1.0, grid=_grid)
    _plan = kit.plan_of("GPT2_Small", "A100", "Retraining daily", mode="training", accelerators=8, batch_size=512,
                        seq_len=1024, precision="bf16", region="EGRID_US", duration_days=365)  # fmt: skip
    _plan["inputs"] = {"it_power": convert(footprint("it_energy", "kWh"), "kWh/day", "W")}
    _places = ["EGRID_NYUP", "EGRID_CAMX", "EGRID_US", "EGRID_MROE", "EGRID_PRMS"]
    _bars = charts.carbon(mlsysim.SystemEvaluator.evaluate(plan=_plan), regions=_places)
    _carbon = f"""One retrain: {footprint("it_energy", "kWh"):.3g} kWh at the chips' design power, no hosts counted, and
{footprint("operational_carbon", "kgCO2e"):.3g} kg of carbon. Every day for a year: **{year:,.0f} kg**
(wall 18, Sustainability). The bars are that year in the whole grid of the US and in four of its regions.

Llama 3 8B took {footprint("it_energy", "kWh", **_big) / 1e3:,.0f} MWh once. On this grid, with its owner's PUE of
{_meta:g} that is {footprint("operational_carbon", "tCO2e", **_big, pue=_meta):.0f} t; its card prints {card.value:.0f}.
With the intensity derived from that print it is {again:.0f} t, which is no test."""
    _line = kit.remember("d", "minorities pay for epsilon.")
    mo.vstack([kit.page("instrument-d", _told, epsilon, _chart, kit.equation("group_noise_share")),
               kit.page("break-d", _break), kit.page("gap-d", _carbon, _bars), _line])  # fmt: skip
    return again, card


@app.cell
def _(ask, kit, left, low, mo, moved, predict_a, predict_b):
    kit.gate(predict_a, predict_b)
    _limit, _false = ask("held_false_chance", held_false_chance=0.05), ask("false_positive_chance")
    _keep, (_recall, _right) = (1 - ask("miss_chance"), ask("precision_share")), moved(_limit)
    _worse = ask("held_precision_share", base_share=0.1, held_false_chance=_limit, miss_chance=1 - _recall)  # fmt: skip
    _ways = {
        "its own threshold": ((_limit, _recall, _right), (low, *_keep)),
        "equal odds": ((_limit, _recall, _right), (_limit, _recall, _worse)),
        "publish, appeal by hand": ((_false, *_keep), (low, *_keep)),
    }  # fmt: skip
    _table = "| | false positives | recall | precision |\n|---|---|---|---|"
    for _way, _pair in _ways.items():
        _cells = (f"{a * 100:.3g}, {b * 100:.3g}" for a, b in zip(*_pair))
        _table += "\n| " + " | ".join([_way, *_cells])
    decision = mo.ui.radio(list(_ways), label="What do you do?")
    _told = f"""## Decide

A screening model may flag {_limit * 100:g} of a hundred negatives at most. The first group stands at
{_false * 100:.3g}. In per cent, first group and second:\n\n{_table}"""
    _who = f"""Its own threshold misses {1000 * ask("base_share") * (_keep[0] - _recall):.0f} more of a thousand people.
Equal odds make all three rates worse for the second group. Publishing breaks the limit, and somebody looks at
{1000 * (1 - ask("base_share")) * _false:.0f} wrong flags in a thousand. Flags dropped by lot until the groups match
leave a recall of {left * 100:.3g} %."""
    kit.page("decision", _told, _who, decision)
    return (decision,)


@app.cell
def _(again, ask, book, card, decision, exact, explain, footprint, kept, left, low, mlsysim, noise, year):  # fmt: skip
    if decision.value:
        book.decide("decision", decision.value, "Screen under a limit on false positives")
    key = {
        "f30": ask("false_positive_chance") * 100, "f10": low * 100, "rat": ask("false_positive_ratio"),
        "tpr": left * 100, "ppv30": kept * 100, "shap": explain("explain_calls"), "exact": exact,
        "shapt": explain("explain_time") * 1e3, "lapS": noise(100.0), "lapB": noise(1e4), "kgw": year / 1e3,
        "kwh": footprint("it_energy", "kWh"), "kg": footprint("operational_carbon", "kgCO2e"), "card": again,
        "cardm": card.value, "dp": mlsysim.Literature.Privacy.DPSGD_CIFAR10["accuracy_2022"].value * 100,
    }  # fmt: skip
    return (key,)


@app.cell
def _(kit, ledger):
    _read = "false_positive_chance held_precision_share threshold_recall_share explain_calls"
    kit.page("ledger", ledger, kit.sources(_read, "group_noise_share group_scatter_share"))
    return


if __name__ == "__main__":
    app.run()
