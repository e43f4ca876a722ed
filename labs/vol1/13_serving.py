# /// script
# requires-python = ">=3.11"
# dependencies = ["mlsysim[labs]"]
# ///
"""Lab 13: what load does to the slowest requests, and what a batch, a context and a cold start cost."""

import marimo

__generated_with = "0.25.2"
app = marimo.App(width="medium", app_title="13 · The queue is the model")


@app.cell
def _():
    from functools import cache as once
    from random import Random

    import marimo as mo
    from mlsysim_widgets import Explorer, Ledger, MemoryMap, RequestQueue, charts, kit
    from mlsysim_widgets.widgets.request_queue import served

    import mlsysim
    from mlsysim.core.graph import solve

    return Explorer, Ledger, MemoryMap, Random, RequestQueue, charts, kit, mlsysim, mo, once, served, solve  # fmt: skip


@app.cell
def _(kit):
    _goals = [
        "predict the slowest requests from the load alone",
        "see batch, cache and context compete for one memory",
        "choose batch and replicas under a deadline",
    ]
    _says, _walls = "At a load of four fifths there is one fifth to spare.", "4, 5, 6 and 7"
    kit.opening("The queue is the model", _says, _goals, 50, before="11, 12", walls=_walls)
    return


@app.cell
def _(Ledger, mo):
    book = Ledger("vol1/13", boxes={"why": "Why did you decide so?"})
    ledger = mo.ui.anywidget(book)  # questions take the book: they do not run again at every entry
    return book, ledger


@app.cell
def _(kit, mo):
    track = mo.ui.dropdown(list(kit.TRACKS), value="cloud", label="The system you speak of")
    kit.page("track", track, "Part A ends with the queue of this system.")
    return (track,)


@app.cell
def _(Random, kit, once, served, solve):
    def queue(load, symbol="sojourn_percentile", servers=1.0, kind="mmc", **changed):
        """A symbol of wall 7, for work that arrives at random unless it is said otherwise."""
        return solve((symbol,), {"service_time": 5e-3, "servers": servers, "offered_load": load * servers,
                                 "percentile_share": 0.99, **changed}, {"queue": kind})[symbol]  # fmt: skip

    @once
    def replay(load, count, parts=1000):
        """The p99 of seeded requests, first come first served; the work of each comes in small parts."""
        chance, now, came, work = Random(2), 0.0, [], []
        for _ in range(count):
            came.append(now)
            work.append(1 + round(chance.expovariate(1.0) * parts))
            now += chance.expovariate(load / service)
        done = served(came, work, 1, 0.0, lambda _: service / parts)
        return sorted(request.done - request.arrival for request in done)[int(0.99 * count)]

    service, late = queue(0.0, "sojourn_time"), queue(0.8)
    _told = f"""## A. Four fifths

Requests arrive at random at one server. Each is {service * 1e3:g} ms of work on average, most less, a few far more: the
work is exponential. The server is busy four fifths of the time. All but one in a hundred are answered within a time
that is called **p99**; it runs from arrival to answer."""
    kit.page("part-a", _told)
    return late, queue, replay, service


@app.cell
def _(book, kit, late, service):
    predict_a = kit.predict(
        "predict-a", f"What is the p99, when a request is {service * 1e3:g} ms of work?", book, unit="ms",
        low=5, high=1000, answer=lambda: {"value": late * 1e3, "because": "the slowest wait behind many others"},
    )  # fmt: skip
    kit.page("predict-a", predict_a)
    return (predict_a,)


@app.cell
def _(charts, kit, late, predict_a, queue, replay, service):
    kit.gate(predict_a)
    seen = replay(0.8, 400_000)
    _dots = sorted((load, replay(load, 50_000)) for load in (0.2, 0.35, 0.5, 0.65, 0.9))
    _xs, _ys = zip(*_dots, (0.8, seen))
    _drawn = charts.tail({"service_time": service}, servers=(1, 8), shares=(0.5, 0.99))
    _drawn.add_scatter(x=_xs, y=[y * 1e3 for y in _ys], mode="markers", name="p99, replayed")
    _told = f"""The slowest take {late * 1e3:.3g} ms, **{late / service:.3g} times** their work. At half load it is
{queue(0.5) * 1e3:.3g} ms; just before the end {queue(0.95) * 1e3:.3g} ms. Eight servers that share one queue need
{queue(0.8, servers=8.0) * 1e3:.3g} ms at the same load. The dots are seeded replays: {seen * 1e3:.3g} ms at your load.
They scatter, since a request that waits makes the next one wait."""
    kit.page("instrument-a", _told, _drawn)
    return (seen,)


@app.cell
def _(Explorer, kit, mo, predict_a, queue, track):
    kit.gate(predict_a)
    load = mo.ui.anywidget(Explorer(
        {"arrival_rate": 160.0, "service_time": 5e-3, "servers": 1.0, "percentile_share": 0.99}, "sojourn_percentile",
        options={"queue": "mmc"}, sliders=["arrival_rate", "servers", "service_time"],
    ))  # fmt: skip
    _own, _name = kit.ruled(kit.TRACKS[track.value])("step_time"), kit.TRACKS[track.value]["name"]
    _clock = {"kind": "ggc", "arrival_variation": 0.0, "service_variation": 0.0}
    _random, _even = (queue(0.8, service_time=_own, **more) for more in ({}, _clock))
    _told = f"""**Your system**, {_name}, takes {_own * 1e3:.3g} ms for one pass. At the same load, asked at random, its
p99 is {_random * 1e3:.3g} ms: {_random / _own:.3g} times again. If a clock asks and all passes are alike, it is
{_even * 1e3:.3g} ms: a camera slower than its chip makes no queue. Chance makes it, and load multiplies it."""
    _ask = "**Break it.** Let more come than the server can finish: wall 7 (Tail latency) has no p99. Add servers."
    _shown = kit.page("break-a", _ask, load, kit.equation("queue_time", {"queue": "mmc"}), _told)
    mo.vstack([_shown, kit.remember("a", "share the queue, not only the load.")])
    return (load,)


@app.cell
def _(book, kit, mo):
    chat = kit.plan_of("Llama3_1_8B", "H100", precision="bf16", seq_len=1000, batch_size=64)
    _rule = kit.ruled(chat)

    def token(batch, **changed):
        """Time of a token: weights once, the cache of every request; activations stay on the chip."""
        asked = {"batch": float(batch), "activation_width": 0.0, **changed}
        return max(_rule("memory_time", "compute_time", **asked).values())

    weights, cache = _rule("stream_bytes"), _rule("sequence_cache_bytes")
    most = _rule("fitting_batch", request_cache_bytes=cache, activation_width=0.0)
    _told = f"""## B. The batch that pays for itself

A chat service keeps {_rule("seq_len"):,.0f} tokens of context for each request. For one token it reads
{weights / 1e9:.3g} GB of weights, whoever asks, and {cache / 1e6:.3g} MB of cache for each request in the batch. A
request alone gets a token every {token(1) * 1e3:.3g} ms."""
    predict_b = kit.predict(
        "predict-b", "How many times more tokens a second does a batch of 64 write than one alone?", book, unit="x",
        low=1, high=64, answer=lambda: {"value": 64 * token(1) / token(64), "because": "all share one reading"},
    )  # fmt: skip
    mo.vstack([kit.page("part-b", _told), kit.page("predict-b", predict_b)])
    return cache, chat, most, predict_b, token, weights


@app.cell
def _(cache, charts, chat, kit, predict_b, token, weights):
    kit.gate(predict_b)
    gap = kit.measured("mlenergy-llama-3.1-8b-instruct-h100x1-bs8-jpt").workload["median_itl_ms"]
    eight = token(8, seq_len=500.0)
    _told = f"""From {1 / token(1):.3g} to **{64 / token(64):,.0f} tokens a second**, while a token slows from
{token(1) * 1e3:.3g} to {token(64) * 1e3:.3g} ms. A batch of 256 takes {token(256) * 1e3:.3g} ms. From
{weights / cache:.0f} requests on, the cache is the larger reader. Measured with eight requests: {gap:.3g} ms a token;
the rule says {eight * 1e3:.3g} ms. The chart has the calibrated estimate, which counts activations and launches too."""
    kit.page("instrument-b", _told, charts.frontier(chat, batches=(1, 4, 16, 64, 128, 256, 448, 512)))  # fmt: skip
    return eight, gap


@app.cell
def _(Explorer, chat, kit, mo, most, predict_b, queue):
    kit.gate(predict_b)
    forming = queue(0.8, "forming_time", batch=32.0, arrival_rate=500.0)
    batch = mo.ui.anywidget(Explorer(chat, "tpot_ms", sliders=["batch_size", "seq_len"]))
    _told = f"""**Break it.** Raise the batch until memory is full. Wall 5 (Batching) has room for **{most:.0f}**
requests by the rule, for fewer where activations stay in memory. A batch must also fill: at five hundred requests a
second, a request waits {forming * 1e3:.3g} ms on average until a batch of 32 is complete."""
    _line = kit.remember("b", "batch until the cache, not the weights, is what you read.")
    mo.vstack([kit.page("break-b", _told, batch, kit.equation("op_memory_time")), _line])
    return batch, forming


@app.cell
def _(book, kit, mo):
    long = kit.plan_of("Llama3_70B", "H100", accelerators=8, precision="bf16", seq_len=131072)
    long["workload"].update(batch_size=11)
    _ask = kit.ruled(long)
    _one, _heads = _ask("sequence_cache_bytes"), _ask("heads") / _ask("kv_heads")
    many, whole = (_ask("fitting_batch", request_cache_bytes=size) for size in (_one, _one * _heads))
    _told = f"""## C. One long document

Eight H100 hold a model of seventy billion weights in bf16. A tenth of their memory stays for the software. Each request
brings a document of {_ask("seq_len"):,.0f} tokens, and keeps {_one * _ask("tp") / 1e9:.3g} GB of cache until it
ends."""
    predict_c = kit.predict(
        "predict-c", "How many such requests fit at once?", book, unit="requests", low=0, high=100, log=False,
        answer=lambda: {"value": many, "because": "the cache of three is nearly as large as all weights"},
    )  # fmt: skip
    mo.vstack([kit.page("part-c", _told), kit.page("predict-c", predict_c)])
    return long, many, predict_c, whole


@app.cell
def _(MemoryMap, charts, kit, long, many, mlsysim, mo, predict_c, whole):
    kit.gate(predict_c)
    room = mo.ui.anywidget(MemoryMap(long))
    _told = f"""**{many:.0f}** fit, because eight heads of this model share each key and value. If every head had its
own, {whole:.0f} would fit. Halve the context, and see how many more come in."""
    _works = ({**long["workload"], "batch_size": count} for count in map(int, (1, 11, 13)))
    _all = [{**long, "workload": work, "name": f"batch of {work['batch_size']}"} for work in _works]
    _drawn = charts.memory(*(mlsysim.SystemEvaluator.evaluate(plan=plan) for plan in _all))
    _break = """**Break it.** Two more documents. Wall 5 (Batching) binds, with pages or without: every token of a
document is in use, so pages have nothing to save."""
    mo.vstack([
        kit.page("instrument-c", _told, room),
        kit.page("break-c", _break, _drawn, kit.equation("fitting_batch")),
        kit.remember("c", "context is a guest that never leaves."),
    ])  # fmt: skip
    return (room,)


@app.cell
def _(book, kit, mlsysim, mo, solve):
    _drive, _link = mlsysim.Systems.Storage.NVMe_PCIe4, mlsysim.Systems.Links.PCIe5_x16
    _bus = _link["link_bandwidth"].value * _link["link_share"].value
    pipes = {"storage_bandwidth": _drive["storage_bandwidth"].value, "hostlink_bandwidth": _bus}
    _ask = {n: kit.ruled(kit.plan_of("Llama3_70B", "H100", precision=n)) for n in ("bf16", "w4a16")}
    stored = {n: ask("weight_bytes") for n, ask in _ask.items()}

    def wake(source, precision="bf16"):
        """Time to read all weights from a drive, or from the memory of the host."""
        pipe = {"stream_bytes": stored[precision], **pipes}
        return solve(("stream_time",), pipe, {"stream_from": source})["stream_time"]

    cold, warm = wake("drive"), wake("host")
    _told = f"""## D. Waking up

At night nobody asks, and the replicas are shut down. In the morning one request comes. The weights of the large model,
{stored["bf16"] / 1e9:.0f} GB, lie on a drive that reads {pipes["storage_bandwidth"] / 1e9:g} GB/s."""
    predict_d = kit.predict(
        "predict-d", "How long until the first answer can begin?", book, unit="s", low=0.1, high=100,
        answer=lambda: {"value": cold, "because": "all weights pass through the drive once"},
    )  # fmt: skip
    mo.vstack([kit.page("part-d", _told), kit.page("predict-d", predict_d)])
    return cold, pipes, predict_d, stored, wake, warm


@app.cell
def _(Explorer, cold, kit, mo, pipes, predict_d, queue, stored, wake, warm):
    kit.gate(predict_d)
    fan = queue(0.8, "fanout_slow_chance", slow_chance=0.01, fanout=100.0)
    _now, _way = {**pipes, "stream_bytes": stored["bf16"]}, {"stream_from": "drive"}
    waking = mo.ui.anywidget(Explorer(_now, "stream_time", options=_way, sliders=_now))
    _told = f"""**{cold:.3g} s** from the drive; {warm:.3g} s from the memory of the host. Add drives until the link to
the host binds. One cold replica is enough to be late: if each of a hundred servers is slow once in a hundred times, and
a request needs them all, {fan * 100:.1f} of a hundred requests are slow."""
    _break = f"""**Break it.** Promise one second. Wall 6 (Streaming) binds: even the memory of the host takes
{warm:.3g} times as long. Weights of four bits come in {wake("host", "w4a16"):.2g} s from there, and in
{wake("drive", "w4a16"):.2g} s from the drive. Else one replica stays awake."""
    mo.vstack([
        kit.page("instrument-d", _told, waking),
        kit.page("break-d", _break, kit.equation("stream_time")),
        kit.remember("d", "elastic is as fast as its slowest read."),
    ])  # fmt: skip
    return fan, waking


@app.cell
def _(RequestQueue, kit, mlsysim, mo, predict_a, predict_b, queue, solve, token):
    kit.gate(predict_a, predict_b)

    def served_by(batch, chips, rate):
        """A way to serve so many requests a second: its plan, and what the core says of it."""
        plan = kit.plan_of("Llama3_1_8B", "H100", precision="bf16", batch_size=batch, accelerators=chips, dp=chips,
                           output_len=200, seq_len=1000, duration_days=1, price_per_hour="listed")  # fmt: skip
        plan.update(inputs={"arrival_rate": rate, "percentile_share": 0.99})
        made = mlsysim.SystemEvaluator.evaluate(plan=plan).scenario
        asked = ("tpot", "slot_load", "ttft_percentile", "tco")
        return plan, solve(asked, made.given, made.options)

    _rows = ["| H100 | a token | load | p99, first token | a day |\n|---|---|---|---|---|"]
    for _name, _way in zip(("two, 64 each", "one, 190"), zip((128, 190), (2, 1))):
        _low, _high = (served_by(*_way, rate)[1] for rate in map(float, (20, 24)))
        _rows.append(
            f"| {_name} | {_low['tpot'] * 1e3:.3g} ms | {_low['slot_load']:.2f}, {_high['slot_load']:.2f} | "
            f"{_low['ttft_percentile']:.2g} s, {_high['ttft_percentile']:.2g} s | {_low['tco']:,.0f} USD |"
        )
    decision = mo.ui.radio(["two", "one", "two, and hedge"], label="What do you buy?")
    replica = mo.ui.anywidget(RequestQueue(served_by(190, 1, 28.0)[0]))
    _watch = """By the estimate, one H100 misses the fifteen milliseconds. The closed form speaks of long runs. Watch
the one H100 at 28 a second; then take some away."""
    _told = f"""## Decide

A token may take fifteen milliseconds. By the rule of part B it takes {token(64) * 1e3:.3g} ms in a batch of 64,
{token(190) * 1e3:.3g} ms in one of 190. The calibrated estimate, for 20 and for 24 requests a second:\n\n"""
    _hedge = f"""Hedging sends one request in twenty to a second server. The p99 of part A goes from
{queue(0.8) * 1e3:.3g} to {queue(0.8, "hedged_percentile", hedge_share=0.05) * 1e3:.3g} ms; at half its load from
{queue(0.4) * 1e3:.3g} to {queue(0.4, "hedged_percentile", hedge_share=0.05) * 1e3:.3g} ms."""
    kit.page("decision", _told + "\n".join(_rows), _watch, replica, _hedge, decision)
    return decision, replica


@app.cell
def _(book, decision):
    if decision.value:
        book.decide("decision", decision.value, "Serve under a deadline")
    return


@app.cell
def _(cache, cold, eight, fan, forming, gap, many, most, queue, seen, token, warm, weights, whole):  # fmt: skip
    key = {
        "mm1": queue(0.8) * 1e3, "mm1_5": queue(0.5) * 1e3, "mm1_95": queue(0.95) * 1e3, "sim": seen * 1e3,
        "mm1x": queue(0.8) / queue(0.0, "sojourn_time"), "mm8": queue(0.8, servers=8.0) * 1e3,
        "mm10": queue(0.5, servers=10.0) * 1e3, "form": forming * 1e3, "fan": fan * 100, "beq": weights / cache,
        "itl": eight * 1e3, "itlm": gap, "c128": many, "c128m": whole, "cold": cold, "cold5": warm, "bmax": most,
        **{f"t{batch}": token(batch) * 1e3 for batch in map(int, (1, 64, 256))},
        **{f"r{batch}": batch / token(batch) for batch in map(int, (1, 64, 256))},
    }  # fmt: skip
    return (key,)


@app.cell
def _(kit, ledger):
    _from = kit.sources("wait_chance", "fanout_slow_chance", "fitting_batch", "tpot", "layer_time")
    kit.page("ledger", ledger, _from)
    return


if __name__ == "__main__":
    app.run()
