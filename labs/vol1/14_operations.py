# /// script
# requires-python = ">=3.11"
# dependencies = ["mlsysim[labs]"]
# ///
"""Lab 14: what a drift score says of accuracy, what its alarm hears, how often to retrain, and what labels see."""

import marimo

__generated_with = "0.25.2"
app = marimo.App(width="medium", app_title="14 · Green dashboard, wrong answers")


@app.cell
def _():
    from functools import cache as once

    import marimo as mo
    from mlsysim_widgets import Explorer, Ledger, charts, drifting, kit
    from mlsysim_widgets import drift_figures as figures

    import mlsysim
    from mlsysim.core.graph import solve
    from mlsysim.core.solver.synthesis import invert
    from mlsysim.core.units import coherent
    from mlsysim.validation.score import scores

    day, line, grows = coherent(1.0, "day"), float("0.2"), 10.0
    paid = [kit.measured(f"llmc-gpt-2-{size}-cost") for size in ("124m", "1558m", "774m", "350m")]
    prices, rest, sure, risk = [row.value for row in paid], *map(float, (0.95, 0.8, 0.05))
    # what the lab takes unless it says otherwise
    usual = {"rest_accuracy_share": rest, "accuracy_share": rest, "false_claim_chance": risk, "detect_chance": sure,
             "score_bins": 10.0, "score_samples": 100.0, "reference_samples": 100.0, "retrain_cost": prices[0],
             "loss_growth": coherent(grows, "USD/day**2")}  # fmt: skip

    def ask(symbol, **changed):
        return solve((symbol,), {**usual, **changed}, {})[symbol]

    def lost(shift):
        return 100 * (rest - ask("shifted_accuracy_share", score_shift=shift))

    def idle(samples, **more):
        return ask("idle_index", score_samples=samples, reference_samples=samples, **more)

    def best(price, growth=grows):
        growth = coherent(growth, "USD/day**2")
        return ask("best_retrain_interval", retrain_cost=price, loss_growth=growth) / day

    def false(indices, line=line):
        return 100 * sum(index > line for index in indices) / len(indices)

    def slide(label, value, *steps):
        return mo.ui.slider(steps=list(steps), value=value, label=label, show_value=True)

    return (Explorer, Ledger, ask, best, charts, day, figures, drifting, false, grows, idle, invert, kit, line,
            lost, mlsysim, mo, once, paid, prices, rest, scores, slide, usual)  # fmt: skip


@app.cell
def _(Ledger, kit, mo):
    book = Ledger("vol1/14", boxes={"why": "Why did you decide so?"})
    ledger = mo.ui.anywidget(book)
    _says = "If latency and errors are fine and no drift alarm rang, the model is fine."
    _goals = ["relate a drift score to lost accuracy", "know what an alarm hears when nothing moves",
              "choose a retraining interval from two costs"]  # fmt: skip
    kit.opening("Green dashboard, wrong answers", _says, _goals, 45, "03, 12", "17 and 21")
    return book, ledger


@app.cell
def _(kit, mo):
    track = mo.ui.dropdown(list(kit.TRACKS), value="cloud", label="The system you speak of")
    kit.page("track", track, "Part D ends with it: what can this system know of its own errors?")
    return (track,)


@app.cell
def _(ask, book, kit, line, lost, mo, rest):
    delta = ask("alarm_shift", alarm_index=line)
    shift = mo.ui.slider(0, 2, 0.05, value=0.45, label="Shift, deviations", show_value=True)
    before = mo.ui.slider(80, 99, value=95, label="Right before, %", show_value=True)
    swapped = mo.ui.slider(0, 20, value=0, label="Answers that changed, %", show_value=True)
    predict_a = kit.predict(
        "predict-a", f"How many points of accuracy are lost when PSI within each class reads {line:g}?", book,
        unit="points", low=0, high=20, log=False, because="few cases lie near the threshold",
        answer=lambda: lost(delta),
    )  # fmt: skip
    _told = f"""## A. What does an index of {line:g} cost?

A model gives a score, and says yes above a threshold. It is right {100 * rest:g} times in a hundred. Half of the cases
belong to each class, and the scores of a class are normal. Then all scores shift, and the threshold stays. The
**population stability index**, PSI, compares the scores of today with those of the test: equal ones read 0. Many
dashboards ring at {line:g}."""
    kit.page("predict-a", _told, predict_a)
    return before, delta, predict_a, shift, swapped


@app.cell
def _(ask, before, delta, figures, invert, kit, line, lost, mo, predict_a, shift, swapped, usual):  # fmt: skip
    kit.gate(predict_a)
    _now, _rest = {**usual, "score_shift": delta, "swapped_share": 1 / 10}, usual["accuracy_share"]
    rings = invert(_now, "mixed_index", line, "score_shift").value
    _low, _same = _rest - float(7) / 100, _rest - lost(delta) / 100
    seven = invert(_now, "shifted_accuracy_share", _low, "score_shift", side="min").value
    _same = invert(_now, "swapped_accuracy_share", _same, "swapped_share").value
    _told = f"""**{lost(delta):.3g} points** are lost at a shift of {delta:.3g} deviations. Yet a monitor has no labels.
It sees both classes in one histogram, and reads {ask("mixed_index", score_shift=delta):.3g} there; ten bins read a
little less. It rings at {rings:.3g} deviations, {lost(rings):.3g} points down. Seven points are lost at {seven:.3g}
deviations, where PSI within a class is {ask("class_index", score_shift=seven):.3g}, the square of the
shift. No measurement fits: the data has no published drift."""
    _own = {"rest_accuracy_share": before.value / 100, "score_shift": shift.value}
    _right = ask("shifted_accuracy_share", **_own)
    _left = ask("swapped_accuracy_share", rest_accuracy_share=_right, swapped_share=swapped.value / 100)  # fmt: skip
    _said = f"PSI on the monitor {ask('mixed_index', **_own):.3g}; {100 * _left:.3g} % right"
    _chart = figures.bells(shift.value, before.value / 100, _said)
    _law, _sliders = kit.equation("shifted_accuracy_share"), mo.vstack([shift, before, swapped])
    _break = f"""**Break it.** Set the shift to 0, and change right answers instead: what was spam is wanted now. It
takes {100 * _same:.3g} in a hundred to lose as many points. No input moves, so PSI stays at 0. No monitor of inputs can
see it."""
    _line = kit.remember("a", "drift scores watch inputs, not correctness.")
    _seen = kit.page("instrument-a", _told, _law, _sliders, _chart)
    mo.vstack([_seen, kit.page("break-a", _break), _line])
    return rings, seven


@app.cell
def _(book, idle, kit, line, mo, slide):
    count = slide("Scores in each sample", 100, 50, 100, 200, 500, 1000, 10000, 100000)
    bins = slide("Bins", 10, 5, 10, 20, 50)
    again = mo.ui.button(value=1, on_click=lambda drawn: drawn + 1, label="Draw another pair")
    predict_b = kit.predict(
        "predict-b", "Which PSI do you expect of the two samples?", book, low=0, high=1, log=False,
        answer=lambda: {"value": idle(100), "because": "each bin differs by chance, and PSI adds that up"},
    )  # fmt: skip
    _told = f"""## B. An alarm for nothing

Now nothing shifts at all. You draw a hundred scores, and a hundred more from the same distribution. You count both in
ten bins, and compare them. They differ, since they are samples. The alarm still rings at {line:g}."""
    kit.page("predict-b", _told, predict_b)
    return again, bins, count, predict_b


@app.cell
def _(Explorer, again, bins, count, figures, drifting, false, idle, kit, mo, once, predict_b, usual):  # fmt: skip
    kit.gate(predict_b)
    replay = once(drifting.idle_indices)
    pairs = replay(1, 4000, 100, 10)
    mean = sum(pairs) / len(pairs)
    _seen = [replay(seed + 1, 1, count.value, bins.value)[0] for seed in range(again.value)]
    _said = f"PSI {_seen[-1]:.2g}; mean of {len(_seen)} so far: {sum(_seen) / len(_seen):.2g}"
    _told = f"""**{idle(100):.3g}**, by the rule: nearly the alarm, and nothing has moved. In {len(pairs):,} seeded
pairs the mean is {mean:.3g}: the rule is for large samples, and ten scores in a bin are few. {false(pairs):.3g} of a
hundred pairs ring. With a thousand scores each, the rule says {idle(1000):.3g}. No measurement fits."""
    _chart = figures.pair(again.value, count.value, bins.value, _said)
    _law, _controls = kit.equation("idle_index"), mo.vstack([count, bins, again])
    _given = {name: usual[name] for name in ("score_samples", "score_bins", "reference_samples")}
    noise = mo.ui.anywidget(Explorer(_given, "idle_index", sliders=list(_given)[:2]))
    _break = f"""**Break it.** Take fifty bins and a hundred scores. The rule says {idle(100, score_bins=50):.3g}, and
{false(replay(2, 200, 100, 50)):.3g} of a hundred seeded pairs ring. Below is the rule against a reference of a hundred:
more scores of today cannot remove what the reference brings."""
    _drawn = kit.page("instrument-b", _told, _law, _controls, _chart)
    mo.vstack([_drawn, kit.page("break-b", _break, noise), kit.remember("b", "know your alarm's zero.")])  # fmt: skip
    return mean, noise, pairs, replay


@app.cell
def _(best, book, grows, kit, mlsysim, mo, prices, slide):
    price = slide("A retraining, USD", prices[0], 1, *sorted(prices), 10000)
    growth = slide("USD a day, each day", grows, 0.01, 0.1, 1, 10, 100, 1000)
    skipped = mo.ui.slider(0, 6, value=3, label="Retrainings skipped", show_value=True)
    predict_c = kit.predict(
        "predict-c", "Every how many days do you retrain?", book, unit="days", low=0.5, high=60,
        answer=lambda: {"value": best(prices[0]), "because": "there the runs cost as much as the ageing"},
    )  # fmt: skip
    _small, _chip = mlsysim.Models.Language.GPT2_Small.name, mlsysim.Hardware.Cloud.A100.name
    _told = f"""## C. How often to retrain?

A model that ages loses {grows:g} USD more a day, each day; that is your input. To train {_small} once more costs
{prices[0]:g} USD on eight {_chip}, as published. Retrain hourly and the runs cost most; monthly, the ageing does."""
    kit.page("predict-c", _told, predict_c)
    return growth, predict_c, price, skipped


@app.cell
def _(ask, best, charts, day, kit, mlsysim, paid, predict_c, prices, scores):
    kit.gate(predict_c)
    _best, _least = list(map(best, prices)), ask("least_upkeep_rate") * day
    _told = f"""**{_best[0]:.3g} days**, at {_least:.3g} USD a day, half of it for runs.
{mlsysim.Models.Language.GPT2.name} cost {prices[1]:,g} USD: {_best[1]:.3g} days. The model of half that size cost
{prices[2]:,g}, for more text on older chips: {_best[2]:.3g} days. A hundred times the price is
{best(100) / best(1):.3g} times the interval. The chart has four such prices as wall 17 (Capital) predicts them, beside
the published ones. How models age is not measured."""
    _paid = charts.predicted(scores(paid), "cost")
    kit.page("instrument-c", _told, kit.equation("best_retrain_interval"), _paid)
    return


@app.cell
def _(ask, best, charts, day, figures, drifting, growth, kit, mo, predict_c, price, rings, skipped, usual):  # fmt: skip
    kit.gate(predict_c)
    _price, _growth, _skipped = float(price.value), float(growth.value), float(skipped.value)
    _days, _speed = best(_price, _growth) * (_skipped + 1), 1 / float(20)
    _line, _times = rings / _speed * _growth, ask("skipping_penalty", skipped_cycles=_skipped)
    _seen = drifting.aged(1, 26 * 7, _days, _growth, _price, _line)
    _curve = figures.two_costs(_price, _growth, _days)
    _trace = figures.half_year(_seen, _days, _growth, _price, _line)
    _told = f"""Skip {_skipped:g} and the bill is **{_times:.3g} times** the least. Below is a seeded half year. The
model ages by chance, its scores move {_speed:g} deviations a day, and the monitor rings at {rings:.3g}. A quiet monitor
says nothing of the bill."""
    _gap = kit.page("gap-c", mo.vstack([price, growth, skipped]), _curve, _told, _trace)
    _given = {name: usual[name] for name in ("retrain_cost", "loss_growth")}
    _given["retrain_interval"] = _at = ask("best_retrain_interval")
    _late = ask("late_upkeep_rate", label_delay=_at, **_given) * day
    _told = f"""**Break it.** Let labels come {_at / day:.3g} days late. Each retraining then learns from answers as old
as the interval. The bill doubles to {_late:.3g} USD a day; no interval gets it back, and a shorter one
retrains on labels that you do not have. The bars ask wall 21 (Sensitivity) of half a year: at the best interval, the
interval matters least."""
    _moved = charts.tornado({**_given, "duration": float(182) * day}, "upkeep_cost", _given)
    _line = kit.remember("c", "the square root forgives: twice wrong costs a quarter more.")
    mo.vstack([_gap, kit.page("break-c", _told, kit.equation("late_upkeep_rate"), _moved), _line])
    return


@app.cell
def _(ask, book, kit, rest, usual):
    fell = rest - 2 / 100
    labels = ask("claim_samples", rival_accuracy_share=fell)
    predict_d = kit.predict(
        "predict-d", f"How many labels show that {100 * rest:g} of a hundred became {100 * fell:g}?", book, low=10,
        high=1e5, unit="labels", answer=lambda: {"value": labels, "because": "errors are rare, and counted"},
    )  # fmt: skip
    _told = f"""## D. Seeing two points

Only labels see correctness. You know the accuracy of the test from as many labels as you will have today. You want to
see a fall of two points {100 * usual["detect_chance"]:g} times in a hundred; where nothing fell, at most
{100 * usual["false_claim_chance"]:g} in a hundred may say so."""
    kit.page("predict-d", _told, predict_d)
    return fell, labels, predict_d


@app.cell
def _(ask, best, figures, fell, idle, kit, labels, mlsysim, mo, predict_d, prices, rest, track, usual):  # fmt: skip
    kit.gate(predict_d)
    _half, _slow, _often = rest - 1 / 100, labels / 10, best(prices[1])
    _more = ask("claim_samples", rival_accuracy_share=_half) / labels
    _chart = figures.waits(usual, (_half, fell, rest - 1 / 20))
    _told = f"""**{round(labels, -1):,.0f}**, and as many for the test. To see half the fall takes {_more:.3g} times
as many. No measurement fits."""
    _sent, _radio = kit.ruled(kit.TRACKS["tiny"])("weight_bytes"), mlsysim.Systems.Radios.BLE_1M
    _mine = {
        "cloud": f"""a retraining at {prices[1]:,g} USD is due every {_often:.3g} days. Corrections by users are your
labels: {labels / _often:,.0f} a day show two points within that time""",
        "edge": f"""seasons come back, so keep a model of each. A drive that is replayed labels itself. {_slow:,.0f}
vehicles at ten labels a day see in a day what one sees in as many days""",
        "mobile": f"""no label leaves the phone, only counts of scores. A phone with a hundred reads {idle(100):.3g}
for nothing. Add up the counts of a hundred phones, and it is {idle(100 * 100):.2g}""",
        "tiny": f"""microphones age, and nobody labels what was not heard. Retrain in the cloud; each device receives
{_sent / 1e3:.3g} kB by Bluetooth, for {_sent * _radio["byte_energy"].value * 1e3:.2g} mJ""",
    }
    _break = f"""**Break it.** With ten labels a day it takes {_slow:,.0f} days: {_slow / 30:.2g} months of a green
dashboard. **Your system:** {_mine[track.value]}."""
    _seen = kit.page("instrument-d", _told, kit.equation("claim_samples"), _chart)
    mo.vstack([_seen, kit.page("break-d", _break), kit.remember("d", "labels are the sensor.")])
    return


@app.cell
def _(line, mo, slide):
    jump = slide("The shift, deviations", 0.5, 0.1, 0.2, 0.4, 0.5, 0.6, 0.8, 1, 1.5, 2)
    budget = slide("Labels a day", 300, 10, 30, 100, 300, 1000)
    alarm = slide("Alarm line, PSI", line, 0.02, 0.03, 0.05, 0.1, 0.2)
    pay = slide("A label, USD", 0.05, 0.01, 0.05, 0.2, 1)
    decision = mo.ui.radio(["labels", "hourly PSI", "schedule"], label="What do you run?")
    return alarm, budget, decision, jump, pay


@app.cell
def _(alarm, ask, budget, day, decision, false, idle, jump, kit, pay, predict_d, replay, usual):  # fmt: skip
    kit.gate(predict_d)
    _price, _every = usual["retrain_cost"], ask("best_retrain_interval")
    _after = ask("shifted_accuracy_share", score_shift=jump.value)
    _index = ask("mixed_index", score_shift=jump.value) + idle(1000)
    _wait = ask("label_time", rival_accuracy_share=_after, label_rate=budget.value / day)
    _tests = usual["false_claim_chance"] * day / _wait
    _hours = float(24)
    _rung = false(replay(3, 300, 1000, 10), alarm.value) / 100 * _hours
    _told = f"""## Decide

On some day all scores shift at once. You buy labels, or compare a thousand scores an hour with a thousand of the test,
or retrain every {_every / day:.3g} days and look at nothing. A false alarm costs a retraining, {_price:g} USD.

| | seen after, days | false alarms a month | USD a day |
|---|---|---|---|
"""
    for _name, _when, _false, _paid in (
        ("labels", f"{float(f'{_wait / day:.3g}'):,g}", _tests, budget.value * pay.value),
        ("hourly PSI", f"{1 / _hours:.2g}" if _index > alarm.value else "never", _rung, 0),
        ("schedule", f"never; replaced in {_every / day / 2:.3g}", 0, _price * day / _every),
    ):  # fmt: skip
        _bill = float(f"{_paid + _false * _price:.3g}")
        _told += f"| {_name} | {_when} | {float(f'{30 * _false:.2g}'):,g} | {_bill:,g} |\n"
    _more = f"""The monitor reads {_index:.3g} of this shift, and {idle(1000):.2g} of nothing, or of answers that
changed. Retraining needs fresh labels too. Each way can be defended."""
    kit.page("decision", _told, jump, budget, alarm, pay, _more, decision)
    return


@app.cell
def _(alarm, best, book, budget, decision, kit, ledger, prices):
    if decision.value:
        _kept = f"{best(prices[0]):.3g} days, alarm at {alarm.value}, {budget.value} labels a day"
        book.decide("decision", f"{decision.value}: {_kept}", "Interval, alarm line, label budget")
    kit.page("ledger", ledger)
    return


@app.cell
def _(ask, best, day, delta, false, idle, kit, labels, lost, mean, pairs, prices, rest, seven):  # fmt: skip
    key = {
        **{f"tau{name}": best(price) for name, price in zip("abc", prices)}, "x100": best(100) / best(1),
        "cost": ask("least_upkeep_rate") * day, "noise1k": idle(1000), "noise100": idle(100), "nlab": labels,
        "debt": ask("skipping_penalty", skipped_cycles=3.0), "delta": delta, "acc": 100 * rest - lost(delta),
        "drop": lost(delta), "d7": seven, "psi7": ask("class_index", score_shift=seven),
        f"noise{100}s": mean, "false": false(pairs),
    }  # fmt: skip
    kit.sources("idle_index", "class_index", "best_retrain_interval", "claim_samples")
    return (key,)


if __name__ == "__main__":
    app.run()
