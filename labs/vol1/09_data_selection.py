# /// script
# requires-python = ">=3.11"
# dependencies = ["mlsysim[labs]"]
# ///
"""Lab 09: what choosing data costs, how to split a budget between size and tokens, and what a repeat is worth."""

import marimo

__generated_with = "0.25.2"
app = marimo.App(width="medium", app_title="09 · Choosing data costs compute too")


@app.cell
def _():
    import marimo as mo
    import plotly.graph_objects as go
    from mlsysim_widgets import Explorer, Ledger, charts, kit
    from mlsysim_widgets.theme import colours, finish

    import mlsysim
    from mlsysim.core.graph import solve

    def drawn(said, curves, x, y):
        """Curves in the look of all charts: a name, a colour, two columns."""
        chart = go.Figure()
        for name, tint, xs, ys in curves:
            chart.add_scatter(x=xs, y=list(ys), name=name, line_color=colours()[tint])
        return finish(chart, said, said, x=x, y=y, x_log=True, y_log=True, height=380, margin={"b": 100})  # fmt: skip

    return Explorer, Ledger, charts, colours, drawn, finish, go, kit, mlsysim, mo, solve


@app.cell
def _(Ledger, kit, mo):
    book = Ledger("vol1/09", boxes={"why": "Why did you decide so?"})
    ledger = mo.ui.anywidget(book)
    _belief = "Less data is cheaper training, and more epochs are free data."
    _goals = ["write the inequality that decides whether selection pays", "price repeated data",
              "split a budget between size and tokens, and say how sure the split is"]  # fmt: skip
    kit.opening("Choosing data costs compute too", _belief, _goals, 45, "08", "11 Complexity, 1 Compute")
    return book, ledger


@app.cell
def _(kit, mo):
    track = mo.ui.dropdown(list(kit.TRACKS), value="cloud", label="The system you speak of")
    kit.page("track", track, "Part A ends with it: who scores the data, and what does that cost?")
    return (track,)


@app.cell
def _(book, kit, mlsysim, mo, solve):
    scaling = mlsysim.Literature.Scaling
    _records = {"hoffmann": scaling.Chinchilla, "besiroglu": scaling.EpochRefit}
    fits = {fit: {f"{fit}_{n}": own[f"loss_{n}"].value for n in ("floor", "a", "b", "alpha", "beta")}
            for fit, own in _records.items()}  # fmt: skip

    def law(fit, *symbols, text="fresh", **given):
        """Symbols of wall 11 after a fit, its numbers those of the registry's record."""
        found = solve(symbols, {**fits.get(fit, {}), **given}, {"loss_fit": fit, "text": text})
        return found[symbols[0]] if len(symbols) == 1 else found

    def run(params, tokens, symbol="run_flop"):
        """Operations of a training without attention, 6 N D, or of one of its tokens forward, 2 N."""
        bare = dict.fromkeys(("layers", "seq_len", "heads", "head_dim"), 0.0)
        given = {"active_params": params, "train_tokens": tokens, **bare}
        return solve((symbol,), given, {"family": "transformer"})[symbol]

    def cost(kept, scorer=1.0, epochs=1.0):
        """Scoring and training over the full training; the scorer is so many times the model."""
        spent = scorer * run(1.0, 1.0, "token_flop"), run(1.0, kept * epochs)
        return [part / run(1.0, epochs) for part in spent]

    def largest(scorer, epochs=1.0):
        """The largest share that may be kept and still save: what scoring leaves."""
        return 1 - cost(0.0, scorer, epochs)[0]

    kept = mo.ui.slider(5, 100, 5, value=80, label="Kept share, %", show_value=True)
    size = mo.ui.slider(steps=[0.01, 0.1, 0.3, 1, 2, 4], value=1, label="Scorer / model", show_value=True)  # fmt: skip
    epochs = mo.ui.slider(1, 10, value=1, label="Epochs", show_value=True)
    _reasons = zip((20, 50, 67, 80), ("", "", "", "what one forward pass in five would leave"))
    predict_a = kit.predict(
        "predict-a", "What is the largest share you may keep and still save compute?", book, kind="choice",
        unit="%", options={f"{share} %": why for share, why in _reasons}, because="scoring is a third of training",
        answer=lambda: largest(1.0) * 100,
    )  # fmt: skip
    _told = """## A. When does picking pay?

Half of the samples teach little, so you train on the rest. To know which, the model itself scores every sample once: a
forward pass. A step of training is a forward pass, and a backward pass twice as long. You train one epoch on what you
kept."""
    kit.page("predict-a", _told, predict_a)
    return cost, epochs, fits, kept, largest, law, predict_a, run, scaling, size


@app.cell
def _(colours, cost, epochs, finish, go, kept, kit, largest, mo, predict_a, size):
    kit.gate(predict_a)
    _score, _train = cost(kept.value / 100, size.value, epochs.value)
    _chart, _names = go.Figure(), ["select, then train", "train on all"]
    _said = f"Scoring {_score:.3g} and training {_train:.3g} of a full run"
    for _part, _xs, _tint in zip(("score", "train"), ([_score, 0], [_train, 1]), (3, 0)):
        _chart.add_bar(x=_xs, y=_names, orientation="h", name=_part, marker_color=colours()[_tint])
    finish(_chart, _said, _said, x="Share of the full run", barmode="stack", height=290)
    _chart.update_layout(margin={"b": 100}, yaxis={"autorange": "reversed"})
    _told = f"""Keeping four fifths costs **{sum(cost(0.8)):.3g} times** the full run. A scorer of a tenth the size lets
you keep up to {largest(0.1):.3g}; three epochs, {largest(1.0, 3.0):.3g}. With your scorer of s times the model and E
epochs, the largest share is **{largest(size.value, epochs.value):.3g}**:

$$f^* = 1 - \\frac{{s}}{{3E}}$$"""
    kit.page("instrument-a", _told, mo.vstack([kept, size, epochs]), _chart)
    return


@app.cell
def _(kit, largest, mlsysim, predict_a, track):
    kit.gate(predict_a)

    def told(scorer, model, symbol="params"):
        own, other = (kit.ruled(kit.plan_of(name, "H100"))(symbol) for name in (scorer, model))
        return f"{scorer} scores for {model}: {own / other:.3g} times its work, keep at most {largest(own / other):.3g}"

    _sent = mlsysim.Systems.Radios.BLE_1M["byte_energy"].value * float(49 * 10)
    _work = kit.ruled(kit.TRACKS["tiny"])("pass_flop")
    _mine = {
        "cloud": told("Llama3_1_8B", "Llama3_1_8B"),
        "edge": told("YOLOv8_Nano", "YOLOv8_Medium", "pass_flop"),
        "mobile": told("Llama3_2_3B", "Llama3_2_1B"),
        "tiny": f"""the sensor scores before it sends. One input takes {_sent * 1e6:.3g} uJ by Bluetooth,
a pass {_work / 1e6:.3g} million operations. Where most is thrown away, scoring pays below {_sent / _work * 1e12:.3g} pJ
an operation""",
    }
    _told = f"""**Break it.** Push the scorer above three times the epochs: at four and one, the largest share is
{largest(4.0):.3g}. No selection pays; wall 1 (Compute) is paid before the first step.

**Your system:** {_mine[track.value]}."""
    kit.page("break-a", _told, kit.remember("a", "a forward pass is a third of a training step."))
    return


@app.cell
def _(book, kit, law, run, scaling):
    budget, best = scaling.ChinchillaRule["budget_flop"].value, {}
    purse = f"{budget:.3g}".replace("e+", "e") + " operations"
    built = kit.ruled(kit.plan_of("Chinchilla_70B", "H100"))("params")
    for _fit in ("hoffmann", "besiroglu"):
        _own = law(_fit, "best_params", "best_tokens", budget_flop=budget)
        _size, _read = _own["best_params"], _own["best_tokens"]
        _own["loss"] = law(_fit, "train_loss", params=_size, train_tokens=_read)
        _own["flat"] = law(_fit, "train_loss", params=70e9, train_tokens=budget / run(70e9, 1.0))
        best[_fit] = _own
    predict_b = kit.predict(
        "predict-b", "Which size is best for this budget, in billions of parameters?", book, unit="billion",
        low=1, high=1000, because="the newer fit says so, and the valley about it is flat",
        answer=lambda: best["besiroglu"]["best_params"] / 1e9,
    )  # fmt: skip
    _told = f"""## B. How big, how long?

You have {purse}: what Gopher took. A larger model sees fewer tokens, a smaller one more, since the product of both is
fixed. **Loss** is the mean surprise at a token, in nats (natural logarithms); one size has the least. No measurement
fits: nobody trained every size at this budget."""
    kit.page("predict-b", _told, predict_b)
    return best, budget, built, predict_b, purse


@app.cell
def _(Explorer, best, budget, built, charts, fits, kit, law, mlsysim, mo, predict_b, run, scaling, solve):  # fmt: skip
    kit.gate(predict_b)
    (_h, _e), _chart = best.values(), charts.isoflop([1e22, budget, 1e25])
    tokens = mlsysim.Models.Language.Chinchilla_70B["train_token_count"].value
    _drawn = {"params": built, "train_tokens": tokens}  # placed by the law of the curves
    _loss = solve(("train_loss",), _drawn, {"loss_fit": "hoffmann", "text": "fresh"})["train_loss"]
    _chart.add_scatter(x=[built], y=[_loss], mode="markers", name="Chinchilla 70B, fitted", marker_size=12)  # fmt: skip
    _slip, *_errors = (scaling.EpochRefit[f"{of}_error"].value for of in
                       ("best_params_exponent", "loss_alpha", "loss_beta"))  # fmt: skip
    _gap = max(own["flat"] - own["loss"] for own in best.values())
    _told = f"""The published fit: {_h["best_params"] / 1e9:.3g} billion parameters, {_h["best_tokens"] / 1e12:.3g}
trillion tokens. A new fit of the same runs: **{_e["best_params"] / 1e9:.3g} billion**, {_e["best_tokens"] / 1e12:.3g}
trillion; the exponent of the best size has a standard error of {_slip:g}. Yet seventy billion, about as built, loses
at most {_gap:.2g} nats by either: the valley is flat."""
    _seen = kit.page("instrument-b", _told, _chart, kit.equation("best_params"))
    _forced = budget / run(1.0, 1e12)
    _loss = law("besiroglu", "train_loss", params=_forced, train_tokens=1e12) - _e["loss"]
    _exact = solve(("best_params",), {"budget_flop": budget}, {"loss_fit": "hoffmann"})["best_params"]  # fmt: skip
    _sliders = ["budget_flop", "besiroglu_alpha", "besiroglu_beta"]
    _given, _law = {**fits["besiroglu"], "budget_flop": budget}, {"loss_fit": "besiroglu"}
    plane = mo.ui.anywidget(Explorer(_given, "best_params", options=_law, sliders=_sliders))
    _told = f"""The paper prints its exponents with two digits. With three, as in the chart, the best size is
{_exact / 1e9:.3g} billion: rounding moved it {_exact / _h["best_params"]:.2g} times.

**Break it.** Suppose a trillion tokens is all there is. The best size leaves the feasible side; the budget then trains
{_forced / 1e9:.3g} billion, and loses {_loss:.2g} nats more than the best.
Then move an exponent by its standard error: {_errors[0]:g} by size, {_errors[1]:g} by data."""
    _line = kit.remember("b", "the optimum is a valley; know its width before you defend it.")
    mo.vstack([_seen, kit.page("break-b", _told, plane, _line)])
    return plane, tokens


@app.cell
def _(book, kit, law):
    def worth(epochs):
        text = {"train_tokens": epochs * 1e10, "unique_tokens": 1e10}
        return law("muennighoff", "effective_tokens", text="repeated", **text) / 1e10

    predict_c = kit.predict(
        "predict-c", "How many fresh epochs are 16 epochs over the same text worth?", book, unit="epochs",
        low=1, high=100, answer=lambda: worth(16), because="each reading teaches less than the one before",
    )  # fmt: skip
    _told = """## C. Reading the same book again

The text runs out, so you read it again. A second reading teaches nearly as much as fresh text would. A hundredth
teaches nothing. Somebody trained hundreds of models to find the curve between."""
    kit.page("predict-c", _told, predict_c)
    return predict_c, worth


@app.cell
def _(Explorer, built, drawn, kit, law, mo, predict_c, tokens, worth):
    kit.gate(predict_c)
    _xs, ever = list(range(1, 101)), 1 + law("muennighoff", "repeat_decay")
    _curves = zip(("repeated text", "fresh text"), (3, 6), (_xs, _xs), (map(worth, _xs), _xs))
    _said = f"16 epochs are worth {worth(16):.3g}, 100 are worth {worth(100):.3g}"
    _told = f"""4 epochs are worth {worth(4):.3g}, 16 worth **{worth(16):.3g}**, 100 worth {worth(100):.3g}. For ever is
worth {ever:.3g} too: one reading, and as many more as the constant says."""
    _law = kit.equation("effective_tokens", {"text": "repeated"})
    _seen = kit.page("instrument-c", _told, drawn(_said, _curves, "Epochs", "Fresh epochs"), _law)
    _given = {"params": built, "unique_tokens": 1e10, "train_tokens": tokens}
    _texts = ("repeated", "fresh")
    _short, _fresh = (law("muennighoff", "train_loss", text=text, **_given) for text in _texts)
    repeats = mo.ui.anywidget(Explorer(_given, "effective_tokens", options={"text": "repeated"}))
    _told = f"""**Break it.** Train Chinchilla as long as it was trained, on ten billion different tokens. It ends at
{_short:.3g} nats; fresh text would end at {_fresh:.3g}. Move the tokens of training: wall 11 (Complexity) binds,
whatever the epochs."""
    _line = kit.remember("c", "four readings are nearly free, forty are not.")
    mo.vstack([_seen, kit.page("break-c", _told, repeats, _line)])
    return ever, repeats


@app.cell
def _(book, kit, law, mlsysim, mo, run):
    price = mo.ui.slider(steps=[0.01, 0.1, 1, 10], value=1, label="USD a million tokens", show_value=True)  # fmt: skip
    small = kit.ruled(kit.plan_of("Llama3_8B", "H100"))("params")
    fed = mlsysim.Models.Language.Llama3_8B["train_token_count"].value
    ideal = law("besiroglu", "best_params", "best_tokens", budget_flop=run(small, fed))
    _pairs = (small, fed), (ideal["best_params"], ideal["best_tokens"])
    _losses = [law("besiroglu", "train_loss", params=n, train_tokens=d) for n, d in _pairs]
    lost = _losses[0] - _losses[1]
    lighter = run(ideal["best_params"], 1.0, "token_flop") / run(small, 1.0, "token_flop")
    predict_d = kit.predict(
        "predict-d", "How many times less work does a token served take than with the best size for that budget?", book,
        kind="choice", options={"2x": "", "4x": "", "10x": "", "90x": "near the ratio of tokens a parameter"}, unit="x",
        answer=lambda: {"value": lighter, "because": "a token costs two operations a parameter, for life"},
    )  # fmt: skip
    _told = f"""## D. Smaller than optimal, on purpose

Llama 3 8B was trained on {fed / small:,.0f} tokens a parameter. The new fit would take
{ideal["best_tokens"] / ideal["best_params"]:.0f} at its budget. Is that a mistake, or a choice?"""
    kit.page("predict-d", _told, predict_d)
    return fed, ideal, lighter, lost, predict_d, price, small


@app.cell
def _(Explorer, charts, fed, ideal, kit, law, lighter, lost, mo, predict_d, run, small):
    kit.gate(predict_d)
    _best, _chart = ideal["best_params"], charts.isoflop([run(small, fed)], ["besiroglu"])
    _loss = law("besiroglu", "train_loss", params=small, train_tokens=fed)
    _chart.add_scatter(x=[small], y=[_loss], mode="markers", name="Llama 3 8B, fitted", marker_size=12)  # fmt: skip
    _told = f"""The best size is {_best / 1e9:.3g} billion. Staying at {small / 1e9:.3g} billion gives up {lost:.3g}
nats, and takes **{lighter:.3g} times** less work for every token served. Both trainings cost the same; this one took
{kit.measured("llama3-8b-gpuh").value:,.0f} GPU hours, as published."""
    _own, _law = {"served_tokens": 1e13, "best_params": ideal["best_params"]}, {"loss_fit": "besiroglu"}  # fmt: skip
    served = mo.ui.anywidget(Explorer(_own, "best_params_served", options=_law, sliders=_own))
    _ask = """**Break it.** Hold the quality of the best size, and serve less and less: the cheapest model grows back
to it. Serve nothing, and the optimum wins."""
    _seen = kit.page("instrument-d", _told, _chart)
    _line = kit.remember("d", "train past the optimum when someone will use it.")
    mo.vstack([_seen, kit.page("break-d", _ask, served, _line)])
    return (served,)


@app.cell
def _(budget, kit, law, mo, price, purse, run):
    _found, _names = [], ("larger, fewer repeats", "smaller, more repeats", "pay for fresh text")
    for _name, _size in zip(_names, (120e9, 30e9, 70e9)):
        _text, _read = "fresh" if "fresh" in _name else "repeated", budget / run(_size, 1.0)
        _given = {"params": _size, "train_tokens": _read, "unique_tokens": 2 * 1e11}
        _loss = law("muennighoff", "train_loss", text=_text, **_given)
        _more = _read - _given["unique_tokens"]
        _end = f"{_read / (_read - _more):.3g} epochs"
        if _text == "fresh":
            _end = f"{_more * price.value / 1e12:.3g} million USD"
        _found.append(f"{_name}: {_size / 1e9:.0f} billion, loss {_loss:.3f}, {_end}")
    decision = mo.ui.radio(_found, label="What do you train?")
    _told = f"""## Decide

You have {purse} and two hundred billion different tokens. At a fixed budget, fewer repeats mean a
larger model, and every token served pays for that. The losses are those of the fit to repeated text."""
    kit.page("decision", _told, price, decision)
    return (decision,)


@app.cell
def _(book, decision, kit, ledger):
    if decision.value:
        book.decide("decision", decision.value, "Size, tokens and epochs of the run")
    kit.page("ledger", ledger)
    return


@app.cell
def _(best, cost, ever, fed, ideal, kit, largest, law, lighter, lost, small, worth):
    key = {
        "f1": largest(1.0), "f01": largest(0.1), "f3": largest(1.0, 3.0), "loss80": sum(cost(0.8)), "epinf": ever,
        "l10": law("hoffmann", "train_loss", params=10e9, train_tokens=200e9),
        "l3": law("hoffmann", "train_loss", params=3e9, train_tokens=600e9),
        "N8": ideal["best_params"], "dl": lost, "sv": lighter, "ll8": fed / small,
        **{f"ep{n}": worth(n) for n in map(int, (4, 16, 100))},
    }  # fmt: skip
    for _letter, _own in zip("he", best.values()):
        _n, _d, _loss, _flat = _own.values()
        _five = zip(("N", "D", "r", "Lo", "L"), (_n, _d, _d / _n, _loss, _flat))
        key |= {f"{_name}{_letter}": _value for _name, _value in _five}
    kit.sources("run_flop", "hoffmann_a", "besiroglu_a", "repeat_decay", "size_loss_share")
    return (key,)


if __name__ == "__main__":
    app.run()
