# /// script
# requires-python = ">=3.11"
# dependencies = ["mlsysim[labs]"]
# ///
"""Lab 03: what a faster run gains a team, what loops buy, what a late limit costs, how large a test must be."""

import marimo

__generated_with = "0.25.2"
app = marimo.App(width="medium", app_title="03 · The loop is the product")


@app.cell
def _():
    from random import Random

    import marimo as mo
    import plotly.graph_objects as go
    from mlsysim_widgets import Explorer, Ledger, chance, charts, kit
    from mlsysim_widgets.theme import colours, faded, finish

    import mlsysim
    from mlsysim.core.graph import solve
    from mlsysim.validation.score import scores

    def bars(said, x, names, parts, height):
        """Stacked bars: each part has a name, and a colour of the palette; the title says the result."""
        chart = go.Figure()
        for name, tint, xs in parts:
            chart.add_bar(x=xs, y=names, name=name, orientation="h", marker_color=colours()[tint])
        finish(chart, said, said, x=x, barmode="stack", height=height, margin={"b": 100})
        return chart.update_yaxes(autorange="reversed")

    book = Ledger("vol1/03", boxes={"why": "Why this order, and what would turn it round?"})
    ledger = mo.ui.anywidget(book)
    _belief = "Most of a project is the model, so make training faster."
    _goals = ["apply Amdahl's law to the loop of a team", "price a late limit by what must be redone",
              "size a test so that a comparison means something"]  # fmt: skip
    kit.opening("The loop is the product", _belief, _goals, 45, "01", "3 Software, 21 Sensitivity")
    return (Explorer, Random, bars, book, chance, charts, colours, faded, finish, go, kit, ledger, mlsysim,
            mo, scores, solve)  # fmt: skip


@app.cell
def _(kit, mo):
    track = mo.ui.dropdown(list(kit.TRACKS), value="cloud", label="The system you speak of")
    kit.page("track", track, "It sets the limit in part C, and what your loop waits for.")
    return (track,)


@app.cell
def _(kit, solve):
    ask = lambda symbol, **given: solve((symbol,), given, {})[symbol]  # noqa: E731
    stated = lambda **all: {name: float(one) for name, one in all.items()}  # noqa: E731, the reader's inputs
    time = stated(people=30 * 60, day=8 * 3600, half_year=26 * 40 * 3600, rest=10 * 60)
    waits = stated(cloud=0, edge=480 * 60, mobile=960 * 60, tiny=60 * 60)
    luck, starts = stated(success_chance=0.1, cut_share=0.05), stated(slow=0.05, fast=0.10)
    hours = stated(requirements=40, data=200, model=160, optimise=80, deploy=40, monitor=40)
    shares = stated(accuracy_share=0.95, rival_accuracy_share=0.94)
    sure = stated(false_claim_chance=0.05, detect_chance=0.8)
    before, after = (kit.measured(f"modded-nanogpt-{n}").value * 60 for n in ("rec1", "rec89"))
    return after, ask, before, hours, luck, shares, starts, sure, time, waits


@app.cell
def _(after, ask, before, book, kit, mo, time):
    faster, calmer = before / after, time["people"] / time["rest"]

    def gain(run=before, runs=1.0, persons=1.0, waiting=0.0):
        own = {"people_time": time["people"] + waiting, "run_time": run}
        return ask("loop_gain", **own, run_growth=runs, people_growth=persons)

    key_a = {"gain": faster, "loop": gain(runs=faster), "lim": gain(runs=float("inf"))}
    key_a |= {"hum": gain(persons=calmer), "hum2": gain(after, persons=calmer)}
    hands = mo.ui.slider(0, 120, 5, value=30, label="People, minutes", show_value=True)
    machine = mo.ui.slider(steps=[1, 5, 15, 45, 120, 600], value=45, label="Run, minutes", show_value=True)  # fmt: skip
    predict_a = kit.predict(
        "predict-a", "How many times as fast is the whole loop?", book, unit="x", low=1, high=40,
        answer=lambda: {"value": key_a["loop"], "because": "the people take as long as before"},
    )  # fmt: skip
    _told = f"""## A. Training became {faster:.3g} times faster

An idea, a run, a look at the result, the next idea: that is one loop. People take **{time["people"] / 60:.0f} min** of
it. The run, a small GPT-2, took **{before / 60:.0f} min** on eight H100. Later the same loss took
**{after / 60:.3g} min** on such chips."""
    kit.page("part-a", _told, kit.page("predict-a", predict_a))
    return calmer, faster, gain, hands, key_a, machine, predict_a


@app.cell
def _(after, ask, bars, before, charts, faster, hands, key_a, kit, machine, predict_a, scores, time):  # fmt: skip
    kit.gate(predict_a)
    _runs, _hands = [machine.value, machine.value / faster], [hands.value] * 2
    _loop = {"work_duration": time["half_year"], "people_time": hands.value * 60.0}
    _old, _new = (ask("period_loops", **_loop, run_time=run * 60) for run in _runs)
    _said = f"{_old:,.0f} loops become {_new:,.0f}"
    _parts = zip(("people", "run"), (6, 0), (_hands, _runs))
    _drawn = bars(_said, "Minutes of one loop", ["before", "after"], _parts, 270)
    _told = f"""The run is {faster:.3g} times as fast, the loop **{_new / _old:.3g} times**. In half a year of work,
{time["half_year"] / 3600:,.0f} h, {_said}."""
    (_cost,) = scores([kit.measured("llmc-gpt-2-124m-cost")])
    _own = {"work_duration": time["half_year"], "people_time": time["people"]}
    key_n = {"cal": ask("period_loops", work_duration=26 * 168 * 3600.0, loop_time=3600.0)}
    key_n["n1"], key_n["n2"] = (ask("period_loops", **_own, run_time=t) for t in (before, after))
    _break = f"""Both runs were measured; no measurement of a loop with people fits. Nor is money the limit: such a run
on eight A100 cost {_cost.row.value:.3g} USD as published, {_cost.predicted:.3g} as predicted.

**Break it.** Set people to zero: only then does the loop gain what the run gains. Else a run that takes no time gains
{key_a["lim"]:.3g} times. The chart moves each part of the faster loop by a fifth: wall 21 (Sensitivity), and people
decide. A machine alone, with a loop every hour, makes {key_n["cal"]:,.0f} loops in 26 weeks."""
    _moved = charts.tornado({**_own, "run_time": after}, "period_loops", [*_own, "run_time"][1:])
    _line = kit.remember("a", "speed up the part that you spend your day on.")
    _break = kit.page("break-a", _break, _moved, _line)
    kit.page("instrument-a", _told, hands, machine, _drawn, kit.equation("loop_gain"), _break)
    return (key_n,)


@app.cell
def _(ask, book, kit, luck, mo, starts, time):
    _given = {"work_duration": time["half_year"]}
    loops = lambda days: ask("period_loops", **_given, loop_time=days * time["day"])  # noqa: E731

    def error(start, count):
        return ask("loop_error_share", **luck, start_error_share=start, period_loops=count) * 100

    pace = mo.ui.slider(steps=[0.5, 0.75, 1, 2, 5, 10], value=1, label="Days a loop", show_value=True)  # fmt: skip
    seed = mo.ui.slider(1, 20, value=1, label="Other histories", show_value=True)
    key_b = {"slow": error(starts["slow"], loops(10)), "fast": error(starts["fast"], loops(1))}
    _why = "", "what counting loops suggests", "what a head start against more loops suggests"
    predict_b = kit.predict(
        "predict-b", "Who has the smaller error after half a year?", book, kind="choice",
        options=dict(zip(("the slow team", "the fast team", "a tie"), _why)),
        answer=lambda: f"the {min(key_b, key=key_b.__getitem__)} team", because="its head start is worth more",
    )  # fmt: skip
    _told = f"""## B. Better or faster?

A slow team starts with {starts["slow"] * 100:.0f} wrong answers in a hundred and loops once in two weeks,
{loops(10):.0f} times in half a year. A fast team starts with {starts["fast"] * 100:.0f} and loops once a day,
{loops(1):.0f} times. One loop in {1 / luck["success_chance"]:.0f} succeeds; it removes a twentieth of the error."""
    kit.page("part-b", _told, kit.page("predict-b", predict_b))
    return error, key_b, loops, pace, predict_b, seed


@app.cell
def _(Random, chance, colours, error, faded, finish, go, kit, loops, luck, pace, predict_b, seed, starts):  # fmt: skip
    kit.gate(predict_b)
    _dice, _chart, _said = Random(seed.value), go.Figure(), []
    for _team, _days, _tint in zip(("slow", "fast"), map(float, (10, pace.value)), (4, 0)):
        _start, _many, _ink = starts[_team], int(loops(_days)), colours()[_tint]
        _weeks = [n * _days / float(5) for n in range(_many + 1)]  # five working days a week
        for _ in range(12):
            _ys = [e * 100 for e in chance.history(_dice, _start, _many, *luck.values())]
            _chart.add_scatter(x=_weeks, y=_ys, line={"color": faded(_ink, 0.35), "width": 1})
            _chart.data[-1].update(showlegend=False, hoverinfo="skip")
        _ys = [error(_start, float(n)) for n in range(_many + 1)]
        _chart.add_scatter(x=_weeks, y=_ys, name=f"{_team}, expected", line_color=_ink, line_width=4)  # fmt: skip
        _said.append(f"{_team} {_ys[-1]:.3g} %")
    _said = "After half a year: " + ", ".join(_said)
    _chart.update_traces(mode="lines")
    finish(_chart, _said, _said, x="Weeks", y="Wrong answers, %", height=400, margin={"b": 100})
    kit.page("instrument-b", pace, seed, _chart, kit.equation("loop_error_share"))
    return


@app.cell
def _(Explorer, ask, key_b, kit, loops, luck, mo, predict_b, starts, time):
    kit.gate(predict_b)
    _gap = {"start_error_share": starts["fast"], "rival_error_share": starts["slow"], **luck}
    cross = ask("excess_loops", **_gap)
    _rare = ask("excess_loops", **{**_gap, "success_chance": 0.02})
    _own = {**_gap, "loop_time": time["day"], "work_duration": time["half_year"]}
    teams = mo.ui.anywidget(Explorer(_own, "loop_error_share", sliders=[*luck, "loop_time"]))
    _told = f"""The fast team ends at **{key_b["fast"]:.3g}** wrong answers in a hundred, the slow one at
{key_b["slow"]:.3g}. To be level it needs **{cross:.0f} loops** more than the slow team: one in
{loops(1) / (loops(10) + cross):.2g} working days. Thin lines are single teams: luck. No measurement fits."""
    _break = f"""**Break it.** Let one loop in fifty succeed. The fast team then needs {_rare:.0f} loops more; neither
team gets far. Wall 21 (Sensitivity): chance and cut count as a product, so better ideas are worth as much as more
loops. A real error has a floor; this rule has none."""
    _line = kit.remember("b", "iterations beat talent only when there are enough of them.")
    kit.page("break-b", _told, _break, teams, _line)
    return cross, teams


@app.cell
def _(book, hours, kit, mlsysim, mo, solve):
    rules, names = {"memory": "model", "data": "data", "latency": "optimise"}, [*hours]

    def redo(limit, found, kept=""):
        """Hours that are worked again: of each stage, and in all."""
        rows = tuple((names.index(name), h * 3600, name == kept) for name, h in hours.items())
        ends = {"limit_step": names.index(rules[limit]), "found_step": names.index(found)}
        asked = ("redone_share", "redone_work_time")
        parts, whole = solve(asked, {"work_stages": rows, **ends}, {}).values()
        return [share * h for share, h in zip(parts, hours.values())], whole / 3600

    key_c = {f"rw_{place}": redo("memory", place)[1] for place in names[2:]}
    key_c |= {"rw_data": redo("data", "monitor")[1], "doubling": 2 ** len(names[2:-1])}
    limit = mo.ui.dropdown(list(rules), value="memory", label="Limit")
    found = mo.ui.dropdown(names, value="deploy", label="Found at")
    kept = mo.ui.dropdown(["nothing", *names], value="nothing", label="Can be used again")
    predict_c = kit.predict(
        "predict-c", "The limit is found at deploy. How many hours are worked again?", book, unit="h", low=0, high=800,
        log=False, answer=lambda: {"value": key_c["rw_deploy"], "because": "three stages rest on the model"},
    )  # fmt: skip
    _tiny = mlsysim.SystemEvaluator.evaluate(plan=kit.plan_of("MobileNetV2", "ESP32_S3")).values
    _told = f"""## C. The limit found too late

A project in working hours: {", ".join(f"{name} **{h:.0f}**" for name, h in hours.items())}. Each stage builds on the
one before. MobileNetV2 is to run on an ESP32-S3, and needs {_tiny["memory_load"]:.3g} times its
{_tiny["mem_capacity"] / 1024:.0f} KiB. Whoever chose the model could have known."""
    kit.page("part-c", _told, kit.page("predict-c", predict_c))
    return rules, found, kept, key_c, limit, names, predict_c, redo


@app.cell
def _(bars, charts, rules, found, hours, kept, key_c, kit, limit, mlsysim, names, predict_c, redo, track):  # fmt: skip
    kit.gate(predict_c)
    _again, _all = redo(limit.value, found.value, kept.value)
    _first = [h * (name in names[: names.index(found.value) + 1]) for name, h in hours.items()]
    _said = f"{sum(_first):.0f} hours of work, then {_all:.0f} again"
    _parts = zip(("first time", "again"), (6, 1), (_first, _again))
    _drawn = bars(_said, "Working hours", names, _parts, 360)
    _four = ", ".join(f"{key_c[f'rw_{place}']:.0f}" for place in names[2:])
    _told = f"""A limit of {limit.value} is decided at *{rules[limit.value]}*. From there to where it is found, each
stage is worked again. For memory, found one stage later each time, that is {_four} hours: in all
{key_c["rw_monitor"] / key_c["rw_model"]:.2g} times, not the {key_c["doubling"]} times of a rule that doubles at
each stage. A limit of data found last costs {key_c["rw_data"]:.0f} hours."""
    _law, _line = kit.equation("redone_work_time"), "price a limit by walking the graph."
    _models = "Llama3_70B", "Llama3_70B", "Llama3_1_8B", "MobileNetV2"
    _plans = map(kit.plan_of, _models, ("H100", "JetsonAGXOrin", "iPhone15Pro", "ESP32_S3"))
    _mine = mlsysim.SystemEvaluator.evaluate(plan=dict(zip(kit.TRACKS, _plans))[track.value])
    _saved = redo("memory", "deploy")[1] - redo("memory", "deploy", "optimise")[1]
    _break = f"""**Break it.** Say that *optimise* can be used again: the price falls by its {_saved:.0f} hours exactly.
That delay makes every fix dearer is often said; a study of 171 projects found no such rule (Menzies and others 2017,
doi:10.1007/s10664-016-9469-x). So count what is redone.

**Your system**, {_mine.scenario.name}, needs {_mine.values["memory_load"]:.3g} times the memory there is: wall 2
(Memory) is broken. One evaluation says so, before any hour of work."""
    _break = kit.page("break-c", _break, charts.memory(_mine), kit.remember("c", _line))
    kit.page("instrument-c", _told, limit, found, kept, _drawn, _law, _break)
    return


@app.cell
def _(ask, book, kit, mo, shares, sure):
    key_d = {"ntest": ask("claim_samples", **sure, **shares)}
    key_d["ntest5"] = ask("claim_samples", **sure, **{**shares, "rival_accuracy_share": 0.90})
    size = mo.ui.slider(steps=[10**n for n in range(1, 6)], value=1000, label="Samples", show_value=True)
    draw = mo.ui.slider(1, 20, value=1, label="Draw again", show_value=True)
    predict_d = kit.predict(
        "predict-d", "How many labelled samples does each model need?", book, unit="samples", low=10, high=100000,
        answer=lambda: {"value": key_d["ntest"], "because": "a small gap counts squared"},
    )  # fmt: skip
    _good, _less = (f"{share * 100:.0f}" for share in shares.values())
    _told = f"""## D. Is {_good} better than {_less}?

Your loop ends in a test. In the long run one model is right {_good} times in a hundred, the other {_less}. You test
each once, on its own samples. A difference is to be seen four times in five; where there is none, you may be fooled
once in twenty."""
    kit.page("part-d", _told, kit.page("predict-d", predict_d))
    return draw, key_d, predict_d, size


@app.cell
def _(Random, ask, chance, colours, draw, faded, finish, go, key_d, kit, predict_d, shares, size):
    kit.gate(predict_d)
    _dice, _chart, _n = Random(draw.value), go.Figure(), size.value
    _tests = [[chance.score(_dice, one, _n) * 100 for _ in range(200)] for one in shares.values()]
    for _x, _q, _t in zip(_tests, shares.values(), (0, 4)):
        _ink = faded(colours()[_t], 0.6)
        _chart.add_histogram(x=_x, name=f"{_q * 100:.0f} % right", nbinsx=40, marker_color=_ink)
    _won = sum((a < b) + (a == b) / 2 for a, b in zip(*_tests)) / len(_tests[0]) * 100
    _upset, _thousand = (ask("upset_chance", **shares, test_samples=float(n)) for n in (_n, 1000))
    _said = f"{_n:,} samples: the worse one wins {_won:.3g} %"
    finish(_chart, _said, _said, x="Right in a test, %", y="Tests", barmode="overlay", margin={"b": 100})  # fmt: skip
    _told = f"""You need **{round(key_d["ntest"], -1):,.0f} samples** for each model; to tell 95 from 90,
{key_d["ntest5"]:,.0f} would do. Here are two hundred tests of each, of {_n:,} samples. The worse model won {_won:.3g}
of a hundred pairs; the formula says {_upset * 100:.2g}. No measurement fits."""
    _break = f"""**Break it.** Stay at a thousand samples. Draw again and again: once in {1 / _thousand:.0f} times the
worse model wins, and you would have kept it. Wall 21 (Sensitivity): the gap counts squared, the samples only once. If
both models answer the same samples, fewer may do; this rule does not count on it."""
    _break = kit.page("break-d", _break, kit.remember("d", "a one-point gain needs eight thousand samples."))
    kit.page("instrument-d", _told, size, draw, _chart, kit.equation("claim_samples"), _break)
    return


@app.cell
def _(ask, before, calmer, faster, gain, key_d, kit, mo, predict_a, predict_d, time, track, waits):
    kit.gate(predict_a, predict_d)
    _wait, _rows, _ways = waits[track.value], [], {}
    _own = {"people_time": time["people"] + _wait, "run_time": before}
    _loop, _now = ask("loop_time", **_own), ask("period_loops", **_own, work_duration=time["half_year"])  # fmt: skip
    _all = gain(runs=faster, persons=calmer, waiting=_wait)
    _gains = gain(runs=faster, waiting=_wait), gain(persons=calmer, waiting=_wait)
    for _name, _one in zip(("faster runs", "less waiting"), _gains):
        _rows.append(f"| {_name} | {_one:.3g}x | {_all / _one:.3g}x | {_now * _one:,.0f} |")
        _end = f"loops of {_loop / _all / 60:.3g} min, {round(key_d['ntest'], -1):,.0f} samples"
        _ways[f"{_name} first"] = f"{_name} first; {_end}"
    decision = mo.ui.radio(_ways, label="What do you do first?")
    _told = f"""## Decide

A quarter's effort makes runs {faster:.3g} times faster, or all the rest of a loop {calmer:.3g} times shorter. The other
follows later. Your system, {track.value}, adds {_wait / 60:.0f} min to every loop. Loops are of half a year.

| first | gain | then the other | loops between |
|---|---|---|---|
{chr(10).join(_rows)}

Both orders end at {_now * _all:,.0f} loops. Faster runs may come from others, for nothing. Less waiting nobody can sell
you, and it gains more once runs are fast."""
    kit.page("decision", _told, decision)
    return (decision,)


@app.cell
def _(book, cross, decision, key_a, key_b, key_c, key_d, key_n):
    if decision.value:
        book.decide("decision", decision.value, "The order of work on the loop")
    key = key_a | key_n | key_b | {"cross": cross} | key_c | key_d
    return (key,)


@app.cell
def _(kit, ledger):
    kit.page("ledger", ledger, kit.sources("loop_gain loop_error_share redone_work_time claim_samples"))
    return


if __name__ == "__main__":
    app.run()
