import marimo

app = marimo.App(width="medium", app_title="Explorer of a plan")


@app.cell
def _():
    import marimo as mo
    from mlsysim_widgets import Explorer

    return Explorer, mo


@app.cell
def _(mo):
    mo.md("""
    # What does a token cost in time?

    Move a slider: the curve, the answer and the wall that binds are computed in Python, in this page.
    """)
    return


@app.cell
def _(Explorer, mo):
    plan = {"workload": {"name": "Llama3_8B", "output_len": 64}, "hardware": {"name": "H100"}}
    widget = Explorer(plan, "tpot_ms", sliders=["batch_size", "seq_len", "mem_bandwidth"])
    explorer = mo.ui.anywidget(widget)
    mo.vstack([explorer])
    return (explorer,)


@app.cell
def _(explorer, mo):
    mo.md(f"<span id='seen'>Python says {explorer.value['marker']['y']:.3f} ms.</span>")
    return


if __name__ == "__main__":
    app.run()
